// Package answers turns flags, files, records, defaults and a person's typing
// into checked [Answers].
//
// Of several answers to one question the first of these wins: --set, the
// answers file, what the person types, the record, the default.
package answers

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
	"example.com/gen/internal/text"
	"example.com/gen/internal/yaml"
)

// An Item is one answer with its name. Of items from a file, Pos and Line are
// the place and the text there.
type Item struct {
	Name  string
	Value any
	Pos   diag.Pos
	Line  string
}

// Answers are the checked answers to a template's questions.
type Answers struct {
	decided []decision
	vars    map[string]any
}

// A decision is how one question came to its answer.
type decision struct {
	question *spec.Question
	value    any
	off      bool // switched off by the other answers
	asked    bool
	plain    bool // what would have come out without an answer
}

func (d decision) item() Item { return Item{Name: d.question.Name, Value: d.value} }

// Items returns the answers of the questions that are switched on, in the
// template's order: what the record keeps.
func (a Answers) Items() []Item {
	return a.pick(func(d decision) bool { return true })
}

// Split returns the answers that were asked or given, and the defaults.
func (a Answers) Split() (given, defaults []Item) {
	return a.pick(func(d decision) bool { return d.asked || !d.plain }),
		a.pick(func(d decision) bool { return !d.asked && d.plain })
}

// Chosen returns the answers that differ from what would come out without
// them: what the equivalent command must --set.
func (a Answers) Chosen() []Item {
	return a.pick(func(d decision) bool { return !d.plain })
}

func (a Answers) pick(which func(decision) bool) []Item {
	var items []Item
	for _, d := range a.decided {
		if !d.off && which(d) {
			items = append(items, d.item())
		}
	}
	return items
}

// Typed returns what was asked, for [Given.Typed] of the next round.
func (a Answers) Typed() map[string]any {
	typed := map[string]any{}
	for _, d := range a.decided {
		if d.asked {
			typed[d.question.Name] = d.value
		}
	}
	return typed
}

// Vars returns what a template sees: every answer, zero values of questions
// that are switched off, and computed values.
func (a Answers) Vars() map[string]any { return maps.Clone(a.vars) }

// Given is everything that answers may come from, in falling precedence.
type Given struct {
	Set      []Item            // --set: Value is the string as typed
	File     []Item            // --answers, see ParseFile
	Typed    map[string]any    // what the person typed in an earlier round (back from the review)
	Recorded map[string]any    // the project's record
	Name     string            // the answer `name` that PATH suggests; below Set and File
	Suggest  map[string]string // by kind, such as git-user-name: fills a prompt in advance
	Created  string            // the UTC day on which the project was created
}

// ParseFile reads an answers file, YAML or JSON (a map of names to values).
func ParseFile(name string, data []byte) ([]Item, error) {
	root, list := yaml.Parse(name, data, yaml.Answers, diag.Answer)
	if err := list.Err(); err != nil {
		return nil, err
	}
	if root.Kind != yaml.Map && root.Kind != yaml.Null {
		return nil, &diag.Error{
			Code: diag.Answer, Pos: root.Pos, Line: diag.LineOf(string(data), root.Pos.Line),
			Msg: "an answers file maps questions to answers", Hint: "write it as name: value, one a line",
		}
	}
	var items []Item
	for _, p := range root.Pairs {
		item := Item{Name: p.Key, Pos: p.Value.Pos, Line: diag.LineOf(string(data), p.Value.Pos.Line)}
		var err error
		if item.Value, err = Decode(p.Value); err != nil {
			list = append(list, &diag.Error{
				Code: diag.Answer, Pos: item.Pos, Line: item.Line, Msg: p.Key + ": " + err.Error(),
			})
		}
		items = append(items, item)
	}
	return items, list.Err()
}

