package merge

import (
	"testing"

	"example.com/gen/internal/tree"
)

// one is a tree of the file f with contents s and mode; "-" is no file.
func one(t *testing.T, s string) tree.Tree {
	t.Helper()
	if s == "-" {
		return tree.Tree{}
	}
	p, err := tree.ParsePath("f")
	if err != nil {
		t.Fatal(err)
	}
	mode := tree.Regular
	if s[0] == '*' {
		mode = tree.Executable
	}
	made, list := tree.New([]tree.File{{Path: p, Mode: mode, Data: []byte(s[len(s)-1:])}})
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return made
}

func TestTrees(t *testing.T) {
	for _, row := range []struct {
		ours, theirs string
		want         Kind
	}{
		{"-", "x", Create},
		{"x", "x", Adopt},
		{"y", "x", Conflict},
		{"*x", "x", Conflict}, // the mode is part of a file
		{"x", "-", ""},        // not ours to read or touch
		{"-", "-", ""},
	} {
		p := Trees(Input{Ours: one(t, row.ours), Theirs: one(t, row.theirs)})
		got := Kind("")
		if len(p.Changes) > 0 {
			got = p.Changes[0].Kind
		}
		if got != row.want || row.want != "" && p.Count(row.want) != 1 {
			t.Errorf("ours %s, theirs %s: %q, want %q", row.ours, row.theirs, got, row.want)
		}
	}
}
