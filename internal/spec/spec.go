// Package spec turns a template's tree into a [Template]: the manifest parsed
// with positions, every text and expression compiled and checked once.
package spec

import (
	"context"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/text"
	"example.com/gen/internal/tree"
)

// Type is the type of a question's answer.
type Type uint8

// The types. In Go an answer is a string, string, int, bool, string and
// []string.
const (
	String Type = iota
	Text
	Int
	Bool
	OneOf  // choice
	SomeOf // choices
)

// A Template is a checked template, ready to be asked and rendered.
type Template struct {
	Name, Version, Description string
	Requires                   string
	Questions                  []*Question // name first
	Computed                   []Computed
	Files                      []File // sorted by From
	Next                       *text.Text
	Digest                     string // sha256:..., of on-disk.md ("For a template")
}

// A Question is one thing to ask.
type Question struct {
	Name, Prompt, Help, Group string
	Type                      Type
	Choices                   []Choice
	Was                       []string // earlier names
	Ask                       bool     // false: only flags and files change it
	Suggest                   string   // "git-user-name", "git-user-email" or ""
	Pos                       diag.Pos
	Required                  bool // there is no default
}

// A Choice is one value of a choice question.
type Choice struct {
	Value, Label string
	Was          []string
}

// Zero returns the answer of a question that is switched off: "", 0, false,
// []string{}; of OneOf "".
func (q *Question) Zero() any { panic("unwritten") }

// Needs returns the names that the question's when and default refer to.
func (q *Question) Needs() []string { panic("unwritten") }

// Active reports whether the question is asked, given the answers before it.
func (q *Question) Active(vars map[string]any) (bool, error) { panic("unwritten") }

// Default returns the default over the answers before it. It must not be
// called if the question is Required.
func (q *Question) Default(ctx context.Context, vars map[string]any) (any, error) { panic("unwritten") }

// Parse turns a person's text (a flag's value, a typed line) into an answer of
// the question's type: lists as a,b; int as decimal digits; bool as true or
// false. The error says what would be right; it has no position.
func (q *Question) Parse(s string) (any, error) { panic("unwritten") }

// Accept checks that v has the question's type (as decoded from YAML: string,
// int, bool, []any or []string), maps earlier names of choices to their present
// ones and returns the normalised answer.
func (q *Question) Accept(v any) (any, error) { panic("unwritten") }

// Check applies the question's rules to an accepted answer. The error's text is
// the rule's message.
func (q *Question) Check(ctx context.Context, v any, vars map[string]any) error { panic("unwritten") }

// A Computed value is made from answers, never asked.
type Computed struct {
	Name string
	Text *text.Text
}

// A File is one file below files/ with the rules that hold for it.
type File struct {
	From       string     // path below files/, unrendered, without .tmpl
	Name       *text.Text // nil: From has no variables
	Body       *text.Text // nil: Data is copied
	Data       []byte     // bytes to copy; of a link its target
	Link       bool
	Executable bool // by rule or by #!
	Owner      tree.Owner
	Was        []string
	Pos        diag.Pos
}

// Active reports whether the file's when lets it in.
func (f *File) Active(vars map[string]any) (bool, error) { panic("unwritten") }

// Load parses and checks a template: template.yaml, files/ and partials/. gen
// is the running version, for requires ("" or "dev" satisfies all).
func Load(raw tree.Tree, gen string) (*Template, error) { panic("unwritten") }
