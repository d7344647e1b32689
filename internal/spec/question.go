package spec

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/yaml"
)

// An edge is a question that refers to itself or to a later one.
type edge struct {
	from, to *Question
	at       diag.Pos
}

// questions reads the questions in their order; each sees the answers before
// it.
func (l *loader) questions() {
	for _, q := range l.t.Questions {
		l.question(q)
		l.vars[q.Name] = q.Zero()
	}
	for _, e := range l.edges {
		switch {
		case e.from == e.to:
			l.fail(e.at, "use the answers before it; in a rule, value", "%q refers to itself", e.from.Name)
		case l.reaches(e.to, e.from, map[*Question]bool{}):
			l.fail(e.at, "give one of them a default and a condition of its own", "%q and %q refer to each other in a circle", e.from.Name, e.to.Name)
		default:
			l.fail(e.at, fmt.Sprintf("move the question at %s:%d up", manifest, e.to.Pos.Line), "%q refers to %q, which is asked later", e.from.Name, e.to.Name)
		}
	}
	for _, q := range l.t.Questions {
		l.earlierNames(q)
	}
}

func (l *loader) reaches(from, to *Question, seen map[*Question]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(from.needs, func(name string) bool { return l.byName[name] != nil && l.reaches(l.byName[name], to, seen) })
}

// before is what the question may name.
func (l *loader) before(q *Question) scope {
	return scope{l.vars, func(name string, at diag.Pos) bool {
		to, ok := l.byName[name]
		switch {
		case ok:
			l.edges = append(l.edges, edge{q, to, at})
		case name == "gen":
			l.fail(at, "use it in a file", ".gen is known only while files are rendered")
		case l.all[name]:
			l.fail(at, "use the answers that it is made of", "%q is computed after all questions are answered", name)
		default:
			return false
		}
		return true
	}}
}

func (l *loader) question(q *Question) {
	n := q.node
	q.Type = l.typeOf(n)
	q.Prompt, q.Help, q.Group = l.words(n, "prompt"), l.str(n, "help"), l.words(n, "group")
	if q.Prompt == "" {
		q.Prompt = q.Name
	}
	q.Ask = l.boolean(n, "ask", true)
	q.Was = l.strings(n, "was")
	q.Suggest = l.oneOf(n, "suggest", "git-user-name", "git-user-email")
	l.choicesOf(q)
	s := l.before(q)
	if q.when = l.expression(n.Get("when"), "when", reflect.Bool, s); q.when != nil {
		q.needs = append(q.needs, q.when.names...)
	}
	constant := l.defaultOf(q, s)
	slices.Sort(q.needs)
	q.needs = slices.Compact(q.needs)
	l.rulesOf(q)
	l.together(q)
	if constant && (q.Type < OneOf || len(q.Choices) > 0) {
		l.constant(q)
	}
}

// oneOf returns a string that must be one of a few.
func (l *loader) oneOf(n *yaml.Node, key string, known ...string) string {
	s := l.str(n, key)
	if s != "" && !slices.Contains(known, s) {
		l.fail(n.Get(key).Pos, suggestion(s, known, "write one of "+strings.Join(known, ", ")), "%s cannot be %q", key, s)
		return ""
	}
	return s
}

func (l *loader) typeOf(n *yaml.Node) Type {
	t := slices.Index(typeNames, l.oneOf(n, "type", typeNames...))
	return Type(max(t, 0))
}

// together checks keys that do not go together.
func (l *loader) together(q *Question) {
	n := q.node
	refuse := func(key, hint, format string, args ...any) {
		if v := n.Get(key); v != nil {
			l.fail(v.Pos, hint, format, args...)
		}
	}
	if q.Name == "name" {
		refuse("when", "remove when", "the question name is always asked")
		refuse("was", "remove was", "the question name was never called anything else")
		if q.Type != String {
			refuse("type", "remove type", "the question name is a string")
		}
	}
	if q.Type != OneOf && q.Type != SomeOf {
		refuse("choices", "write type: choice or type: choices", "a question of type %s has no choices", q.Type)
	} else if v := n.Get("choices"); v == nil || v.Kind == yaml.List && len(v.Items) == 0 {
		l.fail(q.Pos, "add choices:", "question %q has no choices", q.Name)
	}
	if q.Type != String {
		refuse("suggest", "remove suggest", "only a question of type string can suggest something")
	}
	if !q.Ask && q.Required {
		refuse("ask", "add a default", "question %q is never asked and has no default", q.Name)
	}
}

