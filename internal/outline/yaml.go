package outline

import (
	"strconv"
	"strings"

	"example.com/gen/internal/yaml"
	"github.com/goccy/go-yaml/ast"
)

// yamlLimits keep the library's parser, whose time grows with the square of the
// keys of a map, below half a second.
var yamlLimits = yaml.Limits{Bytes: 256 << 10, Tokens: 20_000, Depth: maxDepth}

// A yamlReader goes through the documents of a YAML text.
type yamlReader struct {
	*doc
	anchors map[string]bool // of this document, so far
}

func (d *doc) yaml(text string) bool {
	file, ok := yaml.File(text, yamlLimits)
	if !ok {
		return false
	}
	for i, document := range file.Docs {
		path := ""
		if i > 0 {
			path = below("", "---"+strconv.Itoa(i))
		}
		r := yamlReader{d, map[string]bool{}}
		if document.Body != nil && !r.node(document.Body, path) {
			return false
		}
	}
	return true
}

// node reads a value of which each key has lines of its own, or any other.
func (r yamlReader) node(n ast.Node, path string) bool {
	switch n := n.(type) {
	case *ast.AnchorNode:
		name := n.Name.GetToken().Value
		r.Values[path+"\x00&"] = name
		ok := r.node(n.Value, path)
		r.anchors[name] = true
		return ok
	case *ast.TagNode:
		r.Values[path+"\x00!"] = n.Start.Value
		return r.node(n.Value, path)
	case *ast.MappingNode:
		if n.IsFlowStyle || len(n.Values) == 0 {
			break
		}
		seen := map[string]bool{}
		for _, pair := range n.Values {
			name, ok := yamlKey(pair.Key)
			if !ok || seen[name] {
				return false
			}
			seen[name] = true
			at := below(path, name)
			r.key(pair.Key.GetToken().Position.Line-1, at)
			if !r.node(pair.Value, at) {
				return false
			}
		}
		return true
	}
	var b strings.Builder
	ok := r.value(&b, n)
	r.Values[path] = b.String()
	return ok
}

// yamlKey is false for keys that are more than one word.
func yamlKey(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode, *ast.MergeKeyNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// value writes n down without what may differ between equal ones.
func (r yamlReader) value(b *strings.Builder, n ast.Node) bool {
	switch n := n.(type) {
	case nil:
		b.WriteString("null")
	case *ast.AnchorNode:
		name := n.Name.GetToken().Value
		b.WriteString("&" + name + " ")
		ok := r.value(b, n.Value)
		r.anchors[name] = true
		return ok
	case *ast.TagNode:
		b.WriteString(n.Start.Value + " ")
		return n.Value == nil || r.value(b, n.Value)
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		b.WriteString("*" + name)
		return r.anchors[name]
	case *ast.MappingNode:
		return r.pairs(b, n)
	case *ast.SequenceNode:
		b.WriteString("[")
		for _, v := range n.Values {
			if !r.value(b, v) {
				return false
			}
			b.WriteString(",")
		}
		b.WriteString("]")
	case *ast.LiteralNode:
		b.WriteString(n.Start.Value + strconv.Quote(n.Value.Value))
	default:
		b.WriteString(n.Type().String() + strconv.Quote(n.GetToken().Value))
	}
	return true
}

func (r yamlReader) pairs(b *strings.Builder, n *ast.MappingNode) bool {
	seen := map[string]bool{}
	b.WriteString("{")
	for _, pair := range n.Values {
		name, ok := yamlKey(pair.Key)
		if !ok || seen[name] {
			return false
		}
		seen[name] = true
		b.WriteString(strconv.Quote(name) + ":")
		if !r.value(b, pair.Value) {
			return false
		}
		b.WriteString(",")
	}
	b.WriteString("}")
	return true
}
