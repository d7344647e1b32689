package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// newHelp replaces cobra's command, which takes a mistyped word for none.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND or TOPIC]",
		Short:   "Explain a command or a topic",
		Example: "  gen help new\n  gen help exit-codes",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) (words []string, _ cobra.ShellCompDirective) {
			if c, left, err := cmd.Root().Find(args); err == nil && len(left) == 0 {
				for _, sub := range c.Commands() {
					if sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
						words = append(words, sub.Name()+"\t"+sub.Short)
					}
				}
			}
			return words, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, left, err := cmd.Root().Find(args)
			if err != nil || len(left) > 0 {
				return unknownCommand(c, strings.Join(left, " "))
			}
			c.InitDefaultHelpFlag()
			c.InitDefaultVersionFlag()
			return c.Help()
		},
	}
}

// topics are what gen help explains besides the commands.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{
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
		},
		{
			Use:   "sources",
			Short: "Where a template comes from",
			Long: `Where a template comes from: what --template takes.

  NAME           a template that is built into gen: gen template list
  ./dir, ../dir  a directory; so are /dir and, on Windows, C:\dir
  URL[//DIR][@REF]
                 a git repository by https, ssh or file, or git@HOST:PATH; DIR
                 is a directory in it
  gh:OWNER/REPO[//DIR][@REF]
                 one at GitHub
  (nothing)      on a terminal gen asks if several are built in; elsewhere it is
                 python-service

Of git the newest version is taken: the highest tag such as v1.2.0, or without
tags the default branch. The tag v1 is version 1.0.0, unless there is another of
v1, such as v1.2.0. At a tag @REF a project only begins; a branch or a commit is
followed. Offline the copy in the cache is used, and gen says so.

gen runs no code of a template and follows no link in it. The project remembers
the source: a directory relative to the project if both lie in one repository,
else absolute; a URL without credentials.

  gen template show SOURCE    its questions, defaults, conditions and files
  gen template schema         the JSON Schema of template.yaml, for an editor`,
		},
		{
			Use:   "answers",
			Short: "How questions are answered",
			Long: `How questions are answered. Of several answers the first of these wins:

  --set NAME=VALUE   may be repeated
  --answers FILE     a YAML or JSON file that maps names to values; - is stdin
  what you type      on a terminal, unless --no-input is given or CI is set
  the recorded one   of the project, in gen update
  the default        of the template

The last element of PATH is the answer "name". No environment variable changes
an answer.

  type     --set            in a file
  string   title=A b        title: "A b"
  text     notes='a         notes: "a\nb"
           b'
  int      workers=4        workers: 4
  bool     docker=true      docker: true
  choice   license=MIT      license: MIT
  choices  extras=a,b       extras: [a, b]

An answer to a question that does not exist, or that other answers switch off,
is an error. All mistakes are told at once. On a terminal the form goes back
with shift+tab; the line prompts (--accessible) go back with < and explain a
question with ?. Afterwards gen prints the command that needs no questions.`,
		},
	}
}
