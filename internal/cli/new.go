package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/apply"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/project"
	"example.com/gen/internal/prompt"
	"example.com/gen/internal/record"
	"example.com/gen/internal/render"
	"example.com/gen/internal/report"
)

// newOptions are the flags of gen new.
type newOptions struct {
	answerFlags
	dryRun   bool
	noGit    bool
	conflict string
}

func newNew(a *app) *cobra.Command {
	o := &newOptions{}
	cmd := &cobra.Command{
		Use:   "new [PATH]",
		Short: "Create a project",
		Long: `Create a project in PATH. The last element of PATH is the answer "name".

On a terminal gen asks the template's questions, shows everything once more and
writes after one confirmation. With --no-input, or without a terminal, it asks
nothing: answers come from --set and --answers, the rest takes its default.

The project appears complete or not at all. PATH may be a directory that exists,
such as a fresh clone: files that are there already and equal are taken as they
are, files that differ are listed and nothing is written, unless --conflict says
which to keep. gen update --abort --force takes all of it back.`,
		Example: `  gen new myservice
  gen new . --conflict ours --set name=myservice
  gen new myservice --no-input --set license=MIT --set author='Ada Lovelace'
  gen new myservice --template ./mytemplate --answers answers.yaml
  gen new myservice --no-input --dry-run`,
		Args: atMostOne("PATH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := &newRun{app: a, newOptions: o, ctx: cmd.Context()}
			return r.run(strings.Join(args, ""))
		},
	}
	o.add(cmd)
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print what would be written, write nothing")
	cmd.Flags().BoolVar(&o.noGit, "no-git", false, "do not run git init")
	cmd.Flags().StringVar(&o.conflict, "conflict", "", "of files that are there already and differ, keep `ours` or theirs")
	_ = cmd.RegisterFlagCompletionFunc("conflict", cobra.FixedCompletions([]string{"ours", "theirs"}, cobra.ShellCompDirectiveNoFileComp))
	jsonFlag(cmd, a)
	talkFlags(cmd, a)
	o.complete(cmd, a)
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return cmd
}

// A newRun is one run of gen new.
type newRun struct {
	*app
	*newOptions
	generation
	ctx      context.Context
	prompter answers.Prompter // nil: nothing is asked
	path     string           // absolute, links resolved
	name     string           // as PATH calls it
	there    *os.Root         // the directory at path, nil if it is to be made
	given    answers.Given
}

func (r *newRun) run(path string) error {
	if !slices.Contains([]string{"", "ours", "theirs"}, r.conflict) {
		return fault(diag.Usage, "write ours or theirs", "--conflict of gen new cannot be %q", r.conflict)
	}
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	r.ctx = ctx
	prompter, done := r.asker(r.noInput || r.file == "-", r.accessible, cancel)
	defer done()
	r.prompter = prompter
	defer func() {
		if r.there != nil {
			r.there.Close()
		}
	}()
	err := r.gather(path)
	done()
	if err != nil {
		if r.prompter != nil && r.there != nil && diag.All(err)[0].Code == diag.Target { // what was typed is not lost
			fmt.Fprintf(r.err, "The same without questions:\n%s\n", r.command())
		}
		return err
	}
	if r.dryRun {
		return r.preview()
	}
	if err := r.write(); err != nil {
		return err
	}
	return r.tell()
}

// asker returns what asks a person, nil if nobody can be asked. The terminal is
// the person's again once done was called, which may be more than once.
func (a *app) asker(noInput, accessible bool, interrupt func()) (p answers.Prompter, done func()) {
	if noInput || !prompt.Possible(a.In, a.Err, a.Getenv) {
		return nil, func() {}
	}
	if accessible || a.Getenv("ACCESSIBLE") != "" || a.Getenv("TERM") == "dumb" {
		a.show = nil
		return prompt.NewLines(a.In, a.err), func() {}
	}
	f := prompt.NewForm(a.In, a.Err, a.Getenv, interrupt)
	a.show = f.Busy
	return f, func() {
		f.Close()
		a.show = a.showLine()
	}
}

// open finds the template and checks it.
func (r *newRun) open(name string) (err error) {
	if err = r.load(r.ctx, &r.generation, name, "", ""); err == nil {
		r.detail("template %s %s, %s", r.template.Name, r.template.Version, r.place())
	}
	return err
}

