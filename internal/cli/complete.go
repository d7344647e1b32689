package cli

import (
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/project"
	"example.com/gen/internal/source"
	"example.com/gen/internal/spec"
)

// newCompletion replaces cobra's command, which is called the same.
func newCompletion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a completion script for bash, zsh, fish or powershell",
		Long: `Print a script that lets a shell complete gen's commands, flags, templates,
questions and answers. bash needs its package bash-completion.

  bash        eval "$(gen completion bash)"   in ~/.bashrc
  zsh         gen completion zsh > "${fpath[1]}/_gen"
  fish        gen completion fish > ~/.config/fish/completions/gen.fish
  powershell  gen completion powershell | Out-String | Invoke-Expression`,
		Example:               "  gen completion bash",
		DisableFlagsInUseLine: true,
		ValidArgs:             []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			write, known := map[string]func(io.Writer) error{
				"bash":       func(w io.Writer) error { return cmd.Root().GenBashCompletionV2(w, true) },
				"zsh":        cmd.Root().GenZshCompletion,
				"fish":       func(w io.Writer) error { return cmd.Root().GenFishCompletion(w, true) },
				"powershell": cmd.Root().GenPowerShellCompletionWithDesc,
			}[strings.Join(args, " ")]
			if !known {
				return fault(diag.Usage, "write it as gen completion bash, zsh, fish or powershell", "gen completion takes the name of one shell")
			}
			return write(a.Out)
		},
	}
}

// complete lets a shell complete the flags by which a script answers.
func (f *answerFlags) complete(cmd *cobra.Command, a *app) {
	_ = cmd.RegisterFlagCompletionFunc("template", a.completeSource)
	_ = cmd.RegisterFlagCompletionFunc("set", func(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		name := f.template
		if name == "" {
			name = defaultTemplate
		}
		var g generation
		err := a.load(cmd.Context(), &g, name, "", "")
		if err != nil { // a shell has no place for a reason
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return completeSet(g.template, word)
	})
	_ = cmd.RegisterFlagCompletionFunc("answers", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
	})
}

// completeSource completes a built-in template's name or a directory.
func (a *app) completeSource(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	if strings.ContainsAny(word, `./\`) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return source.Builtin(a.Templates), cobra.ShellCompDirectiveNoFileComp
}

// completeConflict completes a file with a conflict, as seen from here.
func completeConflict(*cobra.Command, []string, string) (words []string, _ cobra.ShellCompDirective) {
	if p, err := project.Open("."); err == nil {
		defer p.Root.Close()
		_ = p.Load() // a shell has no place for a reason
		left, _ := unsettled(p)
		here, _ := filepath.Abs(".")
		for _, c := range left {
			name, _ := filepath.Rel(here, filepath.Join(p.Dir, filepath.FromSlash(c.Path.String())))
			words = append(words, described(name, abouts[c.Kind], ""))
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// completeSet completes NAME=VALUE: first the name of a question, then one of
// its choices; of several, the last.
func completeSet(t *spec.Template, word string) ([]string, cobra.ShellCompDirective) {
	name, value, valued := strings.Cut(word, "=")
	var words []string
	space := cobra.ShellCompDirectiveNoSpace // more is to come
	for _, q := range t.Questions {
		switch {
		case !valued:
			words = append(words, described(q.Name+"=", q.Prompt, q.Name))
		case q.Name == name:
			if q.Type != spec.SomeOf {
				space = cobra.ShellCompDirectiveDefault
			}
			before := value[:strings.LastIndex(value, ",")+1]
			for _, c := range choicesOf(q) {
				if before == "" || q.Type == spec.SomeOf && !slices.Contains(strings.Split(before, ","), c.Value) {
					words = append(words, described(name+"="+before+c.Value, c.Label, c.Value))
				}
			}
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp | space
}

func choicesOf(q *spec.Question) []spec.Choice {
	if q.Type == spec.Bool {
		return []spec.Choice{{Value: "true"}, {Value: "false"}}
	}
	return q.Choices
}

// described is a word as cobra passes it to a shell, with what the shell shows
// beside it unless that is only the name again. Both come from templates.
func described(word, about, name string) string {
	if about == "" || about == name {
		return diag.Safe(word)
	}
	return diag.Safe(word) + "\t" + diag.Safe(about)
}
