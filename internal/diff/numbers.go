package diff

import (
	"hash/maphash"
	"math/bits"
)

// Numbers stand for lines: equal lines have equal numbers. That of a line which
// the first text holds is where it has it first. They are kept in a hash table
// that finds a line or adds it in one step, for which a map needs two.
type numbers struct {
	text  []string // the first text
	base  []int32  // the numbers of its lines
	more  []string // the lines that it does not hold, in the order of their numbers
	table []int32  // by hash, a number and 1; a quarter at least is 0, which is free
	seed  maphash.Seed
}

// newNumbers numbers the first text. The others have so many lines together.
func newNumbers(text []string, others int) *numbers {
	n := &numbers{text: text, base: make([]int32, len(text)), seed: maphash.MakeSeed()}
	n.table = make([]int32, 1<<bits.Len(uint(len(text)+others)*4/3))
	for i, l := range text {
		n.base[i] = n.number(l, i)
	}
	return n
}

// count is how many numbers there are.
func (n *numbers) count() int { return len(n.text) + len(n.more) }

// number returns the number of a line: the given one if the line is new.
func (n *numbers) number(line string, fresh int) int32 {
	mask := uint64(len(n.table) - 1)
	at := maphash.String(n.seed, line) & mask
	for ; n.table[at] > 0; at = (at + 1) & mask {
		if id := n.table[at] - 1; n.line(id) == line {
			return id
		}
	}
	n.table[at] = int32(fresh) + 1
	return int32(fresh)
}

func (n *numbers) line(id int32) string {
	if int(id) < len(n.text) {
		return n.text[id]
	}
	return n.more[int(id)-len(n.text)]
}

// of numbers another text. Most of its lines follow each other as in the first
// one, and are not looked up.
func (n *numbers) of(lines []string) []int32 {
	numbers := make([]int32, len(lines))
	next := 0 // of the first text
	for i, l := range lines {
		if next < len(n.text) && n.text[next] == l {
			numbers[i] = n.base[next]
			next++
			continue
		}
		id := n.number(l, n.count())
		switch {
		case int(id) == n.count():
			n.more = append(n.more, l)
		case int(id) < len(n.text):
			next = int(id) + 1
		}
		numbers[i] = id
	}
	return numbers
}
