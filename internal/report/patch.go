package report

import (
	"crypto/sha1"
	"fmt"
	"strings"

	"example.com/gen/internal/diff"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/tree"
)

// Patch returns what p does to ours as a patch that git apply takes, but for
// binary files, which it only names and git can be told to leave out.
func Patch(p merge.Plan, ours tree.Tree) string {
	b := &strings.Builder{}
	for _, c := range p.Changes {
		switch {
		case c.Kind == merge.Delete:
			writePatch(b, get(ours, c.Path), nil)
		case c.Old != (tree.Path{}):
			writePatch(b, get(ours, c.Old), &c.File)
		case c.Kind == merge.Create, c.Before == nil && c.Marker > 0:
			writePatch(b, nil, &c.File)
		case c.Kind == merge.Modify, c.Kind == merge.Merge, c.Kind == merge.ModeOnly, c.Marker > 0:
			writePatch(b, get(ours, c.Path), &c.File)
		}
		if c.Left != nil {
			writePatch(b, nil, c.Left)
		}
	}
	return b.String()
}

func get(t tree.Tree, p tree.Path) *tree.File {
	f, found := t.Get(p)
	if !found {
		return nil
	}
	return &f
}

// Drift returns as a patch how ours differs from base, which the template made:
// the files that only accepts, but for those that differ in nothing but the
// endings of their lines. Moved says by template path where the owner
// keeps a file.
func Drift(base, ours tree.Tree, moved map[string]tree.Path, only func(tree.Path) bool) string {
	b := &strings.Builder{}
	for f := range base.All() {
		home, found := moved[f.From]
		if !found {
			home = f.Path
		}
		now := get(ours, home)
		if now != nil && (now.Mode == tree.Blocked || home == f.Path && merge.Alike(f, *now)) {
			continue
		}
		if only(home) {
			writePatch(b, &f, now)
		}
	}
	return b.String()
}

// writePatch writes how old becomes new; nil is no file.
func writePatch(b *strings.Builder, before, after *tree.File) {
	var from, to tree.File
	if before != nil {
		from = *before
	}
	if after != nil {
		to = *after
	}
	if before == nil {
		from.Path = to.Path
	}
	if after == nil {
		to.Path = from.Path
	}
	if before != nil && after != nil && (from.Mode == tree.Link) != (to.Mode == tree.Link) { // git takes it in two steps
		writePatch(b, before, nil)
		writePatch(b, nil, after)
		return
	}
	same := string(from.Data) == string(to.Data) && from.Sum == to.Sum
	if same && from.Mode == to.Mode && from.Path == to.Path {
		return
	}
	fmt.Fprintf(b, "diff --git a/%s b/%s\n", from.Path, to.Path)
	switch {
	case before == nil:
		fmt.Fprintf(b, "new file mode %o\n", to.Mode)
	case after == nil:
		fmt.Fprintf(b, "deleted file mode %o\n", from.Mode)
	case from.Mode != to.Mode:
		fmt.Fprintf(b, "old mode %o\nnew mode %o\n", from.Mode, to.Mode)
	}
	if from.Path != to.Path {
		fmt.Fprintf(b, "rename from %s\nrename to %s\n", from.Path, to.Path)
	}
	switch {
	case same:
	case from.Sum != nil || to.Sum != nil || merge.Binary(from.Data) || merge.Binary(to.Data):
		fmt.Fprintf(b, "index %s..%s", blob(before), blob(after))
		if before != nil && after != nil && from.Mode == to.Mode {
			fmt.Fprintf(b, " %o", to.Mode)
		}
		fmt.Fprintf(b, "\nBinary files %s and %s differ\n", side("a/", before), side("b/", after))
	default:
		fmt.Fprintf(b, "--- %s\n+++ %s\n%s", side("a/", before), side("b/", after), diff.Unified(string(from.Data), string(to.Data)))
	}
}

// blob is git's id of what f holds, without which git refuses a patch that names
// a binary file, whole; zeros for no file, or one of which only the sum is known.
func blob(f *tree.File) string {
	if f == nil || f.Sum != nil {
		return strings.Repeat("0", 2*sha1.Size)
	}
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(f.Data), f.Data)))
}

// side names one side of a patch. A name with a space in it ends in a tab.
func side(prefix string, f *tree.File) string {
	if f == nil {
		return "/dev/null"
	}
	name := prefix + f.Path.String()
	if strings.Contains(name, " ") {
		name += "\t"
	}
	return name
}
