// Package prompt asks a person at a terminal.
//
// [Lines] asks one question a line, without colours or movement: for screen
// readers, plain terminals and pipes. Everything that a template says passes
// [diag.Safe] on its way out.
package prompt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
)

// Possible reports whether a person can be asked: in and err are terminals and
// no CI runs this.
func Possible(in, err *os.File, getenv func(string) string) bool {
	return getenv("CI") == "" && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(err.Fd()))
}

// Lines asks line by line. It is a [answers.Prompter].
type Lines struct {
	out    io.Writer
	wanted chan struct{}
	lines  chan line
}

type line struct {
	text string
	err  error
}

// maxLine is the longest line that is read, in bytes.
const maxLine = 1 << 20

// NewLines returns a Lines that reads from in and writes to out. It reads
// ahead, so in is its own from now on.
func NewLines(in io.Reader, out io.Writer) *Lines {
	l := &Lines{out: out, wanted: make(chan struct{}), lines: make(chan line, 1)}
	go l.read(bufio.NewReader(in))
	return l
}

// read reads a line whenever one is wanted. It stays blocked where nothing
// comes: the process then ends without it.
func (l *Lines) read(in *bufio.Reader) {
	for range l.wanted {
		var text []byte
		for {
			part, err := in.ReadSlice('\n')
			text = append(text, part...)
			if errors.Is(err, bufio.ErrBufferFull) && len(text) <= maxLine {
				continue
			}
			if err == nil && len(text) > maxLine {
				err = errors.New("a line is longer than 1 MiB")
			}
			if errors.Is(err, io.EOF) && len(text) > 0 {
				err = nil // the last line, without its end
			}
			l.lines <- line{strings.TrimRight(string(text), "\r\n"), err}
			break
		}
	}
}

// next waits for the next line, or for ctx to end.
func (l *Lines) next(ctx context.Context) (string, error) {
	interrupted := &diag.Error{Code: diag.Interrupted, Msg: "interrupted; nothing was written"}
	select {
	case l.wanted <- struct{}{}:
	case <-ctx.Done():
		return "", interrupted
	}
	select {
	case <-ctx.Done():
		fmt.Fprintln(l.out)
		return "", interrupted
	case got := <-l.lines:
		if errors.Is(got.err, io.EOF) {
			fmt.Fprintln(l.out)
			return "", &diag.Error{
				Code: diag.InputEnded, Msg: "the input ended before everything was answered; nothing was written",
				Hint: "answer with --set NAME=VALUE, or take the defaults with --no-input",
			}
		}
		if got.err != nil {
			return "", &diag.Error{Code: diag.InputEnded, Msg: got.err.Error() + "; nothing was written"}
		}
		return got.text, nil
	}
}

func (l *Lines) say(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = diag.Safe(s)
		}
	}
	fmt.Fprintf(l.out, format, args...)
}

// errBack is how a question says that the person wants to go back.
var errBack = errors.New("back")

// Ask asks the page's questions in turn; < leads to the question before.
func (l *Lines) Ask(ctx context.Context, p answers.Page) (typed []any, back bool, err error) {
	if p.Title != "" {
		l.say("\n%s (page %d of %d)\n", p.Title, p.Number, p.Of)
	}
	if p.Number == 1 {
		l.say("Enter takes what is in brackets; ? explains, < goes back, Ctrl-C ends without writing.\n")
	}
	values := make([]any, len(p.Fields))
	for i, f := range p.Fields {
		values[i] = f.Value
	}
	for i := 0; i < len(p.Fields); {
		v, err := l.question(ctx, p.Fields[i], values[i])
		switch {
		case errors.Is(err, errBack) && i == 0:
			if p.Number > 1 {
				return nil, true, nil
			}
			l.say("  this is the first question\n")
		case errors.Is(err, errBack):
			i--
		case err != nil:
			return nil, false, err
		default:
			values[i] = v
			i++
		}
	}
	return values, false, nil
}

// question asks until the answer is a good one.
func (l *Lines) question(ctx context.Context, f answers.Field, value any) (any, error) {
	q := f.Question
	for n, c := range q.Choices {
		if n == 0 {
			l.say("%s\n", label(q))
		}
		l.say("  %d  %s\n", n+1, choiceLabel(c))
	}
	for {
		l.say("%s%s: ", label(q), shown(value))
		text, err := l.next(ctx)
		if err != nil {
			return nil, err
		}
		switch strings.TrimSpace(text) {
		case "<":
			return nil, errBack
		case "?":
			l.help(q)
			continue
		}
		v, err := l.parse(ctx, q, text, value)
		if err == nil && v == nil {
			err = errors.New("an answer is needed")
		}
		if err == nil {
			err = f.Check(v)
		}
		var stop *diag.Error
		switch {
		case err == nil:
			return v, nil
		case errors.As(err, &stop) && (stop.Code == diag.Interrupted || stop.Code == diag.InputEnded):
			return nil, err
		}
		l.say("  %s\n", err.Error())
	}
}

