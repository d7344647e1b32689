package diff

import "sort"

// A pair is a line of each text.
type pair struct{ a, b int }

// enough is the size of a box from which on anchors are looked for: small ones
// are matched best by the shortest script.
const enough = 200

// anchors returns the longest run of lines that the box holds exactly once on
// either side, in the same order on both.
func (m *matcher) anchors(x box) []pair {
	if x.a1-x.a0+x.b1-x.b0 < enough {
		return nil
	}
	for _, id := range m.a[x.a0:x.a1] {
		m.inA[id]++
	}
	for j, id := range m.b[x.b0:x.b1] {
		m.inB[id]++
		m.at[id] = int32(x.b0 + j)
	}
	var unique []pair
	for i := x.a0; i < x.a1; i++ {
		if id := m.a[i]; m.inA[id] == 1 && m.inB[id] == 1 {
			unique = append(unique, pair{i, int(m.at[id])})
		}
	}
	for _, id := range m.a[x.a0:x.a1] {
		m.inA[id] = 0
	}
	for _, id := range m.b[x.b0:x.b1] {
		m.inB[id] = 0
	}
	return rising(unique)
}

// rising returns the longest subsequence whose b rises, by patience sorting:
// piles are kept by their top card, and each card knows the one left of it.
func rising(cards []pair) []pair {
	var tops []int // by pile, the card on top
	left := make([]int, len(cards))
	for i, c := range cards {
		pile := sort.Search(len(tops), func(p int) bool { return cards[tops[p]].b > c.b })
		left[i] = -1
		if pile > 0 {
			left[i] = tops[pile-1]
		}
		if pile == len(tops) {
			tops = append(tops, i)
		} else {
			tops[pile] = i
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
