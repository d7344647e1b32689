package merge

import (
	"crypto/sha256"
	"maps"
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
func PrintOf(f tree.File) Print {
	if f.Sum != nil {
		return Print{f.Mode, *f.Sum}
	}
	return Print{f.Mode, sha256.Sum256(f.Data)}
}

// A Step is what one path holds before and after.
type Step struct {
	Path   tree.Path
	Before *Print     // nil: nothing is there
	After  *tree.File // nil: nothing is there afterwards
}

// Steps returns what p writes and deletes, each path at most once, in the
// order of the paths. A path that one change empties and another fills is one
// step.
func (p Plan) Steps() []Step {
	steps := map[tree.Path]Step{}
	add := func(path tree.Path, before *Print, after *tree.File) {
		s, found := steps[path]
		if !found {
			s.Path = path
		}
		if before != nil {
			s.Before = before
		}
		if after != nil {
			s.After = after
		}
		steps[path] = s
	}
	for _, c := range p.Changes {
		switch c.Kind {
		case Create, Modify, Merge, ModeOnly, Move:
			add(c.Path, c.Before, &c.File)
		case Delete:
			add(c.Path, c.Before, nil)
		case Conflict:
			if c.Marker > 0 {
				add(c.Path, c.Before, &c.File)
			}
			if c.Left != nil {
				add(c.Left.Path, nil, c.Left)
			}
		}
		if c.Old != (tree.Path{}) {
			add(c.Old, c.OldIs, nil)
		}
	}
	return slices.SortedFunc(maps.Values(steps), func(a, b Step) int { return strings.Compare(a.Path.String(), b.Path.String()) })
}
