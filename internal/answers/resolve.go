package answers

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
	"example.com/gen/internal/text"
)

// Resolve answers every question of t. With a nil Prompter it asks nothing;
// all missing and all refused answers are listed at once.
func Resolve(ctx context.Context, t *spec.Template, g Given, p Prompter) (Answers, error) {
	r := &resolver{ctx: ctx, template: t, given: g, sources: map[string]source{}, typed: map[string]any{}, unsure: map[string]bool{}}
	maps.Copy(r.typed, g.Typed)
	r.defaults = r.wereDefaults()
	a, err := r.resolve(p)
	if ctx.Err() != nil {
		return Answers{}, diag.Stopped()
	}
	return a, err
}

// A resolver resolves one template's questions.
type resolver struct {
	ctx      context.Context
	template *spec.Template
	given    Given
	sources  map[string]source // by the question's present name
	typed    map[string]any    // what a person typed, other than what was filled in
	unsure   map[string]bool   // questions whose answer is a mistake, or stands on one
	defaults map[string]bool   // questions whose recorded answer was the default
	list     diag.List
}

// A source is where the answer to a question is given.
type source struct {
	item  Item
	value any  // in the question's type
	set   bool // by --set, so a string
	path  bool // by PATH
}

// state is how far the questions are answered.
type state struct {
	vars    map[string]any
	decided []decision
}

func (s state) with(d decision) state {
	vars := maps.Clone(s.vars)
	vars[d.question.Name] = d.value
	return state{vars, append(slices.Clone(s.decided), d)}
}

func (r *resolver) resolve(p Prompter) (Answers, error) {
	r.match()
	for _, name := range r.dropped() {
		if _, made := r.given.Made[name]; r.given.Made != nil && !made { // somebody wrote it into the record
			r.unknown(source{item: Item{Name: name, Value: r.given.Recorded[name]}})
		}
	}
	s := state{vars: map[string]any{"gen": r.template.Gen(r.given.Created)}}
	if p == nil {
		for _, q := range r.template.Questions {
			s = r.decide(s, q)
		}
	} else if err := r.ask(&s, p); err != nil {
		return Answers{}, err
	}
	if len(r.list) > 0 {
		return Answers{}, r.list
	}
	for _, c := range r.template.Computed {
		v, err := c.Text.Run(r.ctx, text.NewBudget(), s.vars)
		if err != nil {
			return Answers{}, err
		}
		s.vars[c.Name] = v
	}
	return Answers{s.decided, s.vars, r.typed, r.dropped()}, nil
}

// match finds the question of every given answer, and checks its type.
func (r *resolver) match() {
	for _, item := range r.given.File {
		r.put(source{item: item})
	}
	file := r.sources
	r.sources = map[string]source{}
	for _, item := range r.given.Set {
		r.put(source{item: item, set: true})
	}
	for name, s := range file {
		if _, found := r.sources[name]; !found {
			r.sources[name] = s
		}
	}
	if _, found := r.sources["name"]; !found && r.given.Name != "" {
		r.sources["name"] = source{item: Item{Name: "name", Value: r.given.Name}, path: true}
	}
	for _, q := range r.template.Questions {
		s, found := r.sources[q.Name]
		if !found {
			continue
		}
		var err error
		if s.value, err = s.accept(q); err != nil {
			r.refused(q, s, err)
		}
		r.sources[q.Name] = s
	}
}

// accept returns the given answer in q's type.
func (s source) accept(q *spec.Question) (any, error) {
	if v, ok := s.item.Value.(string); ok && s.set {
		return q.Parse(v)
	}
	return q.Accept(s.item.Value)
}

func (r *resolver) put(s source) {
	q := r.find(s.item.Name)
	if q == nil {
		r.unknown(s)
		return
	}
	first, found := r.sources[q.Name]
	if !found {
		r.sources[q.Name] = s
		return
	}
	hint := "leave one out"
	if first.item.Name != s.item.Name {
		hint = fmt.Sprintf("%s and %s are one question: leave one out", first.item.Name, s.item.Name)
	}
	r.refuse(s, q.Name+" is answered twice", hint)
}

func (r *resolver) find(name string) *spec.Question {
	for _, q := range r.template.Questions {
		if slices.Contains(q.Names(), name) {
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
	hint := "its questions: " + strings.Join(names, ", ")
	if near := diag.Suggest(s.item.Name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	if slices.ContainsFunc(r.template.Computed, func(c spec.Computed) bool { return c.Name == s.item.Name }) {
		hint = s.item.Name + " is computed from the answers; " + hint
	}
	r.refuse(s, fmt.Sprintf("%s has no question %q", r.template.Name, short(s.item.Name, maxValue)), hint)
}

// refuse adds a mistake in a given answer, with its place.
func (r *resolver) refuse(s source, msg, hint string) {
	if s.set {
		msg = fmt.Sprintf("--set %s=%s: %s", short(s.item.Name, maxValue), short(s.item.String(), maxValue), msg)
	}
	r.list = append(r.list, &diag.Error{Code: diag.Answer, Pos: s.item.Pos, Line: s.item.Line, Msg: short(msg, maxMessage), Hint: hint})
}

// The most bytes that are shown of one value, and of one message.
const (
	maxValue   = 400
	maxMessage = 2_000
)

// short cuts what would fill the screen and hide what is said about it.
func short(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most/2], "") + " ... " + strings.ToValidUTF8(s[len(s)-most/2:], "")
}

// refused adds the mistake of an answer that a type or rule does not take.
func (r *resolver) refused(q *spec.Question, s source, err error) {
	r.unsure[q.Name] = true
	switch {
	case s.path:
		name := s.item.Value.(string)
		hint := "add --set name=..."
		if slug := slug(name); slug != "" && q.Check(r.ctx, slug, nil) == nil {
			hint = "add --set name=" + slug
		}
		r.refuse(s, fmt.Sprintf("%q, the last element of PATH, cannot be the name: %v", name, err), hint)
	case s.set:
		r.refuse(s, err.Error(), "")
	default:
		r.refuse(s, q.Name+": "+err.Error(), "")
	}
}

// slug is a name that most rules take: lower case, digits and dashes.
func slug(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) { // nobody knows how it is spelled otherwise
		return ""
	}
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.TrimLeft(strings.Join(words, "-"), "0123456789-")
}

