package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/report"
)

func newCheck(a *app) *cobra.Command {
	f := &answerFlags{}
	to := ""
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Say by the exit code whether an update is due",
		Long: `Say whether the project is at its template's newest version, with no conflict
left: exit code 0 if so, 4 if not. For CI; it writes nothing and takes no lock.`,
		Example: "  gen check\n  gen check --json",
		Args:    atMostOne("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.check(cmd, strings.Join(args, ""), f, to)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&to, "to", "", "the `VERSION` to compare with; without it, the newest")
	jsonFlag(cmd, a)
	talkFlags(cmd, a)
	f.complete(cmd, a)
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

func (a *app) check(cmd *cobra.Command, dir string, f *answerFlags, to string) error {
	p, err := look(dir)
	if err != nil {
		return err
	}
	defer p.Root.Close()
	d, err := a.findDue(cmd.Context(), p, f, to, merge.TakeNeither)
	if left := (*diag.Error)(nil); asConflict(err, &left) { // what is left over is a difference too
		if a.json {
			return err
		}
		fmt.Fprintln(a.out, diag.Safe(left.Msg))
		return exit(exitDifference)
	}
	if err != nil {
		return err
	}
	why, code := d.reasons(), exit(exitOK)
	if len(why) > 0 {
		code = exitDifference
	}
	if a.json {
		e, from := newEnvelope("check"), d.project.Record.Version
		e.Exit = int(code)
		a.printJSON(a.out, checkResult{
			e, len(why) > 0, append([]string{}, why...),
			d.origin(d.project.Dir, &from),
			report.Counts(d.plan),
			[]string{},
		})
		return code.orNil()
	}
	if code == exitOK {
		fmt.Fprintf(a.out, "%s: up to date\n", d.title())
		return nil
	}
	fmt.Fprintf(a.out, "%s: an update is due: %s\n", d.title(), report.Summary(d.plan))
	return code
}
