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

// A form is one kind of map in the manifest.
type form struct {
	max          int // in a template
	needed, keys []string
}

// forms has the keys in the order of the format's page. schema.json has the
// same.
var forms = map[string]form{
	"template":  {1, []string{"name", "version"}, []string{"format", "name", "version", "description", "requires", "questions", "computed", "files", "next"}},
	"question":  {200, []string{"name"}, []string{"name", "type", "prompt", "help", "group", "default", "validate", "choices", "when", "was", "ask", "suggest"}},
	"rule":      {200, []string{"rule", "message"}, []string{"rule", "message"}},
	"choice":    {1_000, []string{"value"}, []string{"value", "label", "was"}},
	"file rule": {200, []string{"path"}, []string{"path", "when", "update", "executable", "delimiters", "was"}},
}

type kind uint8

const (
	anything kind = iota // checked by its reader
	line                 // a string without line ends
	prose                // a string
	flag
	list
	lines // a list of strings
)

// values are what keys hold; a key holds the same in every form.
var values = map[string]kind{
	"name": line, "version": line, "description": line, "requires": line, "type": line, "prompt": line, "group": line,
	"suggest": line, "message": line, "value": line, "label": line, "path": line, "update": line,
	"help": prose, "next": prose, "rule": prose, "when": prose,
	"ask": flag, "executable": flag,
	"questions": list, "files": list, "validate": list, "choices": list,
	"was": lines, "delimiters": lines,
}

// allowed are all that some keys may hold.
var allowed = map[string][]string{
	"type":    typeNames,
	"suggest": {"git-user-name", "git-user-email"},
	"update":  {"merge", "until-edited", "replace"},
}

func (l *loader) fail(at diag.Pos, hint, format string, args ...any) {
	l.errs = append(l.errs, &diag.Error{Code: diag.Manifest, Pos: at, Msg: fmt.Sprintf(format, args...), Hint: hint, Line: l.line(at)})
}

// line returns the line of the manifest at a place.
func (l *loader) line(at diag.Pos) string { return l.lines[at.Line-1] }

// suggestion returns what was likely meant, or otherwise.
func suggestion(word string, known []string, otherwise string) string {
	if s := diag.Suggest(word, known); s != "" {
		return "did you mean " + s + "?"
	}
	return otherwise
}

// form checks a map of the manifest and returns it with the keys that are
// right, nil if it is no map.
func (l *loader) form(n *yaml.Node, what string) *yaml.Node {
	if n.Kind != yaml.Map {
		l.fail(n.Pos, "write key: value", "a %s must be a map, not %s", what, n.Kind)
		return nil
	}
	f := forms[what]
	for _, key := range f.needed {
		if n.Get(key) == nil {
			l.fail(n.Pos, "add "+key+":", "the %s has no %s", what, key)
		}
	}
	good := &yaml.Node{Kind: yaml.Map, Pos: n.Pos}
	for _, p := range n.Pairs {
		if !slices.Contains(f.keys, p.Key) {
			l.fail(p.At, suggestion(p.Key, f.keys, "a "+what+" has the keys "+strings.Join(f.keys, ", ")), "a %s has no key %q", what, p.Key)
		} else if l.fits(p.Value, p.Key) {
			good.Pairs = append(good.Pairs, p)
		}
	}
	return good
}

// forms checks a list of maps.
func (l *loader) forms(n *yaml.Node, key, what string) []*yaml.Node {
	var out []*yaml.Node
	for _, item := range get(n, key).Items {
		if l.count[what]++; l.count[what] > forms[what].max {
			l.fail(item.Pos, "remove some", "a template has at most %d %ss", forms[what].max, what)
			break
		}
		if good := l.form(item, what); good != nil {
			out = append(out, good)
		}
	}
	return out
}

// fits reports whether a value is what its key wants. A list that is none is
// an empty one from here on.
func (l *loader) fits(n *yaml.Node, key string) bool {
	kind, words := values[key], allowed[key]
	switch kind {
	case line, prose:
		switch {
		case !l.isString(n, key):
			return false
		case words != nil && !slices.Contains(words, n.Text):
			l.fail(n.Pos, suggestion(n.Text, words, "write one of "+strings.Join(words, ", ")), "%s cannot be %q", key, n.Text)
			return false
		case kind == line && strings.Contains(n.Text, "\n"):
			l.fail(n.Pos, "write it in one line", "%s must be one line", key)
		}
	case flag:
		if n.Kind != yaml.Bool {
			l.fail(n.Pos, "write true or false", "%s must be true or false", key)
			return false
		}
	case list, lines:
		if n.Kind != yaml.List {
			l.fail(n.Pos, "write [a, b], or one item a line after a dash", "%s must be a list, not %s", key, n.Kind)
		}
		wrong := func(v *yaml.Node) bool { return !l.isString(v, "an item of "+key) }
		return kind == list || !slices.ContainsFunc(n.Items, wrong)
	}
	return true
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

// get returns the value of a key, an empty node if there is none.
func get(n *yaml.Node, key string) *yaml.Node {
	if v := n.Get(key); v != nil {
		return v
	}
	return &yaml.Node{}
}

// texts returns the strings of a list.
func texts(n *yaml.Node) []string {
	var out []string
	for _, v := range n.Items {
		out = append(out, v.Text)
	}
	return out
}

func isTrue(n *yaml.Node) bool { return strings.EqualFold(n.Text, "true") }

// within returns the place of a scalar's character n, from 0; its beginning if it
// does not stand in one line as it is.
func within(v *yaml.Node, n int) diag.Pos {
	at := v.Inner
	if at.Col += n; at.Line == 0 {
		return v.Pos
	}
	return at
}

// A scope is what the text or expression of a question or computed value may
// name, with samples.
type scope struct {
	of   string
	vars map[string]any
}

// text compiles a scalar as text/template. Variables that no one knows and
// those outside the scope are mistakes.
func (l *loader) text(n *yaml.Node, s scope) *text.Text {
	t, errs := text.Parse(within(n, 0), n.Text, text.Lang{Vars: l.all, Inline: true, Fixed: n.Inner.Line == 0})
	for _, e := range errs {
		e.Line = l.line(e.Pos)
	}
	if l.errs = append(l.errs, errs...); len(errs) > 0 {
		return nil
	}
	for _, name := range t.Names() {
		if _, ok := s.vars[name]; !ok {
			before, _, _ := strings.Cut(n.Text, "."+name)
			l.early(s, name, within(n, utf8.RuneCountInString(before)))
		}
	}
	return t
}

// early reports a name that is known, but not yet; false if it never is.
func (l *loader) early(s scope, name string, at diag.Pos) bool {
	q := l.byName[name]
	switch {
	case name == s.of:
		l.fail(at, "use the answers before it; in a rule, value", "%q refers to itself", name)
	case q != nil:
		l.fail(at, fmt.Sprintf("move the question at %s:%d up", manifest, q.Pos.Line), "%q refers to %q, which is asked later", s.of, name)
	case l.all[name]:
		l.fail(at, "use the answers that it is made of", "%q refers to %q, which is computed later", s.of, name)
	default:
		return false
	}
	return true
}
