// Package prompt asks a person at a terminal.
//
// [Lines] asks one question a line, without colours or movement: for screen
// readers, plain terminals and pipes. Everything that a template says passes
// [diag.Safe] on its way out.
package prompt

import (
	"bufio"
	"cmp"
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
	out     io.Writer
	wanted  chan struct{}
	lines   chan line
	greeted bool
	back    bool // the person comes back from the page after, or the review
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
		text, err := readLine(in)
		l.lines <- line{text, err}
	}
}

// readLine returns the next line without its end; the last one may have none.
func readLine(in *bufio.Reader) (string, error) {
	var text []byte
	for {
		part, err := in.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case len(text) > maxLine:
			return "", errors.New("a line is longer than 1 MiB")
		case errors.Is(err, bufio.ErrBufferFull):
		case err == nil, errors.Is(err, io.EOF) && len(text) > 0:
			return strings.TrimRight(string(text), "\r\n"), nil
		default:
			return "", err
		}
	}
}

// next waits for the next line, or for ctx to end.
func (l *Lines) next(ctx context.Context) (string, error) {
	select {
	case l.wanted <- struct{}{}:
	case <-ctx.Done():
		return "", l.interrupted()
	}
	select {
	case <-ctx.Done():
		return "", l.interrupted()
	case got := <-l.lines:
		switch {
		case ctx.Err() != nil:
			return "", l.interrupted()
		case errors.Is(got.err, io.EOF):
			return "", l.ended(inputOver)
		case got.err != nil:
			return "", l.ended(got.err.Error())
		}
		return got.text, nil
	}
}

// interrupted and ended leave the line of the prompt.
func (l *Lines) interrupted() error {
	l.say("\n")
	return diag.Stopped()
}

func (l *Lines) ended(why string) error {
	l.say("\n")
	return errEnded(why)
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

// Ask asks the page's questions in turn; < leads to the question before. Of a
// page that is left that way, only what was answered now is returned; the rest
// is nil.
func (l *Lines) Ask(ctx context.Context, p answers.Page) (typed []any, back bool, err error) {
	l.head(p)
	values, typed := make([]any, len(p.Fields)), make([]any, len(p.Fields))
	for i, f := range p.Fields {
		values[i] = f.Value
	}
	for i := l.start(p); i < len(p.Fields); {
		v, err := l.question(ctx, p.Fields[i], values[i])
		switch {
		case errors.Is(err, errBack) && i > 0:
			i--
		case errors.Is(err, errBack) && p.Number > 1:
			l.back = true
			return typed, true, nil
		case errors.Is(err, errBack):
			l.say("  this is the first question\n")
		case err != nil:
			return nil, false, err
		default:
			values[i], typed[i] = v, v
			i++
		}
	}
	return values, false, nil
}

// head says where the person is, and the first time what can be typed.
func (l *Lines) head(p answers.Page) {
	switch {
	case p.Title != "" && p.Of > 1:
		l.say("\n%s (page %d of %d)\n", p.Title, p.Number, p.Of)
	case p.Title != "":
		l.say("\n%s\n", p.Title)
	}
	if !l.greeted {
		l.say("Enter takes what is in brackets; ? explains, < goes back, Ctrl-C ends without writing.\n")
	}
	l.greeted = true
}

// start returns the question to begin with: the first, or the last if the
// person comes back from the page after and those before it are answered.
func (l *Lines) start(p answers.Page) int {
	i := 0
	for l.back && i < len(p.Fields)-1 && p.Fields[i].Value != nil && p.Fields[i].Check(p.Fields[i].Value) == nil {
		i++
	}
	l.back = false
	return i
}

// question asks until the answer is a good one.
func (l *Lines) question(ctx context.Context, f answers.Field, value any) (any, error) {
	q := f.Question
	if len(q.Choices) > 0 {
		l.say("%s\n", q.Prompt)
	}
	for n, c := range q.Choices {
		l.say("  %d  %s\n", n+1, choiceLabel(c))
	}
	for {
		l.say("%s%s%s: ", q.Prompt, manner[q.Type], shown(value))
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
		if stop := (*diag.Error)(nil); errors.As(err, &stop) {
			return nil, err
		}
		if err == nil && v == nil {
			err = errors.New("an answer is needed")
		}
		if err == nil {
			err = f.Check(v)
		}
		switch {
		case err == nil:
			return v, nil
		case ctx.Err() != nil:
			return nil, l.interrupted()
		}
		l.say("  %s\n", err.Error())
	}
}

// manner says how a type is answered, where it does not show.
var manner = [...]string{
	spec.String: "", spec.Int: "", spec.OneOf: "",
	spec.Text:   " (several lines)",
	spec.Bool:   " (y/n)",
	spec.SomeOf: " (several, with commas)",
}

// parse turns what was typed into an answer.
func (l *Lines) parse(ctx context.Context, q *spec.Question, text string, value any) (any, error) {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return value, nil
	case cut(text) && q.Type != spec.Text:
		return nil, errCut
	case trimmed == `""` && (q.Type == spec.String || q.Type == spec.Text || q.Type == spec.SomeOf):
		return q.Parse("")
	}
	switch q.Type {
	case spec.Text:
		return l.text(ctx, q, text)
	case spec.Bool:
		word := strings.ToLower(trimmed)
		return q.Parse(cmp.Or(yesNo[word], word))
	case spec.OneOf, spec.SomeOf:
		return q.Parse(numbered(q, trimmed))
	default:
		return q.Parse(trimmed)
	}
}

