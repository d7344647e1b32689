// Package spec turns a template's tree into a [Template]: the manifest parsed
// with positions, every text and expression compiled and checked once.
//
// Wherever a variable's value is a list, in answers, texts and expressions
// alike, it is a []string.
package spec

import (
	"context"
	_ "embed"
	"errors"
	"slices"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/text"
	"example.com/gen/internal/tree"
	"example.com/gen/internal/yaml"
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

var typeNames = []string{"string", "text", "int", "bool", "choice", "choices"}

// String returns the type's name in the manifest.
func (t Type) String() string { return typeNames[t] }

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

	node  *yaml.Node
	when  *expression
	rules []rule
	needs []string

	// The default is one of these, at a place of the manifest.
	value  any         // a constant
	text   *text.Text  // of a string or text
	expr   *expression // of another type
	at     diag.Pos
	line   string
	budget *text.Budget // of all defaults of a template
}

// A Choice is one value of a choice question.
type Choice struct {
	Value, Label string
	Was          []string
}

// A rule is an expression that an answer must satisfy.
type rule struct {
	expr    *expression
	message string
}

// Needs returns the names that the question's when and default refer to,
// sorted.
func (q *Question) Needs() []string { return slices.Clone(q.needs) }

// Names returns the question's name and those that it had.
func (q *Question) Names() []string { return append([]string{q.Name}, q.Was...) }

// Active reports whether the question is asked, given the answers before it.
func (q *Question) Active(vars map[string]any) (bool, error) { return q.when.isTrue(vars) }

// Default returns the default over the answers before it. It must not be
// called if the question is Required. The errors have the default's place. All
// defaults of a template share one budget.
func (q *Question) Default(ctx context.Context, vars map[string]any) (any, error) {
	v, err := q.value, error(nil)
	switch {
	case q.text != nil:
		v, err = q.text.Run(ctx, q.budget, vars)
	case q.expr != nil:
		v, err = q.expr.run(vars)
	}
	var e *diag.Error
	if errors.As(err, &e) && e.Pos.Line == q.at.Line {
		e.Line = q.line
	}
	if err != nil {
		return nil, err
	}
	if v, err = q.Accept(v); err != nil {
		return nil, &diag.Error{
			Code: diag.Template, Pos: q.at, Line: q.line, Msg: "the default of " + q.Name + ": " + err.Error(),
			Hint: "answer " + q.Name + " yourself, or change the default",
		}
	}
	return v, nil
}

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

	when        *expression
	left, right string
	rendered    bool // it ends in .tmpl
}

// Active reports whether the file's when lets it in.
func (f *File) Active(vars map[string]any) (bool, error) { return f.when.isTrue(vars) }

// WhenText returns the condition as the manifest has it, "" if there is none.
func (q *Question) WhenText() string { return q.when.text() }

// WhenText returns the file's condition, "" if there is none.
func (f *File) WhenText() string { return f.when.text() }

// DefaultText returns the default as the manifest has it: a text to render, an
// expression, or a constant; nil if there is none.
func (q *Question) DefaultText() any {
	if q.text != nil || q.expr != nil {
		return q.node.Get("default").Text
	}
	return q.value
}

// Gen returns what a template sees below .gen; created is the UTC day on which
// the project was created, 2006-01-02.
func (t *Template) Gen(created string) map[string]any {
	return map[string]any{
		"template": map[string]any{"name": t.Name, "version": t.Version},
		"created":  created,
	}
}

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of template.yaml.
func Schema() []byte { return slices.Clone(schema) }
