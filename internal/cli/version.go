package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func newVersion(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of gen",
		Example: "  gen version\n  gen version --json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if !a.json {
				fmt.Fprintf(a.out, "gen %s\n", a.Version)
				return nil
			}
			a.printJSON(a.out, struct {
				envelope
				Gen string `json:"gen"`
				Go  string `json:"go"`
			}{newEnvelope("version"), a.Version, runtime.Version()})
			return nil
		},
	}
	jsonFlag(cmd, a)
	return cmd
}