// locate finds out where the project is to be, and what is there.
func (r *newRun) locate(path string) (err error) {
	at, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if r.there != nil { // PATH was another one before
		r.there.Close()
	}
	r.name = filepath.Base(at)
	r.path, r.there, err = apply.Place(at)
	return err
}

// collect gathers what is answered already.
func (r *newRun) collect() (err error) {
	if r.given, err = r.answerFlags.given(r.In); err != nil {
		return err
	}
	if r.given.Created, err = today(r.Getenv); err != nil {
		return err
	}
	r.given.Name = r.name
	if r.prompter != nil {
		r.given.Suggest = suggestions(r.ctx)
	}
	return nil
}

// settle asks, renders and plans until the person agrees.
func (r *newRun) settle() (err error) {
	for {
		if r.answers, err = answers.Resolve(r.ctx, r.template, r.given, r.prompter); err != nil {
			return err
		}
		if err = r.render(r.ctx, &r.generation, r.given.Created); err != nil {
			return err
		}
		if err = r.compare(); err != nil {
			return err
		}
		if r.prompter == nil || r.dryRun {
			return nil
		}
		var back bool
		back, err = r.prompter.Review(r.ctx, r.summary())
		if err != nil || !back {
			return err
		}
		r.given.Typed, r.given.Anew = r.answers.Typed(), false
	}
}

// compare plans what is to be written, and holds it against what is there.
func (r *newRun) compare() (err error) {
	in := merge.Input{Theirs: r.theirs, New: true}
	if r.there != nil {
		if in.Ours, in.Others, err = (&project.Project{Root: r.there, Dir: r.path}).Ours(r.theirs); err != nil {
			return err
		}
	}
	r.plan = merge.Trees(in)
	var differ []string
	var list diag.List
	for i, c := range r.plan.Changes {
		switch {
		case c.Kind != merge.Conflict:
			continue
		case c.Before == nil:
			why, _, _ := strings.Cut(c.Reason, ";")
			list = append(list, &diag.Error{
				Code: diag.Target, Pos: diag.Pos{File: c.Path.String()}, Msg: strings.TrimSuffix(why, ": skipped"),
				Hint: "move it away, then run the command again; nothing was written",
			})
			continue
		}
		differ = append(differ, c.Path.String())
		c = merge.Change{Path: c.Path, Before: c.Before, Kind: merge.Yours, Reason: "already there: yours is kept"}
		if r.conflict == "theirs" {
			c.Kind, c.Reason = merge.Modify, "already there: replaced, yours is in .gen/undo"
			c.File, _ = r.theirs.Get(c.Path)
		}
		r.plan.Changes[i] = c
	}
	if len(differ) > 0 && r.conflict == "" {
		list = append(list, fault(diag.Target, "nothing was written; --conflict ours keeps them, --conflict theirs replaces them",
			"%s holds other files of these names: %s", r.path, strings.Join(differ, ", ")))
	}
	return list.Err()
}

// place says for people where the template is.
func (r *newRun) place() string {
	if strings.HasPrefix(r.source.Record(r.path), "builtin:") {
		return "built in"
	}
	return r.source.Name()
}

func (r *newRun) summary() answers.Summary {
	asked, defaults := r.answers.Split()
	note := fmt.Sprintf("new, %d files", r.theirs.Len())
	if r.there != nil {
		note = "exists, " + report.Summary(r.plan)
	}
	return answers.Summary{
		Path: r.path, Note: note,
		Template: fmt.Sprintf("%s %s, %s", r.template.Name, r.template.Version, r.place()),
		Asked:    asked, Defaults: defaults, Do: "Create",
	}
}

// today is the UTC day, or that of SOURCE_DATE_EPOCH.
func today(getenv func(string) string) (string, error) {
	now := time.Now()
	if s := getenv("SOURCE_DATE_EPOCH"); s != "" {
		sec, err := strconv.ParseInt(s, 10, 64)
		if err != nil || sec < 0 || sec > 253402300799 { // the year 9999
			return "", fault(diag.Usage, "unset it, or set it to such a number", "SOURCE_DATE_EPOCH is %q, which is not a number of seconds since 1970", s)
		}
		now = time.Unix(sec, 0)
	}
	return now.UTC().Format(time.DateOnly), nil
}

