// Package render turns a template and its answers into a tree of files.
//
// It works on all cores, and what comes out does not depend on how many there
// are: neither the tree nor the mistake.
package render

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
	"example.com/gen/internal/text"
	"example.com/gen/internal/tree"
)

// Render renders every file of t that a lets in. created is the UTC day on
// which the project was created, 2006-01-02. The error is a [diag.Error] or
// [diag.List] with places in the template.
func Render(ctx context.Context, t *spec.Template, a answers.Answers, created string) (tree.Tree, error) {
	r := &renderer{ctx: ctx, template: t, vars: vars(t, a, created), budget: text.NewBudget()}
	err := r.all(runtime.GOMAXPROCS(0))
	if err != nil && hitLimit(err) {
		// Which file used the budget up depends on who ran first: find the first in order.
		r.budget = text.NewBudget()
		err = r.all(1)
	}
	if err != nil {
		return tree.Tree{}, err
	}
	return r.tree()
}

// Next renders the template's word for what comes after gen new.
func Next(ctx context.Context, t *spec.Template, a answers.Answers, created string) (string, error) {
	if t.Next == nil {
		return "", nil
	}
	return t.Next.Run(ctx, text.NewBudget(), vars(t, a, created))
}

// vars is what a template sees.
func vars(t *spec.Template, a answers.Answers, created string) map[string]any {
	v := a.Vars()
	v["gen"] = t.Gen(created)
	return v
}

func hitLimit(err error) bool {
	for _, e := range diag.All(err) {
		if e.Code == diag.Limit {
			return true
		}
	}
	return false
}

type renderer struct {
	ctx      context.Context
	template *spec.Template
	vars     map[string]any
	budget   *text.Budget
	made     []tree.File // by the index of the template's file; without a path it was left out
}

// all renders every file on so many goroutines; the first error in the order of
// the files is returned.
func (r *renderer) all(workers int) error {
	files := r.template.Files
	r.made = make([]tree.File, len(files))
	errs := make([]error, len(files))
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(workers, len(files)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(files)) && !failed.Load(); i = next.Add(1) - 1 {
				if r.made[i], errs[i] = r.one(&files[i]); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return r.ctx.Err()
}

func (r *renderer) one(f *spec.File) (tree.File, error) {
	made := tree.File{From: f.From, Was: f.Was, Owner: f.Owner, Mode: tree.Regular}
	switch {
	case f.Link:
		made.Mode = tree.Link
	case f.Executable:
		made.Mode = tree.Executable
	}
	in, err := f.Active(r.vars)
	if err != nil || !in {
		return made, err
	}
	name, err := r.name(f)
	if err != nil || name == "" {
		return made, err
	}
	if made.Path, err = tree.ParsePath(name); err != nil {
		return made, r.refused(f, name, err)
	}
	if f.Body == nil {
		made.Data = f.Data
		return made, nil
	}
	body, err := f.Body.Run(r.ctx, r.budget, r.vars)
	made.Data = []byte(body)
	return made, err
}

// name renders the path of f; "" leaves the file out.
func (r *renderer) name(f *spec.File) (string, error) {
	if f.Name == nil {
		return f.From, nil
	}
	name, err := f.Name.Run(r.ctx, r.budget, r.vars)
	if err != nil {
		return "", err
	}
	if strings.Count(name, "/") != strings.Count(f.From, "/") {
		e := &diag.Error{Code: diag.Path, Pos: diag.Pos{File: f.Pos.File}, Msg: "an element of the path would hold a slash"}
		e.Hint = r.culprit(f, func(v string) bool { return strings.Contains(v, "/") })
		return "", e
	}
	for segment := range strings.SplitSeq(name, "/") {
		if segment == "" {
			return "", nil
		}
	}
	return name, nil
}

// refused says which rule the path breaks, and which answer made it so.
func (r *renderer) refused(f *spec.File, name string, rule error) error {
	return &diag.Error{
		Code: diag.Path, Pos: diag.Pos{File: f.Pos.File}, Msg: fmt.Sprintf("it would be written to %q, but %v", name, rule),
		Hint: r.culprit(f, func(v string) bool { _, err := tree.ParsePath(v); return err != nil }),
	}
}

// culprit names the first answer in f's path whose value is wrong.
func (r *renderer) culprit(f *spec.File, wrong func(string) bool) string {
	var names []string
	if f.Name != nil {
		names = r.behind(f.Name.Names())
	}
	if len(names) == 0 {
		return "rename the file in the template"
	}
	for _, name := range names {
		if v := fmt.Sprint(r.vars[name]); wrong(v) {
			return fmt.Sprintf("give %s another value than %q", name, v)
		}
	}
	return "give another value to " + strings.Join(names, " or ")
}

// behind returns the names of the answers that names stand for: in place of a
// computed value, those that it is made from.
func (r *renderer) behind(names []string) []string {
	var all []string
	for _, name := range names {
		i := slices.IndexFunc(r.template.Computed, func(c spec.Computed) bool { return c.Name == name })
		if i < 0 {
			all = append(all, name)
		} else {
			all = append(all, r.behind(r.template.Computed[i].Text.Names())...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// tree joins what was rendered. Two files of the template at one path are a
// mistake that names both.
func (r *renderer) tree() (tree.Tree, error) {
	files := make([]tree.File, 0, len(r.made))
	from := make(map[string]string, len(r.made))
	var list diag.List
	for _, f := range r.made {
		p := f.Path.String()
		if p == "" {
			continue
		}
		if first, found := from[p]; found {
			list = append(list, &diag.Error{
				Code: diag.Path, Pos: diag.Pos{File: path.Join("files", f.From)},
				Msg:  fmt.Sprintf("it would be written to %s, and so would %s", p, path.Join("files", first)),
				Hint: "give one of them a when, or another name",
			})
		}
		from[p] = f.From
		files = append(files, f)
	}
	if len(list) > 0 {
		return tree.Tree{}, list
	}
	t, mistakes := tree.New(files)
	return t, mistakes.Err()
}
