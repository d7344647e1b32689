package conformance

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	timestamp = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$`)
	dotted    = regexp.MustCompile(`^[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+$`)
	levels    = regexp.MustCompile(`(?i)^(debug|info|warn|warning|error|critical|fatal)$`)
	first     = regexp.MustCompile(`^\{"timestamp": ?"[^"]*", ?"level": ?"[^"]*", ?"event": ?"[^"]*", ?"logger": ?"[^"]*", ?"service": ?"[^"]*", ?"version": ?"`)
	place     = regexp.MustCompile(`^[^/\s:]+:\d+$`)
)

// common are the fields that lines of every kind may have.
const common = " timestamp level event logger service version request_id trace_id "

// fields are those that the known events must have, beyond the common ones.
var fields = map[string]string{
	"service.started": "", "service.stopped": "", "startup.failed": "",
	"http.request": "method route status duration_ms", "llm.call": "model status duration_ms items",
	"resource.loaded": "resource duration_ms", "audit.checkpoint": "seq mac", "foreign.record": "source",
}

// wrong says what is wrong with a line, or "".
func (s *Suite) wrong(line Line) string {
	for _, name := range []string{"timestamp", "level", "event", "logger", "service", "version"} {
		if line.text(name) == "" {
			return name + " is missing"
		}
	}
	event := line.text("event")
	switch {
	case !timestamp.MatchString(line.text("timestamp")):
		return "timestamp is " + line.text("timestamp")
	case !levels.MatchString(line.text("level")):
		return "level is " + line.text("level")
	case !dotted.MatchString(event):
		return "event is " + event
	case line.text("service") != s.name:
		return "service is " + line.text("service")
	}
	for _, name := range strings.Fields(fields[event]) {
		if _, found := line[name]; !found {
			return name + " is missing"
		}
	}
	if event == "foreign.record" && !place.MatchString(line.text("source")) {
		return "source is " + line.text("source")
	}
	allowed := common + fields["http.request"] + " " + fields["llm.call"] + " " + fields["resource.loaded"] + " " +
		fields["audit.checkpoint"] + " source " + strings.Join(s.Description.LogFields, " ") + " "
	if event == "foreign.record" {
		allowed = common + "source " + strings.Join(s.Description.LogFields, " ") + " "
	}
	for _, name := range slices.Sorted(maps.Keys(line)) {
		if !strings.Contains(allowed, " "+name+" ") {
			return "there is a field " + name + ", which is not promised and not among the log_fields of the description"
		}
	}
	return ""
}

// sound fails the check unless every byte that i has written to stdout is part
// of a good line.
func (t *T) sound(i *Instance) bool {
	running := i.running() // asked first: what has ended has written all
	data := i.Stdout.Bytes()
	if end := bytes.LastIndexByte(data, '\n'); !running && end+1 != len(data) {
		t.Errorf("stdout ends in a torn line: %.200s", data[end+1:])
		return false
	}
	list, err := lines(data)
	if err != nil {
		t.Errorf("%v", err)
		return false
	}
	for text := range bytes.Lines(data) {
		if !first.Match(text) && bytes.HasSuffix(text, []byte("\n")) {
			t.Errorf("a line does not begin with timestamp, level, event, logger, service and version, in this order: %.300s", text)
			return false
		}
	}
	for n, line := range list {
		if why := t.wrong(line); why != "" {
			t.Errorf("line %d: %s: %v", n+1, why, line)
			return false
		}
	}
	t.Logf("%d lines", len(list))
	return true
}

// mixture sends requests of every kind.
func (t *T) mixture(i *Instance) {
	for _, q := range []request{
		t.question("a"), t.question(""),
		{path: "/nowhere"},
		{path: "/livez"},
		{method: "DELETE", path: "/v1/answers"},
		{path: "/v1/answers", body: "{}", noKey: true},
		{path: "/v1/answers", body: "{"},
		t.question("[[500]]"),
	} {
		t.do(i, q)
	}
}

func logChecks() []Check {
	return slices.Concat(lineChecks(), failureChecks(), levelChecks(), last(wholeRunChecks()...))
}

func lineChecks() []Check {
	return []Check{
		check("logs/request-line", "logs.events privacy.route", "a request is one line with method, route, status and duration", func(t *T) {
			_, line := t.ask(shared(t), "log-"+token())
			same(t, "method", line.text("method"), "POST")
			same(t, "route", line.text("route"), "/v1/answers")
			if status, is := line["status"].(float64); !is || !t.fine(int(status)) {
				t.Errorf("status is %v", line["status"])
			}
			if took, is := line["duration_ms"].(float64); !is || took <= 0 || took > 60_000 {
				t.Errorf("duration_ms is %v", line["duration_ms"])
			}
		}),
		check("logs/one-line", "logs.events", "a request is logged once", func(t *T) {
			id := "once-" + token()
			t.ask(shared(t), id)
			t.ask(shared(t), "after-"+id)
			same(t, "the number of lines", shared(t).count(of("http.request", id)), 1)
		}),
		check("logs/unmatched", "privacy.route", "a path that no route fits is logged without it", func(t *T) {
			path := "/secret-path-" + token()
			line, record := t.traceOf(request{method: "PUT", path: path})
			same(t, "method", line.text("method"), "PUT")
			lacks(t, "route", line.text("route"), path)
			same(t, "route in the audit record", record.text("route"), line.text("route"))
			other, _ := t.traceOf(request{path: path + "/" + token()})
			same(t, "route of another path", other.text("route"), line.text("route"))
		}),
		needing("methods", check("logs/made-up-method", "privacy.route", "a made-up method is logged as OTHER", func(t *T) {
			line, record := t.traceOf(request{method: "BREW", path: "/v1/answers"})
			same(t, "method", line.text("method"), "OTHER")
			same(t, "method in the audit record", record.text("method"), "OTHER")
		}))[0],
		check("logs/quiet", "logs.events logs.foreign privacy.telemetry", "in an ordinary life libraries say nothing, and there are only the known events", func(t *T) {
			events := map[string]int{}
			list, _ := lines(aLife(t).stdout)
			for _, line := range list {
				events[line.text("event")]++
			}
			same(t, "the number of foreign.record", events["foreign.record"], 0)
			for event := range events {
				if _, known := fields[event]; !known {
					t.Errorf("there is an event %s", event)
				}
			}
		}),
		check("logs/started", "logs.events", "service.started is logged once", func(t *T) {
			t.logged(shared(t), "service.started", "")
			same(t, "the number of lines", shared(t).count(is("service.started")), 1)
		}),
	}
}

func failureChecks() []Check {
	return needing("llm",
		check("logs/failure", "privacy.exceptions logs.jsonl", "a failure is logged with its request, and without what was said: privacy/upstream-* look for that", func(t *T) {
			i := shared(t)
			id := "failure-" + token()
			q := t.question("[[not-json]]")
			q.header = map[string]string{"X-Request-ID": id}
			t.do(i, q)
			t.line(i, "one of the request that is no mere information", func(l Line) bool {
				return l.text("request_id") == id && !l.small()
			})
			t.logged(i, "http.request", id)
			t.sound(i)
		}),
	)
}

// traceOf sends a request to the shared service, and returns its line and its record.
func (t *T) traceOf(q request) (Line, Record) {
	id := t.do(shared(t), q).Header.Get("X-Request-ID")
	line := t.logged(shared(t), "http.request", id)
	return line, t.audited(shared(t), "http.access", id)
}

func levelChecks() []Check {
	return []Check{
		check("logs/level", "logs.level audit.checkpoints", "log.level keeps what is less than it out of the log, but for checkpoints", func(t *T) {
			i := strict(t)
			t.mixture(i)
			last := t.do(i, request{path: "/v1/answers", body: "{}", noKey: true}).Header.Get("X-Request-ID")
			record := t.audited(i, "http.access", last)
			t.line(i, "the checkpoint of the last record", func(l Line) bool {
				return l.text("event") == "audit.checkpoint" && l.text("mac") == record.MAC
			})
			for _, line := range i.logLines() {
				if line.small() && line.text("event") != "audit.checkpoint" {
					t.Errorf("at WARNING there is %v", line)
				}
			}
		}),
		check("logs/debug", "logs.foreign privacy.log", "at DEBUG, when libraries talk, every byte of stdout is still a good line without input", func(t *T) {
			i := t.serve(setup{settings: map[string]string{"LOG__LEVEL": "DEBUG"}})
			c := newCanary()
			t.mixture(i)
			for _, q := range []request{t.question(c.core), {path: "/" + c.core + "?" + c.core, header: map[string]string{"User-Agent": c.core}}} {
				t.do(i, q)
			}
			t.raw(i, c.core+"\r\n\r\n")
			t.stop(i)
			t.sound(i)
			t.unseen(i, c)
		}),
	}
}

// last makes checks run after the others.
func last(list ...Check) []Check {
	for n := range list {
		list[n].Last = true
	}
	return list
}

func wholeRunChecks() []Check {
	return []Check{
		check("logs/whole-run", "logs.jsonl logs.fields logs.events", "every byte of stdout of every service of this run is part of a good line with allow-listed fields", func(t *T) {
			t.mixture(shared(t))
			for _, i := range t.instances() {
				if !t.sound(i) {
					return // the others may be wrong in the same way
				}
			}
		}),
		check("logs/whole-run-stderr", "life.start-up logs.jsonl", "no service that started has written to stderr", func(t *T) {
			for _, i := range t.instances() {
				text := i.Stderr.String()
				if len(i.wrap) == 0 && i.count(is("service.started")) > 0 && i.count(is("startup.failed")) == 0 && text != "" {
					t.Errorf("stderr holds %s", text)
				}
			}
		}),
	}
}

// instances are the services that this run has started.
func (s *Suite) instances() []*Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.served)
}

// unseen fails the check if the canary is in what i has written.
func (t *T) unseen(i *Instance, list ...canary) {
	out, diagnostics := i.Stdout.Bytes(), i.Stderr.Bytes()
	log := readOrEmpty(i.AuditLog)
	for _, c := range list {
		for name, data := range map[string][]byte{"stdout": out, "stderr": diagnostics, "the audit log": log} {
			if form := c.in(data); form != "" {
				t.Errorf("%s holds it (%s)%s", name, form, around(data, c))
			}
		}
	}
}

// around shows the line that holds a canary as it is.
func around(data []byte, c canary) string {
	for line := range bytes.Lines(data) {
		if c.in(line) != "" {
			return fmt.Sprintf(": %.300s", line)
		}
	}
	return ""
}
