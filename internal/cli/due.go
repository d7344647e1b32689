package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/apply"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/project"
	"example.com/gen/internal/record"
	"example.com/gen/internal/render"
	"example.com/gen/internal/report"
	"example.com/gen/internal/source"
	"example.com/gen/internal/spec"
	"example.com/gen/internal/tree"
)

// A generation is what a template makes of a directory, which it may be the
// first time to.
type generation struct {
	source   source.Source
	template *spec.Template
	answers  answers.Answers
	theirs   tree.Tree
	plan     merge.Plan
}

// renderTime is how long rendering may take; its budget of steps ends it
// sooner, so this is only a backstop.
const renderTime = 10 * time.Second

// render makes theirs of the template and the answers.
func (a *app) render(ctx context.Context, g *generation, created string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, renderTime)
	defer cancel()
	defer a.busy("rendering %d files", len(g.template.Files))()
	g.theirs, err = render.Render(ctx, g.template, g.answers, created)
	return err
}

// memory returns what the project in dir, which remembers before, remembers
// once the plan is carried out.
func (g *generation) memory(before record.Record, dir, gen string) (rec, base []byte, err error) {
	origin := record.Origin{Source: g.source.Record(dir), Version: g.template.Version, Digest: g.template.Digest, Gen: gen}
	next := before.Next(origin, g.answers, g.theirs, g.plan)
	base, err = record.EncodeBase(next.Answers, g.theirs)
	return next.Encode(), base, err
}

// origin says which template comes to the project in dir; from is null for a
// new one.
func (g *generation) origin(dir string, from *string) templateOrigin {
	return templateOrigin{g.template.Name, g.source.Record(dir), from, g.template.Version}
}

// due is what an update of a project would do.
type due struct {
	generation
	project *project.Project
	old     map[string]any // the answers before
}

// findDue compares p, which is loaded, with its template.
func (a *app) findDue(ctx context.Context, p *project.Project, f *answerFlags, to string, take merge.Take) (due, error) {
	d := due{project: p}
	left, err := unsettled(p)
	if err == nil && len(left) > 0 {
		err = conflictsLeft(places(left), false)
	}
	if err != nil {
		return d, err
	}
	if err := a.bring(ctx, &d, f, to); err != nil {
		return d, err
	}
	ours, err := d.project.Ours(d.theirs)
	if err != nil {
		return d, err
	}
	rec := d.project.Record
	d.plan = merge.Trees(merge.Input{
		Base: d.project.Base, Ours: ours, Theirs: d.theirs, Moved: rec.Moved, Take: take,
		Labels: merge.Labels{Base: d.template.Name + " " + rec.Version, Theirs: d.template.Name + " " + d.template.Version},
	})
	return d, nil
}

// look opens and loads the project that dir lies in, unless an update of it was
// interrupted. It takes no lock. The caller closes the project's Root.
func look(dir string) (*project.Project, error) {
	p, err := project.Open(dir)
	if err != nil {
		return nil, err
	}
	stopped, err := apply.Interrupted(p.Root)
	switch {
	case err == nil && stopped:
		err = &diag.Error{Code: diag.Record, Msg: "an update of " + p.Dir + " was interrupted", Hint: "run gen update to finish it"}
	case err == nil:
		err = p.Load()
	}
	if err != nil {
		p.Root.Close()
		return nil, err
	}
	return p, nil
}

// bring renders what the template makes now, from the recorded answers and
// those that are given.
func (a *app) bring(ctx context.Context, d *due, f *answerFlags, to string) (err error) {
	rec := d.project.Record
	name := f.template
	if name == "" {
		if name, err = recorded(rec.Source, d.project.Dir); err != nil {
			return err
		}
	}
	if d.source, d.template, err = a.load(ctx, name); err != nil {
		return err
	}
	if err = checkVersion(d.template.Version, rec.Version, to); err != nil {
		return err
	}
	given, err := f.given(a.In)
	if err != nil {
		return err
	}
	given.Created, given.Recorded = rec.Created, map[string]any{}
	for _, item := range rec.Answers {
		given.Recorded[item.Name] = item.Value
	}
	d.old = given.Recorded
	if d.answers, err = answers.Resolve(ctx, d.template, given, nil); err != nil {
		return err
	}
	return a.render(ctx, &d.generation, rec.Created)
}

