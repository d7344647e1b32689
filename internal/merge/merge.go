// Package merge plans the update of a project.
//
// The inputs are three [tree.Tree] values: base, what the template made last
// time; ours, what the project holds now; theirs, what the template makes now.
// The output is a [Plan]. Nothing here reads or writes files.
package merge

import (
	"slices"
	"strings"

	"example.com/gen/internal/tree"
)

// Input is what a plan is made from. Ours needs no more than the paths of base
// and theirs, and those where files were moved to. Moved says by template path
// where the owner keeps a file.
type Input struct {
	Base, Ours, Theirs tree.Tree
	Moved              map[string]tree.Path
	Take               Take
	Labels             Labels
}

// A trio is one file on its three sides, nil where it is not there.
type trio struct {
	base, ours, theirs *tree.File
	home               tree.Path // where ours is, or would be
	target             tree.Path // where the result goes
}

// Trees plans the change of ours by what happened between base and theirs.
func Trees(in Input) Plan {
	p := planner{in: in}
	for _, x := range p.pair() {
		if c, listed := p.decide(x); listed {
			p.plan.Changes = append(p.plan.Changes, c)
		} else if x.ours != nil {
			p.plan.Unchanged++
		}
	}
	slices.SortFunc(p.plan.Changes, func(a, b Change) int { return strings.Compare(a.Path.String(), b.Path.String()) })
	return p.plan
}

// A planner makes one plan.
type planner struct {
	in   Input
	plan Plan
	gone map[string]bool // files of base that theirs no longer has
}

// pair brings the files of base and theirs together: by the template's path for
// them, also an earlier one, so that a rename needs no guess; else by path.
func (p *planner) pair() []trio {
	partner := p.byTemplate()
	taken := map[string]bool{} // paths of theirs
	for _, t := range partner {
		taken[t.Path.String()] = true
	}
	p.gone = map[string]bool{}
	var trios []trio
	for b := range p.in.Base.All() {
		x := trio{base: &b, home: b.Path, target: b.Path}
		t, found := partner[b.Path.String()]
		if !found {
			if t, found = p.in.Theirs.Get(b.Path); found && taken[t.Path.String()] {
				found = false
			}
		}
		if found {
			x.theirs, x.target = &t, t.Path
			taken[t.Path.String()] = true
		} else {
			p.gone[b.Path.String()] = true
		}
		if moved, kept := p.in.Moved[b.From]; kept {
			x.home, x.target = moved, moved
		}
		x.ours = p.get(x.home)
		trios = append(trios, x)
	}
	for t := range p.in.Theirs.All() {
		if !taken[t.Path.String()] {
			trios = append(trios, trio{theirs: &t, ours: p.get(t.Path), home: t.Path, target: t.Path})
		}
	}
	return trios
}

// byTemplate returns by path of base the file of theirs that the same file of
// the template made.
func (p *planner) byTemplate() map[string]tree.File {
	now, before := map[string]tree.File{}, map[string]tree.File{}
	for t := range p.in.Theirs.All() {
		now[t.From] = t
		for _, was := range t.Was {
			before[was] = t
		}
	}
	partner := map[string]tree.File{}
	for b := range p.in.Base.All() {
		t, found := now[b.From]
		if !found {
			t, found = before[b.From]
		}
		if found && b.From != "" {
			partner[b.Path.String()] = t
		}
	}
	return partner
}

// get is the file of ours at path, nil if there is none.
func (p *planner) get(path tree.Path) *tree.File {
	f, found := p.in.Ours.Get(path)
	if !found {
		return nil
	}
	return &f
}
