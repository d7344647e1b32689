package spec

import (
	"cmp"
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

// questions reads the questions in their order; each sees the answers before
// it.
func (l *loader) questions() {
	for _, q := range l.t.Questions {
		l.question(q)
		l.vars[q.Name] = q.Zero()
	}
	l.earlierNames()
}

func (l *loader) question(q *Question) {
	n := q.node
	q.Type = Type(max(0, slices.Index(typeNames, get(n, "type").Text)))
	q.Prompt = cmp.Or(get(n, "prompt").Text, q.Name)
	q.Help, q.Group, q.Suggest = get(n, "help").Text, get(n, "group").Text, get(n, "suggest").Text
	q.Ask = n.Get("ask") == nil || isTrue(n.Get("ask"))
	q.Was = texts(get(n, "was"))
	q.Required = n.Get("default") == nil
	l.choicesOf(q)
	l.together(q)
	s := scope{q.Name, l.vars}
	q.when = l.expression(n.Get("when"), reflect.Bool, s)
	constant := !q.Required && l.defaultOf(q, s)
	for _, e := range []*expression{q.when, q.expr} {
		if e != nil {
			q.needs = append(q.needs, e.names...)
		}
	}
	if q.text != nil {
		q.needs = append(q.needs, q.text.Names()...)
	}
	slices.Sort(q.needs)
	q.needs = slices.Compact(q.needs)
	l.rulesOf(q)
	if constant && (q.Type < OneOf || len(q.Choices) > 0) {
		l.constant(q)
	}
}

// together checks keys that do not go together.
func (l *loader) together(q *Question) {
	isName, chooses := q.Name == "name", q.Type == OneOf || q.Type == SomeOf
	for _, c := range []struct {
		wrong          bool
		key, hint, msg string
	}{
		{isName, "when", "remove when", "the question name is always asked"},
		{isName, "was", "remove was", "the question name was never called anything else"},
		{isName && q.Type != String, "type", "remove type", "the question name is a string"},
		{!chooses, "choices", "write type: choice or type: choices", "a question of type " + q.Type.String() + " has no choices"},
		{q.Type != String, "suggest", "remove suggest", "only a question of type string can suggest something"},
		{!q.Ask && q.Required, "ask", "add a default", "question " + strconv.Quote(q.Name) + " is never asked and has no default"},
	} {
		if v := q.node.Get(c.key); v != nil && c.wrong {
			l.fail(v.Pos, c.hint, "%s", c.msg)
		}
	}
	if v := q.node.Get("choices"); chooses && (v == nil || v.Kind == yaml.List && len(v.Items) == 0) {
		l.fail(q.Pos, "add choices:", "question %q has no choices", q.Name)
	}
}

func (l *loader) choicesOf(q *Question) {
	seen := map[string]int{} // the lines of values, present or earlier
	for _, item := range l.forms(q.node, "choices", "choice") {
		v := item.Get("value")
		if v == nil {
			continue
		}
		if v.Text != strings.TrimSpace(v.Text) || v.Text == "" || strings.ContainsAny(v.Text, ",\n\t") {
			l.fail(v.Pos, "use words; the label may be anything", "%q cannot be the value of a choice: commas separate values", v.Text)
		}
		c := Choice{Value: v.Text, Label: cmp.Or(get(item, "label").Text, v.Text), Was: texts(get(item, "was"))}
		if seen[c.Value] == 0 {
			q.Choices = append(q.Choices, c)
		}
		for _, value := range append([]string{c.Value}, c.Was...) {
			if line := seen[value]; line > 0 {
				l.fail(v.Pos, fmt.Sprintf("remove the one at %s:%d", manifest, line), "choice %q is there twice", value)
			}
			seen[value] = v.Pos.Line
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
	q.at, q.line, q.budget = n.Pos, l.line(n.Pos), l.budget
	isText := q.Type == String || q.Type == Text
	isChoice := slices.ContainsFunc(q.Choices, func(c Choice) bool { return c.Value == n.Text })
	switch {
	case isText && !l.isString(n, "the default"):
	case isText && strings.Contains(n.Text, "{{"):
		q.text = l.text(n, s)
	case isText, isChoice, n.Kind != yaml.String, word().MatchString(n.Text) && !l.all[n.Text]:
		q.value = literal(n)
		return true
	default:
		q.expr = l.expression(n, kinds[q.Type], s)
		return q.expr.program != nil && len(q.expr.names) == 0
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
	for _, item := range l.forms(q.node, "validate", "rule") {
		if e := l.expression(item.Get("rule"), reflect.Bool, scope{q.Name, vars}); e != nil {
			q.rules = append(q.rules, rule{e, get(item, "message").Text})
		}
	}
}

// earlierNames checks that an old record finds one question for each name.
func (l *loader) earlierNames() {
	taken := maps.Clone(l.byName)
	for _, q := range l.t.Questions {
		for _, v := range get(q.node, "was").Items {
			switch other := taken[v.Text]; {
			case other != nil:
				l.fail(v.Pos, fmt.Sprintf("remove it here or at %s:%d", manifest, other.Pos.Line), "%q is a name of question %q", v.Text, other.Name)
			case !varName().MatchString(v.Text):
				l.fail(v.Pos, "use small letters, digits and underscores, a letter first", "%q cannot name an answer", v.Text)
			default:
				taken[v.Text] = q
			}
		}
	}
}

// A longer default is checked when it is used: many rules would take a while.
const maxChecked = 1_000

// constant checks a default that no answer can change, with the rules that look
// at nothing else.
func (l *loader) constant(q *Question) {
	v, err := q.Default(context.Background(), nil)
	var e *diag.Error
	if errors.As(err, &e) {
		l.fail(q.at, e.Hint, "%s", e.Msg)
		return
	}
	if s, _ := v.(string); len(s) > maxChecked {
		return
	}
	alone := Question{Name: q.Name}
	for _, r := range q.rules {
		if r.expr.program != nil && len(r.expr.names) == 0 {
			alone.rules = append(alone.rules, r)
		}
	}
	if err := alone.Check(context.Background(), v, nil); err != nil {
		l.fail(q.at, "change the default", "the default breaks a rule: %s", err)
	}
}
