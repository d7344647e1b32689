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

// Lines returns the hunks that turn a into b, in order and not touching. Equal
// edits of equal texts stand at equal places: beside another one, or else as far
// down as they can.
func Lines(a, b []string) []Hunk {
	m := newMatcher(a, b)
	m.match(box{0, len(m.a), 0, len(m.b)})
	m.work = maxWork
	slide(m.allA, m.aGone, m.bNew, &m.work)
	slide(m.allB, m.bNew, m.aGone, &m.work)
	return m.hunks()
}

// A box is a part of both texts: a[a0:a1] and b[b0:b1].
type box struct{ a0, a1, b0, b1 int }

// A matcher marks the lines of both texts that are not common. It looks only at
// lines that both texts hold: the others differ wherever they stand.
type matcher struct {
	allA, allB   []int32 // equal lines have equal numbers
	a, b         []int32 // those that both texts hold
	atA, atB     []int   // where they stand in the texts
	aGone, bNew  []bool  // by line of the texts
	forth, back  []int   // furthest reaching points, by diagonal
	work         int     // what is left of it
	inA, inB, at []int32 // by number, while anchors are looked for
}

// maxWork is how many steps along diagonals are taken for two texts.
const maxWork = 4_000_000

func newMatcher(a, b []string) *matcher {
	m := &matcher{aGone: make([]bool, len(a)), bNew: make([]bool, len(b)), work: maxWork}
	head, tail := ends(a, b)
	ids := make(map[string]int32, len(a)-head-tail)
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
	m.allA, m.allB = number(a), number(b)
	m.inA, m.inB, m.at = make([]int32, len(ids)), make([]int32, len(ids)), make([]int32, len(ids))
	m.a, m.atA = keep(m.allA, holds(m.allB, len(ids)), m.aGone, head, tail)
	m.b, m.atB = keep(m.allB, holds(m.allA, len(ids)), m.bNew, head, tail)
	return m
}

// ends counts the common lines at both ends.
func ends(a, b []string) (head, tail int) {
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head, tail
}

func holds(numbers []int32, n int) []bool {
	held := make([]bool, n)
	for _, id := range numbers {
		held[id] = true
	}
	return held
}

// keep returns the lines between head and tail that the other text holds, and
// marks the others.
func keep(numbers []int32, held, marked []bool, head, tail int) (kept []int32, at []int) {
	for i := head; i < len(numbers)-tail; i++ {
		if held[numbers[i]] {
			kept, at = append(kept, numbers[i]), append(at, i)
		} else {
			marked[i] = true
		}
	}
	return kept, at
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
	for _, i := range m.atA[x.a0:x.a1] {
		m.aGone[i] = true
	}
	for _, j := range m.atB[x.b0:x.b1] {
		m.bNew[j] = true
	}
}

// hunks returns what was marked.
func (m *matcher) hunks() []Hunk {
	var hunks []Hunk
	for i, j := 0, 0; i < len(m.aGone) || j < len(m.bNew); {
		h := Hunk{A0: i, B0: j}
		for i < len(m.aGone) && m.aGone[i] {
			i++
		}
		for j < len(m.bNew) && m.bNew[j] {
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
