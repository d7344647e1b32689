package diff

import (
	"hash/maphash"
	"math/bits"
)

// Numbers stand for lines: equal lines have equal numbers. They are kept in a
// hash table that finds a line or adds it in one step, for which a map needs two.
type numbers struct {
	lines []string // by number: those of the first text, then what only others hold
	base  []int32  // of the first text's lines: where it has each first
	table []int32  // by hash, a number and 1; a quarter at least is 0, which is free
	seed  maphash.Seed
}

// newNumbers numbers the first text. The others have so many lines together.
func newNumbers(text []string, others int) *numbers {
	n := &numbers{lines: text[:len(text):len(text)], base: make([]int32, len(text)), seed: maphash.MakeSeed()}
	n.table = make([]int32, 1<<bits.Len(uint(len(text)+others)*4/3))
	for i, l := range text {
		n.base[i] = n.number(l, i)
	}
	return n
}

// number returns the number of a line: the given one if the line is new.
func (n *numbers) number(line string, fresh int) int32 {
	mask := uint64(len(n.table) - 1)
	at := maphash.String(n.seed, line) & mask
	for ; n.table[at] > 0; at = (at + 1) & mask {
		if id := n.table[at] - 1; n.lines[id] == line {
			return id
		}
	}
	if fresh == len(n.lines) {
		n.lines = append(n.lines, line)
	}
	n.table[at] = int32(fresh) + 1
	return int32(fresh)
}

// of numbers another text. Most of its lines follow each other as in the first
// one, and are not looked up.
func (n *numbers) of(lines []string) []int32 {
	numbers := make([]int32, len(lines))
	next := 0 // of the first text
	for i, l := range lines {
		if next < len(n.base) && n.lines[next] == l {
			numbers[i] = n.base[next]
			next++
			continue
		}
		numbers[i] = n.number(l, len(n.lines))
		if int(numbers[i]) < len(n.base) {
			next = int(numbers[i]) + 1
		}
	}
	return numbers
}
