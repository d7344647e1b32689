package diff

import (
	"fmt"
	"strings"
)

// around is how many lines are shown before and after a difference.
const around = 3

// Unified returns the differences between two texts as the hunks of a patch,
// without the lines that name the files; "" if there are none. A line keeps its
// ending.
func Unified(a, b string) string {
	linesA, linesB := splitAfter(a), splitAfter(b)
	out := &strings.Builder{}
	hunks := Lines(linesA, linesB)
	for len(hunks) > 0 {
		n := 1
		for n < len(hunks) && hunks[n].A0-hunks[n-1].A1 <= 2*around {
			n++
		}
		writeHunk(out, linesA, linesB, hunks[:n])
		hunks = hunks[n:]
	}
	return out.String()
}

func splitAfter(s string) []string {
	if s == "" {
		return nil
	}
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// writeHunk writes differences that are close together, with what is around
// them.
func writeHunk(out *strings.Builder, a, b []string, hunks []Hunk) {
	first, last := hunks[0], hunks[len(hunks)-1]
	before, after := min(around, first.A0), min(around, len(a)-last.A1)
	fromA, fromB := first.A0-before, first.B0-before
	fmt.Fprintf(out, "@@ -%s +%s @@\n", span(fromA, last.A1+after), span(fromB, last.B1+after))
	at := fromA
	for _, h := range hunks {
		write(out, ' ', a[at:h.A0])
		write(out, '-', a[h.A0:h.A1])
		write(out, '+', b[h.B0:h.B1])
		at = h.A1
	}
	write(out, ' ', a[at:at+after])
}

// span is a range of lines as a patch has it: one without lines is named after
// the line before it.
func span(from, to int) string {
	switch n := to - from; n {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	default:
		return fmt.Sprintf("%d,%d", from+1, n)
	}
}

func write(out *strings.Builder, sign byte, lines []string) {
	for _, l := range lines {
		out.WriteByte(sign)
		out.WriteString(l)
		if !strings.HasSuffix(l, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
