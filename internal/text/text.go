// Package text compiles and runs one piece of text/template.
//
// A [Text] is checked when it is parsed (variables, functions, partials), so
// that no mistake waits for an answer, and bounded when it runs.
package text

import (
	"context"

	"example.com/gen/internal/diag"
)

// A Lang is what a text may name.
type Lang struct {
	Left, Right string          // delimiters; empty means {{ and }}
	Vars        map[string]bool // names at the root; "gen" is always there
	Partials    *Partials       // what {{ template }} finds; nil is none
	Inline      bool            // src is a scalar within at.File: errors carry no excerpt, the caller adds it
	Fixed       bool            // src is a scalar of several lines: every error is at at
}

// A Part is the source of one partial.
type Part struct {
	Name, Src string
	At        diag.Pos
}

// Partials are the compiled texts that others may include.
type Partials struct{ _ int }

// ParsePartials compiles parts, which may include each other.
func ParsePartials(parts []Part, vars map[string]bool) (*Partials, diag.List) { panic("unwritten") }

// A Text is a compiled piece of text/template. It may be run by several
// goroutines at once.
type Text struct{ _ int }

// Parse compiles src, whose first character is at at. All mistakes are
// returned at once.
func Parse(at diag.Pos, src string, l Lang) (*Text, diag.List) { panic("unwritten") }

// Names returns the variables at the root that the text (or a partial that it
// includes) names, sorted, each once.
func (t *Text) Names() []string { panic("unwritten") }

// Run executes the text over plain data (strings, bools, ints, lists, maps).
// Errors are *diag.Error: of code Template with the place in the source, or of
// code Limit when b is used up.
func (t *Text) Run(ctx context.Context, b *Budget, vars map[string]any) (string, error) {
	panic("unwritten")
}

// A Budget bounds what texts may do together. Safe for concurrent use.
type Budget struct{ _ int }

// NewBudget returns the full budget of one rendering: 1 million steps, 64 MiB
// of output, 4 MiB a file, 1 MiB a value, 200 nested templates.
func NewBudget() *Budget { panic("unwritten") }
