package diag

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

const (
	tabStop    = 4
	excerptMax = 100 // cells of an excerpt
	before     = 60  // cells of them that may stand before the caret
	around     = 200 // characters on each side of the column that are looked at: some take no cell
)

// Write renders err for people, each mistake with its place, excerpt, caret
// and hint:
//
//	gen: template.yaml:3:5: question "name" is asked twice
//	    3 |   - name: name
//	      |     ^
//	hint: remove the question at template.yaml:7
//
// color adds ANSI colours. Everything passes Safe.
func Write(w io.Writer, err error, color bool) {
	for _, e := range All(err) {
		write(w, e, color)
	}
}

func write(w io.Writer, e *Error, color bool) {
	paint := func(code, s string) string {
		if !color {
			return s
		}
		return "\x1b[" + code + "m" + s + "\x1b[0m"
	}
	place := Safe(e.place())
	if place != "" {
		place = paint("1", place) + " "
	}
	fmt.Fprintf(w, "%s %s%s\n", paint("31", "gen:"), place, Safe(e.Msg))
	if e.Line != "" && e.Pos.Line > 0 {
		text, at := excerpt(e.Line, e.Pos.Col)
		fmt.Fprintf(w, "%5d | %s\n", e.Pos.Line, text)
		if e.Pos.Col > 0 {
			fmt.Fprintf(w, "%5s | %s%s\n", "", strings.Repeat(" ", at), paint("31", "^"))
		}
	}
	if e.Hint != "" {
		fmt.Fprintf(w, "%s %s\n", paint("36", "hint:"), SafeLines(e.Hint))
	}
}

// excerpt returns the part of line around column col that is shown, tabs
// expanded, and how many cells stand before the column.
func excerpt(line string, col int) (text string, at int) {
	cells, caret := expand(line, col)
	start, used := 0, 0
	for i := caret; i > 0 && used+cells[i-1].width <= before; i-- {
		start, used = i-1, used+cells[i-1].width
	}
	if start > 0 {
		text = "..."
	}
	for i := start; i < len(cells); i++ {
		if i == caret {
			at = cellWidth(text)
		}
		if used = cellWidth(text) + cells[i].width; used > excerptMax {
			return text + "...", at
		}
		text += cells[i].text
	}
	if caret >= len(cells) {
		at = cellWidth(text)
	}
	return text, at
}

// A cell is what one character of a line shows as.
type cell struct {
	text  string
	width int
}

// expand turns the part of line around column col into cells; caret is the
// index of the cell of col.
func expand(line string, col int) (cells []cell, caret int) {
	col = min(col, utf8.RuneCountInString(line)+1)
	used, n := 0, 1
	for i := 0; i < len(line) && n < col+around; n++ {
		r, size := utf8.DecodeRuneInString(line[i:])
		if n == col {
			caret = len(cells)
		}
		if n >= col-around {
			c := cell{text: Safe(line[i : i+size])}
			if r == '\t' {
				c.text = strings.Repeat(" ", tabStop-used%tabStop)
			}
			c.width = cellWidth(c.text)
			used += c.width
			cells = append(cells, c)
		}
		i += size
	}
	if n == col {
		caret = len(cells)
	}
	return cells, caret
}

// cellWidth is how many cells of a terminal s takes.
func cellWidth(s string) int {
	n := 0
	for _, r := range s {
		switch k := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case k == width.EastAsianWide, k == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
