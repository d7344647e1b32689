package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/project"
	"example.com/gen/internal/record"
	"example.com/gen/internal/tree"
)

func newStatus(a *app) *cobra.Command {
	w := &wish{}
	cmd := &cobra.Command{
		Use:   "status [DIR]",
		Short: "Show a project's template, conflicts and edited files",
		Long: `Show the template and version of a project, whether an update is due, the
conflicts that are left, and which files were edited, deleted or moved since
they were generated. The exit code is 0 whatever it shows; gen check decides by
exit code.`,
		Example: "  gen status\n  gen status --json",
		Args:    atMostOne("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.status(cmd.Context(), strings.Join(args, ""), w)
		},
	}
	w.add(cmd, a)
	return cmd
}

// statusResult is what gen status --json prints. Newest and Due are null if the
// template cannot be read; Errors say why the project cannot be.
type statusResult struct {
	envelope
	Template    statusTemplate    `json:"template"`
	Newest      *string           `json:"newest"`
	Due         *bool             `json:"due"`
	Interrupted bool              `json:"interrupted"`
	Edited      []string          `json:"edited"`
	Deleted     []string          `json:"deleted"`
	Moved       map[string]string `json:"moved"`
	Blocked     map[string]string `json:"blocked,omitempty"` // by path, what is in the way of looking
	Pending     []string          `json:"pending"`
	Errors      []diag.Datum      `json:"errors,omitempty"`

	notes  []string
	called map[string]string // the path of a moved file in base
}

type statusTemplate struct {
	Source  string `json:"source"`
	Version string `json:"version"`
}

func (a *app) status(ctx context.Context, dir string, w *wish) error {
	p, err := project.Open(dir)
	if err != nil {
		return err
	}
	defer p.Root.Close()
	r := statusResult{
		envelope: newEnvelope("status"),
		Edited:   []string{}, Deleted: []string{}, Moved: map[string]string{}, Blocked: map[string]string{}, Pending: []string{}, called: map[string]string{},
	}
	if err = a.see(ctx, p, w, &r); err != nil {
		r.Errors = diag.Data(diag.All(err))
	}
	if a.json {
		a.printJSON(a.out, r)
		return nil
	}
	diag.Write(a.err, err, a.color)
	r.print(a.out, p.Dir)
	return nil
}

// see finds out how the project is.
func (a *app) see(ctx context.Context, p *project.Project, w *wish, r *statusResult) error {
	err := p.Load()
	r.Template = statusTemplate{p.Record.Source, p.Record.Version}
	if err != nil {
		return err
	}
	if e := uninterrupted(p); e != nil {
		r.Interrupted = true
		r.notes = append(r.notes, "an update was interrupted: run gen update to finish it")
	}
	left, err := unsettled(p)
	if err != nil {
		return err
	}
	r.Pending = append(r.Pending, places(left)...)
	if err = r.drift(p); err != nil {
		return err
	}
	if p.Damage != "" {
		r.notes = append(r.notes, record.Base+" cannot be trusted: "+p.Damage+"; what was edited is not known")
	}
	if len(left) == 0 && !r.Interrupted {
		a.newest(ctx, p, w, r)
	}
	return nil
}

// newest finds out whether an update is due. That the template cannot be read
// is told, and no error.
func (a *app) newest(ctx context.Context, p *project.Project, w *wish, r *statusResult) {
	d, err := a.hushed().findDue(ctx, p, w) // what is wrong with the base is told already
	if d.template != nil {
		r.Newest = &d.template.Version
	}
	due := err != nil || d.any()
	switch {
	case d.template != nil && asksFor(err):
		r.notes = append(r.notes, "an update is due, and needs answers: "+diag.All(err)[0].Msg)
	case err != nil:
		r.notes = append(r.notes, "whether an update is due is not known: "+diag.All(err)[0].Error())
		return
	case due:
		r.notes = append(r.notes, fmt.Sprintf("an update is due (%s): gen update", strings.Join(d.reasons(), ", ")))
	}
	r.Due = &due
}

// print tells r to a person.
func (r statusResult) print(out io.Writer, dir string) {
	fmt.Fprintf(out, "template  %s %s", diag.Safe(cmp.Or(r.Template.Source, "unknown")), diag.Safe(r.Template.Version))
	if r.Newest != nil && *r.Newest != r.Template.Version {
		fmt.Fprintf(out, ", newest %s", diag.Safe(*r.Newest))
	}
	fmt.Fprintf(out, "\nproject   %s\n", diag.Safe(dir))
	for _, note := range r.notes {
		fmt.Fprintf(out, "note      %s\n", diag.Safe(note))
	}
	if r.Errors != nil { // nobody knows more
		return
	}
	moved := []string{}
	for _, from := range slices.Sorted(maps.Keys(r.Moved)) {
		moved = append(moved, r.Moved[from]+", which the template calls "+r.called[from])
	}
	blocked := []string{}
	for _, at := range slices.Sorted(maps.Keys(r.Blocked)) {
		blocked = append(blocked, at+": "+r.Blocked[at])
	}
	for _, list := range []struct {
		word  string
		paths []string
	}{{"edited", r.Edited}, {"deleted", r.Deleted}, {"moved", moved}, {"blocked", blocked}, {"conflict", r.Pending}} {
		for _, path := range list.paths {
			fmt.Fprintf(out, "  %-8s  %s\n", list.word, diag.Safe(path))
		}
	}
	fmt.Fprintf(out, "%d edited, %d deleted, %d moved, %s\n", len(r.Edited), len(r.Deleted), len(moved), merge.Count(len(r.Pending), "conflict"))
}

// drift finds the files that are not as they were generated.
func (r *statusResult) drift(p *project.Project) error {
	ours, _, err := p.Ours(tree.Tree{})
	homes := merge.Homes(p.Base, ours, p.Record.Moved)
	for b := range p.Base.All() {
		home, found := homes[b.From]
		if !found {
			r.Deleted = append(r.Deleted, b.Path.String())
			continue
		}
		if home != b.Path {
			r.Moved[b.From], r.called[b.From] = home.String(), b.Path.String()
		}
		o, _ := ours.Get(home)
		switch what := string(o.Data); {
		case o.Mode == tree.Blocked && (what == merge.ADirectory || what == merge.BelowFile):
			r.Deleted = append(r.Deleted, home.String())
		case o.Mode == tree.Blocked:
			r.Blocked[home.String()] = what
		case !merge.Alike(b, o):
			r.Edited = append(r.Edited, home.String())
		}
	}
	return err
}
