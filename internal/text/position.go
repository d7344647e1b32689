package text

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"text/template/parse"
	"unicode/utf8"

	"example.com/gen/internal/diag"
)

// fault is a mistake at the byte offset off of the source.
func (t *Text) fault(off int, hint, msg string) *diag.Error {
	off = max(0, min(off, len(t.src)))
	line := strings.Count(t.src[:off], "\n") + 1
	start := strings.LastIndexByte(t.src[:off], '\n') + 1
	return t.place(line, utf8.RuneCountInString(t.src[start:off])+1, hint, msg)
}

// place is a mistake at line and column of the source, both from 1.
func (t *Text) place(line, col int, hint, msg string) *diag.Error {
	e := &diag.Error{Code: diag.Template, Pos: t.at, Msg: msg, Hint: hint}
	if !t.lang.Fixed && e.Pos.Line > 0 {
		if line == 1 {
			e.Pos.Col += col - 1
		} else {
			e.Pos.Col = col
		}
		e.Pos.Line += line - 1
	}
	if !t.lang.Inline && !t.lang.Fixed {
		e.Line = diag.LineOf(t.src, line)
	}
	return e
}

var (
	parsePrefix = lazy(`^template: [^:]*:(\d+): `)
	execPrefix  = lazy(`(?s)^template: ([^:]*):(\d+):(\d+): executing ".*?" at <.*>: `)
	callPrefix  = lazy(`^error calling [^:]*: `)
)

// parseError turns an error of the parser, which knows its line only, into a
// mistake at the action that is wrong.
func (t *Text) parseError(err error) *diag.Error {
	msg, line := err.Error(), 1
	if m := parsePrefix().FindStringSubmatch(msg); m != nil {
		msg = msg[len(m[0]):]
		line, _ = strconv.Atoi(m[1])
	}
	if msg == "unexpected EOF" {
		if off := t.neverEnded(); off >= 0 {
			word := keyword(t.src[off+len(t.lang.Left):])
			return t.fault(off, "add "+t.lang.Left+" end "+t.lang.Right+" where it ends", word+" is never ended")
		}
	}
	if off := t.wrongAction(line); off >= 0 {
		return t.fault(off, "", msg)
	}
	return t.place(line, 1, "", msg)
}

// mostPrefixes bounds how much is parsed again to find a mistake, in bytes.
const mostPrefixes = 2 << 20

// wrongAction returns the offset of the first action that ends on line or
// later and that the parser refuses, or -1: it parses prefixes of the text that
// end at a closing delimiter. Once one is refused, so are all that are longer.
func (t *Text) wrongAction(line int) int {
	all := t.actions()
	from := len(t.src) - len(afterLines(t.src, line-1))
	all = slices.DeleteFunc(all, func(a action) bool { return a.end <= from })
	parsed := 0
	i := sort.Search(len(all), func(i int) bool {
		parsed += all[i].end
		return parsed <= mostPrefixes && t.refuses(all[i].end)
	})
	if parsed > mostPrefixes || i == len(all) {
		return -1
	}
	return all[i].start
}

// refuses reports whether the parser finds a mistake in the first end bytes.
func (t *Text) refuses(end int) bool {
	p := parse.New(mainName)
	p.Mode = parse.SkipFuncCheck
	_, err := p.Parse(t.src[:end], t.lang.Left, t.lang.Right, map[string]*parse.Tree{})
	return err != nil && !strings.HasSuffix(err.Error(), "unexpected EOF")
}

// afterLines returns s without its first n lines.
func afterLines(s string, n int) string {
	for range n {
		_, s, _ = strings.Cut(s, "\n")
	}
	return s
}

// An action is the place of one {{ }}.
type action struct{ start, end int }

