// Package merge plans the update of a project.
//
// The inputs are three [tree.Tree] values: base, what the template made last
// time; ours, what the project holds now; theirs, what the template makes now.
// The output is a [Plan]. Nothing here reads or writes files.
package merge

import (
	"maps"
	"path"
	"slices"
	"strings"

	"example.com/gen/internal/tree"
)

// Input is what a plan is made from. Ours needs no more than the paths of base
// and theirs, and those where files were moved to; a file of ours that neither
// of them names is a candidate for where a missing one went. Moved says by
// template path where the owner keeps a file. Others says by directory of
// base's that theirs has no file in what else lies there. Lost says that base
// is empty because nobody knows it, New that there is no project yet.
type Input struct {
	Base, Ours, Theirs tree.Tree
	Moved              map[string]tree.Path
	Others             map[string]string
	Lost, New          bool
	Take               Take
	Labels             Labels
}

// A trio is one file on its three sides, nil where it is not there.
type trio struct {
	base, ours, theirs *tree.File
	home               tree.Path // where ours is, or would be
	target             tree.Path // where the result goes
	claimed            bool      // the owner keeps another file of the template's at home
}

// Trees plans the change of ours by what happened between base and theirs.
func Trees(in Input) Plan {
	p := planner{in: in, leaves: map[string]bool{}, folded: map[string][]tree.Path{}}
	for o := range in.Ours.All() {
		p.folded[o.Path.Fold()] = append(p.folded[o.Path.Fold()], o.Path)
	}
	p.pair()
	p.follow()
	for _, x := range p.trios {
		if x.base != nil && x.ours != nil && (x.theirs == nil || x.target != x.home) {
			p.leaves[x.home.String()] = true
		}
	}
	p.decideAll()
	return p.plan()
}

// A planner makes one plan.
type planner struct {
	in      Input
	trios   []trio
	verdict []verdict              // of each trio
	leaves  map[string]bool        // paths of ours whose file goes elsewhere or away
	folded  map[string][]tree.Path // paths of ours by their folded path
}

// A verdict is what was decided of one trio, and on which leaving files that
// rests.
type verdict struct {
	Change
	listed bool
	relies []string
}

// decideAll decides every trio as if all files left that may, and again those
// that relied on one that stays after all.
func (p *planner) decideAll() {
	p.verdict = make([]verdict, len(p.trios))
	redo := make([]int, len(p.trios))
	for i := range redo {
		redo[i] = i
	}
	for len(redo) > 0 {
		for _, i := range redo {
			d := decider{planner: p}
			v := verdict{}
			v.Change, v.listed = d.decide(p.trios[i])
			v.relies = d.relies
			p.verdict[i] = v
		}
		stuck := map[string]bool{}
		for i, x := range p.trios {
			if home := x.home.String(); p.leaves[home] && x.base != nil && x.ours != nil && !p.verdict[i].vacates(x.home) {
				delete(p.leaves, home)
				stuck[home] = true
			}
		}
		redo = redo[:0]
		for i, v := range p.verdict {
			if slices.ContainsFunc(v.relies, func(s string) bool { return stuck[s] }) {
				redo = append(redo, i)
			}
		}
	}
}

// vacates reports whether nothing of what is at home stays there.
func (v verdict) vacates(home tree.Path) bool {
	return v.listed && (v.Kind == Delete || v.Old == home)
}

// plan gathers the verdicts.
func (p *planner) plan() Plan {
	plan := Plan{Moved: map[string]tree.Path{}}
	for i, x := range p.trios {
		v := p.verdict[i]
		if v.listed {
			plan.Changes = append(plan.Changes, v.Change)
		} else if x.ours != nil {
			plan.Unchanged++
		}
		if x.ours != nil && x.theirs != nil && x.base != nil && x.home != x.theirs.Path && !v.vacates(x.home) {
			plan.Moved[x.theirs.From] = x.home // it stays where the owner keeps it
		}
	}
	plan.Changes = append(plan.Changes, p.others(plan.Changes)...)
	slices.SortStableFunc(plan.Changes, func(a, b Change) int { return strings.Compare(a.Path.String(), b.Path.String()) })
	return plan
}

