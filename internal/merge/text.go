package merge

import (
	"bytes"
	"strings"
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
	Marker  int      // the length of the marker lines, 0 if there are none
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
	return s.finish(merge3(base, ours, theirs), mergeForms(fb, fo, ft))
}

// TwoWay merges without a base: every difference is a conflict.
func TwoWay(s Sides) Merged {
	ours, fo := split(string(s.Ours))
	theirs, ft := split(string(s.Theirs))
	return s.finish(merge2(ours, theirs), mergeForms(ft, fo, ft))
}

// finish settles what can be settled and writes the result down.
func (s Sides) finish(chunks []Chunk, f form) Merged {
	m := Merged{Chunks: chunks}
	w := writer{labels: s.Labels, marker: markerLength(chunks)}
	for i, c := range chunks {
		if c.From == Disputed && s.Take != TakeNeither {
			c.From, c.Lines = Settled, c.Ours
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
	m.Data = []byte(f.join(w.lines))
	return m
}

// A writer puts chunks one after another, conflicts between markers.
type writer struct {
	labels       Labels
	marker       int
	lines        []string
	regions      []Region
	at           Region // how far each text is written
	endsInMarker bool
}

func (w *writer) add(c Chunk) {
	r := Region{Line: len(w.lines) + 1}
	r.Base = [2]int{w.at.Base[1] + 1, w.at.Base[1] + len(c.Base) + 1}
	r.Ours = [2]int{w.at.Ours[1] + 1, w.at.Ours[1] + len(c.Ours) + 1}
	r.Theirs = [2]int{w.at.Theirs[1] + 1, w.at.Theirs[1] + len(c.Theirs) + 1}
	w.at.Base[1] += len(c.Base)
	w.at.Ours[1] += len(c.Ours)
	w.at.Theirs[1] += len(c.Theirs)
	if w.endsInMarker = c.From == Disputed; !w.endsInMarker {
		w.lines = append(w.lines, c.Lines...)
		return
	}
	w.regions = append(w.regions, r)
	for _, part := range []struct {
		char, label string
		lines       []string
	}{
		{"<", " yours", c.Ours}, {"|", " " + w.labels.Base, c.Base}, {"=", "", c.Theirs}, {">", " " + w.labels.Theirs, nil},
	} {
		w.lines = append(w.lines, strings.Repeat(part.char, w.marker)+part.label)
		w.lines = append(w.lines, part.lines...)
	}
}

// marks are the characters that marker lines are made of.
const marks = "<|=>"

// run is how many of the same marker character a line begins with.
func run(line string) int {
	if line == "" || !strings.Contains(marks, line[:1]) {
		return 0
	}
	return len(line) - len(strings.TrimLeft(line, line[:1]))
}

// markerLength is 7, or longer than every line of the texts that could be taken
// for a marker.
func markerLength(chunks []Chunk) int {
	n := 7
	for _, c := range chunks {
		for _, lines := range [][]string{c.Base, c.Ours, c.Theirs} {
			for _, l := range lines {
				if r := run(l); r >= n {
					n = r + 1
				}
			}
		}
	}
	return n
}

// Unsettled returns the lines, counted from 1, at which markers of this length
// are left.
func Unsettled(data []byte, marker int) []int {
	lines, _ := split(string(data))
	var left []int
	for i, l := range lines {
		l = strings.TrimSuffix(l, "\r")
		if isMarker(l, marker) {
			left = append(left, i+1)
		}
	}
	return left
}

// isMarker reports whether line, without its end, is a marker of this length.
func isMarker(line string, marker int) bool {
	return run(line) == marker && (line[0] == '=') == (len(line) == marker) && (line[0] == '=' || line[marker] == ' ')
}
