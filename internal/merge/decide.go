package merge

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"example.com/gen/internal/tree"
)

// A decider decides one trio and notes on which leaving files that rests.
type decider struct {
	*planner
	relies []string
}

// decide is the policy: what happens to one file, in the order of the cases. It
// is false if nothing is worth telling.
func (p *decider) decide(x trio) (c Change, listed bool) {
	b, o, t := x.base, x.ours, x.theirs
	if b == nil && o != nil && p.free(x.home) {
		o, x.ours = nil, nil
	}
	c = Change{Path: x.home, Before: printOf(o)}
	switch {
	case b == nil && x.claimed: // the template needs a path where the owner keeps another of its files
		return p.aside(c, x, "added", "you keep another file of the template's here"), true
	case b == nil && o == nil: // new
		if twin := p.twin(x, x.home); twin != "" {
			return p.aside(c, x, "added", "some systems take it for your file "+twin), true
		}
		c.Kind, c.Reason, c.File = Create, "new", *t
		return c, true
	case o != nil && o.Mode == tree.Blocked:
		return p.blocked(c, x)
	case o == nil && (t == nil || alike(b, t)): // deleted here, and nothing new
		return c, false
	case o == nil:
		c.Kind, c.Reason = Skip, "you deleted it; the template changed it"
		return c, true
	case b == nil && sameText(o, t): // already there: from now on the template's
		c.Kind, c.Reason, c.File = Adopt, "already there, the same", *t
		return c, true
	case b == nil && t.Owner == tree.UntilEdited && !p.in.New: // which is nobody's conflict
		c.Kind, c.Reason = Yours, "you have a file of this name; the template's is left out"
		return c, true
	case b == nil:
		return p.added(c, x), true
	case t == nil && sameText(b, o): // dropped by the template; a mode alone is no edit
		c.Kind, c.Reason = Delete, "the template dropped it"
		return c, true
	case x.owner() == tree.UntilEdited && !sameText(b, o):
		return p.untilEdited(c, x)
	case t == nil:
		return p.dropped(c, x), true
	case x.target != x.home:
		return p.moved(c, x), true
	case equal(o, t), equal(b, t), alike(b, t) && !equal(b, o): // nothing new from the template
		return p.stays(c, x)
	default:
		c = p.content(c, x)
		if c.Kind == "" {
			return c, false
		}
		return p.elsewhere(c, x), true
	}
}

// owner is who the file belongs to, by the template's last word.
func (x trio) owner() tree.Owner {
	if x.theirs != nil {
		return x.theirs.Owner
	}
	return x.base.Owner
}

// free reports whether what ours has at path makes way: a file that leaves; a
// file above it that leaves; a directory that holds nothing but files that do.
func (p *decider) free(at tree.Path) bool {
	o := p.get(at)
	if o == nil {
		return true
	}
	if o.Mode != tree.Blocked {
		return p.leaving(at.String())
	}
	for dir := path.Dir(at.String()); dir != "."; dir = path.Dir(dir) {
		if p.leaving(dir) {
			return true
		}
	}
	below, some := at.String()+"/", false
	for _, x := range p.trios {
		if x.base == nil || x.ours == nil || !strings.HasPrefix(x.home.String(), below) {
			continue
		}
		if some = p.leaving(x.home.String()); !some {
			return false
		}
	}
	return some && p.in.Others[at.String()] == ""
}

// twin is a path of ours that some file systems take for at, and that stays; ""
// if there is none. The file of x itself is none.
func (p *decider) twin(x trio, at tree.Path) string {
	for _, o := range p.folded[at.Fold()] {
		if o != at && o != x.home && !p.leaving(o.String()) {
			return o.String()
		}
	}
	return ""
}

func (p *decider) leaving(at string) bool {
	if p.leaves[at] {
		p.relies = append(p.relies, at)
	}
	return p.leaves[at]
}

