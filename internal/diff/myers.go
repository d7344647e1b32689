package diff

// shortest marks what the shortest edit script of the box changes: it splits
// the box in the middle of such a script and goes on with both halves.
func (m *matcher) shortest(x box) {
	x = m.trim(x)
	if x.a0 == x.a1 || x.b0 == x.b1 {
		m.differs(x)
		return
	}
	i, j, found := m.middle(x)
	if !found {
		m.anchored(x)
		return
	}
	m.shortest(box{x.a0, i, x.b0, j})
	m.shortest(box{i, x.a1, j, x.b1})
}

// A front is the search from one corner of a box: by diagonal, how far along a
// it has come.
type front struct {
	reach  []int32
	middle int // where diagonal 0 is
	m      *matcher
	a, b   int // the lines at the corner
	ahead  int // 1, or -1 where the search goes backwards
}

// middle searches from both corners of the box at once and returns a point on a
// shortest path, where the two meet. It is false if the work is used up.
func (m *matcher) middle(x box) (i, j int, found bool) {
	n, w := x.a1-x.a0, x.b1-x.b0
	if m.reach == nil { // the first box is the largest
		m.reach = make([]int32, 2*(n+w+3))
	}
	half := len(m.reach) / 2
	f := front{m.reach[:half], half / 2, m, x.a0, x.b0, 1}
	b := front{m.reach[half:], half / 2, m, x.a1 - 1, x.b1 - 1, -1}
	f.reach[f.middle+1], b.reach[b.middle+1] = 0, 0
	delta := n - w
	odd := delta&1 != 0
	for d := 0; ; d++ { // they meet before d is half of both
		if m.work -= 2 * (d + 1); m.work < 0 {
			return 0, 0, false
		}
		for k := d; k >= -d; k -= 2 { // this way round, ties fall as git's do
			i, j := f.step(k, d, n, w)
			if r := delta - k; odd && r >= 1-d && r <= d-1 && inside(i, j, n, w) && i+int(b.reach[b.middle+r]) >= n {
				return x.a0 + i, x.b0 + j, true
			}
		}
		for k := -d; k <= d; k += 2 {
			i, j := b.step(k, d, n, w)
			if r := delta - k; !odd && r >= -d && r <= d && inside(i, j, n, w) && i+int(f.reach[f.middle+r]) >= n {
				return x.a1 - i, x.b1 - j, true
			}
		}
	}
}

func inside(i, j, n, w int) bool { return i <= n && j >= 0 && j <= w }

// step goes one edit further to diagonal k and from there along common lines.
func (f *front) step(k, d, n, w int) (i, j int) {
	at := f.middle + k
	if k == -d || k != d && f.reach[at-1] < f.reach[at+1] {
		i = int(f.reach[at+1])
	} else {
		i = int(f.reach[at-1]) + 1
	}
	j = i - k
	from := i
	for j >= 0 && i < n && j < w && f.m.a[f.a+f.ahead*i] == f.m.b[f.b+f.ahead*j] {
		i++
		j++
	}
	f.m.work -= i - from
	f.reach[at] = int32(i)
	return i, j
}
