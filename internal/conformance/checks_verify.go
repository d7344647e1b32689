package conformance

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// verified runs audit verify on a log, which must end with code.
func (t *T) verified(code int, log []byte, args ...string) run {
	i := t.instance(setup{})
	i.set("AUDIT_KEY", knownKey)
	t.write(i.AuditLog, log)
	return t.expect(code, i, append([]string{"audit", "verify"}, args...)...)
}

// tampered is a check that one kind of change is found at a line.
func tampered(kind string, line int, change func(lines [][]byte) [][]byte) Check {
	return check("verify/"+kind, "audit.verify life.codes", "audit verify finds it if a line is "+strings.ReplaceAll(kind, "-", " ")+", and says where", func(t *T) {
		log := forge(knownKey, 6)
		list := bytes.SplitAfter(log, []byte("\n"))
		r := t.verified(1, bytes.Join(change(list[:6]), nil))
		if !regexp.MustCompile(fmt.Sprintf(`(\bline |jsonl:)%d\b`, line)).MatchString(r.Stderr) {
			t.Errorf("line %d is not named: %s", line, r.Stderr)
		}
	})
}

// A rotation is a log that was rotated once, between two lives.
type rotation struct {
	i       *Instance
	old     string // the file that was put aside
	records []Record
}

func aRotation(t *T) rotation {
	return told(t, "a rotated log", func(t *T) (r rotation) {
		i := t.instance(setup{})
		r.i, r.old = i, t.rotated(i)
		t.begin(i)
		t.ready(i)
		t.stop(i)
		both := append(readOrEmpty(r.old), readOrEmpty(i.AuditLog)...)
		var err error
		if r.records, err = Verify(both, i.AuditKey); err != nil {
			t.Fatalf("both files: %v", err)
		}
		return r
	})
}

// rotated rotates a log of seven records, and returns the file that was put aside.
func (t *T) rotated(i *Instance) string {
	t.write(i.AuditLog, forge(i.AuditKey, 7))
	t.expect(0, i, "audit", "rotate")
	entries, _ := os.ReadDir(filepath.Dir(i.AuditLog))
	for _, e := range entries {
		file := filepath.Join(filepath.Dir(i.AuditLog), e.Name())
		if file != i.AuditLog && bytes.HasPrefix(readOrEmpty(file), forge(i.AuditKey, 1)) {
			return file
		}
	}
	t.Fatalf("the old records are in none of the %d files beside the log", len(entries))
	return ""
}

func verifyChecks() []Check {
	return slices.Concat(tamperChecks(), checkpointChecks(), rotationChecks())
}

func tamperChecks() []Check {
	return []Check{
		check("verify/known-answer", "audit.chain audit.verify", "the known-answer lines verify: the chain is the same in every language", func(t *T) {
			t.verified(0, []byte(knownLines))
		}),
		check("verify/untouched", "audit.verify", "a log that another writer made verifies", func(t *T) {
			t.verified(0, forge(knownKey, 6))
		}),
		check("verify/own", "audit.verify", "a log of its own verifies, while and after it is written", func(t *T) {
			t.expect(0, aLife(t).i, "audit", "verify")
			t.expect(0, shared(t), "audit", "verify")
		}),
		tampered("edited", 3, func(l [][]byte) [][]byte {
			l[2] = bytes.Replace(l[2], []byte("GET"), []byte("PUT"), 1)
			return l
		}),
		tampered("deleted", 3, func(l [][]byte) [][]byte { return slices.Delete(l, 2, 3) }),
		tampered("deleted-first", 1, func(l [][]byte) [][]byte { return l[1:] }),
		tampered("moved", 3, func(l [][]byte) [][]byte { l[2], l[3] = l[3], l[2]; return l }),
		tampered("inserted", 3, func(l [][]byte) [][]byte {
			return slices.Insert(l, 2, forge(strings.Repeat("x", 32), 3)[2*len(l[0]):])
		}),
		tampered("duplicated", 4, func(l [][]byte) [][]byte { return slices.Insert(l, 3, bytes.Clone(l[2])) }),
		tampered("flipped-by-a-bit", 5, func(l [][]byte) [][]byte { l[4][40] ^= 1; return l }),
		tampered("flipped-in-its-mac", 5, func(l [][]byte) [][]byte { l[4][len(l[4])-20] ^= 1; return l }),
		tampered("torn", 6, func(l [][]byte) [][]byte { l[5] = l[5][:50]; return l }),
	}
}

