// Package yaml is the wall in front of every YAML or JSON text that gen reads:
// manifests, records and answers files.
//
// Size, tokens and depth are checked over the lexer's tokens before anything is
// parsed; anchors, aliases, tags, merge keys, directives and second documents
// are refused, and so are equal keys, with both places.
//
// A plain scalar means the same in every YAML reader, or it is a string: null,
// ~ and nothing are Null; true and false (also True, TRUE, False, FALSE) are
// Bool; the numbers of JSON are Int or Float. All else is a String as written:
// no, 010, 0x10, 1_000 and 2026-11-23 too.
package yaml

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"example.com/gen/internal/diag"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits bound a text before it is parsed.
type Limits struct{ Bytes, Tokens, Depth int }

// The limits of what gen reads.
var (
	Manifest = Limits{Bytes: 64 << 10, Tokens: 8_000, Depth: 32}
	Answers  = Limits{Bytes: 256 << 10, Tokens: 8_000, Depth: 8}
	Record   = Limits{Bytes: 512 << 10, Tokens: 50_000, Depth: 8}
)

// Kind is what a node is.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	String
	Int
	Float
	Bool
	List
	Map
)

// String returns the kind in words, such as "a list".
func (k Kind) String() string {
	return [...]string{"nothing", "a string", "an integer", "a number with a fraction", "true or false", "a list", "a map"}[k]
}

// A Node is one value with its place. Positions count from 1.
type Node struct {
	Kind   Kind
	Pos    diag.Pos // of a string over several lines: its key's or dash's
	Text   string   // of a scalar: its value as text (a plain scalar as it was written)
	Quoted bool     // a quoted scalar or a block scalar: certainly a string
	Inner  diag.Pos // where Text begins if it stands in one line as it is, else zero
	Items  []*Node  // of a List
	Pairs  []Pair   // of a Map, in the order of the text
}

// A Pair is one key of a map with its value.
type Pair struct {
	Key   string
	At    diag.Pos
	Value *Node
}

// Get returns the value of a map's key, nil if there is none.
func (n *Node) Get(key string) *Node {
	i := slices.IndexFunc(n.Pairs, func(p Pair) bool { return p.Key == key })
	if i < 0 {
		return nil
	}
	return n.Pairs[i].Value
}

// Parse reads src, the contents of the file called name. An empty document is
// a Null node. All mistakes it can see are returned, each with code, place and
// excerpt.
func Parse(name string, src []byte, l Limits, code diag.Code) (*Node, diag.List) {
	r := &reader{name: name, code: code, limits: l}
	text := r.clean(src)
	var tokens token.Tokens
	if len(r.errs) == 0 {
		tokens = r.scan(text)
	}
	var n *Node
	if len(r.errs) == 0 {
		n = r.parse(tokens)
	}
	if len(r.errs) == 0 {
		return n, nil
	}
	slices.SortStableFunc(r.errs, byPlace)
	return nil, r.errs
}

// A reader holds one text on its way to nodes.
type reader struct {
	name    string
	code    diag.Code
	limits  Limits
	foreign bool // not written for gen: all of YAML is allowed
	lines   []string
	errs    diag.List
}

// enough mistakes are enough: a text that is something else has no end of them.
const enough = 50

// fail notes a mistake; several at one place are one.
func (r *reader) fail(at diag.Pos, hint, format string, args ...any) {
	at.File = r.name
	if len(r.errs) == enough || slices.ContainsFunc(r.errs, func(e *diag.Error) bool { return e.Pos == at }) {
		return
	}
	e := &diag.Error{Code: r.code, Pos: at, Msg: fmt.Sprintf(format, args...), Hint: hint}
	if at.Line > 0 {
		e.Line = r.lines[at.Line-1]
	}
	r.errs = append(r.errs, e)
}

func byPlace(a, b *diag.Error) int {
	return cmp.Or(a.Pos.Line-b.Pos.Line, a.Pos.Col-b.Pos.Col)
}

// parse runs the library's parser over tokens that passed the wall. What it
// panics at is a mistake like any other.
func (r *reader) parse(tokens token.Tokens) *Node {
	start := diag.Pos{File: r.name, Line: 1, Col: 1}
	defer func() {
		if recover() != nil {
			r.fail(start, "write it in a simpler form", "this is not YAML that can be read")
		}
	}()
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	var at interface {
		GetToken() *token.Token
		GetMessage() string // Error holds an excerpt
	}
	switch {
	case errors.As(err, &at):
		r.invalid(at.GetToken(), at.GetMessage())
		return nil
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		return &Node{Pos: start}
	}
	return r.node(file.Docs[0].Body, start)
}

const brokenEscape = `write \\ for a backslash and \uXXXX with hexadecimal digits, in pairs beyond U+FFFF; or use single quotes`

// plain says in plain words what the library says in its own.
var plain = []struct{ has, msg, hint string }{
	{"tab|\t", "a tab where YAML wants spaces", "indent with spaces"},
	{"end character of", "a quote is opened and never closed", "close it, or quote the whole value with the other kind of quotes"},
	{"escape|surrogate", "a broken escape in a quoted string", brokenEscape},
	{"reserved character", "a value cannot begin with this character", "quote the value"},
	{"document separator", "a document separator inside a value", "indent or quote it"},
	{"sequence end token", "a [ is never closed", "close it with ]"},
	{"flow mapping end", "a { is never closed", "close it with }; quote a value that begins with {"},
	{"'[' character", "a ] without a [", "remove it, or quote the value"},
	{"'{' character", "a } without a {", "remove it, or quote the value"},
	{"',' or", "a comma is missing in [ ] or { }", "separate values with commas; quote one that holds brackets"},
	{"multi-line|space only", "a text over several lines is indented in a way that YAML does not know", "indent its lines alike, deeper than the key"},
	{"value is not allowed", "this does not belong to the value before it", "check the indentation; quote a value that holds a colon and a space"},
	{"non-map value|key", "a key: value is expected here", "check the indentation; a key ends in a colon and a space"},
	{"", "this is not YAML that can be read", "check the indentation; quote a value that begins with { or holds a colon and a space"},
}

// invalid reports a token that the library refuses.
func (r *reader) invalid(tk *token.Token, msg string) {
	at := r.pos(tk)
	for _, p := range plain {
		if slices.ContainsFunc(strings.Split(p.has, "|"), func(has string) bool { return strings.Contains(msg, has) }) {
			r.fail(at, p.hint, "%s", p.msg)
			return
		}
	}
}

// lazy compiles a pattern when it is first used: most runs use few.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
