package merge

import (
	"maps"
	"slices"
	"strings"

	"example.com/gen/internal/tree"
)

// A Kind names what happens to one path.
type Kind string

// The kinds.
const (
	Create   Kind = "create"   // not there yet
	Modify   Kind = "modify"   // the template's change
	Merge    Kind = "merge"    // the owner's edits and the template's
	Move     Kind = "move"     // the template calls it otherwise now
	Delete   Kind = "delete"   // the template dropped it
	ModeOnly Kind = "mode"     // executable, or no longer
	Adopt    Kind = "adopt"    // already there, with the same bytes
	Skip     Kind = "skip"     // deleted here, changed by the template
	Yours    Kind = "yours"    // the owner's from the first edit on
	Conflict Kind = "conflict" // a person decides
)

// Kinds lists every kind in the order in which a summary counts them.
func Kinds() []Kind {
	return []Kind{Create, Modify, Merge, Move, Delete, ModeOnly, Adopt, Skip, Conflict, Yours}
}

// Abouts lists what a conflict can be about.
func Abouts() []string {
	return []string{"text", "binary", "deleted", "added", "link", "blocked", "replaced", "directory"}
}

// Concerns reports whether an update to theirs, after which the owner keeps
// files where moved says, can have left a conflict of this kind at path, or
// beside it the file left: those of another project are none of its own.
func Concerns(theirs tree.Tree, moved map[string]tree.Path, about, path, left string) bool {
	for _, name := range []string{path, left} { // also what lies beside, and what lies beside that
		for ; name != ""; name = name[:max(strings.LastIndex(name, LeftSuffix), 0)] {
			at, err := tree.ParsePath(name)
			if _, made := theirs.Get(at); err == nil && (made || slices.Contains(slices.Collect(maps.Values(moved)), at)) {
				return true
			}
		}
	}
	return about == "deleted"
}

// A Change is what happens to one path, and why.
type Change struct {
	Path    tree.Path
	Old     tree.Path // of a move: where it was
	Kind    Kind
	Reason  string
	File    tree.File  // what the path holds afterwards
	Before  *Print     // what it holds now, nil for nothing
	OldIs   *Print     // what Old holds now
	Regions []Region   // of a conflict in a text
	About   string     // of a conflict: the kind of its pending row
	Marker  int        // of a conflict in a text: the length of its markers
	Left    *tree.File // of a conflict: the template's side, to lie beside
}

// A Plan is everything that happens, in the order of the paths. Moved says by
// template path where the owner keeps a file from now on; Unchanged counts the
// files that stay as they are.
type Plan struct {
	Changes   []Change
	Moved     map[string]tree.Path
	Unchanged int
}

// Count returns how many changes are of kind k.
func (p Plan) Count(k Kind) int {
	n := 0
	for _, c := range p.Changes {
		if c.Kind == k {
			n++
		}
	}
	return n
}
