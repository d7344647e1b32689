package outline

import (
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// A tomlReader goes through the expressions of a TOML text.
type tomlReader struct {
	*doc
	tables
	ends     []int                       // of lines, as offsets
	table    string                      // the path of the table that keys belong to
	array    string                      // the array of tables that it is part of, or empty
	elements map[string]*strings.Builder // what arrays of tables hold, by path
}

func (d *doc) toml(text string) bool {
	r := &tomlReader{doc: d, tables: tables{}, ends: lineEnds(text), elements: map[string]*strings.Builder{}}
	var p unstable.Parser
	for p.Reset([]byte(text)); p.NextExpression(); {
		if !r.expression(p.Expression()) {
			return false
		}
	}
	for path, b := range r.elements {
		d.Values[path] = b.String()
	}
	return p.Error() == nil
}

func (r *tomlReader) expression(e *unstable.Node) bool {
	var parts []string
	offset := 0
	for it := e.Key(); it.Next(); {
		if len(parts) == 0 {
			offset = int(it.Node().Raw.Offset)
		}
		parts = append(parts, string(it.Node().Data))
	}
	line := lineAt(r.ends, offset)
	if len(parts) > maxDepth {
		return false
	}
	switch e.Kind {
	case unstable.Table:
		return r.header(parts, line)
	case unstable.ArrayTable:
		return r.element(parts, line)
	}
	path, ok := r.assign(r.table, parts)
	if !ok {
		return false
	}
	value, ok := tomlValue(e.Value(), 0)
	if ok && r.array != "" {
		r.elements[r.array].WriteString(path + "=" + value + "\n")
		return true
	}
	r.key(line, path)
	r.Values[path] = value
	return ok
}

// header begins a table.
func (r *tomlReader) header(parts []string, line int) bool {
	path, array, ok := r.walk(parts)
	if !ok || r.tables[path].kind != nothing && r.tables[path].kind != implied {
		return false
	}
	r.tables[path] = table{kind: headed}
	r.table, r.array = path, array
	if array != "" {
		r.elements[array].WriteString(path + "\n")
		return true
	}
	r.key(line, path)
	r.Values[path+"\x00["] = ""
	return true
}

// element begins a table of an array.
func (r *tomlReader) element(parts []string, line int) bool {
	path, array, ok := r.walk(parts)
	t := r.tables[path]
	if !ok || t.kind != nothing && t.kind != listed {
		return false
	}
	r.tables[path] = table{listed, t.elements + 1}
	r.table, r.array = t.last(path, t.elements), array
	if array == "" {
		r.array = path
		r.key(line, r.table)
	}
	if r.elements[r.array] == nil {
		r.elements[r.array] = &strings.Builder{}
	}
	r.elements[r.array].WriteString(r.table + "\n")
	return true
}

// Tables remember what each path is, so that nothing is defined twice.
type tables map[string]table

type table struct {
	kind     kind
	elements int // of an array of tables
}

type kind uint8

const (
	nothing kind = iota
	implied      // a table, by the header of one below it
	headed       // a table with a header
	dotted       // a table made by a dotted key
	listed       // an array of tables
	value        // anything else
)

func (t table) last(path string, n int) string { return below(path, "#"+strconv.Itoa(n)) }

// walk returns the path that a header names, and the outermost array of tables
// on the way to it.
func (t tables) walk(parts []string) (path, array string, ok bool) {
	for i, part := range parts {
		path = below(path, part)
		if i == len(parts)-1 {
			break
		}
		switch at := t[path]; at.kind {
		case nothing:
			t[path] = table{kind: implied}
		case value:
			return "", "", false
		case listed:
			if array == "" {
				array = path
			}
			path = at.last(path, at.elements-1)
		}
	}
	return path, array, true
}

// assign defines a key, which may be dotted, of the table at path.
func (t tables) assign(path string, parts []string) (string, bool) {
	last := len(parts) - 1
	for _, part := range parts[:last] {
		path = below(path, part)
		switch t[path].kind {
		case nothing:
			t[path] = table{kind: dotted}
		case dotted:
		default:
			return "", false
		}
	}
	path = below(path, parts[last])
	fresh := t[path].kind == nothing
	t[path] = table{kind: value}
	return path, fresh
}

// tomlValue writes n down without what may differ between equal ones.
func tomlValue(n *unstable.Node, depth int) (string, bool) {
	if depth > maxDepth {
		return "", false
	}
	if n.Kind != unstable.Array && n.Kind != unstable.InlineTable {
		return n.Kind.String() + strconv.Quote(string(n.Data)), true
	}
	var b strings.Builder
	seen := tables{}
	b.WriteString(n.Kind.String())
	for it := n.Children(); it.Next(); {
		child := it.Node()
		if child.Kind == unstable.KeyValue {
			var parts []string
			for key := child.Key(); key.Next(); {
				parts = append(parts, string(key.Node().Data))
			}
			path, ok := seen.assign("", parts)
			if !ok {
				return "", false
			}
			b.WriteString(strconv.Quote(path) + "=")
			child = child.Value()
		}
		v, ok := tomlValue(child, depth+1)
		if !ok {
			return "", false
		}
		b.WriteString(v + ",")
	}
	return b.String() + "]", true
}
