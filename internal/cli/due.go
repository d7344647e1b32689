package cli

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/spf13/cobra"

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
	stored   source.Stored
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

// blame says in err of mistakes in the template whose they are, for somebody
// who named none.
func (g *generation) blame(err error) error {
	whose := ""
	if g.template != nil {
		whose = g.template.Name + " " + g.template.Version
	} else if g.source != nil { // more is not known
		whose = strings.TrimSpace(g.source.Name() + " " + g.stored.Version)
	}
	var last *diag.Error
	for _, e := range diag.All(err) {
		if whose != "" && e.Code != diag.Answer {
			e.Of, last = "template "+whose, e
		}
	}
	if last != nil && g.stored.Version != "" { // there are others
		last.Hint = strings.TrimPrefix(last.Hint+"; or take another version: gen update --to VERSION", "; or ")
	}
	return err
}

// memory returns what the project in dir, which remembers before, remembers
// once the plan is carried out.
func (g *generation) memory(before record.Record, dir, gen string) (rec, base []byte, err error) {
	origin := record.Origin{
		Source: g.source.Record(dir), Version: g.template.Version, Ref: g.stored.Ref, Commit: g.stored.Commit,
		Digest: g.template.Digest, Gen: gen,
	}
	next := before.Next(origin, g.answers, g.theirs, g.plan)
	base, err = record.EncodeBase(next.Answers, g.theirs)
	return next.Encode(), base, err
}

// origin says which template comes to the project in dir; from is null for a
// new one.
func (g *generation) origin(dir string, from *string) templateOrigin {
	return templateOrigin{g.template.Name, g.source.Record(dir), from, g.template.Version}
}

// A wish says what an update is to bring a project to.
type wish struct {
	answerFlags
	to       string
	askAll   bool
	take     merge.Take
	prompter answers.Prompter // nil: nothing is asked
}

func (w *wish) add(cmd *cobra.Command, a *app) {
	w.answerFlags.add(cmd)
	cmd.Flags().StringVar(&w.to, "to", "", "the `VERSION` of the template; without it, the newest")
	jsonFlag(cmd, a)
	talkFlags(cmd, a)
	w.complete(cmd, a)
}

// due is what an update of a project would do.
type due struct {
	generation
	project *project.Project
	given   answers.Given
	ours    tree.Tree
	named   bool // the template was named, and is not the record's
	lost    bool // nobody knows the base
}

// findDue compares p, which is loaded, with its template.
func (a *app) findDue(ctx context.Context, p *project.Project, w *wish) (due, error) {
	d := due{project: p}
	left, err := unsettled(p)
	if err == nil && len(left) > 0 {
		err = conflictsLeft(places(left), false)
	}
	if err != nil {
		return d, err
	}
	if err := a.bring(ctx, &d, w); err != nil {
		return d, err
	}
	for {
		if d.answers, err = answers.Resolve(ctx, d.template, d.given, w.prompter); err != nil {
			return d, d.blame(err)
		}
		if !d.any() { // the same template and answers make the same again
			d.theirs, d.plan = p.Base, merge.Plan{Unchanged: p.Base.Len(), Moved: p.Record.Moved}
			return d, nil
		}
		if err = a.render(ctx, &d.generation, p.Record.Created); err != nil {
			return d, d.blame(err)
		}
		if err = d.compare(w.take); err != nil || len(d.answers.Typed()) == 0 {
			return d, err
		}
		back, err := w.prompter.Review(ctx, d.summary())
		if err != nil || !back {
			return d, err
		}
		d.given.Typed = d.answers.Typed()
	}
}

// summary is what a person confirms who was asked something.
func (d due) summary() answers.Summary {
	asked, defaults := d.answers.Split()
	return answers.Summary{
		Path: d.project.Dir, Note: report.Summary(d.plan), Template: d.title(), Asked: asked, Defaults: defaults, Do: "Update",
	}
}

// compare plans the update.
func (d *due) compare(take merge.Take) error {
	ours, others, err := d.project.Ours(d.theirs)
	if err != nil {
		return err
	}
	rec := d.project.Record
	d.ours = ours
	d.plan = merge.Trees(merge.Input{
		Base: d.project.Base, Ours: ours, Theirs: d.theirs, Moved: rec.Moved, Others: others, Lost: d.lost, Take: take,
		Labels: merge.Labels{Base: d.template.Name + " " + rec.Version, Theirs: d.template.Name + " " + d.template.Version},
	})
	return nil
}

