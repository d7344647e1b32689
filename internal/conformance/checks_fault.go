package conformance

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// tornLife is a service that was started on a log whose last line a crash has
// cut, and stopped.
func tornLife(t *T) *Instance {
	return told(t, "a start on a torn log", func(t *T) *Instance {
		i := t.instance(setup{})
		whole := forge(i.AuditKey, 5)
		t.write(i.AuditLog, append(whole, whole[:100]...))
		t.begin(i)
		t.ready(i)
		t.do(i, t.question("a"))
		t.ends(i, 0)
		return i
	})
}

// A fullDisk is a service whose disk got full, and had room again.
type fullDisk struct {
	i                   *Instance
	answers             []Reply // while it was full, until one was refused
	ready, room, readyB Reply   // when it was full; and when there was room again
	log                 []byte
}

func aFullDisk(t *T) fullDisk {
	return told(t, "a full disk", func(t *T) (f fullDisk) {
		dir := t.dir()
		if err := tinyDisk(dir, 128<<10); err != nil {
			t.Fatalf("mount: %v", err)
		}
		t.atEnd(func() { unmount(dir) })
		i := t.serve(setup{settings: map[string]string{"AUDIT__PATH": filepath.Join(dir, "audit.jsonl")}})
		i.AuditLog = filepath.Join(dir, "audit.jsonl")
		f.i = i
		balloon := filepath.Join(dir, "balloon")
		fillUp(balloon)
		for range 400 { // what is left in the last page takes some records
			r := t.do(i, request{path: "/v1/answers", body: "{}"})
			f.answers = append(f.answers, r)
			if r.Status == http.StatusServiceUnavailable {
				break
			}
		}
		t.within(t.Deadline, "not ready", func() string {
			f.ready = t.do(i, request{path: "/readyz"})
			return map[bool]string{true: "still ready"}[f.ready.Status == http.StatusOK]
		})
		_ = os.Remove(balloon)
		f.room = t.do(i, t.question("a"))
		f.readyB = t.do(i, request{path: "/readyz"})
		f.log = readOrEmpty(i.AuditLog)
		i.Kill()
		return f
	})
}

// fillUp writes until the disk is full.
func fillUp(file string) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	for _, size := range []int{4096, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
}

func auditFaultChecks() []Check {
	return slices.Concat(tailChecks(), fullDiskChecks(), syncChecks())
}

func tailChecks() []Check {
	return []Check{
		check("audit/torn", "audit.torn audit.records", "a torn last line is cut off, and recorded with its length", func(t *T) {
			i := tornLife(t)
			list, err := i.records()
			if err != nil {
				t.Fatalf("%v", err)
			}
			found := only(t, "audit.recovered", ofEvent(list, "audit.recovered"))
			same(t, "cut_bytes", found.text("cut_bytes"), "100")
			same(t, "seq of audit.recovered", found.Seq, 6)
		}),
		check("audit/goes-on", "audit.chain", "a log that another writer began is gone on with: its chain is this one", func(t *T) {
			i := tornLife(t)
			if !bytes.HasPrefix(readOrEmpty(i.AuditLog), forge(i.AuditKey, 5)) {
				t.Errorf("what was there has changed")
			}
		}),
		check("audit/tampered-tail", "audit.tail life.codes", "a log whose last record is not ours is not gone on with", func(t *T) {
			i := t.instance(setup{})
			log := forge(i.AuditKey, 5)
			log[len(log)-10] ^= 1
			t.write(i.AuditLog, log)
			t.explained(t.call(i), 1, "audit.path")
			same(t, "the log", string(readOrEmpty(i.AuditLog)), string(log))
		}),
		check("audit/other-key", "audit.tail audit.chain life.codes", "with another key the log is not gone on with", func(t *T) {
			i := t.instance(setup{})
			t.write(i.AuditLog, forge(strings.Repeat("x", 32), 3))
			t.explained(t.call(i), 1, "audit.path")
		}),
		check("audit/tail-only", "audit.tail", "start-up looks at the end of the log only: its time does not grow with it", func(t *T) {
			i := t.instance(setup{})
			log := forge(i.AuditKey, 50_000)
			log[2000] ^= 1 // found by verify, not by a start
			t.write(i.AuditLog, log)
			t.begin(i)
			t.ready(i)
			t.ends(i, 0)
			t.expect(1, i, "audit", "verify")
		}),
	}
}

func fullDiskChecks() []Check {
	return needing("mount",
		check("audit/full-disk", "audit.failure", "when a record cannot be written the request is refused with 503", func(t *T) {
			f := aFullDisk(t)
			last := f.answers[len(f.answers)-1]
			t.Logf("after %d more requests", len(f.answers))
			t.isProblem(last, 503, "unavailable")
		}),
		check("audit/full-disk-not-ready", "audit.failure", "after a failed write the service is not ready", func(t *T) {
			same(t, "the status of /readyz", aFullDisk(t).ready.Status, 503)
		}),
		check("audit/full-disk-final", "audit.failure", "a failed write is final: room on the disk does not heal it", func(t *T) {
			f := aFullDisk(t)
			same(t, "the status of a question", f.room.Status, 503)
			same(t, "the status of /readyz", f.readyB.Status, 503)
		}),
		check("audit/full-disk-whole", "audit.failure", "a failed write is cut back: the log ends in a whole line and its chain holds", func(t *T) {
			f := aFullDisk(t)
			if list, err := Verify(f.log, f.i.AuditKey); err != nil {
				t.Errorf("after %d records: %v", len(list), err)
			}
			t.sound(f.i)
		}),
	)
}

func syncChecks() []Check {
	return needing("strace",
		check("audit/synced", "audit.shared", "a denial is on the disk before it is answered, other records soon, and requests at the same time share a sync", func(t *T) {
			trace := filepath.Join(t.dir(), "trace")
			const each = 200 * time.Millisecond // so slow is a disk where waiting, and sharing, can be seen
			i := t.serve(setup{wrap: []string{
				"strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-e", "signal=none", "-o", trace,
				"-e", fmt.Sprintf("inject=fsync,fdatasync:delay_enter=%d", each.Microseconds()),
			}})
			before := syncs(trace)
			if before == 0 {
				t.Fatalf("nothing was synced before the service was ready")
			}
			denied := request{path: "/v1/answers", body: "{}", noKey: true}
			began := time.Now()
			t.do(i, denied)
			if took := time.Since(began); took < each || syncs(trace) == before {
				t.Fatalf("a denial is answered after %v and %d syncs, each of which takes %v", took, syncs(trace)-before, each)
			}
			before = syncs(trace)
			t.hammer(100, func(int) string {
				r, err := i.try(denied)
				return map[bool]string{true: fmt.Sprint(r.Status, err)}[r.Status != http.StatusUnauthorized]
			})
			n := syncs(trace) - before
			t.Logf("100 denials, %d syncs", n)
			if n == 0 || n > 50 {
				t.Errorf("100 denials at the same time made %d syncs", n)
			}
			time.Sleep(4 * each) // what they have left is synced, too
			before = syncs(trace)
			t.do(i, request{path: "/v1/answers", body: "{}"})
			t.eventually("a sync after a request that is not denied", func() string {
				return map[bool]string{true: "none"}[syncs(trace) == before]
			})
			i.Kill() // strace would be stopped, and not what it runs
		}),
	)
}

// syncCall is a sync that has ended, also if another call came in between.
var syncCall = regexp.MustCompile(`(?m)\b(fsync|fdatasync)\b.*= 0( \(DELAYED\))?$`)

func syncs(trace string) int { return len(syncCall.FindAll(readOrEmpty(trace), -1)) }
