// Package diag says what went wrong, where, and what to do next.
//
// Every mistake of a person (in a template, an answer, a flag, a project) is an
// [Error]; several at once are a [List]. Text that comes from outside passes
// [Safe] before it may reach a terminal.
package diag

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
)

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
	Conflict    Code = "conflict"    // 3: conflicts are left for a person
	Internal    Code = "internal"    // 1: everything else
)

// A Pos is a place in a text. Line and Col count from 1, Col in Unicode code
// points; Line 0 means the file as a whole, the zero Pos nowhere.
type Pos struct {
	File      string
	Line, Col int
}

// String renders the place as file:line:column, leaving out what is not known.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
	}
}

// An Error is one mistake: a message in one line, the place, what that is of
// (empty if that is plain), the text of the line there (empty if unknown), and
// what can be done or typed next.
type Error struct {
	Code Code
	Pos  Pos
	Of   string
	Msg  string
	Hint string
	Line string
}

// Stopped is the error of a run that was interrupted before it wrote anything.
func Stopped() *Error {
	return &Error{Code: Interrupted, Msg: "interrupted; nothing was written"}
}

// Error renders the mistake in one line: of: file:line:column: message.
func (e *Error) Error() string { return strings.TrimPrefix(e.place()+" "+e.Msg, " ") }

// place renders where the mistake is, with a colon; "" if that is not known.
func (e *Error) place() string {
	if e.Pos.File == "" {
		return ""
	}
	return strings.TrimPrefix(e.Of+": "+e.Pos.String()+":", ": ")
}

// A List is several mistakes, in the order of their places.
type List []*Error

// Error renders each mistake on a line of its own.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns l as an error, nil if it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Sort puts l into the order of the places: by file, line and column. Mistakes
// at one place keep their order.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b *Error) int {
		return cmp.Or(
			strings.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
		)
	})
}

// All returns the mistakes within err: those of a [List], of errors that were
// joined, one [Error], or any other error as a single Error of code Internal.
func All(err error) List {
	switch e := err.(type) {
	case nil:
		return nil
	case List:
		return e
	case *Error:
		return List{e}
	case interface{ Unwrap() []error }:
		var list List
		for _, one := range e.Unwrap() {
			list = append(list, All(one)...)
		}
		return list
	}
	var list List
	var one *Error
	if errors.As(err, &list) || errors.As(err, &one) {
		return All(errors.Unwrap(err))
	}
	if errors.Is(err, context.Canceled) {
		return List{Stopped()}
	}
	return List{{Code: Internal, Msg: err.Error()}}
}

// A Datum is an [Error] as JSON shows it.
type Datum struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Of      string `json:"of,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

// Data returns l as JSON shows it. It passes [Safe], like all that is written of
// mistakes: JSON may go to a terminal too, and escapes no more than C0.
func Data(l List) []Datum {
	data := make([]Datum, len(l))
	for i, e := range l {
		data[i] = Datum{e.Code, Safe(e.Msg), Safe(e.Pos.File), Safe(e.Of), e.Pos.Line, e.Pos.Col, SafeLines(e.Hint)}
	}
	return data
}

// Reason is the innermost cause of err: the system's own word, without the
// name of a call or file.
func Reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err.Error()
}

// LineOf returns line n of src (from 1) without its ending, "" if there is none.
func LineOf(src string, n int) string {
	for line := range strings.Lines(src) {
		if n--; n == 0 {
			return strings.TrimRight(line, "\r\n")
		}
	}
	return ""
}

// Column turns a byte offset within a line into a column, counted in code
// points from 1.
func Column(line string, offset int) int {
	return utf8.RuneCountInString(line[:max(0, min(offset, len(line)))]) + 1
}

// Suggest returns the one of known that word most likely meant, or "".
func Suggest(word string, known []string) string {
	best, found := len(word)/3+1, "" // of short words nothing can be said
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < best {
			best, found = d, k
		}
	}
	return found
}

// distance counts the insertions, deletions, changes and swaps of neighbours
// that make b of a (optimal string alignment; Damerau 1964).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return len(x) + len(y)
	}
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			same := 1
			if x[i-1] == y[j-1] {
				same = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+same)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
