package spec

import (
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

// An expression has no loops, no variables of its own and no patterns but
// constant ones: what it costs is known when it is compiled.
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

// words are those of the expression language that no answer can be called.
var words = []string{
	"and", "contains", "else", "endsWith", "false", "if", "in", "let", "matches", "nil", "not", "or",
	"startsWith", "true",
}

func isReserved(name string) bool {
	_, ok := builtin.Index[name]
	return ok || name == "gen" || name == "value" || slices.Contains(words, name)
}

// An expression is compiled and checked. The nil expression is true.
type expression struct {
	program *vm.Program
	names   []string
	at      diag.Pos
	line    string
}

func (e *expression) isTrue(vars map[string]any) (bool, error) {
	if e == nil {
		return true, nil
	}
	v, err := e.run(vars)
	if err != nil {
		return false, err
	}
	ok, _ := v.(bool)
	return ok, nil
}

// run evaluates the expression. What only an answer can break, such as an index
// beyond the end, is a mistake of the template.
func (e *expression) run(vars map[string]any) (any, error) {
	machine := vm.VM{MemoryBudget: maxMemory}
	v, err := machine.Run(e.program, vars)
	if err == nil {
		return v, nil
	}
	return nil, &diag.Error{
		Code: diag.Template, Pos: e.at, Line: e.line,
		Msg:  "the expression fails: " + plainExpr(err),
		Hint: "change the answers that it uses, or mend the template",
	}
}

// plainExpr returns the library's message without its excerpt.
func plainExpr(err error) string {
	msg := err.Error()
	var at *file.Error
	if errors.As(err, &at) {
		msg = at.Message
	}
	msg, _, _ = strings.Cut(msg, "\n")
	return msg
}

// A scope is what a text or an expression may name.
type scope struct {
	vars  map[string]any                      // sample values
	later func(name string, at diag.Pos) bool // deals with a name that exists, but not here
}

// expression compiles a scalar whose result is of the kind.
func (l *loader) expression(n *yaml.Node, what string, kind reflect.Kind, s scope) *expression {
	if n == nil || !l.isString(n, what) {
		return nil
	}
	if len(n.Text) > maxExpression {
		l.fail(n.Pos, "split it, or make it shorter", "an expression of %d bytes; at most %d are allowed", len(n.Text), maxExpression)
		return nil
	}
	p := l.locate(n)
	tree, err := parser.Parse(n.Text)
	if err != nil {
		l.failExpr(p, err)
		return nil
	}
	w := &walker{l: l, place: p, scope: s, calls: map[*ast.IdentifierNode]bool{}}
	ast.Walk(&tree.Node, w)
	w.resolve()
	slices.Sort(w.names)
	e := &expression{names: slices.Compact(w.names), at: n.Pos, line: l.line(n.Pos)}
	if w.bad {
		return e
	}
	options := []expr.Option{expr.Env(s.vars), expr.Optimize(false), expr.DisableAllBuiltins()}
	for _, f := range functions {
		options = append(options, expr.EnableBuiltin(f))
	}
	if e.program, err = expr.Compile(n.Text, options...); err != nil {
		l.failExpr(p, err)
		return e
	}
	if got := e.program.Node().Type().Kind(); got != kind { // the library would round a fraction
		l.fail(p.at, "compare, or convert it with int or string", "the expression gives %s, not %s", kindName(got), kindName(kind))
	}
	return e
}

func kindName(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "an integer"
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "a list"
	}
	return "something else"
}

// failExpr reports the library's mistake at its place.
func (l *loader) failExpr(p place, err error) {
	col := 0
	var at *file.Error
	if errors.As(err, &at) {
		col = at.Column
	}
	l.fail(p.col(col), "see the expressions in the documentation of the template format", "%s", plainExpr(err))
}

// A walker looks at each node of an expression.
type walker struct {
	l      *loader
	place  place
	scope  scope
	idents []*ast.IdentifierNode
	calls  map[*ast.IdentifierNode]bool
	locals []string
	names  []string
	copied int
	bad    bool
}

func (w *walker) fail(n ast.Node, hint, format string, args ...any) {
	w.bad = true
	w.l.fail(w.place.col(n.Location().From), hint, format, args...)
}

// Visit refuses what could cost more than it looks.
func (w *walker) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		w.idents = append(w.idents, n)
	case *ast.CallNode:
		if id, ok := n.Callee.(*ast.IdentifierNode); ok {
			w.calls[id] = true
			w.noFunction(n, id.Value)
		} else {
			w.fail(n, "use a function: "+strings.Join(functions, ", "), "values have no methods")
		}
	case *ast.BuiltinNode:
		w.function(n)
	case *ast.VariableDeclaratorNode:
		w.locals = append(w.locals, n.Name)
		w.fail(n, "write the value where it is needed", "an expression has no variables of its own")
	case *ast.SequenceNode:
		w.fail(n, "join them with and", "an expression is one value")
	case *ast.BinaryNode:
		w.operator(n)
	}
}

func (w *walker) function(n *ast.BuiltinNode) {
	if !slices.Contains(functions, n.Name) {
		w.noFunction(n, n.Name)
		return
	}
	w.copies(n)
	if n.Name == "replace" && len(n.Arguments) > 2 {
		from, ok1 := n.Arguments[1].(*ast.StringNode)
		to, ok2 := n.Arguments[2].(*ast.StringNode)
		if !ok1 || !ok2 || from.Value == "" || len(to.Value) > len(from.Value) {
			w.fail(n, `write both in quotes, such as replace(value, "-", "_")`, "replace must put a constant text for one that is as long or longer")
		}
	}
}

func (w *walker) copies(n ast.Node) {
	if w.copied++; w.copied == maxCopies+1 {
		w.fail(n, "split it over several rules", "more than %d calls and additions in an expression", maxCopies)
	}
}

func (w *walker) noFunction(n ast.Node, name string) {
	hint := "use one of " + strings.Join(functions, ", ") + "; expressions have no clock and no loops"
	if s := diag.Suggest(name, functions); s != "" {
		hint = "did you mean " + s + "?"
	}
	w.fail(n, hint, "there is no function %s in expressions", name)
}

func (w *walker) operator(n *ast.BinaryNode) {
	switch n.Operator {
	case "+":
		w.copies(n)
	case "..":
		w.fail(n, "compare with >= and <=", "expressions have no ranges")
	case "matches":
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

// resolve looks the names up.
func (w *walker) resolve() {
	for _, id := range w.idents {
		at := w.place.col(id.Location().From)
		_, known := w.scope.vars[id.Value]
		switch {
		case w.calls[id], slices.Contains(w.locals, id.Value): // reported already
		case known:
			if id.Value != "value" {
				w.names = append(w.names, id.Value)
			}
		case w.scope.later != nil && w.scope.later(id.Value, at):
			w.bad = true
			w.names = append(w.names, id.Value)
		default:
			known := slices.Sorted(maps.Keys(w.scope.vars))
			w.fail(id, suggestion(id.Value, known, "an expression may use "+strings.Join(known, ", ")), "there is no answer called %q", id.Value)
		}
	}
}
