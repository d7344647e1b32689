package merge

import (
	"bytes"
	"fmt"
	"path"
	"slices"

	"example.com/gen/internal/tree"
)

// decide is the policy: what happens to one file, in the order of the cases. It
// is false if nothing is worth telling.
func (p *planner) decide(x trio) (c Change, listed bool) {
	b, o, t := x.base, x.ours, x.theirs
	c = Change{Path: x.home, Before: printOf(o)}
	owner := tree.Merge
	if t != nil {
		owner = t.Owner
	} else if b != nil {
		owner = b.Owner
	}
	switch {
	case b == nil && o == nil: // new
		return p.create(c, t)
	case o != nil && o.Mode == tree.Blocked && p.opens(x.home): // a file of base makes way for a directory
		c.Before = nil
		return p.create(c, t)
	case o != nil && o.Mode == tree.Blocked && (t == nil && b != nil || alike(b, t)): // nothing new from the template
		return c, false
	case o != nil && o.Mode == tree.Blocked:
		return p.conflict(c, "blocked", "something that is no file is in its place: skipped"), true
	case o == nil && (t == nil || alike(b, t)): // deleted here, and nothing new
		return c, false
	case o == nil:
		c.Kind, c.Reason = Skip, "you deleted it; the template changed it"
		return c, true
	case b == nil && equal(o, t): // already there: from now on the template's
		c.Kind, c.Reason, c.File = Adopt, "already there, the same", *t
		return c, true
	case b == nil:
		return p.added(c, x), true
	case t == nil && sameText(b, o): // dropped by the template; a mode alone is no edit
		c.Kind, c.Reason = Delete, "the template dropped it"
		return c, true
	case owner == tree.UntilEdited && !sameText(b, o):
		if t == nil || alike(b, t) {
			return c, false
		}
		c.Kind, c.Reason = Yours, "you edited it; the template's changed: gen diff --drift "+x.home.String()
		return c, true
	case t == nil:
		return p.dropped(c, x)
	case x.target != x.home:
		return p.moved(c, x), true
	case equal(o, t), equal(b, t), alike(b, t) && !equal(b, o): // nothing new from the template
		return c, false
	default:
		return p.content(c, x), true
	}
}

func (p *planner) create(c Change, t *tree.File) (Change, bool) {
	if t == nil {
		return c, false
	}
	c.Kind, c.Reason, c.File = Create, "new", *t
	return c, true
}

// opens reports whether a file of base that the plan deletes stands where path
// needs a directory.
func (p *planner) opens(at tree.Path) bool {
	for dir := path.Dir(at.String()); dir != "."; dir = path.Dir(dir) {
		if !p.gone[dir] {
			continue
		}
		known, _ := tree.ParsePath(dir)
		b, _ := p.in.Base.Get(known)
		o := p.get(known)
		return o != nil && sameText(&b, o)
	}
	return false
}

// added is a file of the template's at a path where the owner has another one.
func (p *planner) added(c Change, x trio) Change {
	if merges(x.ours, x.theirs) {
		m := TwoWay(p.sides(x, nil))
		return p.written(c, x, m, "added", "you have a file of this name")
	}
	return p.aside(c, x, "added", "you have a file of this name")
}

// dropped is a file that the owner edited and the template no longer has.
func (p *planner) dropped(c Change, x trio) (Change, bool) {
	switch p.in.Take {
	case TakeOurs:
		return c, false
	case TakeTheirs:
		c.Kind, c.Reason = Delete, "the template dropped it; your edits are in undo"
		return c, true
	}
	return p.conflict(c, "deleted", "you edited it; the template dropped it: delete it, or keep it by gen resolve --ours"), true
}

// moved is a file that the template calls otherwise now.
func (p *planner) moved(c Change, x trio) Change {
	if there := p.get(x.target); there != nil {
		c = p.aside(c, x, "added", "the template calls it "+x.target.String()+" now, and you have a file of this name")
		return c
	}
	c = p.content(c, x)
	if c.Kind == Conflict && c.Marker == 0 { // it stays where it is
		return c
	}
	c.Old, c.OldIs, c.Path, c.Before = x.home, c.Before, x.target, nil
	c.File.Path = x.target
	if c.Kind == Conflict {
		return c
	}
	c.Kind = Move
	if sameText(x.base, x.ours) {
		c.Reason = "the template moved it"
	} else {
		c.Reason = "the template moved it, your edits carried along"
	}
	return c
}