// others tells of what the owner keeps in directories that the template leaves.
func (p *planner) others(changes []Change) (rows []Change) {
	left := map[string]bool{}
	for _, c := range changes {
		switch {
		case c.Old != (tree.Path{}):
			left[path.Dir(c.Old.String())] = true
		case c.Kind == Delete:
			left[path.Dir(c.Path.String())] = true
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(p.in.Others)) {
		at, err := tree.ParsePath(path.Join(dir, p.in.Others[dir]))
		if err == nil && left[dir] && !slices.ContainsFunc(changes, func(c Change) bool { return c.Path == at }) {
			rows = append(rows, Change{Path: at, Kind: Yours, Reason: "yours: what you keep in " + dir + " stays; the template has left it"})
		}
	}
	return rows
}

// pair brings the files of base and theirs together: by the template's path for
// them, by an earlier one, so that a rename needs no guess; by path, by a path
// that some systems take for the same; and by what they hold.
func (p *planner) pair() {
	partner := p.partners()
	used := map[string]bool{}
	for b := range p.in.Base.All() {
		x := trio{base: &b, home: b.Path, target: b.Path}
		if t, found := partner[b.Path.String()]; found {
			x.theirs, x.target = &t, t.Path
			used[t.Path.String()] = true
		}
		p.trios = append(p.trios, x)
	}
	for t := range p.in.Theirs.All() {
		if !used[t.Path.String()] {
			p.trios = append(p.trios, trio{theirs: &t, home: t.Path, target: t.Path})
		}
	}
}

// A key names a file of base and a file of theirs; those with a name in common
// are the same file.
type key struct {
	base   func(tree.File) string
	theirs func(tree.File) []string
}

// keys are what files are recognised by, the surest first.
func keys() []key {
	from := func(f tree.File) string { return f.From }
	path := func(f tree.File) string { return f.Path.String() }
	fold := func(f tree.File) string { return f.Path.Fold() }
	one := func(of func(tree.File) string) func(tree.File) []string {
		return func(f tree.File) []string { return []string{of(f)} }
	}
	return []key{{from, one(from)}, {from, func(f tree.File) []string { return f.Was }}, {path, one(path)}, {fold, one(fold)}}
}

// partners returns the file of theirs that belongs to a path of base.
func (p *planner) partners() map[string]tree.File {
	base, theirs := slices.Collect(p.in.Base.All()), slices.Collect(p.in.Theirs.All())
	partner := map[string]tree.File{}
	for _, k := range keys() {
		now := map[string]tree.File{}
		for _, t := range theirs {
			for _, name := range k.theirs(t) {
				now[name] = t
			}
		}
		used := map[tree.Path]bool{}
		base = slices.DeleteFunc(base, func(b tree.File) bool {
			t, found := now[k.base(b)]
			if !found || k.base(b) == "" || used[t.Path] {
				return false
			}
			partner[b.Path.String()], used[t.Path] = t, true
			return true
		})
		theirs = slices.DeleteFunc(theirs, func(t tree.File) bool { return used[t.Path] })
	}
	for from, to := range renames(base, theirs, minRename) {
		b, t := base[from].Path.String(), theirs[to].Path.String()
		if !strings.HasPrefix(b, t+"/") && !strings.HasPrefix(t, b+"/") { // a file and a directory are no one file
			partner[b] = theirs[to]
		}
	}
	return partner
}

// follow finds the owner's file of every trio: at the template's path, or
// wherever the owner moved it to.
func (p *planner) follow() {
	kept := map[string]bool{} // paths where the owner keeps a file of the template's
	for i, x := range p.trios {
		if x.base == nil {
			continue
		}
		moved, found := p.in.Moved[x.base.From]
		if found && p.get(moved) != nil {
			p.trios[i].home, p.trios[i].target = moved, moved
			kept[moved.String()] = true
		}
	}
	for i := range p.trios {
		x := &p.trios[i]
		if moved, found := p.movedTo(*x); found {
			x.ours = p.get(moved)
		} else if x.claimed = kept[x.home.String()]; !x.claimed {
			x.ours = p.get(x.home)
		}
	}
	p.search()
}

// movedTo is where the owner keeps x, by the record.
func (p *planner) movedTo(x trio) (tree.Path, bool) {
	if x.base == nil {
		return tree.Path{}, false
	}
	moved, found := p.in.Moved[x.base.From]
	return moved, found && moved == x.home
}

// search finds files that are not where they were, and that the template has
// changed since, among the owner's: at the place to which the template moved
// them, or where something much alike lies. If it is neither, what lies at that
// place is another file.
func (p *planner) search() {
	known, homes := map[string]bool{}, map[string]bool{}
	for _, x := range p.trios {
		known[x.home.String()], known[x.target.String()] = true, true
		homes[x.home.String()] = homes[x.home.String()] || x.base != nil
	}
	var lost []int
	var bases, free []tree.File
	others := map[int]*tree.File{}
	for i := range p.trios {
		x := &p.trios[i]
		if x.base == nil || x.ours != nil || x.claimed || x.theirs == nil || x.home == x.target && alike(x.base, x.theirs) {
			continue
		}
		there := p.get(x.target)
		if homes[x.target.String()] || there != nil && there.Mode == tree.Blocked {
			there = nil
		}
		if there != nil && (equal(there, x.theirs) || likeness(*x.base, *there) >= minMove) {
			x.home, x.ours = x.target, there
			continue
		}
		others[i] = there
		lost, bases = append(lost, i), append(bases, *x.base)
	}
	if len(lost) == 0 {
		return
	}
	for o := range p.in.Ours.All() {
		if !known[o.Path.String()] && o.Mode != tree.Blocked && o.Mode != tree.Link && o.Sum == nil {
			free = append(free, o)
		}
	}
	found := renames(bases, free, minMove)
	for n, i := range lost {
		x := &p.trios[i]
		if at, moved := found[n]; moved {
			x.home, x.target, x.ours = free[at].Path, free[at].Path, &free[at]
		} else if others[i] != nil {
			*x = trio{theirs: x.theirs, ours: others[i], home: x.target, target: x.target}
		}
	}
}

// Homes returns where the files of base are in ours, by the template's path for
// them: as moved has it, or, of those that are not where they were, where
// something much alike lies that base does not know. A file that is nowhere is
// left out.
func Homes(base, ours tree.Tree, moved map[string]tree.Path) map[string]tree.Path {
	homes, known := map[string]tree.Path{}, map[tree.Path]bool{}
	var lost, free []tree.File
	for b := range base.All() {
		home := b.Path
		if _, there := ours.Get(moved[b.From]); there {
			home = moved[b.From]
		}
		if _, there := ours.Get(home); there {
			homes[b.From], known[home] = home, true
		} else {
			lost = append(lost, b)
		}
	}
	for o := range ours.All() {
		if !known[o.Path] && o.Mode != tree.Blocked {
			free = append(free, o)
		}
	}
	for from, to := range renames(lost, free, minMove) {
		homes[lost[from].From] = free[to].Path
	}
	return homes
}

// get is the file of ours at path, nil if there is none.
func (p *planner) get(path tree.Path) *tree.File {
	f, found := p.in.Ours.Get(path)
	if !found {
		return nil
	}
	return &f
}