// actions finds the actions of the text: what stands between delimiters,
// closing ones in quotes left aside.
func (t *Text) actions() []action {
	var found []action
	for i := 0; ; {
		next := strings.Index(t.src[i:], t.lang.Left)
		if next < 0 {
			return found
		}
		start := i + next
		i = start + len(t.lang.Left)
		if rest := strings.TrimLeft(strings.TrimPrefix(t.src[i:], "-"), " "); strings.HasPrefix(rest, "/*") {
			end := strings.Index(t.src[i:], "*/")
			if end < 0 {
				return append(found, action{start, len(t.src)})
			}
			i += end
		}
		quote := byte(0)
		for ; i < len(t.src); i++ {
			c := t.src[i]
			switch {
			case quote == 0 && strings.HasPrefix(t.src[i:], t.lang.Right):
				i += len(t.lang.Right)
				found = append(found, action{start, i})
				quote = 1 // done
			case quote == 0 && (c == '"' || c == '`' || c == '\''):
				quote = c
			case quote != 0 && c == '\\' && quote != '`':
				i++
			case c == quote, quote != 0 && quote != '`' && c == '\n':
				quote = 0
			}
			if quote == 1 {
				break
			}
		}
		if quote != 1 {
			return append(found, action{start, len(t.src)})
		}
	}
}

// keyword returns the first word of an action's inside.
func keyword(s string) string {
	s = strings.TrimLeft(strings.TrimPrefix(s, "-"), " \t\r\n")
	end := 0
	for end < len(s) && s[end] >= 'a' && s[end] <= 'z' {
		end++
	}
	return s[:end]
}

// blocks calls f at each action that opens or ends a block, with what is open
// then: the offsets of its openers.
func (t *Text) blocks(f func(open []int)) {
	var open []int
	for _, a := range t.actions() {
		switch keyword(t.src[a.start+len(t.lang.Left) : a.end]) {
		case "if", "range", "with", "block", "define":
			open = append(open, a.start)
		case "end":
			open = open[:max(0, len(open)-1)]
		default:
			continue
		}
		f(open)
	}
}

// neverEnded returns the offset of the innermost block that is not ended, or -1.
func (t *Text) neverEnded() int {
	at := -1
	t.blocks(func(open []int) {
		at = -1
		if len(open) > 0 {
			at = open[len(open)-1]
		}
	})
	return at
}

// walls refuses, before the parser sees them, blocks in blocks in blocks, over
// which it recurses, and more variables than it can look up.
func (t *Text) walls() (e *diag.Error) {
	if strings.Count(t.src, t.lang.Left) <= maxBlocks {
		return nil
	}
	refuse := func(off int, msg string) {
		if e == nil {
			e = t.fault(off, "split it into partials", msg)
			e.Code = diag.Limit
		}
	}
	t.blocks(func(open []int) {
		if len(open) > maxBlocks {
			refuse(open[len(open)-1], fmt.Sprintf("over %d blocks within each other", maxBlocks))
		}
	})
	declared := 0
	for _, a := range t.actions() {
		if declared += strings.Count(t.src[a.start:a.end], ":="); declared > maxDeclared {
			refuse(a.start, fmt.Sprintf("over %d variables", maxDeclared))
		}
	}
	return e
}

// execError turns an error of an execution, which counts columns in bytes from
// 0, into a mistake at its place. It may lie in a partial.
func (t *Text) execError(err error) error {
	at, line, col, msg := t, 1, 1, err.Error()
	if m := execPrefix().FindStringSubmatch(msg); m != nil {
		msg = msg[len(m[0]):]
		at = t.named(m[1])
		line, _ = strconv.Atoi(m[2])
		bytes, _ := strconv.Atoi(m[3])
		col = diag.Column(diag.LineOf(at.src, line), bytes)
	}
	var ours mistake
	if errors.As(err, &ours) {
		msg = ours.Error()
	}
	var over *limit
	if !errors.As(err, &over) {
		return at.place(line, col, "", callPrefix().ReplaceAllString(msg, ""))
	}
	e := at.place(line, col, smaller, over.msg)
	e.Code = diag.Limit
	return e
}

// named returns t, or the partial of that name.
func (t *Text) named(name string) *Text {
	if p := t.lang.Partials; p != nil && p.byName[strings.TrimPrefix(name, "/")] != nil {
		return p.byName[strings.TrimPrefix(name, "/")]
	}
	return t
}

// lazy compiles a pattern when it is first used: most runs use few.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
