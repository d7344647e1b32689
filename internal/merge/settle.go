package merge

import (
	"fmt"
	"strings"
)

// A Dispute is one conflict as its markers show it in a text.
type Dispute struct {
	Line               int // of its first marker, counted from 1
	Ours, Base, Theirs string
	Labels             Labels
}

// Disputes returns the conflicts in data whose marker lines are marker long.
func Disputes(data []byte, marker int) ([]Dispute, error) {
	var all []Dispute
	_, err := Settle(data, marker, func(d Dispute) Take {
		all = append(all, d)
		return TakeNeither
	})
	return all, err
}

// Settle replaces each conflict in data by the side that choose takes, and
// leaves those for which it takes neither. It is an error if a person has
// broken the markers.
func Settle(data []byte, marker int, choose func(Dispute) Take) ([]byte, error) {
	s := settler{marker: marker, choose: choose}
	text, bom := strings.CutPrefix(string(data), byteOrderMark)
	if bom {
		s.out.WriteString(byteOrderMark)
	}
	for line := range strings.Lines(text) {
		s.line++
		if err := s.add(line); err != nil {
			return nil, err
		}
	}
	if s.part > 0 {
		return nil, s.broken()
	}
	return []byte(s.out.String()), nil
}

// A settler goes through a text line by line.
type settler struct {
	marker int
	choose func(Dispute) Take
	line   int
	out    strings.Builder
	raw    strings.Builder // the conflict so far
	part   int             // of the conflict: 0 outside, then its markers in turn
	sides  [3]strings.Builder
	at     Dispute
}

func (s *settler) broken() error {
	if s.part > 0 {
		return fmt.Errorf("line %d: the markers of this conflict are not whole", s.at.Line)
	}
	return fmt.Errorf("line %d: this marker is alone", s.line)
}

func (s *settler) add(line string) error {
	text := strings.TrimRight(line, "\r\n")
	is := -1
	if isMarker(text, s.marker) {
		is = strings.IndexByte(marks, text[0])
	}
	switch {
	case s.part == 0 && (is < 0 || is == 2): // a line of = may underline a heading
		s.out.WriteString(line)
		return nil
	case is >= 0 && is != s.part:
		return s.broken()
	case is < 0:
		s.sides[s.part-1].WriteString(line)
	}
	s.raw.WriteString(line)
	label := strings.TrimSpace(text[min(s.marker, len(text)):])
	switch is {
	case 0:
		s.at.Line = s.line
	case 1:
		s.at.Labels.Base = label
	case 3:
		s.at.Labels.Theirs = label
		s.end()
		return nil
	}
	if is >= 0 {
		s.part++
	}
	return nil
}

// end leaves a conflict.
func (s *settler) end() {
	d := s.at
	d.Ours, d.Base, d.Theirs = s.sides[0].String(), s.sides[1].String(), s.sides[2].String()
	s.out.WriteString(map[Take]string{TakeNeither: s.raw.String(), TakeOurs: d.Ours, TakeTheirs: d.Theirs}[s.choose(d)])
	s.raw.Reset()
	for i := range s.sides {
		s.sides[i].Reset()
	}
	s.part, s.at = 0, Dispute{}
}
