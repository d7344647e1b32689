package text

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
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
	work                   int // what one turn of the present loop does
	declared               int // variables so far
}

// maxMistakes of one text are reported: each is searched for in it.
const maxMistakes = 100

func (c *checker) fail(n parse.Node, hint, format string, args ...any) {
	if len(c.mistakes) >= maxMistakes {
		return
	}
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
	c.work++
	switch n := n.(type) {
	case *parse.ActionNode:
		c.pipe(n.Pipe, root)
	case *parse.IfNode:
		c.branch(&n.BranchNode, root, root)
	case *parse.WithNode:
		c.branch(&n.BranchNode, root, false)
	case *parse.RangeNode:
		outer := c.work
		c.work = 0
		c.branch(&n.BranchNode, root, false)
		n.List.Nodes = append([]parse.Node{c.ticker(n.Pos)}, n.List.Nodes...)
		n.Pipe.Cmds = append(n.Pipe.Cmds, call(n.Pos, turnsName))
		c.work += outer
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
	c.work += c.lookup()
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
	if !p.IsAssign {
		c.declared += len(p.Decl)
	}
	c.work += len(p.Decl) * c.lookup()
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			c.arg(arg, root)
		}
	}
}

func (c *checker) arg(n parse.Node, root bool) {
	if len(c.mistakes) >= maxMistakes {
		return
	}
	c.work++
	switch n := n.(type) {
	case *parse.FieldNode:
		if root {
			c.variable(n, n.Ident)
		}
	case *parse.VariableNode:
		c.work += c.lookup()
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

// The hidden functions: they count steps, and the turns of a loop. A template
// that names one is told that there is no such function.
const (
	tickName  = "__tick"
	turnsName = "__turns"
)

// lookup is what finding a variable costs: text/template looks at each.
func (c *checker) lookup() int { return c.declared / 16 }

// ticker is a call of the step counter for the loop at pos, or for the whole
// text: what it does once is paid at once.
func (c *checker) ticker(pos parse.Pos) parse.Node {
	cmd := call(pos, tickName)
	more := c.work / 16
	number := &parse.NumberNode{NodeType: parse.NodeNumber, Pos: pos, IsInt: true, Int64: int64(more), Text: strconv.Itoa(more)}
	cmd.Args = append(cmd.Args, number)
	pipe := &parse.PipeNode{NodeType: parse.NodePipe, Pos: pos, Cmds: []*parse.CommandNode{cmd}}
	return &parse.ActionNode{NodeType: parse.NodeAction, Pos: pos, Pipe: pipe}
}

func call(pos parse.Pos, name string) *parse.CommandNode {
	return &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos, Args: []parse.Node{parse.NewIdentifier(name).SetPos(pos)}}
}
