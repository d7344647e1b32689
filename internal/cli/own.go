package cli

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"reflect"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/apply"
	"example.com/gen/internal/source"
	"example.com/gen/internal/spec"
)

// defaultTemplate is taken where nobody is asked.
const defaultTemplate = "python-service"

// An own question is gen's, on a page of its own before the template's.
type own struct {
	title string
	to    *string // where its answer belongs
	answers.Field
}

// gather asks and decides all that is needed to write. Back from the template's
// first page leads to gen's own questions, with everything typed kept. What was
// said already is looked at before anything is asked.
func (r *newRun) gather(path string) error {
	name, opened := r.answerFlags.template, ""
	pages := r.own(&name, &path)
	if len(pages) == 0 || pages[0].to != &name {
		name = cmp.Or(name, defaultTemplate)
		if err := r.open(name); err != nil {
			return err
		}
		opened = name
	}
	if len(pages) == 0 || pages[len(pages)-1].to != &path {
		if err := r.locate(path); err != nil {
			return err
		}
	}
	first := &leading{Prompter: r.prompter, typed: map[string]any{}}
	if len(pages) > 0 {
		r.prompter = first
	}
	for at := 0; ; at = len(pages) - 1 {
		if err := r.askOwn(pages, at); err != nil {
			return err
		}
		if name != opened {
			if err := r.open(name); err != nil {
				return err
			}
			opened = name
		}
		if err := r.locate(path); err != nil {
			return err
		}
		if err := r.collect(); err != nil {
			return err
		}
		first.pages, r.given.Typed, r.given.Anew = len(pages), first.typed, true
		if err := r.settle(); !errors.Is(err, errBefore) {
			return err
		}
	}
}

// own are gen's own questions: what no flag and no argument has said.
func (r *newRun) own(name, path *string) (pages []own) {
	if r.prompter == nil {
		return nil
	}
	if names := source.Builtin(r.Templates); *name == "" && len(names) > 1 {
		q := &spec.Question{Name: "template", Type: spec.OneOf, Prompt: "Which template?", Ask: true}
		for _, n := range names {
			c := spec.Choice{Value: n}
			if _, t, err := r.load(r.ctx, n); err == nil {
				c.Label = t.Description
			}
			q.Choices = append(q.Choices, c)
		}
		pages = append(pages, own{"Template", name, answers.Field{Question: q, Value: defaultTemplate, Check: func(any) error { return nil }}})
	}
	if *path == "" {
		q := &spec.Question{Name: "path", Type: spec.String, Prompt: "Where should the project be? (PATH)", Ask: true, Required: true}
		pages = append(pages, own{"Project", path, answers.Field{Question: q, Check: free}})
	}
	return pages
}

// askOwn asks gen's own questions from number at on.
func (r *newRun) askOwn(pages []own, at int) error {
	for at < len(pages) {
		p := &pages[at]
		page := answers.Page{Title: p.title, Number: at + 1, Of: 1, Fields: []answers.Field{p.Field}}
		typed, back, err := r.prompter.Ask(r.ctx, page)
		switch {
		case err != nil:
			return err
		case back:
			at = max(0, at-1)
		default:
			p.Value, *p.to = typed[0], typed[0].(string)
			at++
		}
	}
	return nil
}

// free refuses an answer that cannot be PATH, while another can still be given.
func free(path any) error {
	if path == "" {
		return errors.New("an answer is needed")
	}
	at, err := filepath.Abs(path.(string))
	if err != nil {
		return err
	}
	return apply.Free(at)
}

// leading lets a person go back from the template's first page to the pages
// before it.
type leading struct {
	answers.Prompter
	pages int            // how many there are; 0 while they are asked
	typed map[string]any // on the template's pages
}

// errBefore says that the person went back from the template's first page.
var errBefore = errors.New("before the first page")

// Ask asks a page and remembers what was typed on it.
func (l *leading) Ask(ctx context.Context, p answers.Page) (typed []any, back bool, err error) {
	first := p.Number == 1 && l.pages > 0
	if l.pages > 0 {
		p.Number, p.Of = p.Number+l.pages, p.Of+l.pages
	}
	typed, back, err = l.Prompter.Ask(ctx, p)
	for i, f := range p.Fields {
		if l.pages > 0 && i < len(typed) && typed[i] != nil && !reflect.DeepEqual(typed[i], f.Value) {
			l.typed[f.Question.Name] = typed[i]
		}
	}
	if first && back && err == nil {
		l.pages, err = 0, errBefore
	}
	return typed, back, err
}