// fail adds mistakes that keep q from an answer.
func (r *resolver) fail(q *spec.Question, err error) {
	r.unsure[q.Name] = true
	r.list = append(r.list, diag.All(err)...)
}

// decide answers q without asking. Mistakes go to r.list, and what was given or
// a zero value stands in, so that all of them are found. What only follows from
// another mistake is none.
func (r *resolver) decide(s state, q *spec.Question) state {
	d := decision{question: q, value: q.Zero(), plain: true}
	given, found := r.sources[q.Name]
	if r.unsure[q.Name] || slices.ContainsFunc(q.Needs(), func(name string) bool { return r.unsure[name] }) {
		r.unsure[q.Name] = true
		return s.with(d)
	}
	active, err := q.Active(s.vars)
	d.off = !active
	switch {
	case err != nil:
		r.fail(q, err)
	case !active && found:
		r.refuse(given, fmt.Sprintf("%s is not asked here: it needs %s", q.Name, q.WhenText()),
			"leave it out, or change the answers that it depends on")
	case active && found:
		d.value, d.given = given.value, true
		if err := q.Check(r.ctx, d.value, s.vars); err != nil {
			r.refused(q, given, err)
			break
		}
		d.plain = r.isFallback(s, q, d.value)
	case active:
		v, err := r.fallback(s, q)
		if err != nil {
			r.fail(q, err)
			break
		}
		d.value = v
	}
	return s.with(d)
}

// isFallback reports whether v is the answer of q that needs no --set: PATH is
// part of the equivalent command too, and gives the name.
func (r *resolver) isFallback(s state, q *spec.Question, v any) bool {
	if q.Name == "name" && r.given.Name != "" {
		return v == r.given.Name
	}
	fallback, err := r.fallback(s, q)
	return err == nil && reflect.DeepEqual(v, fallback)
}

// fallback is the answer of q that nobody gives: the recorded one or the default.
func (r *resolver) fallback(s state, q *spec.Question) (any, error) {
	what := "recorded answer to"
	v, err := r.recorded(q)
	if v == nil && err == nil {
		if q.Required {
			return nil, missing(q)
		}
		what = "default of"
		if v, err = q.Default(r.ctx, s.vars); err != nil {
			return nil, err
		}
	}
	if err == nil {
		err = q.Check(r.ctx, v, s.vars)
	}
	if err != nil {
		return nil, &diag.Error{
			Code: diag.Answer, Msg: fmt.Sprintf("the %s %s, %s, is refused: %v", what, q.Name, short(Item{Value: v}.String(), maxValue), err),
			Hint: "add --set " + q.Name + "=...",
		}
	}
	return v, nil
}

// recorded returns the answer of the record, nil if there is none. One that
// was the default then is none: it follows the other answers.
func (r *resolver) recorded(q *spec.Question) (any, error) {
	v := lookup(r.given.Recorded, q)
	if v == nil || r.defaults[q.Name] {
		return nil, nil
	}
	accepted, err := q.Accept(v)
	if err != nil {
		return v, err
	}
	return accepted, nil
}

// lookup returns the answer to q under its present name or an earlier one.
func lookup(m map[string]any, q *spec.Question) any {
	for _, name := range q.Names() {
		if v, found := m[name]; found {
			return v
		}
	}
	return nil
}

// wereDefaults finds the recorded answers that nobody chose: they are what the
// project was made from, and the default over the other answers of then.
func (r *resolver) wereDefaults() map[string]bool {
	were := map[string]bool{}
	if len(r.given.Made) == 0 {
		return were
	}
	vars := map[string]any{"gen": r.template.Gen(r.given.Created)}
	for _, q := range r.template.Questions {
		made, v := lookup(r.given.Made, q), q.Zero()
		if active, err := q.Active(vars); err == nil && active {
			var fallback any
			if !q.Required {
				fallback, _ = q.Default(r.ctx, vars) // one that fails is nobody's answer
			}
			if accepted, err := q.Accept(made); err == nil {
				v = accepted
				was, err := q.Accept(lookup(r.given.Recorded, q))
				were[q.Name] = err == nil && reflect.DeepEqual(v, fallback) && reflect.DeepEqual(v, was)
			} else if fallback != nil {
				v = fallback
			}
		}
		vars[q.Name] = v
	}
	return were
}

// dropped lists what is recorded and no longer asked.
func (r *resolver) dropped() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(r.given.Recorded)), func(name string) bool { return r.find(name) != nil })
}

// settled reports whether the record answers q, so that only somebody who asks
// for it is asked again.
func (r *resolver) settled(s state, q *spec.Question) bool {
	v, err := q.Accept(lookup(r.given.Recorded, q))
	return err == nil && !r.given.AskAll && q.Check(r.ctx, v, s.vars) == nil
}

func missing(q *spec.Question) error {
	e := &diag.Error{Code: diag.Answer, Msg: "there is no answer to " + q.Name, Hint: "add --set " + q.Name + "=..."}
	if q.Prompt != "" && q.Prompt != q.Name {
		e.Msg += " (" + q.Prompt + ")"
	}
	for i, c := range q.Choices {
		e.Hint += [...]string{" with one of ", ", "}[min(i, 1)] + c.Value
	}
	return e
}
