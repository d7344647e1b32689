package prompt

import (
	"context"
	"errors"
	"reflect"

	"example.com/gen/internal/answers"
)

// A Lead asks gen's own questions before a template's. It is the
// [answers.Prompter] for these, and lets a person go back from their first page.
type Lead struct {
	answers.Prompter
	Own   []Own
	Typed map[string]any // what was typed on the template's pages, by question
	at    int            // the own question to begin with
}

// An Own question has a text for an answer and a page of its own.
type Own struct {
	Title string
	To    *string // where the answer belongs
	answers.Field
}

// ErrBefore says that the person went back from the template's first page:
// [Lead.AskOwn] is to be called again, which goes on from there.
var ErrBefore = errors.New("back")

// AskOwn asks gen's own questions, all at first, later the last and those that
// the person goes back to.
func (l *Lead) AskOwn(ctx context.Context) error {
	for l.at < len(l.Own) {
		o := &l.Own[l.at]
		page := answers.Page{Title: o.Title, Number: l.at + 1, Of: 1, Fields: []answers.Field{o.Field}}
		typed, back, err := l.Prompter.Ask(ctx, page)
		switch {
		case err != nil:
			return err
		case back:
			l.at = max(0, l.at-1)
		default:
			o.Value, *o.To = typed[0], typed[0].(string)
			l.at++
		}
	}
	return nil
}

// Ask asks a page of the template's and remembers what was typed.
func (l *Lead) Ask(ctx context.Context, p answers.Page) (typed []any, back bool, err error) {
	first := p.Number == 1 && len(l.Own) > 0
	p.Number, p.Of = p.Number+len(l.Own), p.Of+len(l.Own)
	typed, back, err = l.Prompter.Ask(ctx, p)
	for i, f := range p.Fields {
		if i < len(typed) && typed[i] != nil && !reflect.DeepEqual(typed[i], f.Value) {
			if l.Typed == nil {
				l.Typed = map[string]any{}
			}
			l.Typed[f.Question.Name] = typed[i]
		}
	}
	if first && back && err == nil {
		l.at, err = len(l.Own)-1, ErrBefore
	}
	return typed, back, err
}
