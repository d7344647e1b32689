package report

import (
	"encoding/json"
	"testing"

	"example.com/gen/internal/merge"
	"example.com/gen/internal/tree"
)

func plan(t *testing.T) merge.Plan {
	t.Helper()
	var p merge.Plan
	for _, c := range []struct {
		path, reason string
		kind         merge.Kind
	}{
		{"Makefile", "1.2 kB", merge.Create},
		{"a/rather/long/path/README.md", "already there, the same", merge.Adopt},
		{"x", "evil\x1b[2J", merge.Conflict},
	} {
		path, err := tree.ParsePath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		p.Changes = append(p.Changes, merge.Change{Path: path, Kind: c.kind, Reason: c.reason})
	}
	return p
}

func TestRows(t *testing.T) {
	const want = `  create    Makefile                      1.2 kB
  adopt     a/rather/long/path/README.md  already there, the same
  CONFLICT  x                             evil\x1b[2J
`
	if got := Rows(plan(t)); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestSummary(t *testing.T) {
	p := plan(t)
	for want, p := range map[string]merge.Plan{
		"1 created, 1 adopted, 1 conflict":              {Changes: p.Changes},
		"1 created, 1 adopted, 1 conflict, 4 unchanged": {Changes: p.Changes, Unchanged: 4},
		"1 created, 1 adopted, 2 conflicts":             {Changes: append(p.Changes, p.Changes[2])},
		"0 unchanged":                                   {},
	} {
		if got := Summary(p); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	got, err := json.Marshal([]any{Changes(plan(t))[:1], Counts(plan(t)), Changes(merge.Plan{})})
	const want = `[[{"path":"Makefile","kind":"create","reason":"1.2 kB"}],{"adopt":1,"conflict":1,"create":1,"delete":0,"merge":0,"mode":0,"modify":0,"move":0,"skip":0,"unchanged":0,"yours":0},[]]`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 1234: "1.2 kB", 999_950: "1.0 MB", 16 << 20: "16.8 MB"} {
		if got := Size(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