// text reads lines up to one that is a single dot.
func (l *Lines) text(ctx context.Context, q *spec.Question, line string) (any, error) {
	var lines []string
	for line != "." {
		lines = append(lines, line)
		l.say("  . ends: ")
		var err error
		if line, err = l.next(ctx); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(lines, cut) {
		return nil, errCut
	}
	return q.Parse(strings.Join(lines, "\n"))
}

var errCut = errors.New("the terminal may have cut a line: give this answer with --answers FILE")

// cut reports whether a line is as long as a terminal's longest: Linux drops
// what is typed after 4095 bytes without a word.
func cut(line string) bool { return len(line) >= 4095 }

var yesNo = map[string]string{"y": "true", "yes": "true", "n": "false", "no": "false"}

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

func choiceLabel(c spec.Choice) string {
	if c.Label == "" || strings.EqualFold(c.Label, c.Value) {
		return c.Value
	}
	return c.Value + ": " + c.Label
}

// shown is the answer in brackets that an empty line takes.
func shown(value any) string {
	switch value {
	case nil:
		return ""
	case true:
		return " [y]"
	case false:
		return " [n]"
	}
	return " [" + visible(value) + "]"
}

// visible is an answer as it can be typed; what is empty shows.
func visible(value any) string { return cmp.Or(answers.Item{Value: value}.String(), `""`) }

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

// rows are the review's: what each is about, and what was decided.
func rows(s answers.Summary) [][2]string {
	rows := [][2]string{{"path", s.Path + " (" + s.Note + ")"}, {"template", s.Template}}
	for _, i := range s.Asked {
		rows = append(rows, [2]string{i.Name, visible(i.Value)})
	}
	if len(s.Defaults) > 0 {
		parts := make([]string, len(s.Defaults))
		for n, i := range s.Defaults {
			parts[n] = i.Name + " " + visible(i.Value)
		}
		rows = append(rows, [2]string{"defaults", strings.Join(parts, ", ")})
	}
	return rows
}

// Review shows what was answered and asks whether to go on.
func (l *Lines) Review(ctx context.Context, s answers.Summary) (back bool, err error) {
	l.say("\nReview\n")
	for _, row := range rows(s) {
		l.say("  %-12s %s\n", row[0], row[1])
	}
	for {
		l.say("%s it? [Y/n/<]: ", s.Do)
		text, err := l.next(ctx)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "", "y", "yes":
			return false, nil
		case "<":
			l.back = true
			return true, nil
		case "n", "no":
			return false, &diag.Error{Code: diag.Interrupted, Msg: "you said no; nothing was written"}
		}
		l.say("  y goes on, n ends without writing, < goes back\n")
	}
}
