package diff

import "bytes"

// A slider moves the marked runs of one text to where a person would see them:
// beside a run of the other text if one can be reached, else as far down as
// they go. Runs that meet are one. Equal edits of equal texts so stand at equal
// places, whichever of several shortest scripts was found.
type slider struct {
	lines       []int32
	mine, other marks
	m, o        run // the run that moves, and what the other text has there
	work        *int
}

// A run is a part of a text: of marked lines, or empty.
type run struct{ from, to int }

// slide moves all runs of the lines that mine marks.
func slide(lines []int32, mine, other marks, work *int) {
	s := slider{lines: lines, mine: mine, other: other, work: work}
	for {
		n := common(mine[s.m.from:], other[s.o.from:])
		s.m.from, s.o.from = s.m.from+n, s.o.from+n
		s.m.to, s.o.to = mine.end(s.m.from), other.end(s.o.from)
		if s.m.from < s.m.to {
			s.place()
		}
		if s.m.to == len(lines) {
			return
		}
		s.m.from, s.o.from = s.m.to+1, s.o.to+1
	}
}

// place moves the run.
func (s *slider) place() {
	beside, moved := false, true
	for size := -1; size != s.m.to-s.m.from; {
		size = s.m.to - s.m.from
		for s.up() {
		}
		beside, moved = s.o.from < s.o.to, false
		for s.down() {
			beside, moved = beside || s.o.from < s.o.to, true
		}
	}
	for beside && moved && s.o.from == s.o.to && s.up() {
	}
}

// up moves the run up by one line, if it can.
func (s *slider) up() bool {
	if s.m.from == 0 || s.lines[s.m.from-1] != s.lines[s.m.to-1] || *s.work <= 0 {
		return false
	}
	*s.work--
	s.m.from, s.m.to = s.m.from-1, s.m.to-1
	s.mine[s.m.from], s.mine[s.m.to] = 1, 0
	s.m.from = s.mine.start(s.m.from)
	s.o.to = s.o.from - 1
	s.o.from = s.other.start(s.o.to)
	return true
}

// down moves the run down by one line, if it can.
func (s *slider) down() bool {
	if s.m.to == len(s.lines) || s.lines[s.m.from] != s.lines[s.m.to] || *s.work <= 0 {
		return false
	}
	*s.work--
	s.mine[s.m.from], s.mine[s.m.to] = 0, 1
	s.m.from, s.m.to = s.m.from+1, s.mine.end(s.m.to)
	s.o.from = s.o.to + 1
	s.o.to = s.other.end(s.o.from)
	return true
}

// Marks are 1 for every line that is marked, else 0.
type marks []byte

// end returns where the run of marked lines at a line ends.
func (m marks) end(at int) int {
	for at < len(m) && m[at] == 1 {
		at++
	}
	return at
}

// start returns where the run of marked lines above a line starts.
func (m marks) start(at int) int {
	for at > 0 && m[at-1] == 1 {
		at--
	}
	return at
}

// common returns how many lines both texts begin with that are not marked, or
// some of them: neither is searched far for what the other soon ends.
func common(a, b marks) int {
	n := min(len(a), len(b), 64)
	for _, m := range []marks{a, b} {
		if at := bytes.IndexByte(m[:n], 1); at >= 0 {
			n = at
		}
	}
	return n
}