// blocked is something that is no file at the file's place.
func (p *decider) blocked(c Change, x trio) (Change, bool) {
	what := string(x.ours.Data)
	switch {
	case x.theirs == nil && (what == BelowFile || what == ADirectory), x.theirs != nil && x.base != nil && alike(x.base, x.theirs): // deleted, or nothing new
		return c, false
	case what == BelowFile && p.in.Take == TakeOurs:
		c.Kind, c.Reason = Yours, what+" is in the way: yours is kept"
		return c, true
	case x.theirs == nil:
		return p.conflict(c, "deleted", what+" is in the way of the file, which the template dropped"), true
	case x.base == nil && what == ADirectory:
		return p.aside(c, x, "directory", "you have a directory of this name"), true
	case what == BelowFile:
		return p.conflict(c, "directory", what+" is in the way: skipped"), true
	}
	return p.conflict(c, "blocked", what+" is in the way: skipped"), true
}

// What the Data of a Blocked file says, where that matters.
const (
	ADirectory = "a directory"
	BelowFile  = "a file above it"
)

// added is a file of the template's at a path where the owner has another one.
func (p *decider) added(c Change, x trio) Change {
	if merges(x.ours, x.theirs) {
		m := TwoWay(p.sides(x, nil))
		return p.written(c, x, m, "added", p.yours())
	}
	return p.aside(c, x, "added", p.yours())
}

// yours says why a file that base does not have is the owner's.
func (p *decider) yours() string {
	if p.in.Lost {
		return "the base is lost"
	}
	return "you have a file of this name"
}

// untilEdited is a file that is the owner's since the first edit.
func (p *decider) untilEdited(c Change, x trio) (Change, bool) {
	c.Kind = Yours
	switch {
	case x.theirs == nil:
		c.Reason = "you edited it; the template dropped it"
	case alike(x.base, x.theirs):
		return c, false
	default:
		c.Reason = "you edited it; the template's changed: gen diff --drift " + x.home.String()
	}
	return c, true
}

// dropped is a file that the owner edited and the template no longer has.
func (p *decider) dropped(c Change, x trio) Change {
	switch p.in.Take {
	case TakeOurs:
		c.Kind, c.Reason = Yours, "you edited it; the template dropped it: yours is kept"
		return c
	case TakeTheirs:
		c.Kind, c.Reason = Delete, "the template dropped it; your edits are in undo"
		return c
	}
	return p.conflict(c, "deleted", "you edited it; the template dropped it: delete it, or gen resolve --ours")
}

// moved is a file that the template calls otherwise now.
func (p *decider) moved(c Change, x trio) Change {
	if twin := p.twin(x, x.target); twin != "" {
		return p.aside(c, x, "added", "the template calls it "+x.target.String()+" now, which some systems take for your file "+twin)
	}
	there := p.get(x.target)
	if itself := x.target.Fold() == x.home.Fold() && there != nil && equal(there, x.ours); there != nil && !itself && !p.free(x.target) {
		switch {
		case there.Mode == tree.Blocked && string(there.Data) != ADirectory:
			return p.conflict(c, "blocked", "the template calls it "+x.target.String()+" now, where "+string(there.Data)+" is in the way")
		case p.in.Take != TakeTheirs || there.Mode == tree.Blocked:
			return p.aside(c, x, "added", "the template calls it "+x.target.String()+" now, where you have something else")
		}
	} else {
		there = nil
	}
	c = p.content(c, x)
	if c.Kind == Yours || c.Kind == Conflict && c.Marker == 0 { // it stays where it is
		return c
	}
	c.Old, c.OldIs, c.Path, c.Before = x.home, c.Before, x.target, printOf(there)
	c.File.Path = x.target
	if c.Kind == Conflict {
		return c
	}
	c.Kind = Move
	switch {
	case there != nil:
		c.Reason = "the template moved it; your file of this name is in undo"
	case sameText(x.base, x.ours):
		c.Reason = "the template moved it"
	case p.in.Take != TakeNeither && strings.HasSuffix(c.Reason, "undo"): // which says what became of the edits
		c.Reason = "the template moved it; " + c.Reason
	default:
		c.Reason = "your edits carried along"
	}
	return c
}