// recorded is the template of a record as --template takes it.
func recorded(from, project string) (string, error) {
	kind, rest, _ := strings.Cut(from, ":")
	switch {
	case kind == "builtin":
		return rest, nil
	case kind == "dir" && filepath.IsAbs(filepath.FromSlash(rest)):
		return filepath.FromSlash(rest), nil
	case kind == "dir":
		return filepath.Join(project, filepath.FromSlash(rest)), nil
	}
	return "", &diag.Error{
		Code: diag.Source, Pos: diag.Pos{File: record.File}, Msg: fmt.Sprintf("the source %q is not known to this version of gen", from),
		Hint: "install a newer gen, or name the template with --template",
	}
}

// checkVersion refuses a version that was not asked for, and one that is older than
// the project's.
func checkVersion(have, recorded, to string) error {
	if to != "" && strings.TrimPrefix(to, "v") != have {
		return &diag.Error{
			Code: diag.Source, Msg: fmt.Sprintf("the template is at hand in version %s only, not in %s", have, to),
			Hint: "leave --to out, or install the gen that holds it",
		}
	}
	mine, err1 := semver.NewVersion(recorded)
	theirs, err2 := semver.NewVersion(have)
	if to == "" && err1 == nil && err2 == nil && theirs.LessThan(mine) {
		return &diag.Error{
			Code: diag.Source, Msg: fmt.Sprintf("the project was made with version %s of its template; the one at hand is %s", recorded, have),
			Hint: "install a newer gen; --to " + have + " goes back",
		}
	}
	return nil
}

// any reports whether an update has something to do, or to remember.
func (d due) any() bool { return len(d.reasons()) > 0 }

// reasons says what an update would be for.
func (d due) reasons() []string {
	var why []string
	rec := d.project.Record
	if rec.Digest != d.template.Digest || rec.Version != d.template.Version {
		why = append(why, "template")
	}
	now := map[string]any{}
	for _, i := range d.answers.Items() {
		now[i.Name] = i.Value
	}
	if !maps.EqualFunc(now, d.old, func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) || len(why) == 0 && len(d.plan.Steps()) > 0 {
		why = append(why, "answers")
	}
	return why
}

// title is the first line of a report: from which version to which.
func (d due) title() string {
	from, to := d.project.Record.Version, d.template.Version
	if from == to {
		return fmt.Sprintf("%s %s", d.template.Name, diag.Safe(to))
	}
	return fmt.Sprintf("%s %s -> %s", d.template.Name, diag.Safe(from), diag.Safe(to))
}

// updateResult is what gen update --json prints.
type updateResult struct {
	envelope
	Template templateOrigin  `json:"template"`
	Changes  []report.Change `json:"changes"`
	Summary  map[string]int  `json:"summary"`
	Pending  []string        `json:"pending"`
}

func (a *app) printUpdate(command string, d due, code int) {
	e := newEnvelope(command)
	e.Exit = code
	pending := []string{}
	for _, c := range d.plan.Changes {
		if c.Kind == merge.Conflict {
			pending = append(pending, c.Path.String())
		}
	}
	from := d.project.Record.Version
	a.printJSON(a.out, updateResult{
		e,
		d.origin(d.project.Dir, &from),
		report.Changes(d.plan), report.Counts(d.plan), slices.Sorted(slices.Values(pending)),
	})
}

// asConflict reports whether err says that conflicts are left.
func asConflict(err error, e **diag.Error) bool {
	return errors.As(err, e) && (*e).Code == diag.Conflict
}