// content merges what the file holds and its mode, apart from each other.
func (p *planner) content(c Change, x trio) Change {
	b, o, t := x.base, x.ours, x.theirs
	c.File = *t
	c.File.Path = x.home
	switch {
	case o.Mode == tree.Link || t.Mode == tree.Link || b.Mode == tree.Link:
		if equal(b, o) {
			c.Kind, c.Reason = Modify, "from the template"
			return c
		}
		return p.aside(c, x, "link", "one side is a link, and both changed it")
	case t.Owner == tree.Replace && !sameText(b, o) && p.in.Take != TakeTheirs:
		return p.aside(c, x, "replaced", "the template replaces it, and you edited it")
	case t.Owner == tree.Replace:
		c.Kind, c.Reason = Modify, "the template's own"
		return c
	}
	c.File.Mode = either(b.Mode, o.Mode, t.Mode)
	switch {
	case bytes.Equal(b.Data, o.Data) && !bytes.Equal(b.Data, t.Data):
		c.Kind, c.Reason = Modify, "from the template"
		return c
	case sameText(b, t) || sameText(o, t):
		c.Kind, c.Reason, c.File.Data = ModeOnly, fmt.Sprintf("mode %o", c.File.Mode&0o777), o.Data
		return c
	case !merges(b, o) || !merges(o, t):
		return p.aside(c, x, "binary", "it is no text, and both sides changed it")
	}
	m := Text(p.sides(x, b))
	if len(m.Regions) == 0 && sameText(b, o) {
		c.Kind, c.Reason, c.File.Data = Modify, "from the template", m.Data
		return c
	}
	return p.written(c, x, m, "text", "")
}

// written is the result of a merge of texts.
func (p *planner) written(c Change, x trio, m Merged, about, why string) Change {
	c.File = *x.theirs
	c.File.Path, c.File.Data = x.home, m.Data
	c.File.Mode = x.ours.Mode
	if x.base != nil {
		c.File.Mode = either(x.base.Mode, x.ours.Mode, x.theirs.Mode)
	}
	if len(m.Regions) == 0 {
		c.Kind, c.Reason = Merge, "your edits and the template's, "+count(m.Clean, "region")
		return c
	}
	c.Kind, c.About, c.Marker, c.Regions = Conflict, about, m.Marker, m.Regions
	c.Reason = count(len(m.Regions), "region") + "; edit the markers, then gen update --continue"
	if why != "" {
		c.Reason = why + ": " + c.Reason
	}
	return c
}

// aside leaves the template's side beside the file of the owner's, which stays.
func (p *planner) aside(c Change, x trio, about, why string) Change {
	switch p.in.Take {
	case TakeOurs:
		c.Kind, c.Reason = Yours, why+": yours is kept"
		return c
	case TakeTheirs:
		c.Kind, c.Reason, c.File = Modify, why+": the template's is taken, yours is in undo", *x.theirs
		c.File.Path = x.home
		return c
	}
	left := *x.theirs
	name, err := tree.ParsePath(x.target.String() + ".gen-new")
	if err != nil { // too long for a name
		return p.conflict(c, about, why)
	}
	left.Path = name
	c = p.conflict(c, about, why+"; the template's is "+name.String())
	c.Left = &left
	return c
}

func (p *planner) conflict(c Change, about, reason string) Change {
	c.Kind, c.About, c.Reason = Conflict, about, reason
	return c
}

func (p *planner) sides(x trio, b *tree.File) Sides {
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

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// equal compares files to the byte, alike as a merge does.
func equal(a, b *tree.File) bool { return a.Mode == b.Mode && bytes.Equal(a.Data, b.Data) }

func alike(a, b *tree.File) bool { return a != nil && a.Mode == b.Mode && sameText(a, b) }

// sameText compares what files hold; of texts, the endings of lines do not
// count.
func sameText(a, b *tree.File) bool {
	switch {
	case bytes.Equal(a.Data, b.Data):
		return (a.Mode == tree.Link) == (b.Mode == tree.Link)
	case !merges(a, b):
		return false
	}
	x, fx := split(string(a.Data))
	y, fy := split(string(b.Data))
	fx.ending = fy.ending
	return fx == fy && slices.Equal(x, y)
}

// merges reports whether both are texts.
func merges(a, b *tree.File) bool {
	return a.Mode != tree.Link && b.Mode != tree.Link && !Binary(a.Data) && !Binary(b.Data)
}
