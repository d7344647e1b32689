package conformance

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

var sha = regexp.MustCompile(`^[0-9a-f]{64}$`)

// recordFields are those that each record of an audit log must have, and no others.
var recordFields = map[string]string{
	"http.access": "actor method route status request_id", "auth.denied": "actor method route request_id",
	"config.loaded": "config_sha256", "audit.recovered": "cut_bytes", "audit.rotated": "previous_mac", "service.started": "", "service.stopped": "",
}

// A life is a service that was started, asked, stopped, and started again.
type life struct {
	i               *Instance
	first, second   []Record
	code            int
	stdout          []byte
	firstID, denied string
}

func aLife(t *T) life {
	return told(t, "a short life", func(t *T) (l life) {
		i := t.serve(setup{settings: map[string]string{"AUDIT__CHECKPOINT_EVERY": "2"}})
		l.i = i
		t.do(i, request{path: "/livez"})
		l.firstID = t.do(i, t.question("a")).Header.Get("X-Request-ID")
		l.denied = t.do(i, request{path: "/v1/answers", body: "{}", noKey: true}).Header.Get("X-Request-ID")
		t.audited(i, "http.access", l.denied)
		l.code = t.stop(i)
		l.stdout = i.Stdout.Bytes()
		var err error
		if l.first, err = i.records(); err != nil {
			t.Fatalf("%v", err)
		}
		t.begin(i)
		t.ready(i)
		t.stop(i)
		if l.second, err = i.records(); err != nil {
			t.Fatalf("after a second life: %v", err)
		}
		if len(l.first) == 0 || len(l.second) < len(l.first) {
			t.Fatalf("the audit log has %d records after a life and %d after a second one", len(l.first), len(l.second))
		}
		return l
	})
}

// ofEvent returns the records of an event.
func ofEvent(list []Record, event string) (found []Record) {
	for _, r := range list {
		if r.Event == event {
			found = append(found, r)
		}
	}
	return found
}

func auditChecks() []Check {
	return slices.Concat(auditFileChecks(), auditRecordChecks(), auditWriterChecks())
}

func auditFileChecks() []Check {
	return []Check{
		check("audit/own-file", "audit.file", "the audit log is a file of its own that only its owner may read", func(t *T) {
			i := shared(t)
			t.ask(i, "file-"+token())
			info, err := os.Stat(i.AuditLog)
			if err != nil {
				t.Fatalf("%v", err)
			}
			same(t, "its mode", info.Mode(), fs.FileMode(0o600))
			lacks(t, "stdout", i.Stdout.String(), "http.access")
		}),
		check("audit/chain", "audit.chain", "each line is compact ASCII with the mac of all before it", func(t *T) {
			l := aLife(t)
			if len(l.first) < 5 {
				t.Errorf("there are %d records", len(l.first))
			}
			same(t, "the records that were there before", fmt.Sprint(l.second[:len(l.first)]), fmt.Sprint(l.first))
		}),
		check("audit/life", "audit.records", "the log begins with the settings and the start, and ends with the stop", func(t *T) {
			l := aLife(t)
			var events []string
			for _, r := range l.first {
				events = append(events, r.Event)
			}
			text := strings.Join(events, " ")
			for _, event := range []string{"config.loaded", "service.started", "service.stopped"} {
				same(t, "the number of "+event, len(ofEvent(l.first, event)), 1)
			}
			same(t, "the last record", events[len(events)-1], "service.stopped")
			if strings.Index(text, "http.access") < strings.Index(text, "service.started") {
				t.Errorf("the order is %s", text)
			}
		}),
		check("audit/events", "audit.records", "there are only the records that are promised, with their fields", func(t *T) {
			t.mixture(shared(t))
			others, err := shared(t).newRecords()
			if err != nil {
				t.Errorf("%v", err)
			}
			for _, r := range slices.Concat(aLife(t).second, others) {
				names, found := recordFields[r.Event]
				if !found {
					t.Errorf("there is a record %s", r.Line)
				}
				for _, name := range strings.Fields(names) {
					if r.text(name) == "" {
						t.Errorf("%s lacks %s: %s", r.Event, name, r.Line)
					}
				}
				for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
					if !strings.Contains(" seq ts event mac "+names+" ", " "+name+" ") {
						t.Errorf("%s has a field %s: %s", r.Event, name, r.Line)
					}
				}
			}
		}),
	}
}

