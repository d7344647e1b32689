package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/apply"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/prompt"
	"example.com/gen/internal/record"
	"example.com/gen/internal/render"
	"example.com/gen/internal/report"
	"example.com/gen/internal/source"
	"example.com/gen/internal/spec"
)

// newOptions are the flags of gen new.
type newOptions struct {
	answerFlags
	dryRun bool
	noGit  bool
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

The project appears complete or not at all.`,
		Example: `  gen new myservice
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
	path     string           // absolute
	given    answers.Given
}

func (r *newRun) run(path string) error {
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	r.ctx = ctx
	prompter, done := r.asker(r.noInput || r.file == "-", r.accessible, cancel)
	defer done()
	r.prompter = prompter
	if err := r.open(); err != nil {
		return err
	}
	if err := r.locate(path); err != nil {
		return err
	}
	if err := r.collect(); err != nil {
		return err
	}
	if err := r.settle(); err != nil {
		return err
	}
	done()
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
	f := prompt.NewForm(a.In, a.Err, interrupt)
	a.show = f.Busy
	return f, func() {
		f.Close()
		a.show = a.showLine()
	}
}

// open finds the template, which is asked for first, and checks it.
func (r *newRun) open() (err error) {
	name := r.answerFlags.template
	if name == "" {
		if name, err = r.chooseTemplate(); err != nil {
			return err
		}
	}
	if r.source, r.template, err = r.load(r.ctx, name); err == nil {
		r.detail("template %s %s, %s", r.template.Name, r.template.Version, r.place())
	}
	return err
}

// defaultTemplate is taken where nobody is asked.
const defaultTemplate = "python-service"

func (r *newRun) chooseTemplate() (string, error) {
	names := source.Builtin(r.Templates)
	if r.prompter == nil || len(names) < 2 {
		return defaultTemplate, nil
	}
	q := &spec.Question{Name: "template", Type: spec.OneOf, Prompt: "Template", Ask: true}
	for _, n := range names {
		q.Choices = append(q.Choices, spec.Choice{Value: n, Label: n})
	}
	return r.askOne(q, defaultTemplate, func(any) error { return nil })
}

// askOne asks a question of gen's own on a page of its own.
func (r *newRun) askOne(q *spec.Question, value any, check func(any) error) (string, error) {
	for {
		page := answers.Page{Title: "Project", Number: 1, Of: 1, Fields: []answers.Field{{Question: q, Value: value, Check: check}}}
		typed, back, err := r.prompter.Ask(r.ctx, page)
		if err != nil {
			return "", err
		}
		if !back {
			return typed[0].(string), nil
		}
	}
}

// locate turns PATH into an absolute path that is free.
func (r *newRun) locate(path string) (err error) {
	if path == "" && r.prompter != nil {
		q := &spec.Question{Name: "path", Type: spec.String, Prompt: "Where should the project be? (PATH)", Ask: true, Required: true}
		if path, err = r.askOne(q, nil, free); err != nil {
			return err
		}
	}
	if path == "" {
		return &diag.Error{
			Code: diag.Usage, Msg: "gen new needs a PATH where nobody can be asked", Hint: "write it as gen new myservice",
		}
	}
	if r.path, err = filepath.Abs(path); err != nil {
		return err
	}
	return apply.Free(r.path)
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

// collect gathers what is answered already.
func (r *newRun) collect() (err error) {
	if r.given, err = r.answerFlags.given(r.In); err != nil {
		return err
	}
	if r.given.Created, err = today(r.Getenv); err != nil {
		return err
	}
	r.given.Name = filepath.Base(r.path)
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
		r.plan = merge.Trees(merge.Input{Theirs: r.theirs})
		if r.prompter == nil || r.dryRun {
			return nil
		}
		var back bool
		back, err = r.prompter.Review(r.ctx, r.summary())
		if err != nil || !back {
			return err
		}
		r.given.Typed = r.answers.Typed()
	}
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
	return answers.Summary{
		Path: r.path, Note: fmt.Sprintf("new, %d files", r.theirs.Len()),
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
			return "", &diag.Error{
				Code: diag.Usage, Msg: fmt.Sprintf("SOURCE_DATE_EPOCH is %q, which is not a number of seconds since 1970", s),
				Hint: "unset it, or set it to such a number",
			}
		}
		now = time.Unix(sec, 0)
	}
	return now.UTC().Format(time.DateOnly), nil
}

// write makes the project.
func (r *newRun) write() error {
	parent, undo, err := apply.Parent(r.path)
	if err != nil {
		return err
	}
	defer parent.Close()
	job := apply.Job{Plan: r.plan, NoSync: r.Getenv("GEN_FSYNC") == "off", Memory: func() (rec, base []byte, err error) {
		return r.memory(record.Record{Created: r.given.Created}, r.path, r.Version)
	}}
	if !r.noGit {
		job.Init = r.gitInit
	}
	defer r.busy("writing %d files", r.theirs.Len())()
	if err = apply.Create(r.ctx, parent, filepath.Base(r.path), job); err != nil {
		undo()
	}
	return err
}

// preview prints what write would do.
func (r *newRun) preview() error {
	for i := range r.plan.Changes {
		r.plan.Changes[i].Reason = report.Size(len(r.plan.Changes[i].File.Data))
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
	fmt.Fprintf(r.out, "created %s\ncd %s\n%s", diag.Safe(r.path), answers.Quote(r.path), diag.SafeLines(next))
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