// stays is a file whose contents the template has not changed.
func (p *decider) stays(c Change, x trio) (Change, bool) {
	if x.base.Path == x.theirs.Path || x.home == x.theirs.Path {
		return c, false
	}
	c.Kind, c.Reason = Yours, "it stays where you keep it; the template calls it "+x.theirs.Path.String()+" now"
	return c, true
}

// elsewhere says of a change where the owner keeps the file.
func (p *decider) elsewhere(c Change, x trio) Change {
	switch {
	case x.home == x.base.Path:
	case x.home == x.theirs.Path && x.base.Path != x.theirs.Path:
		c.Reason += "; you had moved it there too"
	case x.base.Path != x.theirs.Path:
		c.Reason += "; the template calls it " + x.theirs.Path.String() + " now"
	case p.in.Moved[x.base.From] != x.home:
		c.Reason += "; you moved it from " + x.base.Path.String()
	}
	return c
}

// content merges what the file holds and its mode, apart from each other.
func (p *decider) content(c Change, x trio) Change {
	b, o, t := x.base, x.ours, x.theirs
	c.File = *t
	c.File.Path = x.home
	switch {
	case o.Mode == tree.Link || t.Mode == tree.Link || b.Mode == tree.Link:
		switch {
		case equal(b, o):
			c.Kind, c.Reason = Modify, "from the template"
			return c
		case equal(b, t) && o.Mode == tree.Link: // it is only called otherwise
			c.Kind, c.Reason, c.File.Mode, c.File.Data = Modify, "yours", o.Mode, o.Data
			return c
		}
		return p.aside(c, x, "link", "one side is a link, and both changed it")
	case t.Owner == tree.Replace && !sameText(b, o):
		return p.aside(c, x, "replaced", "the template replaces it, and you edited it")
	case o.Sum != nil:
		return p.aside(c, x, "binary", "it is too large to merge")
	}
	c.File.Mode = either(b.Mode, o.Mode, t.Mode)
	switch {
	case sameBytes(b, o) && !sameBytes(b, t):
		c.Kind, c.Reason = Modify, "from the template"
		return c
	case sameText(b, t) || sameText(o, t):
		c.Kind, c.Reason, c.File.Data = ModeOnly, fmt.Sprintf("mode %o", c.File.Mode&0o777), o.Data
		return c
	case !merges(b, o) || !merges(o, t):
		return p.aside(c, x, "binary", "it is no text, or over 1 MiB, and both sides changed it")
	}
	m := Text(p.sides(x, b))
	if len(m.Regions) == 0 && sameText(b, o) {
		c.Kind, c.Reason, c.File.Data = Modify, "from the template", m.Data
		return c
	}
	return p.written(c, x, m, "text", "")
}

// written is the result of a merge of texts; without a kind if it is ours.
func (p *decider) written(c Change, x trio, m Merged, about, why string) Change {
	c.File = *x.theirs
	c.File.Path, c.File.Data = x.home, m.Data
	c.File.Mode = x.ours.Mode
	if x.base != nil {
		c.File.Mode = either(x.base.Mode, x.ours.Mode, x.theirs.Mode)
	}
	if len(m.Regions) == 0 && m.Taken == 0 && c.File.Mode == x.ours.Mode && bytes.Equal(m.Data, x.ours.Data) {
		return c // all of it was there
	}
	if len(m.Regions) == 0 {
		c.Kind, c.Reason = Merge, "your edits and the template's, "+Count(m.Clean, "region")
		if m.Taken > 0 {
			c.Reason = "your edits and the template's; " + Count(m.Taken, "conflict") + map[Take]string{
				TakeOurs:   " settled for yours, the template's lines left out",
				TakeTheirs: " settled for the template, your lines there are in undo",
			}[p.in.Take]
		}
		return c
	}
	c.Kind, c.About, c.Marker, c.Regions = Conflict, about, m.Marker, m.Regions
	c.Reason = Count(len(m.Regions), "region") + "; edit the markers, then gen update --continue"
	if m.Unsound != "" {
		c.Reason = "merged it would be no " + m.Unsound + ": " + c.Reason
	}
	if why != "" {
		c.Reason = why + ": " + c.Reason
	}
	return c
}