// look opens and loads the project that dir lies in and lets see find something
// out, which it returns as what tells it. It takes no lock: if somebody else
// updates the project meanwhile, see is called once more.
func look(dir string, see func(*project.Project) (tell func() error, err error)) error {
	p, err := project.Open(dir)
	if err != nil {
		return err
	}
	defer p.Root.Close()
	for again := true; ; again = false {
		before, err := p.Remembered()
		if err != nil {
			return err
		}
		if err := uninterrupted(p); err != nil {
			return err
		}
		if err = p.Load(); err != nil {
			return err
		}
		tell, err := see(p)
		if after, e := p.Remembered(); again && (e != nil || !bytes.Equal(before, after)) {
			continue
		}
		if err != nil {
			return err
		}
		return tell()
	}
}

// uninterrupted refuses a project of which an update was begun and not finished.
func uninterrupted(p *project.Project) error {
	stopped, err := apply.Interrupted(p.Root)
	if err == nil && stopped {
		err = &diag.Error{Code: diag.Record, Msg: "an update of " + p.Dir + " was interrupted", Hint: "run gen update to finish it"}
	}
	return err
}

// bring finds the template, and what is answered already.
func (a *app) bring(ctx context.Context, d *due, w *wish) (err error) {
	rec := d.project.Record
	name := w.template
	if name == "" {
		if name, err = recorded(rec.Source, d.project.Dir); err != nil {
			return err
		}
	}
	ref := rec.Ref
	if d.named = w.template != ""; d.named { // it says itself what is followed
		ref = ""
	}
	if err = a.load(ctx, &d.generation, name, w.to, ref); err != nil {
		return d.blame(err)
	}
	if was := a.madeFrom(ctx, d); was != d.template.Name {
		return fault(diag.Source, "name a template called "+was+", or leave --template out",
			"the project was made from %s, and %s is another template", was, d.template.Name)
	}
	if err = d.checkVersion(w.to); err != nil {
		return err
	}
	recorded := map[string]any{}
	for _, item := range rec.Answers {
		recorded[item.Name] = item.Value
	}
	if d.project.Damage != "" {
		a.mend(ctx, d, recorded)
	}
	if d.given, err = w.given(a.In); err != nil {
		return err
	}
	d.given.Created, d.given.Recorded, d.given.Made, d.given.AskAll = rec.Created, recorded, d.project.Made, w.askAll
	if w.prompter != nil && slices.ContainsFunc(d.template.Questions, func(q *spec.Question) bool { return q.Suggest != "" && recorded[q.Name] == nil }) {
		d.given.Suggest = suggestions(ctx)
	}
	return nil
}

// madeFrom is the name of the template that a project was made from, as far as
// that can be found out: of one that has moved away, nobody knows it.
func (a *app) madeFrom(ctx context.Context, d *due) string {
	rec := d.project.Record
	if was, builtin := strings.CutPrefix(rec.Source, "builtin:"); builtin {
		return was
	}
	name, err := recorded(rec.Source, d.project.Dir)
	if err != nil || !d.named || d.source.Record(d.project.Dir) == rec.Source {
		return d.template.Name
	}
	var old generation
	if a.hushed().load(ctx, &old, name, "", rec.Commit) != nil {
		return d.template.Name
	}
	return old.template.Name
}

// mend makes the base anew where its file is lost, if the template is still the
// one that made it. Whether it is the same, its digest says.
func (a *app) mend(ctx context.Context, d *due, recorded map[string]any) {
	p := d.project
	old, err := d.generation, error(nil)
	if p.Record.Commit != "" && d.stored.Commit != p.Record.Commit { // git still has the one that made it
		err = a.load(ctx, &old, p.Record.Source, "", p.Record.Commit)
	}
	if err == nil && old.template.Digest == p.Record.Digest {
		old.answers, err = answers.Resolve(ctx, old.template, answers.Given{Recorded: recorded, Created: p.Record.Created}, nil)
		if err == nil {
			err = a.render(ctx, &old, p.Record.Created)
		}
		if err == nil && record.Digest(old.answers.Items(), old.theirs) == p.Record.Base {
			p.Base, p.Made = old.theirs, recorded
			a.note("%s is damaged (%s); the template made it anew", record.Base, p.Damage)
			return
		}
	}
	d.lost = true
	a.note("%s cannot be trusted: %s; without it every difference is a conflict. If git has it: git checkout -- %s", record.Base, p.Damage, record.Base)
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
	case source.IsGit(from):
		return from, nil
	}
	return "", &diag.Error{
		Code: diag.Source, Pos: diag.Pos{File: record.File}, Msg: fmt.Sprintf("the source %q is not known to this version of gen", from),
		Hint: "install a newer gen, or name the template with --template",
	}
}

