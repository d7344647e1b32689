package outline

import (
	"encoding/json"
	"io"
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
	t, err := r.Token()
	if err != nil {
		return false
	}
	if t != json.Delim('{') { // no keys at the top
		value, ok := r.value(t, 0)
		return ok && d.set("", value)
	}
	return r.object("", r.line(), 1)
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
		t, err := r.Token()
		name, _ := t.(string)
		if err != nil || seen[name] {
			return false
		}
		seen[name] = true
		at, start := below(path, name), r.line()
		r.key(start, at)
		if t, err = r.Token(); err != nil {
			return false
		}
		if t == json.Delim('{') {
			if !r.object(at, start, depth+1) {
				return false
			}
			continue
		}
		value, ok := r.value(t, depth)
		if !ok || !r.set(at, value) {
			return false
		}
	}
	if _, err := r.Token(); err != nil && err != io.EOF {
		return false
	}
	if end := r.line(); end > line {
		r.key(end, path+"\x00}")
	}
	return len(seen) > 0 || r.set(path, "{}")
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
		next, err := r.Token()
		if err != nil {
			return "", false
		}
		if name, ok := next.(string); ok && open == '{' {
			if seen[name] {
				return "", false
			}
			seen[name] = true
			b.WriteString(strconv.Quote(name) + ":")
			if next, err = r.Token(); err != nil {
				return "", false
			}
		}
		value, ok := r.value(next, depth+1)
		if !ok {
			return "", false
		}
		b.WriteString(value + ",")
	}
	end, err := r.Token()
	if err != nil {
		return "", false
	}
	b.WriteString(end.(json.Delim).String())
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
