package spec

import (
	"cmp"
	"errors"
	"maps"
	"reflect"
	"regexp/syntax"
	"slices"
	"strings"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/yaml"
	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// An expression has no loops and no variables of its own, and its patterns are
// constant: what it costs is bounded when it is compiled.
const (
	maxExpression = 8_000  // bytes
	maxCopies     = 20     // calls and additions: they may copy their strings
	maxPatterns   = 2_000  // instructions of all patterns of a template
	maxMemory     = 10_000 // what the machine counts
)

// functions are those an expression may call: pure, and linear in their input.
var functions = []string{
	"abs", "first", "hasPrefix", "hasSuffix", "indexOf", "int", "last", "len", "lower", "max", "min",
	"replace", "string", "trim", "trimPrefix", "trimSuffix", "upper",
}

// words are those that no answer can be called, besides the builtins.
var words = []string{
	"and", "contains", "else", "endsWith", "false", "gen", "if", "in", "let", "matches", "nil", "not", "or",
	"startsWith", "true", "value",
}

func isReserved(name string) bool {
	_, ok := builtin.Index[name]
	return ok || slices.Contains(words, name)
}

// An expression is compiled and checked. The nil expression is true.
type expression struct {
	program *vm.Program
	names   []string // of answers, but value
	at      diag.Pos
	line    string
}

func (e *expression) isTrue(vars map[string]any) (bool, error) {
	if e == nil {
		return true, nil
	}
	v, err := e.run(vars)
	return v == true, err
}

// run evaluates the expression. What only an answer can break, such as an index
// beyond the end, is a mistake of the template.
func (e *expression) run(vars map[string]any) (any, error) {
	machine := vm.VM{MemoryBudget: maxMemory}
	v, err := machine.Run(e.program, vars)
	if err == nil {
		return v, nil
	}
	_, msg := plain(err)
	return nil, &diag.Error{
		Code: diag.Template, Pos: e.at, Line: e.line,
		Msg:  "the expression fails: " + msg,
		Hint: "change the answers that it uses, or mend the template",
	}
}

// plain returns the column of the library's error and its message without the
// excerpt.
func plain(err error) (int, string) {
	at := &file.Error{Message: err.Error()}
	errors.As(err, &at)
	return at.Column, at.Message
}

// text returns the expression as the manifest has it, "" if there is none.
func (e *expression) text() string {
	if e == nil {
		return ""
	}
	return e.program.Source().String()
}

// expression compiles a scalar whose result is of the kind; nil if there is
// none.
func (l *loader) expression(n *yaml.Node, kind reflect.Kind, s scope) *expression {
	if n == nil {
		return nil
	}
	e := &expression{at: n.Pos, line: l.line(n.Pos)}
	if len(n.Text) > maxExpression {
		l.fail(n.Pos, "split it, or make it shorter", "an expression of %d bytes; at most %d are allowed", len(n.Text), maxExpression)
		return e
	}
	w := &walker{l: l, node: n}
	tree, err := parser.Parse(n.Text)
	if err == nil {
		ast.Walk(&tree.Node, w)
		if e.names = w.resolve(s); w.bad {
			return e
		}
		options := []expr.Option{expr.Env(s.vars), expr.Optimize(false), expr.DisableAllBuiltins()}
		for _, f := range functions {
			options = append(options, expr.EnableBuiltin(f))
		}
		e.program, err = expr.Compile(n.Text, options...)
	}
	if err != nil {
		col, msg := plain(err)
		l.fail(within(n, col), "see the expressions in the documentation of the template format", "%s", msg)
	} else if got := e.program.Node().Type().Kind(); got != kind { // the library would round a fraction
		l.fail(within(n, 0), "compare, or convert it with int or string", "the expression gives %s, not %s", cmp.Or(kindNames[got], "something else"), kindNames[kind])
	}
	return e
}

var kindNames = map[reflect.Kind]string{
	reflect.Bool: "true or false", reflect.Int: "an integer", reflect.String: "a string", reflect.Slice: "a list",
}

// A walker looks at each node of an expression, the inner ones first.
type walker struct {
	l      *loader
	node   *yaml.Node
	idents []*ast.IdentifierNode // that must be answers
	copies int
	bad    bool
}

func (w *walker) fail(n ast.Node, hint, format string, args ...any) {
	w.bad = true
	w.l.fail(within(w.node, n.Location().From), hint, format, args...)
}

// Visit refuses what could cost more than it looks.
func (w *walker) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		w.idents = append(w.idents, n)
	case *ast.CallNode:
		w.idents = slices.DeleteFunc(w.idents, func(id *ast.IdentifierNode) bool { return ast.Node(id) == n.Callee })
		w.call(n, n.Callee.String(), n.Arguments)
	case *ast.BuiltinNode:
		w.call(n, n.Name, n.Arguments)
	case *ast.VariableDeclaratorNode:
		w.idents = slices.DeleteFunc(w.idents, func(id *ast.IdentifierNode) bool { return id.Value == n.Name })
		w.fail(n, "write the value where it is needed", "an expression has no variables of its own")
	case *ast.BinaryNode:
		switch n.Operator {
		case "+":
			w.copy(n)
		case "matches":
			w.pattern(n)
		}
	}
}

func (w *walker) call(n ast.Node, name string, args []ast.Node) {
	if !slices.Contains(functions, name) {
		hint := suggestion(name, functions, "use one of "+strings.Join(functions, ", ")+"; expressions have no clock and no loops")
		w.fail(n, hint, "there is no function %s in expressions", name)
		return
	}
	w.copy(n)
	if name == "replace" && len(args) > 2 {
		from, ok1 := args[1].(*ast.StringNode)
		to, ok2 := args[2].(*ast.StringNode)
		if !ok1 || !ok2 || from.Value == "" || len(to.Value) > len(from.Value) {
			w.fail(n, `write both in quotes, such as replace(value, "-", "_")`, "replace must put a constant text for one that is as long or longer")
		}
	}
}

func (w *walker) copy(n ast.Node) {
	if w.copies++; w.copies == maxCopies+1 {
		w.fail(n, "split it over several rules", "more than %d calls and additions in an expression", maxCopies)
	}
}

func (w *walker) pattern(n *ast.BinaryNode) {
	s, ok := n.Right.(*ast.StringNode)
	if !ok {
		w.fail(n, "write the pattern in quotes", "a pattern must be constant")
		return
	}
	re, err := syntax.Parse(s.Value, syntax.Perl)
	if err != nil {
		w.fail(s, "see the syntax at https://golang.org/s/re2syntax", "the pattern is wrong: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return
	}
	if w.l.patterns += size(re); w.l.patterns > maxPatterns {
		w.fail(s, "use smaller patterns; len(value) <= 100 costs less than {0,100}", "the patterns of this template are too large to match quickly")
	}
}

// size returns about how many instructions a pattern takes.
func size(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		n += size(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, maxPatterns+1)
}

// resolve looks the identifiers up and returns their names, sorted.
func (w *walker) resolve(s scope) (names []string) {
	for _, id := range w.idents {
		at := within(w.node, id.Location().From)
		if _, known := s.vars[id.Value]; known {
			names = append(names, id.Value)
		} else if w.bad = true; !w.l.early(s, id.Value, at) {
			known := slices.Sorted(maps.Keys(s.vars))
			w.fail(id, suggestion(id.Value, known, "an expression may use "+strings.Join(known, ", ")), "there is no answer called %q", id.Value)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "value" })
}
