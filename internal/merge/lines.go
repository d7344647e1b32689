package merge

import (
	"strings"
)

// A form is what the lines of a text leave out.
type form struct {
	bom    bool
	ending ending
	open   bool   // the last line has no end
	odd    string // of a text with lines of both endings: by line, 'x' if it has the rarer one
}

// An ending is how the lines of a text end, or most of them.
type ending uint8

// The endings.
const (
	noEnding ending = iota // at most one line
	lf
	crlf
)

func (e ending) String() string { return [...]string{"", "\n", "\r\n"}[e] }

const byteOrderMark = "\ufeff"

// split takes a text apart; join is its inverse.
func split(text string) (lines []string, f form) {
	text, f.bom = strings.CutPrefix(text, byteOrderMark)
	if text == "" {
		return nil, f
	}
	crs := strings.Count(text, "\r\n")
	lines = strings.Split(text, "\n")
	ends := len(lines) - 1
	if f.open = lines[ends] != ""; !f.open {
		lines = lines[:ends]
	}
	switch {
	case ends == 0:
		return lines, f
	case 2*crs > ends:
		f.ending = crlf
	default:
		f.ending = lf
	}
	if crs == 0 {
		return lines, f
	}
	odd := make([]byte, ends)
	for i := range ends {
		cut, cr := strings.CutSuffix(lines[i], "\r")
		odd[i] = '.'
		if lines[i] = cut; cr != (f.ending == crlf) {
			odd[i] = 'x'
		}
	}
	if crs < ends {
		f.odd = string(odd)
	}
	return lines, f
}

func (f form) join(lines []string) []byte {
	size := len(byteOrderMark)
	for _, l := range lines {
		size += len(l) + 2
	}
	text := make([]byte, 0, size)
	if f.bom {
		text = append(text, byteOrderMark...)
	}
	usual := max(f.ending, lf)
	for i, l := range lines {
		text = append(text, l...)
		switch {
		case f.open && i == len(lines)-1:
		case f.isOdd(i):
			text = append(text, (lf + crlf - usual).String()...)
		default:
			text = append(text, usual.String()...)
		}
	}
	return text
}

func (f form) isOdd(line int) bool { return line < len(f.odd) && f.odd[line] == 'x' }

// mergeForms merges each property on its own: the side that changed it wins,
// and ours if both did. A text of one line says nothing about endings.
func mergeForms(base, ours, theirs form) form {
	e := either(base.ending, ours.ending, theirs.ending)
	for _, other := range []ending{theirs.ending, base.ending} {
		if e == noEnding {
			e = other
		}
	}
	return form{bom: either(base.bom, ours.bom, theirs.bom), ending: e, open: either(base.open, ours.open, theirs.open)}
}

func either[T comparable](base, ours, theirs T) T {
	if ours == base {
		return theirs
	}
	return ours
}

// A mixer finds the ending of each line of a result where a side mixes both: a
// line that is odd on its side stays as it is there.
type mixer struct {
	base, ours, theirs form
	usual              ending // of the result
	odd                []byte // by line of the result
}

// newMixer is nil if no side mixes endings.
func newMixer(base, ours, theirs, result form) *mixer {
	if base.odd == "" && ours.odd == "" && theirs.odd == "" {
		return nil
	}
	return &mixer{base: base, ours: ours, theirs: theirs, usual: result.ending}
}

// at is the ending of a line.
func (f form) at(line int) ending {
	if f.isOdd(line) {
		return lf + crlf - f.ending
	}
	return f.ending
}

// sides are the forms of the sides; of no mixer, empty ones.
func (m *mixer) sides() (f struct{ base, ours, theirs form }) {
	if m != nil {
		f.base, f.ours, f.theirs = m.base, m.ours, m.theirs
	}
	return f
}

func (m *mixer) add(e ending) {
	if e != noEnding && e != m.usual {
		m.odd = append(m.odd, 'x')
	} else {
		m.odd = append(m.odd, '.')
	}
}

// side adds n lines of one side, from its line at on.
func (m *mixer) side(f form, at, n int) {
	if m == nil {
		return
	}
	for i := at; i < at+n; i++ {
		if f.isOdd(i) {
			m.add(f.at(i))
		} else {
			m.add(m.usual)
		}
	}
}

// same adds n lines that no side changed.
func (m *mixer) same(base, ours, theirs, n int) {
	if m == nil {
		return
	}
	for i := range n {
		m.add(either(m.base.at(base+i), m.ours.at(ours+i), m.theirs.at(theirs+i)))
	}
}
