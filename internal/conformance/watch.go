package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Line is one line of the application log.
type Line map[string]any

// small reports whether a line is less than a warning.
func (l Line) small() bool {
	return strings.EqualFold(l.text("level"), "info") || strings.EqualFold(l.text("level"), "debug")
}

// String is the line as JSON, for people.
func (l Line) String() string {
	text, _ := json.Marshal(map[string]any(l)) // it was JSON
	return string(text)
}

func (l Line) text(name string) string {
	if v, found := l[name]; found {
		return fmt.Sprint(v)
	}
	return ""
}

// lines reads the whole lines of a log so far.
func lines(data []byte) (list []Line, err error) {
	for n, text := range bytes.SplitAfter(data, []byte("\n")) {
		if !bytes.HasSuffix(text, []byte("\n")) {
			break // nothing, or still being written
		}
		var line Line
		if bad := json.Unmarshal(text, &line); bad != nil && err == nil {
			err = fmt.Errorf("line %d of stdout is no JSON object: %.200s", n+1, text)
		}
		list = append(list, line)
	}
	return list, err
}

// A watch is what was read of the logs of a process: while it runs they only
// grow, and are asked for often.
type watch struct {
	mu      sync.Mutex
	lines   []Line
	read    int // bytes of stdout
	head    head
	records []Record
	checked int64 // bytes of the audit log
}

// logLines are the whole lines of stdout so far; what is no JSON is empty.
func (p *Process) logLines() []Line {
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	data := p.Stdout.from(p.watch.read)
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	more, _ := lines(data) // who cares for what is no JSON asks lines
	p.watch.lines, p.watch.read = append(p.watch.lines, more...), p.watch.read+len(data)
	return p.watch.lines[:len(p.watch.lines):len(p.watch.lines)]
}

// from returns a copy of what was written after the first n bytes.
func (s *Sink) from(n int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.data.Bytes()[n:])
}

// awaited waits for the first of a list that fits.
func awaited[V any](t *T, i *Instance, what string, list func() ([]V, error), fits func(V) bool) (found V) {
	t.within(min(t.Deadline, 30*time.Second), what, func() string {
		all, err := list()
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err.Error()
		}
		if n := slices.IndexFunc(all, fits); n >= 0 {
			found = all[n]
			return ""
		}
		return fmt.Sprintf("there are %d others, which end with %v%s", len(all), all[max(0, len(all)-1):], i.fate(0))
	})
	return found
}

// logged waits for the line of an event in a request, or outside of any.
func (t *T) logged(i *Instance, event, id string) Line {
	return t.line(i, event+" with the request_id "+show(id), of(event, id))
}

// line waits for the first line of the log that fits.
func (t *T) line(i *Instance, what string, fits func(Line) bool) Line {
	return awaited(t, i, "a line in the log, "+what, func() ([]Line, error) { return i.logLines(), nil }, fits)
}

// audited waits for the record of an event in a request, or outside of any.
func (t *T) audited(i *Instance, event, id string) Record {
	return awaited(t, i, "a record in the audit log, "+event+" with the request_id "+show(id), i.newRecords, recordOf(event, id))
}

// count returns how many lines of the log fit.
func (i *Instance) count(fits func(Line) bool) (n int) {
	for _, line := range i.logLines() {
		if fits(line) {
			n++
		}
	}
	return n
}

// records reads the whole audit log, and verifies it; while the service runs
// the last line may be incomplete.
func (i *Instance) records() ([]Record, error) {
	if i.Process != nil && i.running() {
		return i.newRecords()
	}
	data, err := os.ReadFile(i.AuditLog)
	if err != nil {
		return nil, err
	}
	return Verify(data, i.AuditKey)
}

// newRecords is records, which it reads and verifies from where it stopped.
func (i *Instance) newRecords() ([]Record, error) {
	w := &i.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	file, err := os.Open(i.AuditLog)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if w.checked == 0 {
		w.head = genesis()
	}
	if info.Size() < w.checked {
		return w.records, errors.New("the audit log has become shorter")
	}
	data := make([]byte, info.Size()-w.checked)
	if _, err := file.ReadAt(data, w.checked); err != nil {
		return w.records, err
	}
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	more, h, err := verifyFrom(w.head, data, i.AuditKey)
	if err != nil {
		return w.records, err
	}
	w.records, w.head, w.checked = append(w.records, more...), h, w.checked+int64(len(data))
	return w.records[:len(w.records):len(w.records)], nil
}

// is is a condition on lines: this event.
func is(event string) func(Line) bool {
	return func(l Line) bool { return l.text("event") == event }
}

// firstUseOf is another: the first use of this resource.
func firstUseOf(resource string) func(Line) bool {
	return func(l Line) bool { return l.text("event") == "resource.loaded" && l.text("resource") == resource }
}

// of is another: this event of this request.
func of(event, id string) func(Line) bool {
	return func(l Line) bool { return l.text("event") == event && l.text("request_id") == id }
}

// recordOf is the same for records.
func recordOf(event, id string) func(Record) bool {
	return func(r Record) bool { return r.Event == event && r.text("request_id") == id }
}
