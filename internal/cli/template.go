package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/source"
	"example.com/gen/internal/spec"
)

func newTemplate(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "template",
		Short: "Look at templates",
		Args:  cobra.ArbitraryArgs,
		RunE:  parent,
	}
	cmd.AddCommand(newTemplateList(a), newTemplateShow(a), newTemplateSchema(a))
	return cmd
}

func newTemplateList(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the templates at hand",
		Example: "  gen template list\n  gen template list --json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list []templateHead
			for _, name := range source.Builtin(a.Templates) {
				var g generation
				err := a.load(cmd.Context(), &g, name, "", "")
				if err != nil {
					return err
				}
				list = append(list, headOf(g.template))
			}
			return a.printTemplates(list)
		},
	}
	jsonFlag(cmd, a)
	return cmd
}

// templateHead is what a list says of a template.
type templateHead struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

func headOf(t *spec.Template) templateHead { return templateHead{t.Name, t.Version, t.Description} }

func (a *app) printTemplates(list []templateHead) error {
	if a.json {
		a.printJSON(a.out, struct {
			envelope
			Templates []templateHead `json:"templates"`
		}{newEnvelope("template list"), list})
		return nil
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, t := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\n", diag.Safe(t.Name), diag.Safe(t.Version), diag.Safe(t.Description))
	}
	return w.Flush()
}

// load reads and checks the template called name into g. Of a git repository,
// version or ref say what is wanted.
func (a *app) load(ctx context.Context, g *generation, name, version, ref string) (err error) {
	if g.source, err = source.Find(name, a.Templates, source.Pin{Version: version, Ref: ref, Cache: a.cache()}); err != nil {
		return err
	}
	done := a.busy("reading %s", g.source.Name())
	g.stored, err = g.source.Read(ctx)
	done()
	if err != nil {
		return err
	}
	if g.stored.Note != "" {
		a.note("%s", g.stored.Note)
	}
	if g.template, err = spec.Load(g.stored.Files, a.Version); err != nil {
		return err
	}
	if tagged := g.stored.Version; tagged != "" && tagged != g.template.Version {
		a.note("the template says that it is version %s; its tag says %s, which holds", g.template.Version, tagged)
		g.template.Version = tagged
	}
	return nil
}

// cache is the directory that copies of git repositories are kept in, "" if
// nobody says where.
func (a *app) cache() string {
	if dir := a.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "gen")
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "gen")
}

func newTemplateSchema(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of template.yaml",
		Long:    "Print the JSON Schema of template.yaml, for editors that check while you type.",
		Example: "  gen template schema > template.schema.json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.out.Write(spec.Schema())
			return err
		},
	}
}

func newTemplateShow(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show SOURCE",
		Short:   "Show a template's questions, defaults, conditions and files",
		Example: "  gen template show python-service\n  gen template show ./mytemplate --json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return fault(diag.Usage, "write it as gen template show python-service; gen template list names what is built in", "gen template show takes one SOURCE")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var g generation
			if err := a.load(cmd.Context(), &g, args[0], "", ""); err != nil {
				return err
			}
			a.showTemplate(g.template)
			return nil
		},
	}
	jsonFlag(cmd, a)
	cmd.ValidArgsFunction = a.completeSource
	return cmd
}

// questionData is a question as JSON shows it.
type questionData struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Prompt  string   `json:"prompt"`
	Help    string   `json:"help,omitempty"`
	Group   string   `json:"group,omitempty"`
	Choices []string `json:"choices,omitempty"`
	Default any      `json:"default,omitempty"`
	When    string   `json:"when,omitempty"`
	Ask     bool     `json:"ask"`
}

func questionOf(q *spec.Question) questionData {
	d := questionData{
		Name: q.Name, Type: q.Type.String(), Prompt: q.Prompt, Help: q.Help, Group: q.Group,
		Default: q.DefaultText(), When: q.WhenText(), Ask: q.Ask,
	}
	for _, c := range q.Choices {
		d.Choices = append(d.Choices, c.Value)
	}
	return d
}

// fileData is a file as JSON shows it.
type fileData struct {
	Path   string `json:"path"`
	When   string `json:"when,omitempty"`
	Update string `json:"update"`
}

func (a *app) showTemplate(t *spec.Template) {
	questions, files := make([]questionData, len(t.Questions)), make([]fileData, len(t.Files))
	for i, q := range t.Questions {
		questions[i] = questionOf(q)
	}
	for i, f := range t.Files {
		files[i] = fileData{f.From, f.WhenText(), f.Owner.String()}
	}
	if a.json {
		a.printJSON(a.out, struct {
			envelope
			Template  templateHead   `json:"template"`
			Questions []questionData `json:"questions"`
			Files     []fileData     `json:"files"`
		}{newEnvelope("template show"), headOf(t), questions, files})
		return
	}
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s %s\n%s\n\nQuestions\n", t.Name, t.Version, t.Description)
	for _, q := range questions {
		fmt.Fprintf(b, "  %-14s %s\n%17s%s\n", q.Name, q.Prompt, "", q.facts())
	}
	b.WriteString("\nFiles\n")
	for _, f := range files {
		fmt.Fprintf(b, "  %s%s\n", f.Path, f.facts())
	}
	fmt.Fprint(a.out, diag.SafeLines(b.String()))
}

func (q questionData) facts() string {
	facts := []string{q.Type}
	if len(q.Choices) > 0 {
		facts = append(facts, strings.Join(q.Choices, " | "))
	}
	switch q.Default {
	case nil:
		facts = append(facts, "required")
	case "":
		facts = append(facts, "default empty")
	default:
		facts = append(facts, fmt.Sprintf("default %v", q.Default))
	}
	if q.When != "" {
		facts = append(facts, "when "+q.When)
	}
	if !q.Ask {
		facts = append(facts, "by flag only")
	}
	return strings.Join(facts, "; ")
}

func (f fileData) facts() string {
	facts := ""
	if f.Update != "merge" {
		facts = "  " + f.Update
	}
	if f.When != "" {
		facts += "  when " + f.When
	}
	return facts
}