func auditRecordChecks() []Check {
	return []Check{
		check("audit/access", "audit.records", "a request is recorded with who, what and how it ended", func(t *T) {
			l, n := aLife(t), 0
			for _, r := range ofEvent(l.first, "http.access") {
				switch r.text("request_id") {
				case l.firstID:
					n++
					same(t, "what is recorded", strings.Join([]string{r.text("actor"), r.text("method"), r.text("route")}, " "), "api-key POST /v1/answers")
					if n, _ := strconv.Atoi(r.text("status")); !t.fine(n) {
						t.Errorf("status is %d", n)
					}
				case l.denied:
					n++
					same(t, "what is recorded", strings.Join([]string{r.text("actor"), r.text("route"), r.text("status")}, " "), "anonymous /v1/answers 401")
				}
			}
			same(t, "the number of http.access of a question and of one without a key", n, 2)
		}),
		check("audit/denied", "audit.records", "a denied request is recorded as such", func(t *T) {
			l := aLife(t)
			r := only(t, "auth.denied", ofEvent(l.first, "auth.denied"))
			same(t, "what is recorded", strings.Join([]string{r.text("actor"), r.text("method"), r.text("route"), r.text("request_id")}, " "),
				"anonymous POST /v1/answers "+l.denied)
		}),
		check("audit/no-probes", "audit.records", "probes are not recorded: they would fill the log", func(t *T) {
			for _, r := range aLife(t).second {
				if r.text("route") == "/readyz" || r.text("route") == "/livez" {
					t.Errorf("there is %s", r.Line)
				}
			}
		}),
		check("audit/config-hash", "audit.records", "config.loaded has a hash of the effective settings: the same for the same, another for others", func(t *T) {
			l := aLife(t)
			one := only(t, "config.loaded in the first life", ofEvent(l.first, "config.loaded"))
			two := only(t, "config.loaded in the second life", ofEvent(l.second[len(l.first):], "config.loaded"))
			if !sha.MatchString(one.text("config_sha256")) {
				t.Errorf("the hash is %q", one.text("config_sha256"))
			}
			same(t, "the hash of the second life", two.text("config_sha256"), one.text("config_sha256"))
			other := t.audited(shared(t), "config.loaded", "")
			if other.text("config_sha256") == one.text("config_sha256") {
				t.Errorf("other settings have the same hash")
			}
		}),
	}
}

