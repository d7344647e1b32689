package cli

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/project"
	"example.com/gen/internal/prompt"
	"example.com/gen/internal/report"
	"example.com/gen/internal/spec"
	"example.com/gen/internal/tree"
)

// resolveOptions are the flags of gen resolve.
type resolveOptions struct {
	ours, theirs bool
	accessible   bool
}

func newResolve(a *app) *cobra.Command {
	o := &resolveOptions{}
	cmd := &cobra.Command{
		Use:   "resolve [PATH...]",
		Short: "Settle the conflicts of an update",
		Long: `Settle the conflicts that the last update left, in the files and directories
PATH or in all: for your side, for the template's, or, on a terminal, one by one
with all sides shown. Of a text only the lines between markers change. What
cannot be settled is named and left, the rest is written at once; gen update
--abort still takes the whole update back.`,
		Example: `  gen resolve
  gen resolve --theirs
  gen resolve src/app.py logo.png --ours`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := alone(cmd, "ours", "theirs"); err != nil {
				return err
			}
			return (&resolveRun{app: a, resolveOptions: o, ctx: cmd.Context()}).run(args)
		},
		ValidArgsFunction: completeConflict,
	}
	fl := cmd.Flags()
	fl.BoolVar(&o.ours, "ours", false, "take your side of every conflict")
	fl.BoolVar(&o.theirs, "theirs", false, "take the template's side of every conflict")
	fl.BoolVar(&o.accessible, "accessible", false, "ask line by line, for screen readers; also ACCESSIBLE=1")
	jsonFlag(cmd, a)
	talkFlags(cmd, a)
	return cmd
}

// A resolveRun is one run of gen resolve.
type resolveRun struct {
	*app
	*resolveOptions
	ctx      context.Context
	project  *project.Project
	prompter answers.Prompter
	steps    []merge.Step
	result   settlement
	failed   diag.List // why some cannot be settled
}

func (r *resolveRun) run(args []string) error {
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	r.ctx = ctx
	p, err := project.Open(".")
	if err != nil {
		return err
	}
	defer p.Root.Close()
	r.project = p
	tx, err := r.begin(r.ctx, p.Root)
	if err != nil {
		return err
	}
	defer tx.Close()
	if err = p.Load(); err != nil {
		return err
	}
	if len(p.Record.Pending) == 0 {
		return r.settled("resolve", r.result)
	}
	wanted, err := r.wanted(args)
	if err != nil {
		return err
	}
	left, err := unsettled(p)
	if err != nil {
		return err
	}
	prompter, done := r.asker(r.ours || r.theirs, r.accessible, cancel)
	defer done()
	if r.prompter = prompter; prompter == nil && !r.ours && !r.theirs && len(left) > 0 {
		return fault(diag.Usage, "add --ours or --theirs, or edit the files and say gen update --continue", "gen resolve needs a side to take: nobody can be asked here")
	}
	err = r.all(wanted)
	done()
	if err != nil {
		return err
	}
	if err = remember(r.ctx, tx, p, r.result.left, r.steps...); err != nil {
		return err
	}
	r.result.left = append(r.result.left, arisen(tx)...)
	if err = r.settled("resolve", r.result); len(r.failed) == 0 {
		return err
	}
	return append(r.failed, diag.All(conflictsLeft(places(r.result.left), false))...)
}

// wanted returns the paths of the conflicts that args name, all if none is.
func (r *resolveRun) wanted(args []string) (map[tree.Path]bool, error) {
	wanted := map[tree.Path]bool{}
	var unknown diag.List
	for _, arg := range args {
		found := false
		for _, row := range r.project.Record.Pending {
			for i, name := range []string{within(r.project, arg), path.Clean(filepath.ToSlash(arg))} { // as it is seen from here, or listed
				if arg != "" && (name == row.Left || below(name, row.Path) && (i == 0 || name != ".")) {
					wanted[row.Path], found = true, true
				}
			}
		}
		if !found {
			unknown = append(unknown, fault(diag.Usage, "gen status lists those that are left", "%s is in no conflict of the last update", arg))
		}
	}
	for _, row := range r.project.Record.Pending {
		if len(args) == 0 {
			wanted[row.Path] = true
		}
	}
	return wanted, unknown.Err()
}

