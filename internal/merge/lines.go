package merge

import "strings"

// A form is what the lines of a text leave out.
type form struct {
	bom    bool
	ending ending
	open   bool // the last line has no end
}

// An ending is how the lines of a text end.
type ending uint8

// The endings. A text with lines of both kinds has LF; the CR is then part of
// a line.
const (
	noEnding ending = iota // at most one line
	lf
	crlf
)

const byteOrderMark = "\ufeff"

// split takes a text apart; join is its inverse.
func split(text string) (lines []string, f form) {
	text, f.bom = strings.CutPrefix(text, byteOrderMark)
	switch n := strings.Count(text, "\n"); {
	case n == 0:
	case n == strings.Count(text, "\r\n"):
		f.ending = crlf
		text = strings.ReplaceAll(text, "\r\n", "\n")
	default:
		f.ending = lf
	}
	if text == "" {
		return nil, f
	}
	f.open = !strings.HasSuffix(text, "\n")
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), f
}

func (f form) join(lines []string) string {
	end := "\n"
	if f.ending == crlf {
		end = "\r\n"
	}
	text := strings.Join(lines, end)
	if len(lines) > 0 && !f.open {
		text += end
	}
	if f.bom {
		text = byteOrderMark + text
	}
	return text
}

// mergeForms merges each property on its own: the side that changed it wins,
// and ours if both did. A text of one line says nothing about endings.
func mergeForms(base, ours, theirs form) form {
	e := either(base.ending, ours.ending, theirs.ending)
	for _, other := range []ending{theirs.ending, base.ending} {
		if e == noEnding {
			e = other
		}
	}
	return form{either(base.bom, ours.bom, theirs.bom), e, either(base.open, ours.open, theirs.open)}
}

func either[T comparable](base, ours, theirs T) T {
	if ours == base {
		return theirs
	}
	return ours
}
