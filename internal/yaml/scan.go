package yaml

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/gen/internal/diag"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// The lexer is quadratic in these; nobody writes such texts by hand.
const (
	maxEmpty = 100   // empty lines in a row
	maxRun   = 200   // `<` in a row
	maxTabs  = 1_000 // bytes of a line that holds a tab
)

// clean checks the bytes and returns them as text with LF at the line ends.
func (r *reader) clean(src []byte) string {
	switch {
	case len(src) > r.limits.Bytes:
		r.fail(diag.Pos{}, "make it shorter", "the file has %d bytes; at most %d are allowed", len(src), r.limits.Bytes)
		return ""
	case bytes.HasPrefix(src, []byte{0xfe, 0xff}), bytes.HasPrefix(src, []byte{0xff, 0xfe}):
		r.fail(diag.Pos{}, "save it as UTF-8", "the file is UTF-16")
		return ""
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	r.lines = strings.Split(text, "\n")
	empty := 0
	for i, line := range r.lines {
		empty++
		if strings.Trim(line, " \t") != "" {
			empty = 0
		}
		r.line(i+1, line, empty)
	}
	return text
}

// line checks one line, the last of so many empty ones.
func (r *reader) line(n int, line string, empty int) {
	col := 0
	for i, c := range line {
		col++
		if _, w := utf8.DecodeRuneInString(line[i:]); c == utf8.RuneError && w == 1 {
			r.fail(diag.Pos{Line: n, Col: col}, "save it as UTF-8", "a byte that is not UTF-8")
			return
		}
		if control(c) {
			r.fail(diag.Pos{Line: n, Col: col}, "remove it", "the control character %U", c)
			return
		}
	}
	switch {
	case empty > maxEmpty:
		r.fail(diag.Pos{Line: n, Col: 1}, "remove some", "more than %d empty lines in a row", maxEmpty)
	case strings.Contains(line, strings.Repeat("<", maxRun)):
		r.fail(diag.Pos{Line: n, Col: 1}, "remove some", "%d times < in a row", maxRun)
	case len(line) > maxTabs && strings.Contains(line, "\t"):
		r.fail(diag.Pos{Line: n, Col: 1}, "use spaces, or break it", "a line with a tab is longer than %d bytes", maxTabs)
	}
}

func control(c rune) bool {
	return c < ' ' && c != '\t' && c != '\n' || 0x7f <= c && c < 0xa0
}

// refused are the parts of YAML that gen does not read.
var refused = map[token.Type][2]string{
	token.AnchorType:      {"an anchor", "write the value where it is needed; quote a string that begins with &"},
	token.AliasType:       {"an alias", "write the value out; quote a string that begins with *"},
	token.TagType:         {"a tag", "remove it; quote a string that begins with !"},
	token.MergeKeyType:    {"a merge key", "write the keys out"},
	token.DirectiveType:   {"a directive", "remove it; quote a string that begins with %"},
	token.MappingKeyType:  {"a ? key", "write key: value"},
	token.DocumentEndType: {"an end of document", "remove it"},
}

// scan turns text into tokens within the limits. The lexer stops at the first
// thing that is no YAML: what follows is guesswork.
func (r *reader) scan(text string) token.Tokens {
	var s scanner.Scanner
	s.Init(text + "\n") // without it the lexer loses a tag at the very end
	var tokens token.Tokens
	some, err := s.Scan()
	tokens.Add(some...)
	if r.wall(tokens); len(r.errs) > 0 {
		return nil
	}
	var bad *scanner.InvalidTokenError
	if errors.As(err, &bad) {
		r.invalid(bad.Token, bad.Token.Error)
	}
	return tokens
}

// wall refuses what must not reach the parser.
func (r *reader) wall(tokens token.Tokens) {
	if len(tokens) > r.limits.Tokens {
		r.fail(diag.Pos{}, "make it shorter", "the file has more than %d tokens", r.limits.Tokens)
		return
	}
	var cols []int // the columns of the blocks around a token
	flow := 0
	for i, tk := range tokens {
		what, ok := refused[tk.Type]
		ok = ok && !r.foreign
		second := !r.foreign && tk.Type == token.DocumentHeaderType && i > 0 && slices.ContainsFunc(tokens[:i], content)
		col := tk.Position.Column
		switch {
		case second:
			r.fail(r.pos(tk), "keep one document a file", "a second document")
		case ok:
			r.fail(r.pos(tk), what[1], "%s is not allowed here", what[0])
		case tk.Type == token.SequenceStartType, tk.Type == token.MappingStartType:
			flow++
		case tk.Type == token.SequenceEndType, tk.Type == token.MappingEndType:
			flow--
		case flow <= 0 && (tk.Type == token.SequenceEntryType || i+1 < len(tokens) && tokens[i+1].Type == token.MappingValueType):
			for len(cols) > 0 && cols[len(cols)-1] >= col {
				cols = cols[:len(cols)-1]
			}
			cols = append(cols, col)
		}
		if len(cols)+max(flow, 0) > r.limits.Depth {
			r.fail(r.pos(tk), "write it flatter", "values are nested deeper than %d", r.limits.Depth)
			return
		}
	}
}

func content(tk *token.Token) bool { return tk.Type != token.CommentType }

// pos returns where a token really begins: the lexer does not count tabs, it
// counts spaces after the first line of a plain scalar, and takes the last line
// of some for the first. Wrong places are found out by looking.
func (r *reader) pos(tk *token.Token) diag.Pos {
	at := diag.Pos{File: r.name, Line: min(max(tk.Position.Line, 1), len(r.lines)), Col: max(tk.Position.Column, 1)}
	want, _, _ := strings.Cut(strings.TrimLeft(tk.Origin, " \t\n"), "\n")
	want = strings.TrimRight(want, " \t")
	line := r.lines[at.Line-1]
	if rest, ok := skip(line, at.Col-1); ok && strings.HasPrefix(rest, want) {
		return at
	}
	for up := range min(strings.Count(tk.Origin, "\n")+1, at.Line) {
		if before, _, ok := strings.Cut(r.lines[at.Line-up-1], want); ok {
			return diag.Pos{File: r.name, Line: at.Line - up, Col: utf8.RuneCountInString(before) + 1}
		}
	}
	at.Col = min(at.Col, utf8.RuneCountInString(line)+1)
	return at
}

// skip returns what follows the first n code points of s.
func skip(s string, n int) (string, bool) {
	for ; n > 0; n-- {
		_, w := utf8.DecodeRuneInString(s)
		if w == 0 {
			return "", false
		}
		s = s[w:]
	}
	return s, true
}
