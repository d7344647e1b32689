package diag

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func written(err error) string {
	b := &strings.Builder{}
	Write(b, err, false)
	return b.String()
}

func TestWrite(t *testing.T) {
	for want, err := range map[string]error{
		"":                  nil,
		"gen: it is over\n": errors.New("it is over"),
		`gen: template.yaml:3:5: question "name" is asked twice
    3 |   - name: name
      |     ^
hint: remove the question at template.yaml:7
`: &Error{
			Pos: Pos{"template.yaml", 3, 5}, Msg: `question "name" is asked twice`,
			Hint: "remove the question at template.yaml:7", Line: "  - name: name",
		},
		"gen: t\\x1b 1: a:2: whose\n":                         &Error{Of: "t\x1b 1", Pos: Pos{"a", 2, 0}, Msg: "whose"},
		"gen: nowhere\n":                                      &Error{Of: "t 1", Msg: "nowhere"},
		"gen: a: no line\n":                                   &Error{Pos: Pos{File: "a"}, Msg: "no line", Line: "x"},
		"gen: a:2: no column\n    2 | x y\n":                  &Error{Pos: Pos{"a", 2, 0}, Msg: "no column", Line: "x y"},
		"gen: a:2:3: no text\n":                               &Error{Pos: Pos{"a", 2, 3}, Msg: "no text"},
		"gen: a:12345:1: far\n12345 | x\n      | ^\n":         &Error{Pos: Pos{"a", 12345, 1}, Msg: "far", Line: "x"},
		"gen: a:1:4: at the end\n    1 | abc\n      |    ^\n": &Error{Pos: Pos{"a", 1, 4}, Msg: "at the end", Line: "abc"},
		"gen: a:1:99: beyond\n    1 | abc\n      |    ^\n":    &Error{Pos: Pos{"a", 1, 99}, Msg: "beyond", Line: "abc"},
		"gen: a: x\ngen: b: y\nhint: z\n": List{
			{Pos: Pos{File: "a"}, Msg: "x"}, {Pos: Pos{File: "b"}, Msg: "y", Hint: "z"},
		},
		"gen: two\nhint: one\n\ttwo\n": &Error{Msg: "two", Hint: "one\n\ttwo"},
		"gen: e\\x1b:1:2: m\\x1b\n    1 | \\x1b[2J\n      |     ^\nhint: h\\x1b\n": &Error{
			Pos: Pos{"e\x1b", 1, 2}, Msg: "m\x1b", Hint: "h\x1b", Line: "\x1b[2J",
		},
	} {
		if got := written(err); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestWriteInColor(t *testing.T) {
	b := &strings.Builder{}
	Write(b, &Error{Pos: Pos{"a\x1b", 1, 1}, Msg: "m", Line: "x", Hint: "h"}, true)
	const want = "\x1b[31mgen:\x1b[0m \x1b[1ma\\x1b:1:1:\x1b[0m m\n    1 | x\n      | \x1b[31m^\x1b[0m\n\x1b[36mhint:\x1b[0m h\n"
	if got := b.String(); got != want {
		t.Errorf("got %q", got)
	}
}

// TestCaret has lines in which the column is that of the X.
func TestCaret(t *testing.T) {
	for line, want := range map[string]string{
		"X":                            "X\n^",
		"\tX":                          "    X\n    ^",
		"a\tX":                         "a   X\n    ^",
		"abcd\tX":                      "abcd    X\n        ^",
		"世\tX":                         "世  X\n    ^",
		"世界X":                          "世界X\n    ^",
		"👍X":                           "👍X\n  ^",
		"e\u0301X":                     "e\u0301X\n ^",
		"ａX":                           "ａX\n  ^", // fullwidth
		"ｱX":                           "ｱX\n ^",  // halfwidth
		"\u200bX":                      "\\u200bX\n      ^",
		"\xff\xfeX":                    "\\xff\\xfeX\n        ^",
		"a\r\u202eX.":                  "a\\r\\u202eX.\n         ^",
		strings.Repeat("a", 60) + "X":  strings.Repeat("a", 60) + "X\n" + strings.Repeat(" ", 60) + "^",
		strings.Repeat("a", 61) + "X":  "..." + strings.Repeat("a", 60) + "X\n" + strings.Repeat(" ", 63) + "^",
		strings.Repeat("世", 90) + "X":  "..." + strings.Repeat("世", 30) + "X\n" + strings.Repeat(" ", 63) + "^",
		"X" + strings.Repeat("b", 99):  "X" + strings.Repeat("b", 99) + "\n^",
		"X" + strings.Repeat("b", 100): "X" + strings.Repeat("b", 99) + "...\n^",
		strings.Repeat("a", 500) + "X" + strings.Repeat("b", 500): "..." + strings.Repeat("a", 60) + "X" + strings.Repeat("b", 36) + "...\n" + strings.Repeat(" ", 63) + "^",
		strings.Repeat("a", 70_000) + "X":                         "..." + strings.Repeat("a", 60) + "X\n" + strings.Repeat(" ", 63) + "^",
	} {
		got := written(&Error{Pos: Pos{"a", 1, Column(line, strings.Index(line, "X"))}, Msg: "m", Line: line})
		got = strings.Replace(strings.TrimPrefix(got, "gen: a:1:"), "      | ", "", 1)
		_, got, _ = strings.Cut(got, "    1 | ")
		if got != want+"\n" {
			t.Errorf("%.40q: got\n%s\nwant\n%s", line, got, want)
		}
	}
}

// TestExcerptIsBounded has a line of marks that take no place.
func TestExcerptIsBounded(t *testing.T) {
	line := strings.Repeat("\u0301", 500_000)
	for _, col := range []int{0, 1, 250_000, 500_001} {
		if got := written(&Error{Pos: Pos{"a", 1, col}, Msg: "m", Line: line}); len(got) > 2000 {
			t.Errorf("column %d: %d bytes are written", col, len(got))
		}
	}
}

// FuzzCaret holds the law of the caret: what stands above it is the character
// at the column, or its escape.
func FuzzCaret(f *testing.F) {
	f.Add("\tname: Grüße 世界\u202e\xff e\u0301", 5)
	f.Add(strings.Repeat("世\t", 30), 44)
	f.Add(strings.Repeat("\u0301", 70)+"x", 71)
	f.Fuzz(func(t *testing.T, line string, col int) {
		runes := []rune(line)
		if line == "" || col < 1 || strings.Contains(line, "\n") {
			return
		}
		got := written(&Error{Pos: Pos{"a", 1, col}, Msg: "m", Line: line})
		lines := strings.Split(got, "\n")
		if len(lines) != 4 || strings.ContainsFunc(strings.Join(lines, ""), harmful) || !utf8.ValidString(got) {
			t.Fatalf("got %q", got)
		}
		text, caret := strings.TrimPrefix(lines[1], "    1 | "), strings.TrimSuffix(strings.TrimPrefix(lines[2], "      | "), "^")
		if n := cellWidth(text); n > excerptMax+len("...") {
			t.Errorf("%d cells: %q", n, text)
		}
		if col > len(runes) {
			if n := cellWidth(text); n != len(caret) {
				t.Errorf("the caret is at %d of %d cells", len(caret), n)
			}
			return
		}
		want := Safe(nth(line, col))
		switch r := runes[col-1]; {
		case r == '\t':
			want = " "
		case unicode.In(r, unicode.Mn, unicode.Me):
			return // it has no cell of its own
		}
		if under := from(text, len(caret)); !strings.HasPrefix(under, want) {
			t.Errorf("%q, column %d: %q stands over the caret, not %q", line, col, under, want)
		}
	})
}

// nth returns the n-th character of s, a broken one as it is.
func nth(s string, n int) string {
	for ; n > 1; n-- {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// from returns the rest of s after n cells and the marks on them.
func from(s string, n int) string {
	for n > 0 || s != "" && cellWidth(nth(s, 1)) == 0 {
		n -= cellWidth(nth(s, 1))
		s = s[len(nth(s, 1)):]
	}
	return s
}
