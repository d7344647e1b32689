package cli

import (
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/diag"
)

// answerFlags are the flags by which a script answers.
type answerFlags struct {
	template   string
	set        []string
	file       string
	noInput    bool
	accessible bool
}

func (f *answerFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVarP(&f.template, "template", "t", "", "the template: a built-in `NAME`, ./dir, or a git URL")
	fl.StringArrayVarP(&f.set, "set", "s", nil, "an answer, `NAME=VALUE`; lists as a,b; may be repeated")
	fl.StringVarP(&f.file, "answers", "a", "", "take answers from a YAML or JSON `FILE`; - is standard input")
	fl.BoolVarP(&f.noInput, "no-input", "y", false, "ask nothing: what is not answered takes its default")
	fl.BoolVar(&f.accessible, "accessible", false, "ask line by line, for screen readers; also ACCESSIBLE=1")
	fl.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "defaults" { // as other generators call it
			name = "no-input"
		}
		return pflag.NormalizedName(name)
	})
}

func jsonFlag(cmd *cobra.Command, a *app) {
	cmd.Flags().BoolVar(&a.json, "json", false, "print the result as one JSON document, errors too")
}

func talkFlags(cmd *cobra.Command, a *app) {
	cmd.Flags().BoolVarP(&a.quiet, "quiet", "q", false, "print errors and the result only")
	cmd.Flags().BoolVarP(&a.verbose, "verbose", "v", false, "tell what is done")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		return alone(cmd, "quiet", "verbose")
	}
}

// alone refuses more than one of the flags names.
func alone(cmd *cobra.Command, names ...string) error {
	var set []string
	for _, n := range names {
		if cmd.Flags().Changed(n) {
			set = append(set, "--"+n)
		}
	}
	if len(set) < 2 {
		return nil
	}
	return fault(diag.Usage, "leave one out", "%s exclude each other", strings.Join(set, " and "))
}

// given returns what the flags answer; in is standard input.
func (f *answerFlags) given(in io.Reader) (g answers.Given, err error) {
	if g.Set, err = f.items(); err != nil {
		return g, err
	}
	g.File, err = f.readFile(in)
	return g, err
}

// items splits --set NAME=VALUE; the value may hold further = signs.
func (f *answerFlags) items() ([]answers.Item, error) {
	var items []answers.Item
	var list diag.List
	for _, s := range f.set {
		name, value, found := strings.Cut(s, "=")
		if !found || name == "" {
			list = append(list, fault(diag.Usage, "write it as --set license=MIT", "--set %s is not NAME=VALUE", s))
		}
		items = append(items, answers.Item{Name: name, Value: value})
	}
	return items, list.Err()
}

// maxAnswers is what is read of an answers file, one byte more than the parser
// accepts.
const maxAnswers = 1<<20 + 1

// readFile reads the answers file, or standard input.
func (f *answerFlags) readFile(in io.Reader) ([]answers.Item, error) {
	name := f.file
	switch name {
	case "":
		return nil, nil
	case "-":
		name = "standard input"
	default:
		file, err := os.Open(name)
		if err != nil {
			return nil, unreadable(name, err)
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, maxAnswers))
	if err != nil {
		return nil, unreadable(name, err)
	}
	return answers.ParseFile(name, data)
}

func unreadable(name string, err error) error {
	return fault(diag.Answer, "--answers takes a YAML or JSON file that maps questions to answers",
		"the answers file %s cannot be read: %s", name, diag.Reason(err))
}

func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	return names
}
