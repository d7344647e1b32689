// Package yaml is the wall in front of every YAML or JSON text that gen reads:
// manifests, records and answers files.
//
// Size, tokens and depth are checked over the lexer's tokens before anything is
// parsed; anchors, aliases, tags, merge keys, directives and second documents
// are refused, and so are equal keys, with both places.
package yaml

import "example.com/gen/internal/diag"

// Limits bound a text before it is parsed.
type Limits struct{ Bytes, Tokens, Depth int }

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

// A Node is one value with its place. Positions count from 1.
type Node struct {
	Kind   Kind
	Pos    diag.Pos
	Text   string  // of a scalar: its value as text (a plain scalar as it was written)
	Quoted bool    // a quoted scalar or a block scalar: certainly a string
	Block  bool    // a string over several lines: Pos is its key's or dash's
	Items  []*Node // of a List
	Pairs  []Pair  // of a Map, in the order of the text
}

// A Pair is one key of a map with its value.
type Pair struct {
	Key   string
	At    diag.Pos
	Value *Node
}

// Parse reads src, the contents of the file called name. An empty document is
// a Null node. All mistakes it can see are returned, each with code, place and
// excerpt.
func Parse(name string, src []byte, l Limits, code diag.Code) (*Node, diag.List) { panic("unwritten") }
