// Package cli is the command line: one file for each command, the only place
// that prints, and the exit codes.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"example.com/gen/internal/diag"
)

// Env is what a process is started with.
type Env struct {
	Args      []string
	In        *os.File
	Out, Err  *os.File
	Getenv    func(string) string
	Templates fs.FS
	Version   string
}

// The exit codes: an interface, never renumbered.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitConflicts   = 3
	exitDifference  = 4
	exitInterrupted = 130
)

// An app is one run of gen.
type app struct {
	Env
	printer
	json bool              // results and errors as JSON
	show func(line string) // shows a person what takes long; nil: nobody is there
}

// hushed returns an a that tells nothing on the way.
func (a *app) hushed() *app {
	quiet := *a
	quiet.quiet = true
	return &quiet
}

// Main runs one command and returns its exit code; Ctrl-C and SIGTERM stop it.
// Whatever goes wrong is printed here and nowhere else.
func Main(ctx context.Context, env Env) (code int) {
	env.Version = version(env.Version)
	if slices.Equal(env.Args, []string{"--version"}) { // what scripts ask again and again needs no commands
		fmt.Fprintf(env.Out, "gen %s\n", env.Version)
		return exitOK
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM) // takes longer than a version
	defer stop()
	a := &app{Env: env, printer: printer{out: env.Out, err: env.Err}}
	a.color = term.IsTerminal(int(env.Err.Fd())) && env.Getenv("NO_COLOR") == "" && env.Getenv("TERM") != "dumb"
	a.show = a.showLine()
	defer func() {
		if v := recover(); v != nil { // a mistake of gen's own: say so, without a stack trace
			code = a.fail(fmt.Errorf("gen made a mistake: %v", v))
		}
	}()
	root := newRoot(a)
	root.SetArgs(env.Args)
	err := root.ExecuteContext(ctx)
	var told exit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &told):
		return int(told)
	}
	return a.fail(err)
}

// An exit ends gen with a code after the result has said why.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// fail prints err and returns its exit code.
func (a *app) fail(err error) int {
	list := diag.All(err)
	code := exitCode(list)
	if a.json || asksJSON(a.Args) {
		a.printJSON(a.err, failure{Format: 1, Exit: code, Errors: diag.Data(list)})
	} else {
		diag.Write(a.err, list, a.color)
	}
	return code
}

// failure is an error as JSON.
type failure struct {
	Format int          `json:"format"`
	Exit   int          `json:"exit"`
	Errors []diag.Datum `json:"errors"`
}

// asksJSON looks for --json itself, because a wrong flag stops the parser.
func asksJSON(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--json", "--json=true":
			return true
		case "--":
			return false
		}
	}
	return false
}

func exitCode(list diag.List) int {
	code := exitError
	for _, e := range list {
		switch e.Code {
		case diag.Interrupted:
			return exitInterrupted
		case diag.Usage, diag.Answer:
			code = exitUsage
		case diag.Conflict:
			code = exitConflicts
		}
	}
	return code
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "gen",
		Short: "Generate projects and keep them up to date",
		Long: `gen makes a project from a template: it asks a few questions, or takes flags,
and writes a repository that passes its own checks. Later gen update merges a
better template into it, and no edit of yours is lost.`,
		Example:       "  gen new myservice\n  gen new myservice --no-input --set license=MIT",
		Version:       a.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          parent,
	}
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetIn(a.In)
	root.SetVersionTemplate("gen {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if !cmd.HasParent() && len(a.Args) > 0 && !strings.HasPrefix(a.Args[0], "-") { // the flag is of what was meant
			return unknownCommand(cmd, a.Args[0])
		}
		return flagError(cmd, err)
	})
	root.AddCommand(newNew(a), newUpdate(a), newResolve(a), newDiff(a), newCheck(a), newStatus(a), newTemplate(a), newVersion(a), newCompletion(a))
	root.AddCommand(topics()...)
	root.SetHelpCommand(newHelp())
	return root
}

func fault(code diag.Code, hint, format string, args ...any) *diag.Error {
	return &diag.Error{Code: code, Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// parent runs a command that only has others.
func parent(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(cmd, args[0])
	}
	return cmd.Help()
}

func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
			names = append(names, c.Name())
		}
	}
	e := fault(diag.Usage, cmd.CommandPath()+" --help lists them", "%s has no command %q", cmd.CommandPath(), word)
	if s := diag.Suggest(word, names); s != "" {
		e.Hint = "did you mean " + cmd.CommandPath() + " " + s + "?"
	}
	return e
}

// flagError turns the flag library's error into one that suggests.
func flagError(cmd *cobra.Command, err error) error {
	var known *diag.Error
	if errors.As(err, &known) {
		return known
	}
	e := fault(diag.Usage, cmd.CommandPath()+" --help lists the flags", "%v", err)
	var unknown *pflag.NotExistError
	var empty *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		e.Msg = cmd.CommandPath() + " has no " + strings.TrimPrefix(err.Error(), "unknown ")
		if s := diag.Suggest(unknown.GetSpecifiedName(), flagNames(cmd)); s != "" {
			e.Hint = "did you mean --" + s + "?"
		}
	case errors.As(err, &empty):
		e.Msg = fmt.Sprintf("--%s needs a value", empty.GetFlag().Name)
	case errors.As(err, &invalid):
		e.Msg = fmt.Sprintf("--%s cannot be %q", invalid.GetFlag().Name, invalid.GetValue())
	}
	return e
}

// noArgs and oneArg are what cobra has, in our words.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fault(diag.Usage, cmd.CommandPath()+" --help shows how it is used", "%s takes no argument, and %q is one", cmd.CommandPath(), args[0])
	}
	return nil
}

// atMostOne refuses a second argument; what is the name of the first.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fault(diag.Usage, "an answer is given as --set NAME=VALUE", "%s takes one %s, and %q is a second", cmd.CommandPath(), what, args[1])
		}
		return nil
	}
}

// version is the linker's word, else that of the module that was installed.
func version(linked string) string {
	if linked != "dev" {
		return linked
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || !strings.HasPrefix(info.Main.Version, "v") || strings.HasPrefix(info.Main.Version, "v0.0.0-") {
		return linked // built in a work tree
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}
