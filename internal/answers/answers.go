// Package answers turns flags, files, records, defaults and a person's typing
// into checked [Answers].
package answers

import (
	"context"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
)

// Answers are the checked answers to a template's questions.
type Answers struct{ _ int }

// An Item is one answer with its name.
type Item struct {
	Name  string
	Value any
	Pos   diag.Pos // of items from a file
}

// Items returns the answers of the questions that are switched on, in the
// template's order: what the record keeps.
func (a Answers) Items() []Item { panic("unwritten") }

// Vars returns what a template sees: every answer, zero values of questions
// that are switched off, and computed values. Not .gen: render adds it.
func (a Answers) Vars() map[string]any { panic("unwritten") }

// Given is everything that answers may come from, in falling precedence.
type Given struct {
	Set      []Item            // --set: Value is the string as typed
	File     []Item            // --answers, see ParseFile
	Typed    map[string]any    // what the person typed in an earlier round (back from the review)
	Recorded map[string]any    // the project's record
	Name     string            // the answer `name` that PATH suggests; below Set and File
	Suggest  map[string]string // by kind, such as git-user-name: fills a prompt in advance
}

// ParseFile reads an answers file, YAML or JSON (a map of names to values).
func ParseFile(name string, data []byte) ([]Item, error) { panic("unwritten") }

// Resolve answers every question of t. With a nil Prompter it asks nothing;
// questions without any answer are listed all at once.
func Resolve(ctx context.Context, t *spec.Template, g Given, p Prompter) (Answers, error) {
	panic("unwritten")
}

// A Prompter asks a person.
type Prompter interface {
	// Ask asks the fields of one page. back means: to the page before.
	Ask(ctx context.Context, p Page) (typed []any, back bool, err error)
	// Review shows everything once more. back means: to the last page.
	Review(ctx context.Context, s Summary) (back bool, err error)
}

// A Page is a group of questions that do not depend on each other.
type Page struct {
	Title      string
	Number, Of int // Of is an estimate: conditions may change it
	Fields     []Field
}

// A Field is one question as it is asked now.
type Field struct {
	Question *spec.Question
	Value    any             // what is filled in; nil if nothing is
	Check    func(any) error // type and rules, with the answers before it
}

// A Summary is what the review shows.
type Summary struct {
	Path     string // absolute, where the project will be
	Note     string // such as "new, 47 files"
	Template string // such as "python-service 1.0.0, built in"
	Asked    []Item // every answer that was asked
	Defaults []Item // those that were not asked
}