func auditWriterChecks() []Check {
	return append([]Check{
		check("audit/checkpoints", "audit.checkpoints logs.events", "checkpoints in the application log are heads of the chain, one for every checkpoint_every records", func(t *T) {
			l := aLife(t)
			list, _ := lines(l.stdout)
			n := 0
			for _, line := range list {
				if line.text("event") != "audit.checkpoint" {
					continue
				}
				n++
				seq, _ := line["seq"].(float64)
				if int(seq) < 1 || int(seq) > len(l.first) || l.first[int(seq)-1].MAC != line.text("mac") {
					t.Errorf("there is a checkpoint %v that is no head", line)
				}
			}
			if n < len(l.first)/2 {
				t.Errorf("%d checkpoints for %d records", n, len(l.first))
			}
		}),
		check("audit/parallel", "audit.shared audit.chain", "300 requests at the same time leave one chain with a record for each", func(t *T) {
			i, group := shared(t), token()
			t.hammer(300, func(n int) string {
				r, err := i.try(request{path: "/v1/answers", body: "{}", header: map[string]string{"X-Request-ID": fmt.Sprintf("audit-%s-%d", group, n)}})
				if err != nil || r.Status != 400 {
					return fmt.Sprintf("%d %v", r.Status, err)
				}
				return ""
			})
			t.eventually("a record for each", func() string {
				list, err := i.newRecords()
				if err != nil {
					t.Fatalf("%v", err)
				}
				n := 0
				for _, r := range list {
					if r.Event == "http.access" && strings.HasPrefix(r.text("request_id"), "audit-"+group) {
						n++
					}
				}
				return map[bool]string{false: fmt.Sprint(n, " of 300")}[n == 300]
			})
		}),
		check("audit/one-writer", "audit.append life.codes", "a second process on the same log ends with 69, and harms nothing", func(t *T) {
			i := shared(t)
			second := t.instance(setup{settings: map[string]string{"AUDIT__PATH": i.AuditLog}, secrets: map[string]string{"AUDIT_KEY": i.AuditKey}})
			t.unavailable(second, "audit.path")
			t.ask(i, "writer-"+token())
			if _, err := i.records(); err != nil {
				t.Errorf("%v", err)
			}
		}),
		killCheck(),
	}, needing("procfs",
		check("audit/append-only", "audit.append", "the file is open for appending only at its end", func(t *T) {
			if flags := t.descriptor(shared(t)); flags&syscall.O_APPEND == 0 {
				t.Errorf("it is open with %o", flags)
			}
		}),
	)...)
}

func killCheck() Check {
	return check("audit/kill-9", "audit.torn audit.chain audit.shared", "kill -9 under load loses nothing that was answered, and the next start goes on", func(t *T) {
		i := t.serve(setup{})
		for range 2 {
			answered := t.killedUnderLoad(i)
			t.begin(i)
			t.ready(i)
			list, err := i.records()
			if err != nil {
				t.Fatalf("%v", err)
			}
			recorded := map[string]bool{}
			for _, r := range list {
				recorded[r.Event+" "+r.text("request_id")] = true
			}
			for _, id := range answered {
				if !recorded["auth.denied "+id] || !recorded["http.access "+id] {
					t.Fatalf("of %d requests that were answered, %s is not in the log", len(answered), id)
				}
			}
			t.Logf("%d requests were answered", len(answered))
		}
		t.ends(i, 0)
		t.expect(0, i, "audit", "verify")
	})
}

// killedUnderLoad kills a service once it has answered some of many requests,
// and returns the ids of all that it has answered.
func (t *T) killedUnderLoad(i *Instance) []string {
	answers := make(chan string, 300)
	t.hammer(cap(answers), func(int) string {
		r, err := i.try(request{path: "/v1/answers", body: "{}", noKey: true})
		if err != nil {
			return ""
		}
		if answers <- r.Header.Get("X-Request-ID"); len(answers) >= 100 {
			i.signal(syscall.SIGKILL)
		}
		return ""
	})
	close(answers)
	if _, ended := i.wait(t.Deadline); !ended {
		t.Fatalf("only %d requests were answered", len(answers))
	}
	var ids []string
	for id := range answers {
		ids = append(ids, id)
	}
	return ids
}

// descriptor returns the flags with which the service has its audit log open.
func (t *T) descriptor(i *Instance) int {
	dir := fmt.Sprintf("/proc/%d/", i.cmd.Process.Pid)
	entries, err := os.ReadDir(dir + "fd")
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, e := range entries {
		if target, _ := os.Readlink(dir + "fd/" + e.Name()); target != i.AuditLog {
			continue
		}
		info, _ := os.ReadFile(dir + "fdinfo/" + e.Name())
		for line := range strings.Lines(string(info)) {
			if value, is := strings.CutPrefix(line, "flags:"); is {
				flags, _ := strconv.ParseInt(strings.TrimSpace(value), 8, 64)
				return int(flags)
			}
		}
	}
	t.Fatalf("the service does not hold %s open", i.AuditLog)
	return 0
}
