package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/project"
	"example.com/gen/internal/report"
)

func newCheck(a *app) *cobra.Command {
	w := &wish{}
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Say by the exit code whether an update is due",
		Long: `Say whether the project is at its template's newest version, with no conflict
left: exit code 0 if so, 4 if not. For CI; it writes nothing and takes no lock.`,
		Example: "  gen check\n  gen check --json",
		Args:    atMostOne("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return look(strings.Join(args, ""), func(p *project.Project) (func() error, error) { return a.check(cmd.Context(), p, w) })
		},
	}
	w.add(cmd, a)
	return cmd
}

// checkResult is what gen check --json prints.
type checkResult struct {
	envelope
	Due      bool           `json:"due"`
	Reasons  []string       `json:"reasons"`
	Template templateOrigin `json:"template"`
	Summary  map[string]int `json:"summary"`
	Pending  []string       `json:"pending"`
}

// check finds out whether an update is due.
func (a *app) check(ctx context.Context, p *project.Project, w *wish) (tell func() error, err error) {
	left, err := unsettled(p)
	if err != nil {
		return nil, err
	}
	from := p.Record.Version
	r := checkResult{
		envelope: newEnvelope("check"), Reasons: []string{}, Pending: []string{}, Summary: map[string]int{},
		Template: templateOrigin{Source: p.Record.Source, From: &from, To: from},
	}
	line := ""
	if len(left) > 0 { // what is left over is a difference too
		r.Reasons, line = []string{"pending"}, "conflicts of the last update are left: "+strings.Join(places(left), ", ")
		for _, c := range left {
			r.Pending = append(r.Pending, c.Path.String())
		}
		if d := (due{project: p}); a.hushed().bring(ctx, &d, w) == nil { // which the record does not name
			r.Template = d.origin(p.Dir, &from)
		}
	} else {
		d, err := a.findDue(ctx, p, w)
		if d.template != nil && asksFor(err) && len(w.set) == 0 && w.file == "" { // an update would ask, or stop
			r.Due, r.Exit, r.Reasons = true, exitDifference, []string{"answers"}
			r.Template, r.Summary = d.origin(p.Dir, &from), map[string]int{}
			return r.teller(a, d.title()+": an update is due, and needs answers: "+diag.All(err)[0].Msg), nil
		}
		if err != nil {
			return nil, err
		}
		r.Reasons, r.Template, r.Summary = d.reasons(), d.origin(p.Dir, &from), report.Counts(d.plan)
		line = d.title() + ": up to date"
		if len(r.Reasons) > 0 {
			line = fmt.Sprintf("%s: an update is due (%s): %s", d.title(), strings.Join(r.Reasons, ", "), report.Summary(d.plan))
		}
	}
	if r.Due = len(r.Reasons) > 0; r.Due {
		r.Exit = exitDifference
	}
	return r.teller(a, line), nil
}

// asksFor reports whether err is about nothing but answers.
func asksFor(err error) bool {
	list := diag.All(err)
	return len(list) > 0 && !slices.ContainsFunc(list, func(e *diag.Error) bool { return e.Code != diag.Answer })
}

// teller returns what prints r, or line to a person.
func (r checkResult) teller(a *app, line string) func() error {
	return func() error {
		if a.json {
			a.printJSON(a.out, r)
		} else {
			fmt.Fprintln(a.out, diag.Safe(line))
		}
		return exit(r.Exit).orNil()
	}
}
