// Package diff finds the lines in which two texts differ, and shows them.
//
// The shortest edit script is found in linear space (Eugene W. Myers, "An O(ND)
// Difference Algorithm and Its Variations", 1986, section 4b). Where that would
// take too long, the lines that both texts hold exactly once are anchors (Bram
// Cohen's patience diff), and it is found between them; what has no anchors
// either is taken as changed as a whole.
package diff

// A Hunk replaces the lines a[A0:A1] by b[B0:B1].
type Hunk struct{ A0, A1, B0, B1 int }

// Lines returns the hunks that turn a into b, in order and not touching. Equal
// edits of equal texts stand at equal places: beside another one, or else as far
// down as they can.
func Lines(a, b []string) []Hunk {
	n := newNumbers(a, len(b))
	return hunks(n.base, n.of(b), len(n.lines))
}

// Both returns the hunks that turn base into each of two texts.
func Both(base, ours, theirs []string) (o, t []Hunk) {
	n := newNumbers(base, len(ours)+len(theirs))
	a, b := n.of(ours), n.of(theirs)
	return hunks(n.base, a, len(n.lines)), hunks(n.base, b, len(n.lines))
}

func hunks(a, b []int32, n int) []Hunk {
	m := newMatcher(a, b, n)
	m.between(box{0, len(m.a), 0, len(m.b)})
	m.work = maxWork
	slide(a, m.aGone, m.bNew, &m.work)
	slide(b, m.bNew, m.aGone, &m.work)
	return m.hunks()
}

// A box is a part of both texts: a[a0:a1] and b[b0:b1].
type box struct{ a0, a1, b0, b1 int }

// A matcher marks the lines of both texts that are not common. It looks only at
// lines that both texts hold: the others differ wherever they stand.
type matcher struct {
	a, b        []int32 // numbers of the lines that both texts hold
	atA, atB    []int32 // where they stand in the texts
	aGone, bNew marks   // by line of the texts
	reach       []int32 // furthest reaching points from both corners, by diagonal
	work, rest  int     // what is left of it for a box, and for the others
	numbers     int     // how many numbers there are
	seen        []seen  // by number, while anchors are looked for
}

// seen is how often a line comes in a part of each text, and where in b.
type seen struct{ inA, inB, at int32 }

// How many steps are taken to match two texts, and as many again to slide what
// differs; and for the shortest script at a time.
const (
	maxWork = 8_000_000
	quick   = 1_000_000
)

// newMatcher takes the numbers of all lines, which are less than n; those of
// lines that a holds are less than their count.
func newMatcher(a, b []int32, n int) *matcher {
	m := &matcher{aGone: make(marks, len(a)), bNew: make(marks, len(b)), rest: maxWork, numbers: n}
	both := make([]bool, n) // by number, whether both texts hold the line
	for _, id := range b {
		both[id] = int(id) < len(a)
	}
	head, tail := Ends(a, b)
	m.a, m.atA = keep(a, both, m.aGone, head, tail)
	m.b, m.atB = keep(b, both, m.bNew, head, tail)
	return m
}

// Ends counts the common lines at both ends.
func Ends[T comparable](a, b []T) (head, tail int) {
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head, tail
}

// keep returns the lines between head and tail that both texts hold, and marks
// the others.
func keep(ids []int32, both []bool, marked marks, head, tail int) (kept, at []int32) {
	room := make([]int32, 2*(len(ids)-head-tail))
	kept, at = room[:0:len(room)/2], room[len(room)/2:][:0]
	for i := head; i < len(ids)-tail; i++ {
		if both[ids[i]] {
			kept, at = append(kept, ids[i]), append(at, int32(i))
		} else {
			marked[i] = 1
		}
	}
	return kept, at
}

// between marks what is not common in a box: by the shortest script if there is
// work enough for it, else between anchors.
func (m *matcher) between(x box) {
	m.work = min(quick, m.rest/2)
	m.rest -= m.work
	m.shortest(x)
	m.rest += max(m.work, 0)
}

// anchored marks what is not common in a box, with the anchors fixed.
func (m *matcher) anchored(x box) {
	m.rest -= x.a1 - x.a0 + x.b1 - x.b0
	var fixed []pair
	if m.rest > 0 {
		fixed = m.anchors(x)
	}
	if len(fixed) == 0 {
		m.differs(x)
		return
	}
	for _, p := range fixed {
		m.between(box{x.a0, int(p.a), x.b0, int(p.b)})
		x.a0, x.b0 = int(p.a)+1, int(p.b)+1
	}
	m.between(x)
}

// trim leaves out the common lines at both ends of the box.
func (m *matcher) trim(x box) box {
	head, tail := Ends(m.a[x.a0:x.a1], m.b[x.b0:x.b1])
	return box{x.a0 + head, x.a1 - tail, x.b0 + head, x.b1 - tail}
}

// differs marks the whole box.
func (m *matcher) differs(x box) {
	for _, i := range m.atA[x.a0:x.a1] {
		m.aGone[i] = 1
	}
	for _, j := range m.atB[x.b0:x.b1] {
		m.bNew[j] = 1
	}
}

// hunks returns what was marked.
func (m *matcher) hunks() []Hunk {
	var hunks []Hunk
	for i, j := 0, 0; i < len(m.aGone) || j < len(m.bNew); {
		n := common(m.aGone[i:], m.bNew[j:])
		h := Hunk{A0: i + n, B0: j + n}
		i, j = m.aGone.end(h.A0), m.bNew.end(h.B0)
		if h.A1, h.B1 = i, j; h.A0 < i || h.B0 < j {
			hunks = append(hunks, h)
		}
	}
	return hunks
}
