// Package diag says what went wrong, where, and what to do next.
//
// Every mistake of a person (in a template, an answer, a flag, a project) is an
// [Error]; several at once are a [List]. Text that comes from outside passes
// [Safe] before it may reach a terminal.
package diag

import "io"

// A Code names a kind of mistake for programs. Codes are an interface: the
// JSON errors carry them, and internal/cli turns them into exit codes.
type Code string

// The codes, each with the exit code that internal/cli gives it.
const (
	Usage       Code = "usage"       // 2: flags and arguments
	Answer      Code = "answer"      // 2: an answer that is missing, unknown or refused
	Manifest    Code = "manifest"    // 1: template.yaml
	Template    Code = "template"    // 1: a text, expression or file of a template
	Limit       Code = "limit"       // 1: a limit of size, steps or time
	Path        Code = "path"        // 1: a path that gen does not write
	Source      Code = "source"      // 1: a template that cannot be had
	Target      Code = "target"      // 1: the place to write to
	Record      Code = "record"      // 1: what lies in .gen/
	InputEnded  Code = "input-ended" // 1: end of input while asking
	Interrupted Code = "interrupted" // 130: Ctrl-C
	Internal    Code = "internal"    // 1: everything else
)

// A Pos is a place in a text. Line and Col count from 1, Col in Unicode code
// points; Line 0 means the file as a whole, the zero Pos nowhere.
type Pos struct {
	File      string
	Line, Col int
}

// An Error is one mistake: a message in one line, the place, the text of the
// line there (empty if unknown), and what can be done or typed next.
type Error struct {
	Code Code
	Pos  Pos
	Msg  string
	Hint string
	Line string
}

// A List is several mistakes, in the order of their places.
type List []*Error

// Error renders the mistake in one line: file:line:column: message.
func (e *Error) Error() string { panic("unwritten") }

// Error renders each mistake on a line of its own.
func (l List) Error() string { panic("unwritten") }

// Err returns l as an error, nil if it is empty.
func (l List) Err() error { panic("unwritten") }

// All returns the mistakes within err: those of a [List], one [Error], or any
// other error as a single Error of code Internal.
func All(err error) List { panic("unwritten") }

// LineOf returns line n of src (from 1) without its ending, "" if there is none.
func LineOf(src string, n int) string { panic("unwritten") }

// Column turns a byte offset within a line into a column, counted in code
// points from 1.
func Column(line string, offset int) int { panic("unwritten") }

// Suggest returns the one of known that word most likely meant, or "".
func Suggest(word string, known []string) string { panic("unwritten") }

// Safe returns s with everything made visible that could do something to a
// terminal or deceive its reader; newlines and tabs too. Long texts are cut.
func Safe(s string) string { panic("unwritten") }

// SafeLines is [Safe] for text of several lines: newlines and tabs stay.
func SafeLines(s string) string { panic("unwritten") }

// Write renders err for people, each mistake with its place, excerpt, caret
// and hint:
//
//	gen: template.yaml:3:5: question "name" is asked twice
//	    3 |   - name: name
//	      |     ^
//	hint: remove the question at template.yaml:7
//
// color adds ANSI colours. Everything passes Safe.
func Write(w io.Writer, err error, color bool) { panic("unwritten") }
