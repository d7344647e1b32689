package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"example.com/gen/internal/apply"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/project"
	"example.com/gen/internal/report"
)

// updateOptions are the flags of gen update.
type updateOptions struct {
	wish
	conflict string
	dryRun   bool
	goOn     bool // --continue
	abort    bool
	force    bool
}

func newUpdate(a *app) *cobra.Command {
	o := &updateOptions{}
	cmd := &cobra.Command{
		Use:   "update [DIR]",
		Short: "Bring a project to its template's newest version",
		Long: `Bring a project to its template's newest version, or to new answers, by a
three-way merge: what the template changed comes in, what you changed stays.
DIR is the project or a directory in it; without DIR it is the current one.

Where both changed the same lines the file gets conflict markers and gen exits
with 3. Edit them or gen resolve, then say gen update --continue; or put every
byte back with gen update --abort. All of an update is written, or nothing. No
git is needed.`,
		Example: `  gen update
  gen update --dry-run
  gen update --set license=MIT
  gen update --continue
  gen update --abort`,
		Args: atMostOne("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, other := range []string{"dry-run", "template", "set", "answers", "to", "conflict", "ask"} {
				if err := alone(cmd, "continue", "abort", other); err != nil {
					return err
				}
			}
			return (&updateRun{app: a, updateOptions: o, ctx: cmd.Context()}).run(strings.Join(args, ""))
		},
	}
	o.add(cmd, a)
	cmd.Flags().StringVar(&o.conflict, "conflict", "markers", "settle every conflict: `markers`, ours or theirs")
	_ = cmd.RegisterFlagCompletionFunc("conflict", cobra.FixedCompletions([]string{"markers", "ours", "theirs"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print what would happen, write nothing")
	cmd.Flags().BoolVar(&o.goOn, "continue", false, "say that the conflicts of the last update are settled")
	cmd.Flags().BoolVar(&o.abort, "abort", false, "put every byte back as it was before the last update")
	cmd.Flags().BoolVar(&o.force, "force", false, "with --abort: also what is in a commit, or where you worked on since")
	cmd.Flags().BoolVar(&o.askAll, "ask", false, "ask every question again, not only new ones")
	return cmd
}

// An updateRun is one run of gen update.
type updateRun struct {
	*app
	*updateOptions
	ctx  context.Context
	due  due
	done func() // gives the terminal back
}

func (r *updateRun) run(dir string) error {
	if r.force && !r.abort {
		return fault(diag.Usage, "add --abort, or leave it out", "--force goes with --abort")
	}
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	r.ctx = ctx
	var done func()
	r.prompter, done = r.asker(r.noInput || r.file == "-" || r.abort || r.goOn, r.accessible, cancel)
	defer done()
	if r.askAll && r.prompter == nil {
		return fault(diag.Usage, "answer with --set NAME=VALUE", "--ask needs a terminal to ask on")
	}
	r.done = done
	if r.dryRun {
		return look(dir, func(p *project.Project) (func() error, error) { return r.tell, r.plan(p) })
	}
	p, err := project.Open(dir)
	if err != nil {
		return err
	}
	defer p.Root.Close()
	tx, err := r.begin(r.ctx, p.Root)
	if err != nil {
		return err
	}
	defer tx.Close()
	switch {
	case r.abort:
		return r.takeBack(tx, p)
	case r.goOn:
		return r.settle(tx, p)
	}
	if err := p.Load(); err != nil {
		return err
	}
	if err := r.plan(p); err != nil {
		return err
	}
	if !r.due.any() {
		if err := remember(r.ctx, tx, p, nil); err != nil { // of conflicts that are settled
			return err
		}
		return r.tell()
	}
	err = tx.Apply(r.ctx, apply.Update{Steps: r.due.plan.Steps(), Memory: func() (rec, base []byte, err error) {
		return r.due.memory(p.Record, p.Dir, r.Version)
	}})
	if err != nil {
		return err
	}
	err = r.tell()
	if late := arisen(tx); len(late) > 0 && err == nil {
		err = conflictsLeft(places(late), false)
	}
	return err
}

// plan finds out what is due.
func (r *updateRun) plan(p *project.Project) (err error) {
	take, known := map[string]merge.Take{"markers": merge.TakeNeither, "ours": merge.TakeOurs, "theirs": merge.TakeTheirs}[r.conflict]
	if !known {
		return fault(diag.Usage, "write markers, ours or theirs", "--conflict cannot be %q", r.conflict)
	}
	r.take = take
	r.due, err = r.findDue(r.ctx, p, &r.wish)
	r.done()
	if err != nil {
		return err
	}
	return room(p, r.due.plan)
}

// tell prints what an update did, or would do.
func (r *updateRun) tell() error {
	d, conflicts := r.due, r.due.plan.Count(merge.Conflict)
	code := exitOK
	if conflicts > 0 {
		code = exitConflicts
	}
	if r.json {
		r.printUpdate("update", d, code, nil)
		return exit(code).orNil()
	}
	summary := report.Summary(d.plan)
	if !d.any() {
		summary = "nothing to do"
	}
	fmt.Fprintf(r.out, "%s\n%s%s\n", d.title(), report.Rows(d.plan), summary)
	for _, name := range d.answers.Dropped() {
		r.note("the template asks for %s no longer; its answer is dropped", name)
	}
	if r.dryRun {
		r.note("a dry run: nothing was written")
	}
	if len(d.answers.Typed()) > 0 && !r.quiet {
		fmt.Fprintf(r.err, "The same without questions:\n%s\n", d.answers.Command("gen", "update", d.project.Dir, "--no-input"))
	}
	if conflicts == 0 {
		return nil
	}
	var at []string
	for _, c := range d.plan.Changes {
		if c.Kind == merge.Conflict {
			at = append(at, place(c))
		}
	}
	return conflictsLeft(at, r.dryRun)
}

// place is where a person finds a conflict.
func place(c merge.Change) string {
	if len(c.Regions) > 0 {
		return fmt.Sprintf("%s:%d", c.Path, c.Regions[0].Line)
	}
	return c.Path.String()
}

// conflictsLeft is the error that names the conflicts that wait for a person.
func conflictsLeft(places []string, would bool) error {
	verb, hint := "are", "edit or gen resolve, then gen update --continue; gen update --abort undoes all"
	switch {
	case would:
		verb, hint = "would be", ""
	case len(places) == 1:
		verb = "is"
	}
	return fault(diag.Conflict, hint, "%s %s left: %s", merge.Count(len(places), "conflict"), verb, strings.Join(places, ", "))
}

// orNil is no error for code 0.
func (e exit) orNil() error {
	if e == exitOK {
		return nil
	}
	return e
}