// LeftSuffix is what the name of a file has that holds the template's side.
const LeftSuffix = ".gen-new"

// aside leaves the template's side beside the file of the owner's, which stays.
func (p *decider) aside(c Change, x trio, about, why string) Change {
	switch {
	case p.in.Take == TakeOurs:
		c.Kind, c.Reason = Yours, why+": yours is kept"
		return c
	case p.in.Take == TakeTheirs && x.ours != nil && x.ours.Mode != tree.Blocked:
		c.Kind, c.Reason, c.File = Modify, why+": the template's is taken, yours is in undo", *x.theirs
		c.File.Path = x.home
		return c
	}
	left := *x.theirs
	name, err := tree.ParsePath(x.target.String() + LeftSuffix)
	for n := 2; err == nil && p.taken(name); n++ {
		name, err = tree.ParsePath(fmt.Sprintf("%s%s-%d", x.target, LeftSuffix, n))
	}
	if err != nil { // too long for a name
		return p.conflict(c, about, why)
	}
	left.Path = name
	c = p.conflict(c, about, why+"; the template's is "+name.String())
	c.Left = &left
	return c
}

// taken reports whether a file of the template's has or gets this name.
func (p *decider) taken(name tree.Path) bool {
	_, inBase := p.in.Base.Get(name)
	_, inTheirs := p.in.Theirs.Get(name)
	return inBase || inTheirs
}

func (p *decider) conflict(c Change, about, reason string) Change {
	c.Kind, c.About, c.Reason = Conflict, about, reason
	return c
}

func (p *decider) sides(x trio, b *tree.File) Sides {
	s := Sides{Path: x.home.String(), Ours: x.ours.Data, Theirs: x.theirs.Data, Labels: p.in.Labels, Take: p.in.Take}
	if b != nil {
		s.Base = b.Data
	}
	return s
}

func printOf(f *tree.File) *Print {
	if f == nil || f.Mode == tree.Blocked {
		return nil
	}
	print := PrintOf(*f)
	return &print
}

// Count is a number of things in words.
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// equal compares files to the byte, alike as a merge does.
func equal(a, b *tree.File) bool { return a.Mode == b.Mode && sameBytes(a, b) }

// sameBytes compares bytes; what is too large for a template is like no file of
// it.
func sameBytes(a, b *tree.File) bool {
	return a.Sum == nil && b.Sum == nil && bytes.Equal(a.Data, b.Data)
}

// Alike reports whether an update takes b for a: the endings of lines do not
// count.
func Alike(a, b tree.File) bool { return alike(&a, &b) }

func alike(a, b *tree.File) bool { return a != nil && a.Mode == b.Mode && sameText(a, b) }

// sameText compares what files hold; of texts, the endings of lines do not
// count.
func sameText(a, b *tree.File) bool {
	switch {
	case sameBytes(a, b):
		return (a.Mode == tree.Link) == (b.Mode == tree.Link)
	case !merges(a, b):
		return false
	}
	x, fx := split(string(a.Data))
	y, fy := split(string(b.Data))
	return fx.bom == fy.bom && fx.open == fy.open && slices.Equal(x, y)
}

// merges reports whether both are texts.
func merges(a, b *tree.File) bool {
	text := func(f *tree.File) bool { return f.Mode != tree.Link && f.Sum == nil && !Binary(f.Data) }
	return text(a) && text(b)
}
