package yaml

import (
	"strings"

	"example.com/gen/internal/diag"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

var (
	integer = lazy(`^-?(0|[1-9][0-9]*)$`)
	number  = lazy(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
)

// kindOf returns what a plain scalar is.
func kindOf(text string) Kind {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return Null
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return Bool
	}
	switch {
	case integer().MatchString(text):
		return Int
	case number().MatchString(text):
		return Float
	}
	return String
}

// node turns the library's node into ours. owner is the key or dash that holds
// it.
func (r *reader) node(n ast.Node, owner diag.Pos) *Node {
	switch n := n.(type) {
	case *ast.MappingNode:
		if n.IsFlowStyle || len(n.Values) == 0 {
			owner = r.pos(n.Start)
		}
		return r.pairs(n.Values, owner)
	case *ast.SequenceNode:
		return r.list(n)
	case *ast.LiteralNode:
		return r.checked(&Node{Kind: String, Pos: owner, Text: n.Value.Value, Quoted: true})
	}
	return r.scalar(n.GetToken(), owner)
}

func (r *reader) list(n *ast.SequenceNode) *Node {
	list := &Node{Kind: List, Pos: r.pos(n.Start)}
	for i, v := range n.Values {
		at := list.Pos
		if !n.IsFlowStyle && i < len(n.Entries) {
			at = r.pos(n.Entries[i].Start)
		}
		list.Items = append(list.Items, r.node(v, at))
	}
	return list
}

// pairs builds a map; keys that are equal are mistakes.
func (r *reader) pairs(values []*ast.MappingValueNode, at diag.Pos) *Node {
	m := &Node{Kind: Map, Pos: at}
	seen := make(map[string]int, len(values))
	for _, v := range values {
		key := r.scalar(v.Key.GetToken(), at)
		if key.Kind == Null && !key.Quoted {
			r.fail(key.Pos, "write a key before the colon", "a key is missing")
		}
		if line, ok := seen[key.Text]; ok {
			r.fail(key.Pos, "keep one of them", "the key %q is already in line %d", key.Text, line)
		} else {
			seen[key.Text] = key.Pos.Line
		}
		m.Pairs = append(m.Pairs, Pair{Key: key.Text, At: key.Pos, Value: r.node(v.Value, key.Pos)})
	}
	return m
}

// scalar turns a token into a node; owner is the place of one that is absent.
func (r *reader) scalar(tk *token.Token, owner diag.Pos) *Node {
	switch tk.Type {
	case token.ImplicitNullType:
		return &Node{Pos: owner}
	case token.SingleQuoteType, token.DoubleQuoteType:
		n := r.located(&Node{Kind: String, Pos: r.pos(tk), Text: tk.Value, Quoted: true})
		if tk.Type == token.DoubleQuoteType {
			r.escapes(n)
		}
		return r.checked(n)
	}
	n := r.located(&Node{Kind: kindOf(tk.Value), Pos: r.pos(tk), Text: tk.Value})
	if strings.Contains(strings.TrimSpace(tk.Origin), "\t") { // the lexer drops it
		r.fail(n.Pos, "quote the value, or use spaces", "a tab in a value without quotes")
	}
	return n
}

// located fills in where the text stands.
func (r *reader) located(n *Node) *Node {
	at := n.Pos
	if n.Quoted {
		at.Col++
	}
	if rest, _ := skip(r.lines[at.Line-1], at.Col-1); strings.HasPrefix(rest, n.Text) {
		n.Inner = at
	}
	return n
}

// checked refuses control characters that an escape put into a string.
func (r *reader) checked(n *Node) *Node {
	if i := strings.IndexFunc(n.Text, control); i >= 0 {
		r.fail(n.Pos, "remove it", "the string holds the control character %U", []rune(n.Text[i:])[0])
	}
	return n
}

// escaped matches what a line of a double-quoted string may hold.
var escaped = lazy(`^(?:[^"\\]|\\(?:x[0-9A-Fa-f]{2}` +
	`|u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|u(?:[dD][0-7]|[0-9A-CE-Fa-ce-f][0-9A-Fa-f])[0-9A-Fa-f]{2}` +
	`|U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}|[^xuU]|$))*`)

// escapes checks the escapes of a double-quoted string, of which the lexer takes
// any letters for digits.
func (r *reader) escapes(n *Node) {
	rest, _ := skip(r.lines[n.Pos.Line-1], n.Pos.Col)
	rest = rest[len(escaped().FindString(rest)):]
	for i := n.Pos.Line; rest == "" && i < len(r.lines); i++ {
		rest = r.lines[i]
		rest = rest[len(escaped().FindString(rest)):]
	}
	if strings.HasPrefix(rest, `\`) {
		r.fail(n.Pos, brokenEscape, "a broken escape in a quoted string")
	}
}
