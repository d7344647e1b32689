package diff

import "sort"

// A pair is a line of each text.
type pair struct{ a, b int32 }

// anchors returns the longest run of lines that the box holds exactly once on
// either side, in the same order on both.
func (m *matcher) anchors(x box) []pair {
	if m.seen == nil {
		m.seen = make([]seen, m.numbers)
	}
	for _, id := range m.a[x.a0:x.a1] {
		m.seen[id].inA++
	}
	for j, id := range m.b[x.b0:x.b1] {
		s := &m.seen[id]
		s.inB++
		s.at = int32(x.b0 + j)
	}
	unique := make([]pair, 0, min(x.a1-x.a0, x.b1-x.b0))
	for i := x.a0; i < x.a1; i++ {
		if s := m.seen[m.a[i]]; s.inA == 1 && s.inB == 1 {
			unique = append(unique, pair{int32(i), s.at})
		}
	}
	for _, id := range m.a[x.a0:x.a1] {
		m.seen[id] = seen{}
	}
	for _, id := range m.b[x.b0:x.b1] {
		m.seen[id] = seen{}
	}
	return rising(unique)
}

// rising returns the longest subsequence whose b rises, by patience sorting:
// piles are kept by their top card, and each card knows the one left of it.
func rising(cards []pair) []pair {
	tops := make([]int32, 0, len(cards)) // by pile, the card on top
	left := make([]int32, len(cards))
	for i, c := range cards {
		pile := len(tops)
		if pile > 0 && cards[tops[pile-1]].b > c.b {
			pile = sort.Search(pile, func(p int) bool { return cards[tops[p]].b > c.b })
		}
		left[i] = -1
		if pile > 0 {
			left[i] = tops[pile-1]
		}
		if pile == len(tops) {
			tops = append(tops, int32(i))
		} else {
			tops[pile] = int32(i)
		}
	}
	if len(tops) == 0 {
		return nil
	}
	run := make([]pair, len(tops))
	for i, n := tops[len(tops)-1], len(tops)-1; n >= 0; i, n = left[i], n-1 {
		run[n] = cards[i]
	}
	return run
}
