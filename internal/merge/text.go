package merge

import (
	"bytes"
	"slices"
	"strings"

	"example.com/gen/internal/outline"
)

// Labels say in markers what the template's sides are, such as
// "python-service 1.2.0".
type Labels struct{ Base, Theirs string }

// A Take settles conflicts without a person.
type Take uint8

// What is taken in a conflict.
const (
	TakeNeither Take = iota // markers: a person decides
	TakeOurs
	TakeTheirs
)

// Sides are the three texts of a merge. The path chooses how structured files
// are merged and checked.
type Sides struct {
	Path               string
	Base, Ours, Theirs []byte
	Labels             Labels
	Take               Take
}

// A Region is a conflict: where its lines are in each text, from the first,
// counted from 1, up to and without the second; and the line of the result at
// which it begins.
type Region struct {
	Ours, Base, Theirs [2]int
	Line               int
}

// Merged is the result of a merge of texts.
type Merged struct {
	Data    []byte
	Chunks  []Chunk
	Regions []Region // the conflicts that are left
	Clean   int      // how many changes of the template's are in the result
	Taken   int      // how many conflicts [Sides.Take] settled
	Marker  int      // the length of the marker lines, 0 if there are none
	Unsound string   // the format that a merge without these regions would break, or empty
}

// maxText is the size in bytes from which on a file is not merged by lines.
const maxText = 1 << 20

// Binary reports whether data is no text: it holds a NUL in its first 8 KB, or
// is over 1 MiB.
func Binary(data []byte) bool {
	return len(data) > maxText || bytes.IndexByte(data[:min(len(data), 8<<10)], 0) >= 0
}

// Text merges the changes from base to theirs into ours, by lines. Endings of
// lines, a byte-order mark and a missing final newline are merged apart from
// the lines. No input may be [Binary].
func Text(s Sides) Merged {
	base, fb := split(string(s.Base))
	ours, fo := split(string(s.Ours))
	theirs, ft := split(string(s.Theirs))
	chunks, unsound := sound(outline.Of(s.Path), refine(s.Path, merge3(base, ours, theirs)))
	m := s.finish(chunks, fb, fo, ft)
	if unsound && len(m.Regions) > 0 {
		m.Unsound = outline.Of(s.Path).String()
	}
	return m
}

// TwoWay merges without a base: every difference is a conflict.
func TwoWay(s Sides) Merged {
	ours, fo := split(string(s.Ours))
	theirs, ft := split(string(s.Theirs))
	return s.finish(merge2(ours, theirs), ft, fo, ft)
}

// finish settles what [Sides.Take] settles and writes the result down.
func (s Sides) finish(chunks []Chunk, base, ours, theirs form) Merged {
	f := mergeForms(base, ours, theirs)
	m := Merged{Chunks: chunks}
	w := writer{labels: s.Labels, marker: markerLength(chunks), mixer: newMixer(base, ours, theirs, f)}
	n := 0
	for _, c := range chunks {
		n += len(c.Lines)
		if c.From == Disputed {
			n += 4 + len(c.Ours) + len(c.Base) + len(c.Theirs)
		}
	}
	w.lines = make([]string, 0, n)
	for i, c := range chunks {
		if c.From == Disputed && s.Take != TakeNeither {
			c.From, c.Lines = Settled, c.Ours
			m.Taken++
			if s.Take == TakeTheirs {
				c.Lines = c.Theirs
			}
			chunks[i] = c
		}
		if c.From == Theirs || c.From == Settled {
			m.Clean++
		}
		w.add(c)
	}
	if m.Regions = w.regions; len(w.regions) > 0 {
		m.Marker = w.marker
		f.open = f.open && !w.endsInMarker
	}
	if w.mixer != nil {
		f.odd = string(w.mixer.odd)
	}
	m.Data = f.join(w.lines)
	return m
}

// A writer puts chunks one after another, conflicts between markers.
type writer struct {
	labels       Labels
	marker       int
	mixer        *mixer
	lines        []string
	regions      []Region
	at           struct{ base, ours, theirs int } // how far each text is written
	endsInMarker bool
}

func (w *writer) add(c Chunk) {
	at := w.at
	w.at.base += len(c.Base)
	w.at.ours += len(c.Ours)
	w.at.theirs += len(c.Theirs)
	if w.endsInMarker = c.From == Disputed; !w.endsInMarker {
		w.lines = append(w.lines, c.Lines...)
		switch n := len(c.Lines); c.From {
		case Same:
			w.mixer.same(at.base, at.ours, at.theirs, n)
		case Theirs:
			w.mixer.side(w.mixer.sides().theirs, at.theirs, n)
		case Settled:
			w.mixer.side(form{}, 0, n)
		default:
			w.mixer.side(w.mixer.sides().ours, at.ours, n)
		}
		return
	}
	w.regions = append(w.regions, Region{
		Line:   len(w.lines) + 1,
		Base:   [2]int{at.base + 1, w.at.base + 1},
		Ours:   [2]int{at.ours + 1, w.at.ours + 1},
		Theirs: [2]int{at.theirs + 1, w.at.theirs + 1},
	})
	forms := w.mixer.sides()
	for _, part := range []struct {
		char, label string
		lines       []string
		form        form
		at          int
	}{
		{"<", " yours", c.Ours, forms.ours, at.ours},
		{"|", " " + w.labels.Base, c.Base, forms.base, at.base},
		{"=", "", c.Theirs, forms.theirs, at.theirs},
		{">", " " + w.labels.Theirs, nil, form{}, 0},
	} {
		w.lines = append(w.lines, strings.Repeat(part.char, w.marker)+part.label)
		w.lines = append(w.lines, part.lines...)
		w.mixer.side(form{}, 0, 1)
		w.mixer.side(part.form, part.at, len(part.lines))
	}
}

// marks are the characters that marker lines are made of, in their order.
const marks = "<|=>"

// run is how many of the same marker character a line begins with.
func run(line string) int {
	if line == "" {
		return 0
	}
	switch line[0] {
	case '<', '|', '=', '>':
		return len(line) - len(strings.TrimLeft(line, line[:1]))
	}
	return 0
}

// markerOf is the length of the marker that line, without its end, could be taken
// for, or 0. The label may be lost: editors cut spaces off the ends of lines.
func markerOf(line string) int {
	n := run(line)
	if n < shortest || len(line) > n && (line[0] == '=' || line[n] != ' ') {
		return 0
	}
	return n
}

// shortest is the length of a marker that need not be longer.
const shortest = 7

// markerLength is the shortest, or the next length that no line of the texts could be taken
// for.
func markerLength(chunks []Chunk) int {
	taken := map[int]bool{}
	for _, c := range chunks {
		for i, lines := range [][]string{c.Base, c.Ours, c.Theirs} {
			if i > 0 && c.From == Same {
				break // they are equal
			}
			for _, l := range lines {
				if n := markerOf(l); n > 0 {
					taken[n] = true
				}
			}
		}
	}
	n := shortest
	for taken[n] {
		n++
	}
	return n
}

// Unsettled returns the first line, counted from 1, at which a marker of this
// length is left, 0 if none is. A line of = alone is none: it underlines a
// heading of Markdown.
func Unsettled(data []byte, length int) int {
	lines, _ := split(string(data))
	return 1 + slices.IndexFunc(lines, func(l string) bool {
		return isMarker(strings.TrimSuffix(l, "\r"), length) && l[0] != '='
	})
}

// isMarker reports whether line, without its end, is a marker of this length.
func isMarker(line string, length int) bool { return length > 0 && markerOf(line) == length }