func checkpointChecks() []Check {
	return []Check{
		check("verify/truncated", "audit.checkpoints audit.verify", "records cut off at the end are found with a checkpoint", func(t *T) {
			log := forge(knownKey, 6)
			checkpoint := "6:" + hex.EncodeToString(lastMAC(log))
			t.verified(0, log, "--checkpoint", checkpoint)
			cut := log[:bytes.LastIndexByte(log[:len(log)-1], '\n')+1]
			t.verified(1, cut, "--checkpoint", checkpoint)
			t.verified(1, nil, "--checkpoint", checkpoint)
		}),
		check("verify/rewritten", "audit.checkpoints audit.verify", "a log that was written anew with the key differs from its checkpoint", func(t *T) {
			t.verified(1, forge(knownKey, 6), "--checkpoint", "4:"+strings.Repeat("ab", 32))
		}),
		check("verify/every-checkpoint", "audit.checkpoints audit.verify", "of several checkpoints each must be in the log", func(t *T) {
			log := forge(knownKey, 6)
			last := "6:" + hex.EncodeToString(lastMAC(log))
			t.verified(0, log, "--checkpoint", last, "--checkpoint", "4:"+hex.EncodeToString(lastMAC(forge(knownKey, 4))))
			t.verified(1, log, "--checkpoint", "4:"+strings.Repeat("ab", 32), "--checkpoint", last)
		}),
		check("verify/bad-checkpoint", "cli.usage life.codes", "a checkpoint that is none is a usage error", func(t *T) {
			t.verified(2, []byte(knownLines), "--checkpoint", "x")
			t.verified(2, []byte(knownLines), "--checkpoint", "2:abc")
		}),
		check("verify/logged-checkpoint", "audit.checkpoints", "a checkpoint out of the application log is taken by audit verify", func(t *T) {
			i := aLife(t).i
			list := i.logLines()
			for _, line := range list {
				if line.text("event") == "audit.checkpoint" {
					t.expect(0, i, "audit", "verify", "--checkpoint", fmt.Sprintf("%v:%s", line["seq"], line.text("mac")))
					return
				}
			}
			t.Errorf("there is none")
		}),
		check("verify/absent", "audit.verify", "a log that is not there does not verify", func(t *T) {
			i := t.instance(setup{})
			if r := t.call(i, "audit", "verify", filepath.Join(i.Dir, "absent.jsonl")); r.Code == 0 {
				t.Errorf("%s ended with 0", r.What)
			}
		}),
	}
}

func rotationChecks() []Check {
	return []Check{
		check("verify/rotated", "audit.rotate", "audit rotate begins a file whose first record carries the chain on", func(t *T) {
			r := aRotation(t)
			if len(r.records) < 8 {
				t.Fatalf("there are %d records", len(r.records))
			}
			same(t, "the event after the old records", r.records[7].Event, "audit.rotated")
			same(t, "the records in the old file", bytes.Count(readOrEmpty(r.old), []byte("\n")), 7)
			info, err := os.Stat(r.i.AuditLog)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the mode of the new file is %v, %v", info, err)
			}
		}),
		check("verify/rotated-in-order", "audit.rotate audit.verify", "rotated files verify in their order, and in no other", func(t *T) {
			r := aRotation(t)
			t.expect(0, r.i, "audit", "verify", r.old, r.i.AuditLog)
			t.expect(1, r.i, "audit", "verify", r.i.AuditLog, r.old)
		}),
		check("verify/rotated-alone", "audit.rotate audit.verify", "after a rotation audit verify without files finds all well, or what was changed in the file put aside", func(t *T) {
			t.expect(0, aRotation(t).i, "audit", "verify")
			i := t.instance(setup{})
			old := t.rotated(i)
			log := readOrEmpty(old)
			log[len(log)-10] ^= 1
			t.write(old, log)
			t.expect(1, i, "audit", "verify")
		}),
		check("verify/rotate-torn", "audit.torn audit.rotate", "a torn last line is cut off and recorded by a rotation, too", func(t *T) {
			i := t.instance(setup{})
			whole := forge(i.AuditKey, 5)
			t.write(i.AuditLog, append(bytes.Clone(whole), whole[:77]...))
			t.expect(0, i, "audit", "rotate")
			var all []byte
			entries, _ := os.ReadDir(filepath.Dir(i.AuditLog))
			for _, e := range entries {
				if file := filepath.Join(filepath.Dir(i.AuditLog), e.Name()); file != i.AuditLog {
					all = append(all, readOrEmpty(file)...)
				}
			}
			all = append(all, readOrEmpty(i.AuditLog)...)
			list, err := Verify(all, i.AuditKey)
			if err != nil {
				t.Fatalf("the files one after the other: %v", err)
			}
			found := ofEvent(list, "audit.recovered")
			if len(found) != 1 || found[0].text("cut_bytes") != "77" {
				t.Errorf("audit.recovered is recorded %d times", len(found))
			}
		}),
		check("verify/rotate-held", "audit.rotate audit.append life.codes", "a log that a service is writing is not rotated", func(t *T) {
			t.expect(69, shared(t), "audit", "rotate")
			t.ask(shared(t), "rotate-"+token())
		}),
	}
}

// lastMAC is the mac of the last line of a log.
func lastMAC(log []byte) []byte {
	mac, _ := hex.DecodeString(string(log[len(log)-67 : len(log)-3])) // our own log
	return mac
}
