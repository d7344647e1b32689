package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/project"
	"example.com/gen/internal/record"
	"example.com/gen/internal/report"
	"example.com/gen/internal/tree"
)

// diffOptions are the flags of gen diff.
type diffOptions struct {
	wish
	drift    bool
	exitCode bool
}

func newDiff(a *app) *cobra.Command {
	o := &diffOptions{}
	cmd := &cobra.Command{
		Use:   "diff [DIR] | diff --drift [PATH...]",
		Short: "Show the patch that an update would apply, or your own",
		Long: `Show the patch that gen update would apply to the project. With --drift, show
how the project differs from what the template made: your edits, of the files
and directories PATH or of all.

It writes nothing and takes no lock. git apply takes what it prints, but for
binary files, which --exclude of git apply leaves out.`,
		Example: "  gen diff\n  gen diff --set license=MIT\n  gen diff --drift\n  gen diff --drift README.md",
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.drift {
				return a.drift(args, o)
			}
			if err := atMostOne("DIR")(cmd, args); err != nil {
				return err
			}
			return look(strings.Join(args, ""), func(p *project.Project) (func() error, error) { return a.diff(cmd.Context(), p, o) })
		},
	}
	o.add(cmd, a)
	cmd.Flags().BoolVar(&o.drift, "drift", false, "the patch from what the template made to what you have")
	cmd.Flags().BoolVar(&o.exitCode, "exit-code", false, "exit with 4 if there is a difference")
	return cmd
}

// diff finds out what an update would change.
func (a *app) diff(ctx context.Context, p *project.Project, o *diffOptions) (tell func() error, err error) {
	d, err := a.findDue(ctx, p, &o.wish)
	if err != nil {
		return nil, err
	}
	patch := report.Patch(d.plan, d.ours)
	code := o.code(patch != "" || d.any())
	return func() error {
		if a.json {
			a.printUpdate("diff", d, int(code), &patch)
		} else {
			a.printPatch(patch)
		}
		return code.orNil()
	}, nil
}

// code is the exit code if there is a difference.
func (o *diffOptions) code(differs bool) exit {
	if o.exitCode && differs {
		return exitDifference
	}
	return exitOK
}

// driftResult is what gen diff --drift --json prints.
type driftResult struct {
	envelope
	Patch string `json:"patch"`
}

// drift prints how the project differs from what the template made.
func (a *app) drift(paths []string, o *diffOptions) error {
	if len(o.set) > 0 || o.file != "" || o.template != "" || o.to != "" {
		return fault(diag.Usage, "leave out --set, --answers, --template and --to", "--drift looks at what was made, not at what would be")
	}
	from := ""
	if len(paths) > 0 {
		from = paths[0]
	}
	return look(from, func(p *project.Project) (func() error, error) {
		if p.Damage != "" {
			return nil, &diag.Error{
				Code: diag.Record, Pos: diag.Pos{File: record.Base}, Msg: "it cannot be trusted, so nobody knows what you edited: " + p.Damage,
				Hint: "gen update makes a new one",
			}
		}
		ours, _, err := p.Ours(tree.Tree{})
		if err != nil {
			return nil, err
		}
		homes := merge.Homes(p.Base, ours, p.Record.Moved)
		only, err := chosen(p, homes, paths)
		if err != nil {
			return nil, err
		}
		patch := report.Drift(p.Base, ours, homes, only)
		code := o.code(patch != "")
		return func() error {
			if a.json {
				e := newEnvelope("diff")
				e.Exit = int(code)
				a.printJSON(a.out, driftResult{e, patch})
			} else {
				a.printPatch(patch)
			}
			return code.orNil()
		}, nil
	})
}

// chosen returns what accepts the files at or below paths, all of them if there
// are none. It is an error if the template made none there.
func chosen(p *project.Project, homes map[string]tree.Path, paths []string) (func(tree.Path) bool, error) {
	var wanted []string
	for _, path := range paths {
		wanted = append(wanted, within(p, path))
	}
	only := func(at tree.Path) bool {
		return len(wanted) == 0 || slices.ContainsFunc(wanted, func(w string) bool { return below(w, at) })
	}
	for i, w := range wanted {
		found := w == "."
		for f := range p.Base.All() {
			at := f.Path
			if home, elsewhere := homes[f.From]; elsewhere {
				at = home
			}
			found = found || below(w, at)
		}
		if !found {
			return nil, fault(diag.Usage, "gen status lists the files that you edited", "the template made no file at %s", paths[i])
		}
	}
	return only, nil
}

// within is path as p calls it.
func within(p *project.Project, path string) string {
	at, _ := filepath.Abs(path)
	rel, _ := filepath.Rel(p.Dir, at)
	return filepath.ToSlash(rel)
}

// below reports whether the file at is dir, or lies below it.
func below(dir string, at tree.Path) bool {
	return dir == "." || dir == at.String() || strings.HasPrefix(at.String(), dir+"/")
}

// printPatch prints a patch. What a terminal must not get is escaped there, and
// there only: a patch is also for programs.
func (a *app) printPatch(patch string) {
	if !term.IsTerminal(int(a.Out.Fd())) {
		fmt.Fprint(a.out, patch)
		return
	}
	color := a.Getenv("NO_COLOR") == "" && a.Getenv("TERM") != "dumb"
	for line := range strings.Lines(patch) {
		line = diag.Safe(strings.TrimSuffix(strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "    "), "\r"))
		if paint := paintOf(line); color && paint != "" {
			line = paint + line + "\x1b[m"
		}
		fmt.Fprintln(a.out, line)
	}
}

// paintOf is the colour of a line of a patch, as git has it.
func paintOf(line string) string {
	for _, p := range [][2]string{
		{"+++ ", "\x1b[1m"}, {"--- ", "\x1b[1m"}, {"diff ", "\x1b[1m"}, {"+", "\x1b[32m"}, {"-", "\x1b[31m"}, {"@@", "\x1b[36m"},
	} {
		if strings.HasPrefix(line, p[0]) {
			return p[1]
		}
	}
	return ""
}
