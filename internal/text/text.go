// Package text compiles and runs one piece of text/template.
//
// A [Text] is checked when it is parsed (variables, functions, partials), so
// that no mistake waits for an answer, and bounded when it runs. The only data
// that it sees are the variables it is given.
package text

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"example.com/gen/internal/diag"
)

// A Lang is what a text may name.
type Lang struct {
	Left, Right string          // delimiters; empty means {{ and }}
	Vars        map[string]bool // names at the root; "gen" is always there
	Partials    *Partials       // what {{ template }} finds; nil is none
	Inline      bool            // src is a scalar within at.File: errors carry no excerpt, the caller adds it
	Fixed       bool            // src is a scalar of several lines: every error is at at
}

// A Part is the source of one partial.
type Part struct {
	Name, Src string
	At        diag.Pos
}

// Partials are the compiled texts that others may include.
type Partials struct{ byName map[string]*Text }

// ParsePartials compiles parts, which may include each other, but not in a
// circle.
func ParsePartials(parts []Part, vars map[string]bool) (*Partials, diag.List) {
	p := &Partials{byName: make(map[string]*Text, len(parts))}
	for _, part := range parts {
		p.byName[part.Name] = nil
	}
	var list diag.List
	for _, part := range parts {
		t, mistakes := compile("/"+part.Name, part.At, part.Src, Lang{Vars: vars, Partials: p})
		list = append(list, mistakes...)
		p.byName[part.Name] = t
	}
	if len(list) > 0 {
		return p, list
	}
	known := map[string]int{}
	for _, part := range parts {
		msg := ""
		switch d := p.depth(part.Name, known); {
		case d >= circle:
			msg = fmt.Sprintf("partial %q includes itself, directly or through others", part.Name)
		case d > maxDepth:
			msg = fmt.Sprintf("partial %q includes others over %d deep", part.Name, maxDepth)
		default:
			continue
		}
		list = append(list, &diag.Error{
			Code: diag.Template, Pos: part.At, Line: diag.LineOf(part.Src, 1), Msg: msg, Hint: "take one of the includes out",
		})
	}
	return p, list
}

// circle is the depth of a partial that has no end.
const circle = 1 << 30

// depth is how many partials deep name goes, each found once.
func (p *Partials) depth(name string, known map[string]int) int {
	if d, found := known[name]; found {
		return d
	}
	known[name] = circle // as long as we are within it
	deepest := 0
	for _, n := range p.byName[name].includes {
		deepest = max(deepest, p.depth(n, known))
	}
	known[name] = min(deepest+1, circle)
	return known[name]
}

// A Text is a compiled piece of text/template. It may be run by several
// goroutines at once.
type Text struct {
	name     string // mainName, or a slash and the name of a partial
	at       diag.Pos
	src      string
	lang     Lang
	tree     *parse.Tree // nil: src is the text
	names    []string    // root variables
	funcs    []string    // functions
	includes []string    // partials
}

// Parse compiles src, whose first character is at at. All mistakes are
// returned at once.
func Parse(at diag.Pos, src string, l Lang) (*Text, diag.List) { return compile(mainName, at, src, l) }

func compile(name string, at diag.Pos, src string, l Lang) (*Text, diag.List) {
	if l.Left == "" {
		l.Left, l.Right = "{{", "}}"
	}
	t := &Text{name: name, at: at, src: src, lang: l}
	if !strings.Contains(src, l.Left) {
		return t, nil
	}
	if e := t.walls(); e != nil {
		return t, diag.List{e}
	}
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	set := map[string]*parse.Tree{}
	if _, err := tree.Parse(src, l.Left, l.Right, set); err != nil {
		return t, diag.List{t.parseError(err)}
	}
	c := &checker{text: t, names: map[string]bool{}, funcs: map[string]bool{}, includes: map[string]bool{}}
	for _, defined := range slices.Sorted(maps.Keys(set)) {
		if defined != name {
			c.fail(set[defined].Root, "put it into partials/"+defined+".tmpl", "a text cannot define a template of its own")
		}
	}
	c.list(tree.Root, true)
	c.work += 16 // a text begins more slowly than a turn
	tree.Root.Nodes = append([]parse.Node{c.ticker(0)}, tree.Root.Nodes...)
	t.tree = tree
	t.names, t.funcs = slices.Sorted(maps.Keys(c.names)), slices.Sorted(maps.Keys(c.funcs))
	t.includes = slices.Sorted(maps.Keys(c.includes))
	c.mistakes.Sort()
	return t, c.mistakes
}

// mainName is what text/template knows the text as; no partial is called so.
const mainName = "//"

// Names returns the variables at the root that the text (or a partial that it
// includes) names, sorted, each once.
func (t *Text) Names() []string {
	names := map[string]bool{}
	t.each(func(u *Text) {
		for _, n := range u.names {
			names[n] = true
		}
	})
	return slices.Sorted(maps.Keys(names))
}

// each calls f for the text and every partial that it includes, once.
func (t *Text) each(f func(*Text)) {
	seen := map[*Text]bool{}
	var visit func(*Text)
	visit = func(u *Text) {
		if seen[u] {
			return
		}
		seen[u] = true
		f(u)
		for _, name := range u.includes {
			visit(u.lang.Partials.byName[name])
		}
	}
	visit(t)
}

// Run executes the text over plain data (strings, bools, ints, lists, maps).
// Errors are *diag.Error: of code Template with the place in the source, or of
// code Limit when b is used up.
func (t *Text) Run(ctx context.Context, b *Budget, vars map[string]any) (string, error) {
	r := &run{ctx: ctx, budget: b}
	if t.tree == nil {
		return t.src, r.constant(t)
	}
	tmpl, err := t.template(r)
	if err != nil {
		return "", err
	}
	err = tmpl.Execute(&r.out, vars)
	out := r.out.String()
	if err == nil && strings.Contains(out, noValue) && !strings.Contains(t.src, noValue) && !holds(vars, noValue) {
		err = errors.New("a value that does not exist would be written as " + noValue)
	}
	if err != nil {
		return "", t.execError(err)
	}
	return out, nil
}

// noValue is what text/template writes for a value that does not exist.
const noValue = "<no value>"

// holds reports whether a variable's text contains s.
func holds(vars map[string]any, s string) bool {
	for _, v := range vars {
		if strings.Contains(fmt.Sprint(v), s) {
			return true
		}
	}
	return false
}

// template builds what text/template runs: the parsed trees, which are shared,
// and only the functions that they use, bound to this run.
func (t *Text) template(r *run) (*template.Template, error) {
	funcs := template.FuncMap{tickName: r.tick, turnsName: r.turns}
	r.out.run = r
	tmpl := template.New(mainName).Option("missingkey=error")
	t.each(func(u *Text) {
		for _, name := range u.funcs {
			if known, found := table()[name]; found {
				funcs[name] = known.bind(r, name)
			}
		}
	})
	tmpl.Funcs(funcs)
	var err error
	t.each(func(u *Text) {
		name := u.name
		if name != mainName {
			name = name[1:]
		}
		tree := u.tree
		if tree == nil {
			tree = &parse.Tree{Name: name, Root: &parse.ListNode{NodeType: parse.NodeList}}
			tree.Root.Nodes = []parse.Node{&parse.TextNode{NodeType: parse.NodeText, Text: []byte(u.src)}}
		}
		if _, e := tmpl.AddParseTree(name, tree); e != nil && err == nil {
			err = e
		}
	})
	return tmpl, err
}