// checkVersion refuses a version that was not asked for, and one that is older than
// the project's.
func (d *due) checkVersion(to string) error {
	have, rec := d.template.Version, d.project.Record
	from, _, _ := strings.Cut(d.source.Record(d.project.Dir), ":")
	if bare := strings.TrimPrefix(to, "v"); to != "" && bare != have && source.Version("v"+bare) != have {
		e := fault(diag.Source, "a directory has one version: leave --to out", "the template is at hand in version %s only, not in %s", have, to)
		if from == "builtin" {
			e.Hint = "leave --to out, or install the gen that holds it"
		}
		return e
	}
	mine, err1 := semver.NewVersion(rec.Version)
	theirs, err2 := semver.NewVersion(have)
	if to == "" && err1 == nil && err2 == nil && theirs.LessThan(mine) {
		e := fault(diag.Source, "--to "+have+" goes back",
			"the project was made with version %s of its template; the one at hand is %s", rec.Version, have)
		if from == "builtin" && rec.Gen != "" {
			e.Hint = "install gen " + rec.Gen + " or later; " + e.Hint
		}
		return e
	}
	return nil
}

// any reports whether an update has something to do, or to remember.
func (d due) any() bool { return len(d.reasons()) > 0 }

// reasons says what an update would be for.
func (d due) reasons() []string {
	why := []string{}
	rec := d.project.Record
	changed := rec.Digest != d.template.Digest || rec.Version != d.template.Version
	if changed {
		why = append(why, "template")
	}
	if d.named && (d.source.Record(d.project.Dir) != rec.Source || d.stored.Ref != rec.Ref) {
		why = append(why, "source")
	}
	if d.answersDiffer(changed) {
		why = append(why, "answers")
	}
	if d.project.Damage != "" {
		why = append(why, "base")
	}
	return why
}

// answersDiffer compares the answers with those of the record and those that
// the project was made from. Questions that came or went are the template's doing.
func (d due) answersDiffer(templateChanged bool) bool {
	now := map[string]any{}
	for _, i := range d.answers.Items() {
		now[i.Name] = i.Value
	}
	for _, then := range []map[string]any{d.given.Recorded, d.given.Made} {
		if then != nil && !templateChanged && len(then) != len(now) {
			return true
		}
		for name, v := range now {
			if was, found := then[name]; then != nil && !found && !templateChanged || found && fmt.Sprint(was) != fmt.Sprint(v) {
				return true
			}
		}
	}
	return false
}

// title is the first line of a report: from which version to which.
func (d due) title() string {
	from, to := d.project.Record.Version, d.template.Version
	if from == to {
		return fmt.Sprintf("%s %s", d.template.Name, diag.Safe(to))
	}
	return fmt.Sprintf("%s %s -> %s", d.template.Name, diag.Safe(from), diag.Safe(to))
}

// updateResult is what gen update --json prints, and gen diff --json, which has
// the patch.
type updateResult struct {
	envelope
	Template templateOrigin  `json:"template"`
	Changes  []report.Change `json:"changes"`
	Summary  map[string]int  `json:"summary"`
	Pending  []string        `json:"pending"`
	Patch    *string         `json:"patch,omitempty"`
}

func (a *app) printUpdate(command string, d due, code int, patch *string) {
	e := newEnvelope(command)
	e.Exit = code
	from := d.project.Record.Version
	a.printJSON(a.out, updateResult{
		e, d.origin(d.project.Dir, &from), report.Changes(d.plan), report.Counts(d.plan), d.pending(), patch,
	})
}

// pending lists the paths of the conflicts that the update leaves.
func (d due) pending() []string {
	paths := []string{}
	for _, c := range d.plan.Changes {
		if c.Kind == merge.Conflict {
			paths = append(paths, c.Path.String())
		}
	}
	return paths
}
