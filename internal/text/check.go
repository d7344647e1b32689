package text

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/template/parse"

	"example.com/gen/internal/diag"
)

// A checker walks a parsed text once: it collects what the text names, finds
// every mistake that can be found before it runs, and puts a step counter at
// the head of each loop and of the text.
type checker struct {
	text                   *Text
	names, funcs, includes map[string]bool
	mistakes               diag.List
}

func (c *checker) fail(n parse.Node, hint, format string, args ...any) {
	c.mistakes = append(c.mistakes, c.text.fault(int(n.Position()), hint, fmt.Sprintf(format, args...)))
}

// list checks nodes; root tells whether the dot is the root of the data there.
func (c *checker) list(l *parse.ListNode, root bool) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		c.node(n, root)
	}
}

func (c *checker) node(n parse.Node, root bool) {
	switch n := n.(type) {
	case *parse.ActionNode:
		c.pipe(n.Pipe, root)
	case *parse.IfNode:
		c.branch(&n.BranchNode, root, root)
	case *parse.WithNode:
		c.branch(&n.BranchNode, root, false)
	case *parse.RangeNode:
		c.branch(&n.BranchNode, root, false)
		n.List.Nodes = append([]parse.Node{tickAt(c.text.name, int(n.Pos))}, n.List.Nodes...)
	case *parse.TemplateNode:
		c.include(n, root)
	}
}

// branch checks an if, with or range; inner is root for what the list sees.
func (c *checker) branch(b *parse.BranchNode, root, inner bool) {
	c.pipe(b.Pipe, root)
	c.list(b.List, inner)
	c.list(b.ElseList, root)
}

func (c *checker) include(n *parse.TemplateNode, root bool) {
	if n.Pipe != nil && len(n.Pipe.Cmds) == 1 && len(n.Pipe.Cmds[0].Args) == 1 {
		switch arg := n.Pipe.Cmds[0].Args[0].(type) {
		case *parse.DotNode:
			if !root {
				c.fail(n, fmt.Sprintf("write {{ template %q $ }}", n.Name), "a partial sees the answers, and here the dot is something else")
			}
		case *parse.VariableNode:
			if len(arg.Ident) > 1 || arg.Ident[0] != "$" {
				c.fail(n, fmt.Sprintf("write {{ template %q $ }}", n.Name), "a partial sees the answers, nothing else")
			}
		default:
			c.fail(n, fmt.Sprintf("write {{ template %q $ }}", n.Name), "a partial sees the answers, nothing else")
		}
	} else {
		c.fail(n, fmt.Sprintf("write {{ template %q . }}", n.Name), "a partial must be given the answers")
	}
	c.includes[n.Name] = true
	var known []string
	if p := c.text.lang.Partials; p != nil {
		if _, found := p.byName[n.Name]; found {
			return
		}
		known = slices.Sorted(maps.Keys(p.byName))
	}
	hint := "add partials/" + n.Name + ".tmpl"
	if s := diag.Suggest(n.Name, known); s != "" {
		hint = "did you mean " + s + "?"
	}
	delete(c.includes, n.Name)
	c.fail(n, hint, "there is no partial %q", n.Name)
}

func (c *checker) pipe(p *parse.PipeNode, root bool) {
	if p == nil {
		return
	}
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			c.arg(arg, root)
		}
	}
}

func (c *checker) arg(n parse.Node, root bool) {
	switch n := n.(type) {
	case *parse.FieldNode:
		if root {
			c.variable(n, n.Ident)
		}
	case *parse.VariableNode:
		switch {
		case n.Ident[0] != "$":
		case len(n.Ident) == 1:
			c.whole(n)
		default:
			c.variable(n, n.Ident[1:])
		}
	case *parse.DotNode:
		if root {
			c.whole(n)
		}
	case *parse.IdentifierNode:
		c.function(n)
	case *parse.PipeNode:
		c.pipe(n, root)
	case *parse.ChainNode:
		c.arg(n.Node, root)
	}
}

func (c *checker) whole(n parse.Node) {
	c.fail(n, "name one of them, as in .name", "the answers cannot be used as a whole")
}

// ofGen are the values below .gen.
var ofGen = []string{"gen.created", "gen.template.name", "gen.template.version"}

func (c *checker) variable(n parse.Node, path []string) {
	vars := c.text.lang.Vars
	switch name := path[0]; {
	case name == "gen":
		if !slices.Contains(ofGen, strings.Join(path, ".")) {
			c.fail(n, "there are ."+strings.Join(ofGen, ", ."), "there is no .%s", strings.Join(path, "."))
		}
	case !vars[name]:
		hint := "a variable is a question or a computed value of template.yaml that comes before"
		if s := diag.Suggest(name, slices.Sorted(maps.Keys(vars))); s != "" {
			hint = "did you mean ." + s + "?"
		}
		c.fail(n, hint, "unknown variable .%s", name)
	case len(path) > 1:
		c.fail(n, "", ".%s is an answer, which has no fields such as .%s", name, strings.Join(path[1:], "."))
	default:
		c.names[name] = true
	}
}

func (c *checker) function(n *parse.IdentifierNode) {
	if _, found := table()[n.Ident]; found || builtin[n.Ident] {
		c.funcs[n.Ident] = true
		return
	}
	if why := leftOut(n.Ident); why != "" {
		c.fail(n, why, "%s is not a function of templates here", n.Ident)
		return
	}
	hint := "the functions are those of sprig that depend on nothing but their arguments"
	known := slices.Sorted(maps.Keys(table()))
	if s := diag.Suggest(n.Ident, append(known, slices.Sorted(maps.Keys(builtin))...)); s != "" {
		hint = "did you mean " + s + "?"
	}
	c.fail(n, hint, "unknown function %s", n.Ident)
}

// tickName is the hidden function that counts steps. A template that names it
// is told that there is no such function.
const tickName = "__tick"

// ticker is a call of the step counter at the head of a text. All texts share
// it: nothing changes it.
var ticker = sync.OnceValue(func() parse.Node { return tickAt(mainName, -1) })

// tickAt is a call of the step counter in the text called name, with the place
// of its loop.
func tickAt(name string, off int) parse.Node {
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	if _, err := t.Parse(fmt.Sprintf("{{%s %d}}", tickName, off), "", "", map[string]*parse.Tree{}); err != nil {
		panic(err) // it is always the same
	}
	return t.Root.Nodes[0]
}
