// Package diff finds the lines in which two texts differ, and shows them.
//
// The lines that both texts hold exactly once are anchors (Bram Cohen's
// patience diff); between them the shortest edit script is found in linear
// space (Eugene W. Myers, "An O(ND) Difference Algorithm and Its Variations",
// 1986, section 4b). The work is bounded: what would take too long is taken as
// changed as a whole.
package diff

// A Hunk replaces the lines a[A0:A1] by b[B0:B1].
type Hunk struct{ A0, A1, B0, B1 int }

// Lines returns the hunks that turn a into b, in order and not touching. A
// pure insertion or deletion stands as far down as it can, so that equal edits
// of equal texts stand at equal places.
func Lines(a, b []string) []Hunk {
	m := newMatcher(a, b)
	m.match(box{0, len(a), 0, len(b)})
	return slide(a, b, m.hunks())
}

// A box is a part of both texts: a[a0:a1] and b[b0:b1].
type box struct{ a0, a1, b0, b1 int }

// A matcher marks the lines of both texts that are not common.
type matcher struct {
	a, b         []int32 // equal lines have equal numbers
	aGone, bNew  []bool
	forth, back  []int // furthest reaching points, by diagonal
	work         int   // what is left of it
	inA, inB, at []int32
}

// maxWork is how many steps along diagonals are taken for two texts.
const maxWork = 4_000_000

func newMatcher(a, b []string) *matcher {
	ids := make(map[string]int32, len(a))
	number := func(lines []string) []int32 {
		numbers := make([]int32, len(lines))
		for i, l := range lines {
			id, found := ids[l]
			if !found {
				id = int32(len(ids))
				ids[l] = id
			}
			numbers[i] = id
		}
		return numbers
	}
	m := &matcher{a: number(a), b: number(b), aGone: make([]bool, len(a)), bNew: make([]bool, len(b)), work: maxWork}
	m.inA, m.inB, m.at = make([]int32, len(ids)), make([]int32, len(ids)), make([]int32, len(ids))
	return m
}

// match marks what is not common in the box.
func (m *matcher) match(x box) {
	x = m.trim(x)
	if x.a0 == x.a1 || x.b0 == x.b1 {
		m.differs(x)
		return
	}
	from := x
	for _, p := range m.anchors(x) {
		m.shortest(box{from.a0, p.a, from.b0, p.b})
		from.a0, from.b0 = p.a+1, p.b+1
	}
	m.shortest(from)
}

// trim leaves out the common lines at both ends of the box.
func (m *matcher) trim(x box) box {
	for x.a0 < x.a1 && x.b0 < x.b1 && m.a[x.a0] == m.b[x.b0] {
		x.a0++
		x.b0++
	}
	for x.a0 < x.a1 && x.b0 < x.b1 && m.a[x.a1-1] == m.b[x.b1-1] {
		x.a1--
		x.b1--
	}
	return x
}

// differs marks the whole box.
func (m *matcher) differs(x box) {
	for i := x.a0; i < x.a1; i++ {
		m.aGone[i] = true
	}
	for j := x.b0; j < x.b1; j++ {
		m.bNew[j] = true
	}
}

// hunks returns what was marked.
func (m *matcher) hunks() []Hunk {
	var hunks []Hunk
	for i, j := 0, 0; i < len(m.a) || j < len(m.b); {
		h := Hunk{A0: i, B0: j}
		for i < len(m.a) && m.aGone[i] {
			i++
		}
		for j < len(m.b) && m.bNew[j] {
			j++
		}
		if h.A1, h.B1 = i, j; h.A0 < i || h.B0 < j {
			hunks = append(hunks, h)
			continue
		}
		i++
		j++
	}
	return hunks
}
