package cli

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/project"
	"example.com/gen/internal/tree"
)

func newStatus(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status [DIR]",
		Short: "Show a project's template, conflicts and edited files",
		Long: `Show the template and version of a project, the conflicts that are left, and
which files were edited or deleted since they were generated. The exit code is
0 whatever it shows; gen check decides by exit code.`,
		Example: "  gen status\n  gen status --json",
		Args:    atMostOne("DIR"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.status(strings.Join(args, "")) },
	}
	jsonFlag(cmd, a)
	return cmd
}

// statusResult is what gen status --json prints.
type statusResult struct {
	envelope
	Template statusTemplate    `json:"template"`
	Edited   []string          `json:"edited"`
	Deleted  []string          `json:"deleted"`
	Moved    map[string]string `json:"moved"`
	Pending  []string          `json:"pending"`
}

type statusTemplate struct {
	Source  string `json:"source"`
	Version string `json:"version"`
}

func (a *app) status(dir string) error {
	p, err := look(dir)
	if err != nil {
		return err
	}
	defer p.Root.Close()
	left, err := unsettled(p)
	if err != nil {
		return err
	}
	r := statusResult{
		envelope: newEnvelope("status"), Template: statusTemplate{p.Record.Source, p.Record.Version},
		Moved: map[string]string{}, Pending: places(left),
	}
	if r.Edited, r.Deleted, err = drift(p); err != nil {
		return err
	}
	for from, to := range p.Record.Moved {
		r.Moved[from] = to.String()
	}
	if a.json {
		a.printJSON(a.out, r)
		return nil
	}
	fmt.Fprintf(a.out, "template  %s %s\nproject   %s\n", diag.Safe(p.Record.Source), diag.Safe(p.Record.Version), diag.Safe(p.Dir))
	for _, list := range []struct {
		word  string
		paths []string
	}{{"edited", r.Edited}, {"deleted", r.Deleted}, {"conflict", r.Pending}} {
		for _, path := range list.paths {
			fmt.Fprintf(a.out, "  %-8s  %s\n", list.word, diag.Safe(path))
		}
	}
	fmt.Fprintf(a.out, "%d edited, %d deleted, %d conflicts\n", len(r.Edited), len(r.Deleted), len(r.Pending))
	return nil
}

// drift returns the files that are not as they were generated.
func drift(p *project.Project) (edited, deleted []string, err error) {
	ours, err := p.Ours(tree.Tree{})
	edited, deleted = []string{}, []string{}
	for b := range p.Base.All() {
		at := b.Path
		if moved, found := p.Record.Moved[b.From]; found {
			at = moved
		}
		switch o, found := ours.Get(at); {
		case !found:
			deleted = append(deleted, at.String())
		case o.Mode != b.Mode || !bytes.Equal(o.Data, b.Data):
			edited = append(edited, at.String())
		}
	}
	return edited, deleted, err
}
