// Package merge plans what to do with a project.
//
// The inputs are [tree.Tree] values: ours, what the directory holds now;
// theirs, what the template makes. The output is a [Plan]. Nothing here reads
// or writes files.
package merge

import (
	"bytes"

	"example.com/gen/internal/tree"
)

// A Kind names what happens to one path.
type Kind string

// The kinds that a project without a base can meet.
const (
	Create   Kind = "create"   // not there yet
	Adopt    Kind = "adopt"    // already there, with the same bytes
	Conflict Kind = "conflict" // already there, and different
)

// Kinds lists every kind in the order in which a summary counts them.
func Kinds() []Kind { return []Kind{Create, Adopt, Conflict} }

// A Change is what happens to one path, and why.
type Change struct {
	Path   tree.Path
	Kind   Kind
	Reason string
	File   tree.File // what the path holds afterwards
}

// A Plan is everything that happens, in the order of the paths. Unchanged
// counts the files that stay as they are.
type Plan struct {
	Changes   []Change
	Unchanged int
}

// Input is what a plan is made from.
type Input struct{ Ours, Theirs tree.Tree }

// Trees plans the change of ours into theirs.
func Trees(in Input) Plan {
	var p Plan
	for t := range in.Theirs.All() {
		o, there := in.Ours.Get(t.Path)
		c := Change{Path: t.Path, File: t}
		switch {
		case !there:
			c.Kind, c.Reason = Create, "new"
		case same(o, t): // nothing to write, but from now on the template's
			c.Kind, c.Reason = Adopt, "already there, the same"
		default: // two files, and no base to tell who changed what
			c.Kind, c.Reason, c.File = Conflict, "already there, and different", o
		}
		p.Changes = append(p.Changes, c)
	}
	return p
}

func same(a, b tree.File) bool { return a.Mode == b.Mode && bytes.Equal(a.Data, b.Data) }

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
