package merge

import (
	"crypto/sha256"
	"slices"
	"strings"

	"example.com/gen/internal/tree"
)

// A Print is what a plan remembers of a file that it saw: enough to find out
// later whether somebody changed it.
type Print struct {
	Mode tree.Mode
	Sum  [sha256.Size]byte // SHA-256 of the bytes, or of a link's target
}

// PrintOf returns the print of f.
func PrintOf(f tree.File) Print { return Print{f.Mode, sha256.Sum256(f.Data)} }

// A Step is what one path holds before and after.
type Step struct {
	Path   tree.Path
	Before *Print     // nil: nothing is there
	After  *tree.File // nil: nothing is there afterwards
}

// Steps returns what p writes and deletes, each path at most once, in the
// order of the paths.
func (p Plan) Steps() []Step {
	var steps []Step
	add := func(path tree.Path, before *Print, after *tree.File) {
		steps = append(steps, Step{path, before, after})
	}
	for _, c := range p.Changes {
		switch c.Kind {
		case Create, Modify, Merge, ModeOnly:
			add(c.Path, c.Before, &c.File)
		case Move:
			add(c.Path, c.Before, &c.File)
			add(c.Old, c.OldIs, nil)
		case Delete:
			add(c.Path, c.Before, nil)
		case Conflict:
			if c.Marker > 0 {
				add(c.Path, c.Before, &c.File)
				if c.Old != (tree.Path{}) {
					add(c.Old, c.OldIs, nil)
				}
			}
			if c.Left != nil {
				add(c.Left.Path, nil, c.Left)
			}
		}
	}
	slices.SortFunc(steps, func(a, b Step) int { return strings.Compare(a.Path.String(), b.Path.String()) })
	return steps
}
