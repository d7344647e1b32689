package answers

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"

	"example.com/gen/internal/spec"
)

// A Prompter asks a person.
type Prompter interface {
	// Ask asks the fields of one page. back means: to the page before; typed
	// then holds what was typed so far, nil where nothing was.
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
	Do       string // what is confirmed: "Create" or "Update"
}

// A section is a page on its way through the questions.
type section struct {
	page      Page
	start     state            // before the page's first question
	questions []*spec.Question // from there on: those asked, and between them those that need no asking
}

// ask asks page after page, and back again, until every question has its
// answer. If something was typed in an earlier round it begins at the last
// page.
func (r *resolver) ask(s *state, p Prompter) error {
	var before []state // where each page that was answered began
	resume := len(r.typed) > 0 && !r.given.Anew
	for {
		sec := r.section(*s)
		if len(r.list) > 0 {
			return r.list
		}
		if len(sec.questions) == 0 {
			*s = sec.start
			return nil
		}
		sec.page.Number, sec.page.Title = len(before)+1, cmp.Or(sec.page.Title, r.template.Name)
		sec.page.Of = sec.page.Number + r.pagesAfter(sec)
		if resume {
			next, ok := r.accept(sec, sec.filled())
			if resume = ok && sec.page.Of > sec.page.Number; resume {
				before, *s = append(before, *s), next
				continue
			}
		}
		typed, back, err := p.Ask(r.ctx, sec.page)
		if err != nil {
			return err
		}
		next, ok := r.accept(sec, typed)
		switch {
		case back && len(before) > 0:
			*s, before = before[len(before)-1], before[:len(before)-1]
		case !back && ok:
			before, *s = append(before, *s), next
		}
	}
}

// section decides what needs no asking from s on and gathers the next page;
// with no question left, its start is the end.
func (r *resolver) section(s state) section {
	sec := section{start: s}
	trial := r.trial()
	for _, q := range r.template.Questions[len(s.decided):] {
		asked, err := r.asks(s, q)
		switch {
		case sec.decides(q), asked && len(sec.questions) > 0 && q.Group != sec.page.Title:
			return r.checked(sec, s.vars)
		case err != nil:
			r.fail(q, err)
			return sec
		case asked:
			sec.page.Title = q.Group
			value, found := r.typed[q.Name]
			if !found {
				value = r.suggested(s, q)
			}
			sec.page.Fields = append(sec.page.Fields, Field{Question: q, Value: value})
			s = s.with(decision{question: q, value: q.Zero()})
		case len(sec.questions) > 0: // its rules may see the page, so this is for its value only
			s = trial.decide(s, q)
		default:
			s = r.decide(s, q)
			sec.start = s
			continue
		}
		sec.questions = append(sec.questions, q)
	}
	return r.checked(sec, s.vars)
}

// decides reports whether or how q is asked depends on the page.
func (sec section) decides(q *spec.Question) bool {
	return slices.ContainsFunc(sec.page.Fields, func(f Field) bool { return slices.Contains(q.Needs(), f.Question.Name) })
}

// asks reports whether a person is asked q.
func (r *resolver) asks(s state, q *spec.Question) (bool, error) {
	if _, given := r.sources[q.Name]; given || !q.Ask || r.settled(s, q) {
		return false, nil
	}
	return q.Active(s.vars)
}

// checked gives the page's fields their checks. vars holds zero values for
// them; each is put there when it is good, for the rules of those after it.
func (r *resolver) checked(sec section, vars map[string]any) section {
	vars = maps.Clone(vars)
	for i, f := range sec.page.Fields {
		sec.page.Fields[i].Check = func(v any) error {
			v, err := f.Question.Accept(v)
			if err == nil {
				err = f.Question.Check(r.ctx, v, vars)
			}
			if err == nil {
				vars[f.Question.Name] = v
			}
			return err
		}
	}
	return sec
}

// filled returns the values that the page is filled in with.
func (sec section) filled() []any {
	values := make([]any, len(sec.page.Fields))
	for i, f := range sec.page.Fields {
		values[i] = f.Value
	}
	return values
}

// suggested is the recorded answer, what the suggestion says, or the default.
func (r *resolver) suggested(s state, q *spec.Question) any {
	if v, err := r.recorded(q); err == nil && v != nil {
		return v
	}
	if v, err := q.Accept(r.given.Suggest[q.Suggest]); err == nil && v != "" && q.Check(r.ctx, v, s.vars) == nil {
		return v
	}
	if q.Required {
		return nil
	}
	v, _ := q.Default(r.ctx, s.vars) // one that fails fills nothing in
	return v
}

// accept takes what was typed on a page, checking everything again, so that no
// way of asking can go round a rule. What has the right type is remembered,
// unless it is what was filled in: that follows the other answers.
func (r *resolver) accept(sec section, typed []any) (s state, good bool) {
	s, good = sec.start, len(typed) == len(sec.page.Fields)
	trial := r.trial()
	for _, q := range sec.questions {
		i := slices.IndexFunc(sec.page.Fields, func(f Field) bool { return f.Question == q })
		if i < 0 {
			s = trial.decide(s, q)
			continue
		}
		d := decision{question: q, value: q.Zero(), asked: true}
		if i < len(typed) && typed[i] != nil {
			if v, err := q.Accept(typed[i]); err == nil {
				d.value = v
				r.remember(s, q, v)
			}
		}
		good = good && typed[i] != nil && sec.page.Fields[i].Check(typed[i]) == nil
		d.plain = r.isFallback(s, q, d.value)
		s = s.with(d)
	}
	if good {
		r.list = append(r.list, trial.list...)
	}
	return s, good
}

func (r *resolver) remember(s state, q *spec.Question, v any) {
	if reflect.DeepEqual(v, r.suggested(s, q)) {
		delete(r.typed, q.Name)
		return
	}
	r.typed[q.Name] = v
}

// trial returns a resolver that leaves r as it is.
func (r *resolver) trial() *resolver {
	t := *r
	t.typed, t.unsure, t.list = maps.Clone(r.typed), maps.Clone(r.unsure), nil
	return &t
}

// pagesAfter counts the pages after sec, were everything answered as it is
// filled in.
func (r *resolver) pagesAfter(sec section) int {
	trial := r.trial()
	for n := 0; ; n++ {
		s, _ := trial.accept(sec, sec.filled())
		if sec = trial.section(s); len(sec.questions) == 0 {
			return n
		}
	}
}
