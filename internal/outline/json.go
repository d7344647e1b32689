package outline

import (
	"encoding/json"
	"sort"
	"strconv"
	"strings"
)

// A jsonReader goes through the tokens of a JSON text.
type jsonReader struct {
	*doc
	*json.Decoder
	ends []int // of lines, as offsets
}

func (d *doc) json(text string) bool {
	if !json.Valid([]byte(text)) { // nested at most 10,000 deep
		return false
	}
	r := jsonReader{doc: d, Decoder: json.NewDecoder(strings.NewReader(text)), ends: lineEnds(text)}
	r.UseNumber()
	t := r.next()
	if t == json.Delim('{') {
		return r.object("", r.line(), 1)
	}
	value, ok := r.value(t, 0) // there are no keys at the top
	d.Values[""] = value
	return ok
}

// next is the next token: the text is valid, so there is one.
func (r jsonReader) next() json.Token {
	t, _ := r.Token()
	return t
}

// line is the line, from 0, at which the last token ended.
func (r jsonReader) line() int { return lineAt(r.ends, int(r.InputOffset())-1) }

// object reads the members of an object that began at line, and its brace.
func (r jsonReader) object(path string, line, depth int) bool {
	if depth > maxDepth {
		return false
	}
	seen := map[string]bool{}
	for r.More() {
		name, _ := r.next().(string)
		if seen[name] {
			return false
		}
		seen[name] = true
		at, start := below(path, name), r.line()
		r.key(start, at)
		t := r.next()
		if t == json.Delim('{') {
			if !r.object(at, start, depth+1) {
				return false
			}
			continue
		}
		value, ok := r.value(t, depth)
		if !ok {
			return false
		}
		r.Values[at] = value
	}
	r.next()
	if end := r.line(); end > line {
		r.key(end, path+"\x00}")
	}
	if len(seen) == 0 {
		r.Values[path] = "{}"
	}
	return true
}

// value writes the value that begins with t without what may differ between
// equal ones.
func (r jsonReader) value(t json.Token, depth int) (string, bool) {
	switch t := t.(type) {
	case string:
		return strconv.Quote(t), true
	case json.Number:
		return t.String(), true
	case bool:
		return strconv.FormatBool(t), true
	case nil:
		return "null", true
	}
	if depth >= maxDepth {
		return "", false
	}
	var b strings.Builder
	open := t.(json.Delim)
	b.WriteString(open.String())
	seen := map[string]bool{}
	for r.More() {
		next := r.next()
		if name, ok := next.(string); ok && open == '{' {
			if seen[name] {
				return "", false
			}
			seen[name] = true
			b.WriteString(strconv.Quote(name) + ":")
			next = r.next()
		}
		value, ok := r.value(next, depth+1)
		if !ok {
			return "", false
		}
		b.WriteString(value + ",")
	}
	r.next()
	b.WriteString(map[json.Delim]string{'{': "}", '[': "]"}[open])
	return b.String(), true
}

// lineEnds returns the offsets of the line ends of text.
func lineEnds(text string) []int {
	var ends []int
	for i := range len(text) {
		if text[i] == '\n' {
			ends = append(ends, i)
		}
	}
	return ends
}

func lineAt(ends []int, offset int) int {
	return sort.SearchInts(ends, offset)
}
