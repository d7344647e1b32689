package merge

import (
	"fmt"
	"strings"
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

// TestPlan has several paths: the plan is in their order and holds what each
// path holds afterwards.
func TestPlan(t *testing.T) {
	var trees [2]tree.Tree
	for i, words := range []string{"b=1 c=1 z=1", "a=2 b=1 c=2 d/=2"} {
		var files []tree.File
		for word := range strings.FieldsSeq(words) {
			name, data, _ := strings.Cut(word, "=")
			p, err := tree.ParsePath(strings.ReplaceAll(name, "/", "/x"))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, tree.File{Path: p, Mode: tree.Regular, Data: []byte(data)})
		}
		trees[i], _ = tree.New(files)
	}
	p, got := Trees(Input{Ours: trees[0], Theirs: trees[1]}), ""
	for _, c := range p.Changes {
		got += fmt.Sprintf("%s %s %s; ", c.Kind, c.Path, c.File.Data)
	}
	if got != "create a 2; adopt b 1; conflict c 1; create d/x 2; " || p.Unchanged != 0 {
		t.Errorf("got %s", got)
	}
	counted := 0
	for _, k := range Kinds() {
		counted += p.Count(k)
	}
	if counted != len(p.Changes) {
		t.Errorf("%d of %d changes have a kind of their own", counted, len(p.Changes))
	}
}
