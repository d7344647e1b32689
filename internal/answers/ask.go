package answers

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
)

// A Prompter asks a person.
type Prompter interface {
	// Ask asks the fields of one page. back means: to the page before; typed
	// then holds what was typed so far.
	Ask(ctx context.Context, p Page) (typed []any, back bool, err error)
	// Review shows everything once more. back means: to the last page.
	Review(ctx context.Context, s Summary) (back bool, err error)
}

// A Page is a group of questions whose conditions and defaults do not depend on
// each other.
type Page struct {
	Title      string
	Number, Of int // Of is an estimate: conditions may change it
	Fields     []Field
}

// A Field is one question as it is asked now.
type Field struct {
	Question *spec.Question
	Value    any             // what is filled in; nil if nothing is
	Check    func(any) error // type and rules; fields are checked in their order
}

// A Summary is what the review shows.
type Summary struct {
	Path     string // absolute, where the project will be
	Note     string // such as "new, 47 files"
	Template string // such as "python-service 1.0.0, built in"
	Asked    []Item // every answer that was asked or given
	Defaults []Item // those that were not
}

// ask asks page after page, and back again, until every question has its
// answer. If something was typed in an earlier round it begins at the last
// page.
func (r *resolver) ask(s *state, p Prompter) error {
	if r.typed == nil {
		r.typed = map[string]any{}
	}
	var before []state // where each page that was answered began
	resume := len(r.typed) > 0
	for {
		start, page := r.page(*s)
		if len(r.list) > 0 {
			return r.list
		}
		if len(page.Fields) == 0 {
			*s = start
			return nil
		}
		page.Number = len(before) + 1
		page.Of = page.Number + r.pagesAfter(start, page)
		if resume && page.Of > page.Number {
			if next, ok := r.accept(start, page, r.filled(page)); ok {
				before, *s = append(before, *s), next
				continue
			}
		}
		resume = false
		typed, back, err := p.Ask(r.ctx, page)
		if err != nil {
			return err
		}
		next, ok := r.accept(start, page, typed)
		switch {
		case back && len(before) > 0:
			*s, before = before[len(before)-1], before[:len(before)-1]
		case !back && ok:
			before, *s = append(before, *s), next
		}
	}
}

// page decides what needs no asking from s on and gathers the next page. start
// is the state before the page's first field; if there is no field, all is
// decided.
func (r *resolver) page(s state) (start state, page Page) {
	vars := s.vars
	for _, q := range r.template.Questions[s.next():] {
		if len(page.Fields) > 0 && (q.Group != page.Title || r.needs(q, page)) {
			break
		}
		active, err := q.Active(vars)
		if err != nil {
			r.list = append(r.list, diag.All(err)...)
			return s, Page{}
		}
		if _, given := r.sources[q.Name]; given || !active || !q.Ask {
			if len(page.Fields) > 0 {
				break
			}
			s = r.decide(s, q)
			vars = s.vars
			continue
		}
		page.Title = q.Group
		page.Fields = append(page.Fields, Field{Question: q, Value: r.initial(s, q)})
	}
	seen := maps.Clone(vars)
	for i := range page.Fields {
		page.Fields[i].Check = func(v any) error { return r.check(page.Fields[i].Question, v, seen) }
	}
	return s, page
}

// check holds v against q and, if it is good, remembers it for the rules of the
// fields after it.
func (r *resolver) check(q *spec.Question, v any, vars map[string]any) error {
	v, err := q.Accept(v)
	if err == nil {
		err = q.Check(r.ctx, v, vars)
	}
	if err == nil {
		vars[q.Name] = v
	}
	return err
}

// needs reports whether q cannot stand on the page, because it depends on it.
func (r *resolver) needs(q *spec.Question, page Page) bool {
	needs := q.Needs()
	return slices.ContainsFunc(page.Fields, func(f Field) bool { return slices.Contains(needs, f.Question.Name) })
}

// initial is what a question is filled in with: what was typed before, the
// recorded answer, what its suggestion says, the default.
func (r *resolver) initial(s state, q *spec.Question) any {
	if v, found := r.typed[q.Name]; found {
		return v
	}
	if v, err := r.recorded(q); err == nil && v != nil {
		return v
	}
	if v := r.given.Suggest[q.Suggest]; v != "" {
		if accepted, err := q.Accept(v); err == nil {
			return accepted
		}
	}
	if q.Required {
		return nil
	}
	v, err := q.Default(r.ctx, s.vars)
	if err != nil {
		return nil
	}
	return v
}

// filled returns the values that the page is filled in with.
func (r *resolver) filled(p Page) []any {
	values := make([]any, len(p.Fields))
	for i, f := range p.Fields {
		values[i] = f.Value
	}
	return values
}

// accept takes what was typed on a page, checking everything again, so that no
// way of asking can go round a rule.
func (r *resolver) accept(s state, p Page, typed []any) (state, bool) {
	good := len(typed) == len(p.Fields)
	for i := range min(len(typed), len(p.Fields)) {
		q := p.Fields[i].Question
		v, err := q.Accept(typed[i])
		if err == nil {
			r.typed[q.Name] = v
			err = q.Check(r.ctx, v, s.vars)
		}
		if err != nil {
			good = false
			continue
		}
		fallback, err := r.fallback(s, q)
		s = s.with(decision{question: q, value: v, asked: true, plain: err == nil && reflect.DeepEqual(v, fallback)})
	}
	return s, good
}

// pagesAfter counts the pages after p, were everything answered as it is
// filled in.
func (r *resolver) pagesAfter(s state, p Page) int {
	trial := &resolver{ctx: r.ctx, template: r.template, given: r.given, sources: r.sources, typed: maps.Clone(r.typed)}
	for n := 0; ; n++ {
		for _, f := range p.Fields {
			v := f.Value
			if v == nil {
				v = f.Question.Zero()
			}
			s = s.with(decision{question: f.Question, value: v})
		}
		if s, p = trial.page(s); len(p.Fields) == 0 {
			return n
		}
	}
}

// String shows an answer as --set takes it.
func (i Item) String() string {
	if list, ok := i.Value.([]string); ok {
		s := ""
		for n, v := range list {
			if n > 0 {
				s += ","
			}
			s += v
		}
		return s
	}
	return fmt.Sprint(i.Value)
}