// all goes through the conflicts.
func (r *resolveRun) all(wanted map[tree.Path]bool) error {
	for _, row := range r.project.Record.Pending {
		c, err := wait(r.project, row)
		switch {
		case err != nil:
			return err
		case !c.left: // settled by hand
			r.result.settled++
			continue
		case !wanted[row.Path]:
			r.result.left = append(r.result.left, c)
			continue
		case row.Marker > 0:
			err = r.text(c)
		default:
			err = r.file(c)
		}
		if e := (*diag.Error)(nil); errors.As(err, &e) && e.Code == diag.Target {
			r.failed, r.result.left = append(r.failed, e), append(r.result.left, c)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// text settles the conflicts between markers in a file.
func (r *resolveRun) text(c conflict) error {
	f, err := r.project.Read(c.Path)
	if err != nil {
		return err
	}
	disputes, err := merge.Disputes(f.Data, c.Marker)
	switch f.Mode {
	case tree.Blocked:
		err = fmt.Errorf("%s is in the way", f.Data)
	case tree.Link:
		err = fmt.Errorf("a link is in its place")
	}
	if err != nil {
		return &diag.Error{
			Code: diag.Target, Pos: diag.Pos{File: c.Path.String()}, Msg: "it cannot be settled: " + err.Error(),
			Hint: "edit the file until no marker is left, then gen update --continue",
		}
	}
	takes, err := r.takes(c, disputes)
	if err != nil {
		return err
	}
	left, n := 0, -1
	for _, t := range takes {
		if t == merge.TakeNeither {
			left++
		}
	}
	data, err := merge.Settle(f.Data, c.Marker, func(merge.Dispute) merge.Take { n++; return takes[n] })
	if err != nil {
		return err
	}
	r.result.settled += len(disputes) - left
	if left < len(disputes) {
		was, now := merge.PrintOf(*f), *f
		now.Data = data
		r.steps = append(r.steps, merge.Step{Path: c.Path, Before: &was, After: &now})
	}
	if left > 0 {
		c.line = merge.Unsettled(data, c.Marker)
		r.result.left = append(r.result.left, c)
	}
	return nil
}

// takes decides the conflicts of a file one by one, and back again.
func (r *resolveRun) takes(c conflict, disputes []merge.Dispute) ([]merge.Take, error) {
	takes := make([]merge.Take, len(disputes))
	for i := 0; i < len(disputes); {
		d := disputes[i]
		take, back, err := r.take(question{
			title:  fmt.Sprintf("%s, conflict %d of %d, line %d", c.Path, i+1, len(disputes), d.Line),
			sides:  [][2]string{{"yours", d.Ours}, {d.Labels.Base, d.Base}, {d.Labels.Theirs, d.Theirs}},
			number: i + 1, of: len(disputes),
		})
		switch {
		case err != nil:
			return nil, err
		case back:
			i = max(i-1, 0)
		default:
			takes[i] = take
			i++
		}
	}
	return takes, nil
}

// file settles a conflict about a file as a whole.
func (r *resolveRun) file(c conflict) error {
	t, err := r.template(c)
	if err != nil {
		return err
	}
	q := question{
		title:  fmt.Sprintf("%s: %s", c.Path, abouts[c.Kind]),
		sides:  [][2]string{{"yours", r.size(t.at)}, {"the template", sizeOf(t.file, "dropped")}},
		number: 1, of: 1,
	}
	take, back, err := r.take(q)
	for back { // there is nothing before it
		take, back, err = r.take(q)
	}
	switch {
	case err != nil:
		return err
	case take == merge.TakeNeither:
		r.result.left = append(r.result.left, c)
		return nil
	case take == merge.TakeTheirs:
		if err := r.replace(t); err != nil {
			return err
		}
	}
	r.result.settled++
	if t.left != nil {
		was := merge.PrintOf(*t.left)
		r.steps = append(r.steps, merge.Step{Path: t.left.Path, Before: &was})
	}
	return nil
}

// abouts say what each kind of conflict is about.
var abouts = map[string]string{
	"binary":    "it is no text, and both sides changed it",
	"deleted":   "the template dropped it, and it is not as it was",
	"added":     "you and the template both have a file of this name",
	"link":      "one side is a link, and both changed it",
	"blocked":   "something that is no file is in its place",
	"replaced":  "the template replaces it, and you edited it",
	"directory": "one side has a directory of this name",
	"text":      "both sides changed it",
}

// A templateSide is the template's side of a conflict about a file.
type templateSide struct {
	at   tree.Path  // where it belongs
	file *tree.File // nil: the template has dropped it
	left *tree.File // what lies beside, if anything does
}

// template finds the template's side: the file that lies beside, which a person
// may have worked on, or else what the base holds.
func (r *resolveRun) template(c conflict) (t templateSide, err error) {
	t.at = c.Path
	if c.Left != "" {
		beside, err := tree.ParsePath(c.Left)
		if err != nil {
			return t, err
		}
		if t.left, err = r.project.Read(beside); err != nil {
			return t, err
		}
		if t.left.Mode == tree.Blocked {
			return t, fault(diag.Target, "move it away, then run the command again", "%s is no file any more", c.Left)
		}
		t.file = t.left
		return t, nil
	}
	for b := range r.project.Base.All() {
		if b.Path == c.Path || r.project.Record.Moved[b.From] == c.Path {
			t.file = &b
		}
	}
	return t, nil
}

// replace takes the template's side.
func (r *resolveRun) replace(t templateSide) error {
	now, err := r.project.Read(t.at)
	if err != nil {
		return err
	}
	step := merge.Step{Path: t.at}
	goes := func(s merge.Step) bool {
		return s.After == nil && strings.HasPrefix(t.at.String(), s.Path.String()+"/")
	}
	if now != nil && (string(now.Data) != merge.BelowFile || !slices.ContainsFunc(r.steps, goes)) {
		if now.Mode == tree.Blocked {
			return fault(diag.Target, "move it away, then run the command again; or take --ours",
				"%s cannot be replaced: %s is in the way", t.at, now.Data)
		}
		was := merge.PrintOf(*now)
		step.Before = &was
	}
	if t.file != nil {
		after := *t.file
		after.Path = t.at
		step.After = &after
	}
	if step.Before != nil || step.After != nil {
		r.steps = append(r.steps, step)
	}
	return nil
}

func (r *resolveRun) size(at tree.Path) string {
	f, err := r.project.Read(at)
	if err != nil {
		return diag.Reason(err)
	}
	return sizeOf(f, "not there")
}

func sizeOf(f *tree.File, missing string) string {
	switch {
	case f == nil:
		return missing
	case f.Mode == tree.Blocked:
		return "no file"
	case f.Mode == tree.Link:
		return "a link to " + string(f.Data)
	}
	return report.Size(len(f.Data))
}

// A question is one conflict as a person sees it.
type question struct {
	title      string
	sides      [][2]string // whose, and what they have
	number, of int         // among those of its file
}

// take decides a conflict by the flags, or asks. back means: the one before.
func (r *resolveRun) take(q question) (take merge.Take, back bool, err error) {
	switch {
	case r.ours:
		return merge.TakeOurs, false, nil
	case r.theirs:
		return merge.TakeTheirs, false, nil
	}
	r.print(diag.Safe(q.title) + "\n" + q.text())
	side := &spec.Question{
		Name: "side", Type: spec.OneOf, Prompt: "Which side?", Ask: true,
		Choices: []spec.Choice{{Value: "yours"}, {Value: "template"}, {Value: "leave"}},
	}
	typed, back, err := r.prompter.Ask(r.ctx, answers.Page{
		Number: q.number, Of: q.of, Fields: []answers.Field{{Question: side, Check: func(any) error { return nil }}},
	})
	if err != nil || back {
		r.print("\n")
		return merge.TakeNeither, back, err
	}
	choice := typed[0].(string)
	r.print("> " + choice + "\n\n")
	return map[string]merge.Take{"yours": merge.TakeOurs, "template": merge.TakeTheirs}[choice], false, nil
}

// print writes above a form, or as it comes.
func (r *resolveRun) print(text string) {
	if f, ok := r.prompter.(*prompt.Form); ok {
		f.Print(text)
		return
	}
	fmt.Fprint(r.err, text)
}

// most is how many lines of a side are shown.
const most = 30

// text is the sides below each other, what they have in one column.
func (q question) text() string {
	width := 0
	for _, s := range q.sides {
		width = max(width, len(diag.Safe(s[0]))+3)
	}
	b := &strings.Builder{}
	for _, s := range q.sides {
		lines := slices.Collect(strings.Lines(s[1]))
		if len(lines) == 0 {
			lines = []string{"(nothing)"}
		}
		if more := len(lines) - most; more > 0 {
			lines = append(lines[:most:most], fmt.Sprintf("(%d lines more)", more))
		}
		for i, l := range lines {
			whose := ""
			if i == 0 {
				whose = diag.Safe(s[0]) + ":"
			}
			fmt.Fprintf(b, "%-*s%s\n", width, whose, strings.TrimRight(diag.SafeLines(strings.TrimRight(l, "\r\n")), " "))
		}
	}
	return b.String()
}
