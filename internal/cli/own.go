package cli

import (
	"cmp"
	"errors"
	"path/filepath"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/apply"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/prompt"
	"example.com/gen/internal/source"
	"example.com/gen/internal/spec"
)

// defaultTemplate is taken where nobody is asked.
const defaultTemplate = "python-service"

// gather asks and decides all that is needed to write. Back from the template's
// first page leads to gen's own questions, with everything typed kept. What was
// said already is looked at before anything is asked.
func (r *newRun) gather(path string) error {
	name, opened, located := r.answerFlags.template, "", ""
	lead := &prompt.Lead{Prompter: r.prompter, Own: r.own(&name, &path)}
	look := func() (err error) { // at what is known and new
		if name != "" && name != opened {
			opened, err = name, r.open(name)
		}
		if err == nil && path != "" && path != located {
			located, err = path, r.locate(path)
		}
		return err
	}
	if len(lead.Own) == 0 || lead.Own[0].To != &name {
		name = cmp.Or(name, defaultTemplate)
	}
	if err := look(); err != nil {
		return err
	}
	if len(lead.Own) > 0 {
		r.prompter = lead
	}
	for {
		if err := lead.AskOwn(r.ctx); err != nil {
			return err
		}
		if path == "" {
			return fault(diag.Usage, "write it as gen new myservice", "gen new needs a PATH: nobody can be asked here")
		}
		if err := look(); err != nil {
			return err
		}
		if err := r.collect(); err != nil {
			return err
		}
		r.given.Typed, r.given.Anew = lead.Typed, true
		if err := r.settle(); !errors.Is(err, prompt.ErrBefore) {
			return err
		}
	}
}

// own are gen's own questions: what no flag and no argument has said.
func (r *newRun) own(name, path *string) (pages []prompt.Own) {
	if r.prompter == nil {
		return nil
	}
	if names := source.Builtin(r.Templates); *name == "" && len(names) > 1 {
		q := &spec.Question{Name: "template", Type: spec.OneOf, Prompt: "Which template?", Ask: true}
		for _, n := range names {
			c := spec.Choice{Value: n}
			var g generation
			if err := r.load(r.ctx, &g, n, "", ""); err == nil {
				c.Label = g.template.Description
			}
			q.Choices = append(q.Choices, c)
		}
		pages = append(pages, prompt.Own{Title: "Template", To: name, Field: answers.Field{Question: q, Value: defaultTemplate, Check: func(any) error { return nil }}})
	}
	if *path == "" {
		q := &spec.Question{Name: "path", Type: spec.String, Prompt: "Where should the project be? (PATH)", Ask: true, Required: true}
		pages = append(pages, prompt.Own{Title: "Project", To: path, Field: answers.Field{Question: q, Check: free}})
	}
	return pages
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
	_, there, err := apply.Place(at)
	if there != nil {
		there.Close()
	}
	return err
}