// Decode turns a YAML value into an answer: a string, int, bool or []string.
func Decode(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.String:
		return n.Text, nil
	case yaml.Bool:
		return n.Text == "true", nil
	case yaml.Int:
		i, err := strconv.Atoi(n.Text)
		if err != nil {
			return nil, fmt.Errorf("%s is not a decimal integer: quote it if it is a text", n.Text)
		}
		return i, nil
	case yaml.List:
		list := make([]string, len(n.Items))
		for i, item := range n.Items {
			if item.Kind != yaml.String {
				return nil, fmt.Errorf("item %d of the list is not a string: quote it", i+1)
			}
			list[i] = item.Text
		}
		return list, nil
	case yaml.Float:
		return nil, fmt.Errorf("%s is not an integer: quote it if it is a text", n.Text)
	case yaml.Null:
		return nil, fmt.Errorf("it has no value: leave the line out, or write \"\"")
	default:
		return nil, fmt.Errorf("a map is no answer")
	}
}

// Resolve answers every question of t. With a nil Prompter it asks nothing;
// all missing and all refused answers are listed at once.
func Resolve(ctx context.Context, t *spec.Template, g Given, p Prompter) (Answers, error) {
	r := &resolver{ctx: ctx, template: t, given: g, sources: map[string]source{}, typed: maps.Clone(g.Typed)}
	r.match()
	if len(r.list) > 0 && p != nil {
		return Answers{}, r.list
	}
	s := state{vars: map[string]any{"gen": t.Gen(g.Created)}}
	if p == nil {
		for _, q := range t.Questions {
			s = r.decide(s, q)
		}
	} else if err := r.ask(&s, p); err != nil {
		return Answers{}, err
	}
	if len(r.list) > 0 {
		return Answers{}, r.list
	}
	for _, c := range t.Computed {
		v, err := c.Text.Run(ctx, text.NewBudget(), s.vars)
		if err != nil {
			return Answers{}, err
		}
		s.vars[c.Name] = v
	}
	return Answers{s.decided, s.vars}, nil
}

// A resolver resolves one template's questions.
type resolver struct {
	ctx      context.Context
	template *spec.Template
	given    Given
	sources  map[string]source // by the question's present name
	typed    map[string]any
	list     diag.List
}

// A source is where the answer to a question is given.
type source struct {
	item Item
	set  bool // by --set, so a string
	path bool // by PATH
}

// state is how far the questions are answered.
type state struct {
	vars    map[string]any
	decided []decision
}

func (s state) next() int { return len(s.decided) }

func (s state) with(d decision) state {
	vars := maps.Clone(s.vars)
	vars[d.question.Name] = d.value
	return state{vars, append(slices.Clone(s.decided), d)}
}

// match finds the question of every given answer, and checks its type.
func (r *resolver) match() {
	for _, item := range r.given.File {
		r.put(item, source{item: item})
	}
	file := r.sources
	r.sources = map[string]source{}
	for _, item := range r.given.Set {
		r.put(item, source{item: item, set: true})
	}
	for name, s := range file {
		if _, found := r.sources[name]; !found {
			r.sources[name] = s
		}
	}
	if _, found := r.sources["name"]; !found && r.given.Name != "" {
		r.sources["name"] = source{item: Item{Name: "name", Value: r.given.Name}, path: true}
	}
}

func (r *resolver) put(item Item, s source) {
	q := r.find(item.Name)
	if q == nil {
		r.unknown(s)
		return
	}
	if first, found := r.sources[q.Name]; found {
		e := r.refuse(s, fmt.Sprintf("%s is answered twice", q.Name))
		e.Hint = "leave one out"
		if first.item.Name != item.Name {
			e.Hint = fmt.Sprintf("%s is an earlier name of %s: leave one out", oldName(q, item.Name, first.item.Name), q.Name)
		}
		return
	}
	r.sources[q.Name] = s
}

func oldName(q *spec.Question, names ...string) string {
	for _, n := range names {
		if n != q.Name {
			return n
		}
	}
	return q.Name
}

func (r *resolver) find(name string) *spec.Question {
	for _, q := range r.template.Questions {
		if q.Name == name || slices.Contains(q.Was, name) {
			return q
		}
	}
	return nil
}

func (r *resolver) unknown(s source) {
	var names []string
	for _, q := range r.template.Questions {
		names = append(names, q.Name)
	}
	e := r.refuse(s, fmt.Sprintf("%s has no question %q", r.template.Name, s.item.Name))
	e.Hint = "its questions: " + strings.Join(names, ", ")
	if near := diag.Suggest(s.item.Name, names); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
}