func (l *loader) choicesOf(q *Question) {
	lines := map[string]int{} // by value, present or earlier
	for _, item := range l.list(q.node, "choices") {
		if l.choices++; l.choices == maxChoices+1 {
			l.fail(item.Pos, "offer fewer", "a template has at most %d choices in all", maxChoices)
		}
		if l.choices > maxChoices || !l.isMap(item, "choice") {
			continue
		}
		v := l.need(item, "choice", "value")
		if v == nil || !l.isString(v, "value") {
			continue
		}
		c := Choice{Value: v.Text, Label: l.words(item, "label"), Was: l.strings(item, "was")}
		if c.Label == "" {
			c.Label = c.Value
		}
		if v.Text != strings.TrimSpace(v.Text) || v.Text == "" || strings.ContainsAny(v.Text, ",\n\t") {
			l.fail(v.Pos, "use words; the label may be anything", "%q cannot be the value of a choice: commas separate values", v.Text)
		}
		if line := lines[c.Value]; line == 0 {
			q.Choices = append(q.Choices, c)
		}
		for _, value := range append([]string{c.Value}, c.Was...) {
			if line, ok := lines[value]; ok {
				l.fail(v.Pos, fmt.Sprintf("remove the one at %s:%d", manifest, line), "choice %q is there twice", value)
			}
			lines[value] = v.Pos.Line
		}
	}
}

var word = lazy(`^[\w.+-]*$`)

// defaultOf reads a default: a literal of the type, a text, or an expression. A
// word that is no name is a literal, and likely a wrong one: no for a bool. It
// reports whether no answer can change the default and it can be checked now; a
// text is not run, since it may cost more than a check may.
func (l *loader) defaultOf(q *Question, s scope) (constant bool) {
	n := q.node.Get("default")
	if q.Required = n == nil; q.Required {
		return false
	}
	q.at, q.line, q.budget = n.Pos, l.line(n.Pos), l.budget
	isText := q.Type == String || q.Type == Text
	isChoice := slices.ContainsFunc(q.Choices, func(c Choice) bool { return c.Value == n.Text })
	switch {
	case isText && !l.isString(n, "the default"):
	case isText && strings.Contains(n.Text, "{{"):
		if q.text = l.text(n, "the default", s); q.text != nil {
			q.needs = append(q.needs, q.text.Names()...)
		}
	case isText, isChoice, n.Kind != yaml.String, word().MatchString(n.Text) && !l.all[n.Text]:
		q.value = literal(n)
		return true
	default:
		if q.expr = l.expression(n, "the default", kinds[q.Type], s); q.expr != nil {
			q.needs = append(q.needs, q.expr.names...)
		}
		return q.expr != nil && q.expr.program != nil && len(q.expr.names) == 0
	}
	return false
}

var kinds = [...]reflect.Kind{Int: reflect.Int, Bool: reflect.Bool, OneOf: reflect.String, SomeOf: reflect.Slice}

// literal returns a scalar or a list as [Question.Accept] takes it.
func literal(n *yaml.Node) any {
	switch n.Kind {
	case yaml.String:
		return n.Text
	case yaml.Bool:
		return isTrue(n)
	case yaml.Int:
		if i, err := strconv.Atoi(n.Text); err == nil {
			return i
		}
	case yaml.List:
		list := make([]any, len(n.Items))
		for i, v := range n.Items {
			list[i] = literal(v)
		}
		return list
	case yaml.Map:
		return map[string]any{}
	case yaml.Null:
		return nil
	}
	return unreadable(n.Text)
}

// unreadable is a number that no question can take.
type unreadable string

func (l *loader) rulesOf(q *Question) {
	vars := maps.Clone(l.vars)
	vars["value"] = q.Zero()
	s := scope{vars, l.before(q).later}
	for i, item := range l.list(q.node, "validate") {
		if i == maxRules {
			l.fail(item.Pos, "join some with and", "a question has at most %d rules", maxRules)
			return
		}
		if !l.isMap(item, "rule") {
			continue
		}
		r := rule{expr: l.expression(l.need(item, "rule", "rule"), "rule", reflect.Bool, s), message: l.words(item, "message")}
		if l.need(item, "rule", "message"); r.expr != nil {
			q.rules = append(q.rules, r)
		}
	}
}

// earlierNames checks that an old record finds one question for each name.
func (l *loader) earlierNames(q *Question) {
	for i, v := range l.list(q.node, "was") {
		other := l.byName[v.Text]
		for _, o := range l.t.Questions {
			if j := slices.Index(o.Was, v.Text); j >= 0 && (o != q || j < i) && other == nil && (o.Pos.Line < q.Pos.Line || o == q) {
				other = o
			}
		}
		switch {
		case other != nil:
			l.fail(v.Pos, fmt.Sprintf("remove it here or at %s:%d", manifest, other.Pos.Line), "%q is a name of question %q", v.Text, other.Name)
		case v.Kind == yaml.String && !varName().MatchString(v.Text):
			l.fail(v.Pos, "use small letters, digits and underscores, a letter first", "%q cannot name an answer", v.Text)
		}
	}
}

// constant checks a default that no answer can change.
func (l *loader) constant(q *Question) {
	ctx := context.Background()
	v, err := q.Default(ctx, nil)
	var e *diag.Error
	if errors.As(err, &e) {
		l.fail(q.at, e.Hint, "%s", e.Msg)
		return
	}
	alone := *q // with the rules that look at nothing else
	alone.rules = slices.DeleteFunc(slices.Clone(q.rules), func(r rule) bool { return r.expr.program == nil || len(r.expr.names) > 0 })
	if err := alone.Check(ctx, v, nil); err != nil {
		l.fail(q.at, "change the default", "the default breaks a rule: %s", err)
	}
}
