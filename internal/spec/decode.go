package spec

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/text"
	"example.com/gen/internal/yaml"
)

// keys are those of each map of the manifest, in the order of the format's
// page. schema.json has the same.
var keys = map[string][]string{
	"template":  {"format", "name", "version", "description", "requires", "questions", "computed", "files", "next"},
	"question":  {"name", "type", "prompt", "help", "group", "default", "validate", "choices", "when", "was", "ask", "suggest"},
	"rule":      {"rule", "message"},
	"choice":    {"value", "label", "was"},
	"file rule": {"path", "when", "update", "executable", "delimiters", "was"},
}

func (l *loader) fail(at diag.Pos, hint, format string, args ...any) {
	l.errs = append(l.errs, &diag.Error{Code: diag.Manifest, Pos: at, Msg: fmt.Sprintf(format, args...), Hint: hint, Line: l.line(at)})
}

// line returns the line of the manifest at a place.
func (l *loader) line(at diag.Pos) string {
	if at.File != manifest || at.Line < 1 || at.Line > len(l.lines) {
		return ""
	}
	return l.lines[at.Line-1]
}

// suggestion returns what was likely meant, or otherwise.
func suggestion(word string, known []string, otherwise string) string {
	if s := diag.Suggest(word, known); s != "" {
		return "did you mean " + s + "?"
	}
	return otherwise
}

// isMap checks that n is a map with the keys of what.
func (l *loader) isMap(n *yaml.Node, what string) bool {
	if n.Kind != yaml.Map {
		l.fail(n.Pos, "write key: value", "a %s must be a map, not %s", what, n.Kind)
		return false
	}
	for _, p := range n.Pairs {
		if !slices.Contains(keys[what], p.Key) {
			l.fail(p.At, suggestion(p.Key, keys[what], "a "+what+" has the keys "+strings.Join(keys[what], ", ")),
				"a %s has no key %q", what, p.Key)
		}
	}
	return true
}

// need returns the value of a key that must be there.
func (l *loader) need(n *yaml.Node, what, key string) *yaml.Node {
	v := n.Get(key)
	if v == nil {
		l.fail(n.Pos, "add "+key+":", "the %s has no %s", what, key)
	}
	return v
}

func (l *loader) isString(n *yaml.Node, what string) bool {
	switch n.Kind {
	case yaml.String:
		return true
	case yaml.Null:
		l.fail(n.Pos, "write a value, or remove the key", "%s has no value", what)
	case yaml.List, yaml.Map:
		l.fail(n.Pos, "write one string", "%s must be a string, not %s", what, n.Kind)
	default:
		l.fail(n.Pos, fmt.Sprintf("quote it: %q", n.Text), "%s must be a string, but YAML reads %s as %s", what, n.Text, n.Kind)
	}
	return false
}

// str returns a string, "" if the key is absent or wrong.
func (l *loader) str(n *yaml.Node, key string) string {
	v := n.Get(key)
	if v == nil || !l.isString(v, key) {
		return ""
	}
	return v.Text
}

// words returns a string that must be one line.
func (l *loader) words(n *yaml.Node, key string) string {
	s := l.str(n, key)
	if strings.Contains(s, "\n") {
		l.fail(n.Get(key).Pos, "write it in one line", "%s must be one line", key)
	}
	return s
}

func (l *loader) boolean(n *yaml.Node, key string, otherwise bool) bool {
	v := n.Get(key)
	if v == nil {
		return otherwise
	}
	if v.Kind != yaml.Bool {
		l.fail(v.Pos, "write true or false", "%s must be true or false", key)
		return otherwise
	}
	return isTrue(v)
}

func isTrue(n *yaml.Node) bool { return strings.EqualFold(n.Text, "true") }

// list returns the items of a list; none if the key is absent or wrong.
func (l *loader) list(n *yaml.Node, key string) []*yaml.Node {
	v := n.Get(key)
	if v == nil {
		return nil
	}
	if v.Kind != yaml.List {
		l.fail(v.Pos, "write [a, b], or one item a line after a dash", "%s must be a list, not %s", key, v.Kind)
		return nil
	}
	return v.Items
}

// strings returns a list of strings.
func (l *loader) strings(n *yaml.Node, key string) []string {
	var out []string
	for _, v := range l.list(n, key) {
		if l.isString(v, "an item of "+key) {
			out = append(out, v.Text)
		}
	}
	return out
}

// A place is where a scalar's first character stands. If it is not in one
// line as written, mistakes within it are shown at its beginning.
type place struct {
	at     diag.Pos
	inline bool
}

// col returns the place of the scalar's character n, from 0.
func (p place) col(n int) diag.Pos {
	if p.inline {
		p.at.Col += n
	}
	return p.at
}

func (l *loader) locate(n *yaml.Node) place {
	p := place{at: n.Pos}
	if n.Block {
		return p
	}
	rest := []rune(l.line(n.Pos))
	rest = rest[min(n.Pos.Col-1, len(rest)):]
	if n.Quoted && len(rest) > 0 {
		rest = rest[1:]
	}
	if strings.HasPrefix(string(rest), n.Text) {
		p.inline = true
		if n.Quoted {
			p.at.Col++
		}
	}
	return p
}

// text compiles a scalar as text/template. Names outside the scope are
// mistakes.
func (l *loader) text(n *yaml.Node, what string, s scope) *text.Text {
	if n == nil || !l.isString(n, what) {
		return nil
	}
	p := l.locate(n)
	t, errs := text.Parse(p.at, n.Text, text.Lang{Vars: l.all, Inline: true, Fixed: !p.inline})
	for _, e := range errs {
		e.Line = l.line(e.Pos)
	}
	if l.errs = append(l.errs, errs...); len(errs) > 0 {
		return nil
	}
	if s.later == nil {
		return t
	}
	if genVar().MatchString(n.Text) {
		s.later("gen", p.of(n.Text, "gen"))
	}
	for _, name := range t.Names() {
		if _, ok := s.vars[name]; !ok {
			s.later(name, p.of(n.Text, name))
		}
	}
	return t
}

var genVar = lazy(`\{\{[^{}]*\.gen\b`) // [text.Text.Names] leaves it out

// of returns the place of a variable within the scalar.
func (p place) of(src, name string) diag.Pos {
	i := max(0, strings.Index(src, "."+name))
	return p.col(utf8.RuneCountInString(src[:i]))
}