// refuse adds a mistake in a given answer, with its place.
func (r *resolver) refuse(s source, msg string) *diag.Error {
	e := &diag.Error{Code: diag.Answer, Pos: s.item.Pos, Line: s.item.Line, Msg: msg}
	if s.set {
		e.Msg = fmt.Sprintf("--set %s=%v: %s", s.item.Name, s.item.Value, msg)
	}
	r.list = append(r.list, e)
	return e
}

// value returns the given answer to q in q's type.
func (s source) value(q *spec.Question) (any, error) {
	if v, ok := s.item.Value.(string); ok && s.set {
		return q.Parse(v)
	}
	return q.Accept(s.item.Value)
}

// decide answers q without asking. Mistakes go to r.list, and a zero value
// stands in, so that all of them are found.
func (r *resolver) decide(s state, q *spec.Question) state {
	d := decision{question: q, value: q.Zero(), plain: true}
	given, found := r.sources[q.Name]
	active, err := q.Active(s.vars)
	switch {
	case err != nil:
		r.list = append(r.list, diag.All(err)...)
		return s.with(d)
	case !active && found && !given.path:
		e := r.refuse(given, fmt.Sprintf("%s is not asked here: it needs %s", q.Name, q.WhenText()))
		e.Hint = "leave it out, or change the answers that it depends on"
		fallthrough
	case !active:
		d.off = true
		return s.with(d)
	}
	fallback, fallErr := r.fallback(s, q)
	switch {
	case found:
		v, err := given.value(q)
		if err == nil {
			err = q.Check(r.ctx, v, s.vars)
		}
		if err != nil {
			r.refused(s, q, given, err)
			return s.with(d)
		}
		d.value = v
	case fallErr != nil:
		r.list = append(r.list, diag.All(fallErr)...)
		return s.with(d)
	default:
		d.value = fallback
	}
	// The name that PATH gives needs no --set in the equivalent command.
	d.plain = !found || given.path || fallErr == nil && reflect.DeepEqual(d.value, fallback)
	return s.with(d)
}

// fallback is the answer of q that nobody gives: the recorded one or the default.
func (r *resolver) fallback(s state, q *spec.Question) (any, error) {
	v, err := r.recorded(q)
	if v == nil && err == nil {
		if q.Required {
			return nil, r.missing(q)
		}
		v, err = q.Default(r.ctx, s.vars)
	}
	if err != nil {
		return nil, err
	}
	if err := q.Check(r.ctx, v, s.vars); err != nil {
		return nil, &diag.Error{
			Code: diag.Answer, Msg: fmt.Sprintf("the default of %s, %v, is refused: %v", q.Name, v, err),
			Hint: "add --set " + q.Name + "=...",
		}
	}
	return v, nil
}

func (r *resolver) recorded(q *spec.Question) (any, error) {
	for _, name := range append([]string{q.Name}, q.Was...) {
		if v, found := r.given.Recorded[name]; found {
			return q.Accept(v)
		}
	}
	return nil, nil
}

func (r *resolver) missing(q *spec.Question) error {
	e := &diag.Error{Code: diag.Answer, Msg: "there is no answer to " + q.Name, Hint: "add --set " + q.Name + "=..."}
	if q.Prompt != "" && q.Prompt != q.Name {
		e.Msg += " (" + q.Prompt + ")"
	}
	return e
}

// refused adds the mistake of an answer that a type or rule does not take.
func (r *resolver) refused(s state, q *spec.Question, given source, err error) {
	if !given.path {
		msg := err.Error()
		if !given.set {
			msg = q.Name + ": " + msg
		}
		r.refuse(given, msg)
		return
	}
	e := r.refuse(given, fmt.Sprintf("%q, the last element of PATH, cannot be the name: %v", given.item.Value, err))
	e.Hint = "add --set name=..."
	if slug := slug(given.item.Value.(string)); slug != "" && q.Check(r.ctx, slug, s.vars) == nil {
		e.Hint = "add --set name=" + slug
	}
}

// slug is a name that most rules take: lower case, digits and dashes.
func slug(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.TrimLeft(strings.Join(words, "-"), "0123456789-")
}
