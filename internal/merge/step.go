package merge

import (
	"crypto/sha256"

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
	for _, c := range p.Changes {
		if c.Kind == Create {
			steps = append(steps, Step{Path: c.Path, After: &c.File})
		}
	}
	return steps
}