// parse turns what was typed into an answer.
func (l *Lines) parse(ctx context.Context, q *spec.Question, text string, value any) (any, error) {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return value, nil
	case trimmed == `""` && (q.Type == spec.String || q.Type == spec.Text || q.Type == spec.SomeOf):
		return q.Parse("")
	}
	switch q.Type {
	case spec.Text:
		return l.text(ctx, q, text)
	case spec.String:
		return q.Parse(text)
	case spec.Bool:
		return q.Parse(yesNo(trimmed))
	case spec.OneOf, spec.SomeOf:
		return q.Parse(numbered(q, trimmed))
	default:
		return q.Parse(trimmed)
	}
}

// text reads lines up to one that holds a dot only.
func (l *Lines) text(ctx context.Context, q *spec.Question, first string) (any, error) {
	lines := []string{first}
	for {
		l.say("  . ends: ")
		text, err := l.next(ctx)
		if err != nil {
			return nil, err
		}
		if text == "." {
			return q.Parse(strings.Join(lines, "\n") + "\n")
		}
		lines = append(lines, text)
	}
}

func yesNo(s string) string {
	switch strings.ToLower(s) {
	case "y", "yes", "true":
		return "true"
	case "n", "no", "false":
		return "false"
	}
	return s
}

// numbered replaces the numbers of choices by their values.
func numbered(q *spec.Question, s string) string {
	parts := strings.Split(s, ",")
	for i, p := range parts {
		p = strings.TrimSpace(p)
		isValue := slices.ContainsFunc(q.Choices, func(c spec.Choice) bool { return c.Value == p })
		if n, err := strconv.Atoi(p); err == nil && n >= 1 && n <= len(q.Choices) && !isValue {
			p = q.Choices[n-1].Value
		}
		parts[i] = p
	}
	return strings.Join(parts, ",")
}

func label(q *spec.Question) string {
	if q.Prompt != "" {
		return q.Prompt
	}
	return q.Name
}

func choiceLabel(c spec.Choice) string {
	if c.Label == "" || c.Label == c.Value {
		return c.Value
	}
	return c.Value + ": " + c.Label
}

// shown is the answer in brackets that an empty line takes.
func shown(value any) string {
	if value == nil {
		return ""
	}
	return " [" + diag.Safe(strings.TrimSpace(answers.Item{Value: value}.String())) + "]"
}

// how explains how a question of each type is answered.
var how = [...]string{
	spec.String: `One line. "" is the empty text.`,
	spec.Text:   `Several lines; a line with only a dot ends them. "" is the empty text.`,
	spec.Int:    "A whole number.",
	spec.Bool:   "y or n.",
	spec.OneOf:  "One of the choices, by its number or its name.",
	spec.SomeOf: `Any of the choices, by number or name, with commas between them. "" is none.`,
}

func (l *Lines) help(q *spec.Question) {
	if q.Help != "" {
		l.say("  %s\n", strings.Join(strings.Fields(q.Help), " "))
	}
	l.say("  %s\n", how[q.Type])
}

// Review shows what was answered and asks whether to go on.
func (l *Lines) Review(ctx context.Context, s answers.Summary) (back bool, err error) {
	l.say("\nReview\n  %-12s %s (%s)\n  %-12s %s\n", "path", s.Path, s.Note, "template", s.Template)
	for _, i := range s.Asked {
		l.say("  %-12s %s\n", i.Name, i.String())
	}
	if len(s.Defaults) > 0 {
		parts := make([]string, len(s.Defaults))
		for n, i := range s.Defaults {
			parts[n] = i.Name + " " + i.String()
		}
		l.say("  %-12s %s\n", "defaults", strings.Join(parts, ", "))
	}
	for {
		l.say("Create it? [Y/n/<]: ")
		text, err := l.next(ctx)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "", "y", "yes":
			return false, nil
		case "<":
			return true, nil
		case "n", "no":
			return false, &diag.Error{Code: diag.Interrupted, Msg: "not created; nothing was written"}
		}
		l.say("  y creates it, n ends without writing, < goes back\n")
	}
}
