package merge

import (
	"slices"

	"example.com/gen/internal/diff"
)

// A Side says where the lines of a chunk come from.
type Side uint8

// The sides.
const (
	Same     Side = iota // as in base
	Ours                 // changed here only
	Theirs               // changed by the template only
	Both                 // the same change on both sides
	Settled              // changed on both sides, and a resolver knew how
	Disputed             // changed on both sides in different ways: a conflict
)

// A Chunk is a part of a merged text. The three inputs are their chunks' lines
// in order.
type Chunk struct {
	From               Side
	Base, Ours, Theirs []string
	Lines              []string // the result; of a disputed chunk, nil
}

// merge3 is the three-way merge of lines after Sanjeev Khanna, Keshav Kunal and
// Benjamin C. Pierce, "A Formal Investigation of Diff3" (2007): hunks of both
// sides that touch or overlap in base are one chunk.
func merge3(base, ours, theirs []string) []Chunk {
	w := walk{base: base, ours: ours, theirs: theirs}
	w.o, w.t = diff.Both(base, ours, theirs)
	w.chunks = make([]Chunk, 0, 2*(len(w.o)+len(w.t))+1)
	for len(w.o) > 0 || len(w.t) > 0 {
		w.next()
	}
	w.same(len(base))
	return w.chunks
}

// A walk goes through base, with the hunks that are left of both sides.
type walk struct {
	base, ours, theirs []string
	o, t               []diff.Hunk
	at, atO, atT       int // how far each text is consumed
	chunks             []Chunk
}

// same adds what is unchanged up to the line end of base.
func (w *walk) same(end int) {
	n := end - w.at
	if n == 0 {
		return
	}
	c := Chunk{Same, w.base[w.at:end], w.ours[w.atO : w.atO+n], w.theirs[w.atT : w.atT+n], nil}
	c.Lines = c.Ours
	w.chunks = append(w.chunks, c)
	w.at, w.atO, w.atT = end, w.atO+n, w.atT+n
}

// next adds the next chunk that is not unchanged: the hunks that touch.
func (w *walk) next() {
	from := len(w.base)
	for _, hunks := range [][]diff.Hunk{w.o, w.t} {
		if len(hunks) > 0 {
			from = min(from, hunks[0].A0)
		}
	}
	w.same(from)
	end := from
	nO, nT := 0, 0
	for again := true; again; {
		again = false
		for nO < len(w.o) && w.o[nO].A0 <= end {
			end, again = max(end, w.o[nO].A1), true
			nO++
		}
		for nT < len(w.t) && w.t[nT].A0 <= end {
			end, again = max(end, w.t[nT].A1), true
			nT++
		}
	}
	endO, endT := w.atO+end-from+growth(w.o[:nO]), w.atT+end-from+growth(w.t[:nT])
	c := Chunk{Base: w.base[from:end], Ours: w.ours[w.atO:endO], Theirs: w.theirs[w.atT:endT]}
	switch {
	case slices.Equal(c.Ours, c.Theirs):
		c.From, c.Lines = Both, c.Ours
	case nT == 0:
		c.From, c.Lines = Ours, c.Ours
	case nO == 0:
		c.From, c.Lines = Theirs, c.Theirs
	default:
		c.From = Disputed
	}
	w.chunks = append(w.chunks, c)
	w.o, w.t, w.at, w.atO, w.atT = w.o[nO:], w.t[nT:], end, endO, endT
}

// growth is by how many lines the hunks lengthen base.
func growth(hunks []diff.Hunk) int {
	n := 0
	for _, h := range hunks {
		n += h.B1 - h.B0 - (h.A1 - h.A0)
	}
	return n
}

// trim takes the lines that both sides begin or end with out of a conflict, as
// git's zdiff3 does; nothing is left of one whose sides are equal.
func (c Chunk) trim() []Chunk {
	if slices.Equal(c.Ours, c.Theirs) {
		c.From, c.Lines = Both, c.Ours
		return []Chunk{c}
	}
	head, tail := diff.Ends(c.Ours, c.Theirs)
	both := func(from, to int, theirs []string) Chunk {
		return Chunk{From: Both, Ours: c.Ours[from:to], Theirs: theirs, Lines: c.Ours[from:to]}
	}
	var chunks []Chunk
	endO, endT := len(c.Ours)-tail, len(c.Theirs)-tail
	if head > 0 {
		chunks = append(chunks, both(0, head, c.Theirs[:head]))
	}
	chunks = append(chunks, Chunk{From: Disputed, Base: c.Base, Ours: c.Ours[head:endO], Theirs: c.Theirs[head:endT]})
	if tail > 0 {
		chunks = append(chunks, both(endO, len(c.Ours), c.Theirs[endT:]))
	}
	return chunks
}

// merge2 compares two texts that have no base: what differs is a conflict with
// an empty base.
func merge2(ours, theirs []string) []Chunk {
	var chunks []Chunk
	at, atT := 0, 0
	for _, h := range append(diff.Lines(ours, theirs), diff.Hunk{A0: len(ours), A1: len(ours), B0: len(theirs), B1: len(theirs)}) {
		if h.A0 > at {
			chunks = append(chunks, Chunk{From: Both, Ours: ours[at:h.A0], Theirs: theirs[atT:h.B0], Lines: ours[at:h.A0]})
		}
		if h.A0 < h.A1 || h.B0 < h.B1 {
			chunks = append(chunks, Chunk{From: Disputed, Ours: ours[h.A0:h.A1], Theirs: theirs[h.B0:h.B1]})
		}
		at, atT = h.A1, h.B1
	}
	return chunks
}
