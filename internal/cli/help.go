package cli

import "github.com/spf13/cobra"

func newExitCodes() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What gen's exit codes mean",
		Long: `What gen's exit codes mean. They are an interface: they are never renumbered.

  0    done, or nothing to do
  1    an error; nothing was changed unless the message says so
  2    wrong usage: an unknown flag, a missing answer, or a value from a flag or
       a file that a type or rule refuses
  3    conflicts are left for a person
  4    check, diff --exit-code: there is a difference
  130  interrupted`,
	}
}