// write makes the project.
func (r *newRun) write() error {
	if r.there != nil {
		return r.fill()
	}
	parent, undo, err := apply.Parent(r.path)
	if err != nil {
		return err
	}
	defer parent.Close()
	job := apply.Job{Plan: r.plan, NoSync: r.Getenv("GEN_FSYNC") == "off", Memory: r.remembers}
	if !r.noGit {
		job.Init = r.gitInit
	}
	defer r.busy("writing %d files", r.theirs.Len())()
	if err = apply.Create(r.ctx, parent, filepath.Base(r.path), job); err != nil {
		undo()
	}
	return err
}

// remembers is what the project remembers.
func (r *newRun) remembers() (rec, base []byte, err error) {
	return r.memory(record.Record{Created: r.given.Created}, r.path, r.Version)
}

// fill makes the project in a directory that exists: an update of a project
// that has nothing of the template's yet.
func (r *newRun) fill() error {
	tx, err := r.begin(r.ctx, r.there)
	if err != nil {
		return err
	}
	defer tx.Close()
	defer r.busy("writing %d files", r.theirs.Len())()
	if err := tx.Apply(r.ctx, apply.Update{Steps: r.plan.Steps(), Memory: r.remembers, First: true}); err != nil {
		return err
	}
	if late := arisen(tx); len(late) > 0 {
		return conflictsLeft(places(late), false)
	}
	if !r.noGit {
		if inside, err := git(r.ctx, r.path, "rev-parse", "--is-inside-work-tree"); err != nil || inside != "true" {
			r.note("the directory is no git repository, and was left so: git init makes it one")
		}
	}
	return nil
}

// preview prints what write would do.
func (r *newRun) preview() error {
	for i, c := range r.plan.Changes {
		if c.Kind == merge.Create {
			r.plan.Changes[i].Reason = report.Size(len(c.File.Data))
		}
	}
	if r.json {
		return r.printResult()
	}
	fmt.Fprintf(r.out, "%s %s -> %s\n", r.template.Name, r.template.Version, diag.Safe(r.path))
	fmt.Fprintf(r.out, "%s%s\n", report.Rows(r.plan), report.Summary(r.plan))
	r.note("a dry run: nothing was written")
	return nil
}

// tell prints what was made and what comes next.
func (r *newRun) tell() error {
	if r.json {
		return r.printResult()
	}
	next, err := render.Next(r.ctx, r.template, r.answers, r.given.Created)
	if err != nil {
		return err
	}
	fmt.Fprintf(r.out, "created %s\n", diag.Safe(r.path))
	if r.there != nil {
		plan := r.plan
		plan.Changes = slices.DeleteFunc(slices.Clone(plan.Changes), func(c merge.Change) bool { return c.Kind == merge.Create })
		fmt.Fprintf(r.out, "%s%s\n", report.Rows(plan), report.Summary(r.plan))
	}
	if here, err := filepath.Abs("."); err != nil || here != r.path {
		fmt.Fprintf(r.out, "cd %s\n", answers.Quote(r.path))
	}
	fmt.Fprint(r.out, diag.SafeLines(next))
	if r.prompter != nil && !r.quiet {
		fmt.Fprintf(r.err, "The same without questions:\n%s\n", r.command())
	}
	return nil
}

// command is what makes the same project without asking.
func (r *newRun) command() string {
	words := []string{"gen", "new", r.path, "-t", r.source.Name(), "--no-input"}
	if r.noGit {
		words = append(words, "--no-git")
	}
	if r.conflict != "" {
		words = append(words, "--conflict", r.conflict)
	}
	return r.answers.Command(words...)
}

// newResult is what gen new --json prints.
type newResult struct {
	envelope
	Path     string          `json:"path"`
	Template templateOrigin  `json:"template"`
	Answers  map[string]any  `json:"answers"`
	Changes  []report.Change `json:"changes"`
	Summary  map[string]int  `json:"summary"`
	Next     string          `json:"next"`
}

// templateOrigin says which template is applied; From is null for a new
// project.
type templateOrigin struct {
	Name   string  `json:"name"`
	Source string  `json:"source"`
	From   *string `json:"from"`
	To     string  `json:"to"`
}

func (r *newRun) printResult() error {
	next, err := render.Next(r.ctx, r.template, r.answers, r.given.Created)
	if err != nil {
		return err
	}
	given := map[string]any{}
	for _, i := range r.answers.Items() {
		given[i.Name] = i.Value
	}
	r.printJSON(r.out, newResult{
		newEnvelope("new"), r.path,
		r.origin(r.path, nil),
		given, report.Changes(r.plan), report.Counts(r.plan), next,
	})
	return nil
}
