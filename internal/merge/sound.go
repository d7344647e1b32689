package merge

import (
	"math"
	"slices"
	"sort"
	"strings"

	"example.com/gen/internal/outline"
)

// sound sees to it that a merge of three texts of format f is one too. Where
// edits that do not touch would break it together, all from the first to the
// last of them becomes one conflict; it is true if there were such. Then either
// side of every conflict, taken everywhere, leaves a text that can be read.
func sound(f outline.Format, chunks []Chunk) ([]Chunk, bool) {
	g := &gate{format: f, chunks: chunks, work: math.MaxInt}
	if f == outline.None || !g.mixed() || g.holds(0, 0) || !g.sides() {
		return chunks, false
	}
	g.work = maxReading
	n := len(chunks)
	from := sort.Search(n, func(i int) bool { return !g.holds(i, n) }) - 1
	to := from + 1 + sort.Search(n-from-1, func(i int) bool { return g.holds(from, from+1+i) })
	joined := Chunk{From: Disputed}
	for _, c := range chunks[from:to] {
		joined.Base = append(joined.Base, c.Base...)
		joined.Ours = append(joined.Ours, c.Ours...)
		joined.Theirs = append(joined.Theirs, c.Theirs...)
	}
	return slices.Concat(chunks[:from], joined.trim(), chunks[to:]), true
}

// A gate reads what would come out. When its work is done, what it was looking
// for is the larger part.
type gate struct {
	format outline.Format
	chunks []Chunk
	work   int
}

// mixed reports whether the result has something of both sides.
func (g *gate) mixed() bool {
	ours, theirs := false, false
	for _, c := range g.chunks {
		ours = ours || c.From != Same && c.From != Both && c.From != Theirs
		theirs = theirs || c.From != Same && c.From != Both && c.From != Ours
	}
	return ours && theirs
}

// holds reports whether the result can be read if the chunks from one to the
// other were one conflict, whichever side is taken in all conflicts.
func (g *gate) holds(from, to int) bool {
	for _, taken := range []Side{Ours, Theirs} {
		var lines []string
		for i, c := range g.chunks {
			if from <= i && i < to {
				lines = append(lines, c.all(taken)...)
			} else {
				lines = append(lines, c.side(taken)...)
			}
		}
		if !g.reads(lines) {
			return false
		}
		if from == to && !slices.ContainsFunc(g.chunks, func(c Chunk) bool { return c.From == Disputed }) {
			break // no conflict: both are the same
		}
	}
	return true
}

// sides reports whether all three sides can be read.
func (g *gate) sides() bool {
	for _, side := range []Side{Same, Ours, Theirs} {
		var lines []string
		for _, c := range g.chunks {
			lines = append(lines, c.all(side)...)
		}
		if !g.reads(lines) {
			return false
		}
	}
	return true
}

func (g *gate) reads(lines []string) bool {
	text := strings.Join(lines, "\n") + "\n"
	if g.work -= g.format.Cost(len(text)); g.work < 0 {
		return false
	}
	_, ok := outline.Read(g.format, text)
	return ok
}

// all returns the lines of c on one side; Same is base.
func (c Chunk) all(side Side) []string {
	switch side {
	case Ours:
		return c.Ours
	case Theirs:
		return c.Theirs
	}
	return c.Base
}

// side returns the result of c, and that side of a conflict.
func (c Chunk) side(taken Side) []string {
	if c.From == Disputed {
		return c.all(taken)
	}
	return c.Lines
}
