package merge

import (
	"slices"
	"strings"
)

// A weaver puts the pieces of both sides into one order: that of ours, and what
// is only in theirs after what it follows there.
type weaver struct {
	json  bool
	first Side // whose piece comes first where both sides added one
	out   []piece
	added map[string]bool // by path, what ours added
}

// weave returns the lines. It is false if a side removed a piece, or both
// changed one.
func (w *weaver) weave(base, ours, theirs []piece, after []string) ([]string, bool) {
	b, o, t := byPath(base), byPath(ours), byPath(theirs)
	for path := range b {
		if o[path] == nil || t[path] == nil {
			return nil, false
		}
	}
	w.added = map[string]bool{}
	for _, p := range ours {
		if t[p.path] == nil {
			w.added[p.path] = true
		} else if p.lines = w.pick(b[p.path], p.lines, t[p.path]); p.lines == nil {
			return nil, false
		}
		w.out = append(w.out, p)
	}
	for i, p := range theirs {
		if o[p.path] == nil {
			w.insert(p, theirs[:i])
		}
	}
	var lines []string
	for _, p := range w.out {
		lines = append(lines, p.lines...)
	}
	if w.json {
		lines = commas(lines, after)
	}
	return lines, true
}

func byPath(pieces []piece) map[string][]string {
	m := make(map[string][]string, len(pieces))
	for _, p := range pieces {
		m[p.path] = p.lines
	}
	return m
}

// pick returns the changed lines, nil if both sides changed them.
func (w *weaver) pick(base, ours, theirs []string) []string {
	switch {
	case w.equal(ours, theirs), w.equal(base, theirs):
		return ours
	case w.equal(base, ours):
		return theirs
	}
	return nil
}

// equal compares lines; in JSON a comma at the end says only what comes next.
func (w *weaver) equal(a, b []string) bool {
	if !w.json || len(a) == 0 || len(a) != len(b) {
		return slices.Equal(a, b)
	}
	last := len(a) - 1
	return slices.Equal(a[:last], b[:last]) && strings.TrimSuffix(a[last], ",") == strings.TrimSuffix(b[last], ",")
}

// insert adds a piece of theirs, which follows others there.
func (w *weaver) insert(p piece, follows []piece) {
	at := 0
	if len(follows) > 0 {
		before := follows[len(follows)-1].path
		at = 1 + slices.IndexFunc(w.out, func(q piece) bool { return q.path == before })
		for !isBelow(p.path, before) && at < len(w.out) && isBelow(w.out[at].path, before) {
			at++
		}
	}
	parent := p.path[:max(strings.LastIndex(p.path, "\x00"), 0)]
	for w.first == Ours && at < len(w.out) && w.added[w.out[at].path] && isBelow(w.out[at].path, parent) {
		at++
	}
	w.out = slices.Insert(w.out, at, p)
}

func isBelow(path, above string) bool { return strings.HasPrefix(path, above+"\x00") }

// commas puts commas where JSON wants them: after a line that ends in a value,
// if another key comes next.
func commas(lines, after []string) []string {
	next := ""
	if i := slices.IndexFunc(after, func(l string) bool { return strings.TrimSpace(l) != "" }); i >= 0 {
		next = strings.TrimSpace(after[i])
	}
	fixed := slices.Clone(lines)
	for i, l := range slices.Backward(lines) {
		text := strings.TrimSpace(l)
		if text == "" {
			continue
		}
		bare := strings.TrimSuffix(strings.TrimRight(l, " \t"), ",")
		switch {
		case strings.HasSuffix(bare, "{"), strings.HasSuffix(bare, "["), strings.HasSuffix(bare, ":"):
		case next != "" && strings.IndexByte("}],:", next[0]) >= 0:
			if bare != strings.TrimRight(l, " \t") {
				fixed[i] = bare
			}
		case next != "" && bare == strings.TrimRight(l, " \t"):
			fixed[i] = bare + ","
		}
		next = text
	}
	return fixed
}
