package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
)

// page has a question of every type. Its rules: workers is over 0.
func page(number int) answers.Page {
	choices := []spec.Choice{{Value: "none", Label: "None"}, {Value: "postgres", Label: "PostgreSQL"}, {Value: "3"}}
	p := answers.Page{Title: "Project", Number: number, Of: 2}
	for _, f := range []struct {
		q     spec.Question
		value any
	}{
		{spec.Question{Name: "title", Type: spec.String, Prompt: "Title", Help: "What it\nis called."}, "The svc"},
		{spec.Question{Name: "notes", Type: spec.Text, Prompt: "Notes"}, ""},
		{spec.Question{Name: "workers", Type: spec.Int, Prompt: "Workers"}, 2},
		{spec.Question{Name: "public", Type: spec.Bool, Prompt: "Public?"}, false},
		{spec.Question{Name: "database", Type: spec.OneOf, Prompt: "Database", Choices: choices}, "none"},
		{spec.Question{Name: "extras", Type: spec.SomeOf, Prompt: "Extras", Choices: choices}, []string{"none"}},
		{spec.Question{Name: "owner", Type: spec.String, Prompt: "Owner", Required: true}, nil},
	} {
		p.Fields = append(p.Fields, answers.Field{Question: &f.q, Value: f.value, Check: func(v any) error {
			v, err := f.q.Accept(v)
			if n, ok := v.(int); ok && n < 1 {
				err = errors.New("at least one")
			}
			return err
		}})
	}
	return p
}

// ask types the lines and returns what was answered, or why not, and what was
// printed.
func ask(t *testing.T, number int, lines ...string) (got, printed string) {
	t.Helper()
	out := &strings.Builder{}
	typed, back, err := NewLines(strings.NewReader(strings.Join(lines, "\n")+"\n"), out).Ask(t.Context(), page(number))
	switch {
	case err != nil:
		return err.Error(), out.String()
	case back:
		return "back", out.String()
	}
	return fmt.Sprintf("%q", typed), out.String()
}

const ended = "the input ended before everything was answered; nothing was written"

func TestAsk(t *testing.T) {
	for in, want := range map[string]string{
		"||||||me":                           `["The svc" "" '\x02' %!q(bool=false) "none" ["none"] "me"]`,
		"x|one|two|.|5|y|2|1,postgres|me":    `["x" "one\ntwo" '\x05' %!q(bool=true) "postgres" ["none" "postgres"] "me"]`,
		"\"\"|\"\"||true|3|\"\"|me":          `["" "" '\x02' %!q(bool=true) "3" [] "me"]`, // 3 is a value and the third
		" x |||no|none|none|me\r":            `["x" "" '\x02' %!q(bool=false) "none" ["none"] "me"]`,
		"|||||||||me":                        `["The svc" "" '\x02' %!q(bool=false) "none" ["none"] "me"]`, // it insists
		"x|<|y|||||| me":                     `["y" "" '\x02' %!q(bool=false) "none" ["none"] "me"]`,
		"||0|x|1|||||me":                     `["The svc" "" '\x01' %!q(bool=false) "none" ["none"] "me"]`,
		"|||maybe||4|||me":                   `["The svc" "" '\x02' %!q(bool=false) "none" ["none"] "me"]`,
		"|.|||||me":                          `["The svc" "" '\x02' %!q(bool=false) "none" ["none"] "me"]`,
		"|  one|.two||.|||||me":              `["The svc" "  one\n.two\n" '\x02' %!q(bool=false) "none" ["none"] "me"]`,
		"||-1|+1|1.5|7|YES| 2 |2 , 1,|me":    `["The svc" "" '\a' %!q(bool=true) "postgres" ["none" "postgres"] "me"]`,
		"|||||4|0|-1|1|\xff|me\x00|\u202eme": `["The svc" "" '\x02' %!q(bool=false) "none" ["none"] "\u202eme"]`,
		"<":                                  ended,
		"":                                   ended,
		"|a|b":                               ended,
		"a\x1b[2J|x":                         ended,
	} {
		if got, printed := ask(t, 1, strings.Split(in, "|")...); got != want {
			t.Errorf("%q:\n got %s\nwant %s\n%s", in, got, want, printed)
		}
	}
	if got, _ := ask(t, 2, "<"); got != "back" {
		t.Errorf("got %s", got)
	}
}

func TestWhatIsPrinted(t *testing.T) {
	const want = `
Project (page 1 of 2)
Enter takes what is in brackets; ? explains, < goes back, Ctrl-C ends without writing.
Title [The svc]:   What it is called.
  One line. "" is the empty text.
Title [The svc]: Notes (several lines) [""]:   Several lines; a line with only a dot ends them. "" is the empty text.
Notes (several lines) [""]: Workers [2]:   A whole number.
Workers [2]:   at least one
Workers [2]: Public? (y/n) [n]:   y or n.
Public? (y/n) [n]: Database
  1  none
  2  postgres: PostgreSQL
  3  3
Database [none]:   One of the choices, by its number or its name.
Database [none]: Extras
  1  none
  2  postgres: PostgreSQL
  3  3
Extras (several, with commas) [none]:   Any of the choices, by number or name, with commas between them. "" is none.
Extras (several, with commas) [none]: Owner:   an answer is needed
Owner: `
	_, printed := ask(t, 1, "?", "", "?", "", "?", "0", "", "?", "", "?", "", "?", "", "", "me")
	if printed != want {
		t.Errorf("got\n%s", printed)
	}
	if _, printed := ask(t, 1, "<"); !strings.Contains(printed, "this is the first question") {
		t.Errorf("got\n%s", printed)
	}
}

// Going back leads to the question before, also on the page before, and what
// was not answered is not returned.
func TestBack(t *testing.T) {
	out := &strings.Builder{}
	l := NewLines(strings.NewReader("x\n<\n<\n<\n.\nme\n\n\nnew\n\n\n\n\n\nme\n"), out)
	first, second := page(1), page(2)
	first.Fields[6].Value = "me"
	for _, c := range []struct {
		page answers.Page
		want string
	}{
		{second, `["x" <nil> <nil> <nil> <nil> <nil> <nil>] true`},
		{first, `["The svc" "" '\x02' %!q(bool=false) "none" ["none"] "me"] false`},
		{second, `["new" "" '\x02' %!q(bool=false) "none" ["none"] "me"] false`},
	} {
		typed, back, err := l.Ask(t.Context(), c.page)
		got := strings.ReplaceAll(fmt.Sprintf("%q %v", typed, back), "%!q(<nil>)", "<nil>")
		if err != nil || got != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
	}
	if got := out.String(); strings.Count(got, "Enter takes") != 1 || !strings.Contains(got, "(page 1 of 2)\nOwner [me]: Extras\n") {
		t.Errorf("got\n%s", got)
	}
}

// The review comes after the last question, so back leads to that one.
func TestBackFromReview(t *testing.T) {
	out := &strings.Builder{}
	l := NewLines(strings.NewReader("<\nyou\n"), out)
	if back, err := l.Review(t.Context(), answers.Summary{}); !back || err != nil {
		t.Fatal(back, err)
	}
	p := page(2)
	p.Fields[6].Value = "me"
	typed, back, err := l.Ask(t.Context(), p)
	if got := fmt.Sprintf("%q", typed); back || err != nil || !strings.HasSuffix(got, ` ["none"] "you"]`) || !strings.Contains(out.String(), "writing.\nOwner [me]: ") {
		t.Errorf("got %s, %v\n%s", got, err, out)
	}
}

// The only page needs no number, and one without a title no head.
func TestHead(t *testing.T) {
	for want, p := range map[string]answers.Page{
		"\nData (page 2 of 3)\n": {Title: "Data", Number: 2, Of: 3}, "\nData\n": {Title: "Data", Number: 1, Of: 1}, "": {Number: 1, Of: 2},
	} {
		out := &strings.Builder{}
		NewLines(strings.NewReader(""), out).Ask(t.Context(), p)
		if got, _, _ := strings.Cut(out.String(), "Enter takes"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Who comes back begins with what has no answer.
func TestBackToWhatIsMissing(t *testing.T) {
	out := &strings.Builder{}
	l := NewLines(strings.NewReader("<\n"), out)
	if _, back, err := l.Ask(t.Context(), page(2)); !back || err != nil {
		t.Fatal(back, err)
	}
	p := page(1)
	p.Fields[2].Value = nil
	l.Ask(t.Context(), p)
	if !strings.Contains(out.String(), "(page 1 of 2)\nWorkers: ") {
		t.Errorf("got %s", out)
	}
}

// However the lines come, none is lost between two questions or pages.
func TestTypedAhead(t *testing.T) {
	const keys = "a\r\none\r\n.\r\n3\ny\n1\n2\nme\nb\n\n\n\n\n\nyou\ny"
	for name, in := range map[string]io.Reader{
		"at once": strings.NewReader(keys), "byte by byte": iotest.OneByteReader(strings.NewReader(keys)),
		"with the end": iotest.DataErrReader(strings.NewReader(keys)),
	} {
		l := NewLines(in, io.Discard)
		a, _, err1 := l.Ask(t.Context(), page(1))
		b, _, err2 := l.Ask(t.Context(), page(2))
		back, err3 := l.Review(t.Context(), answers.Summary{})
		got := fmt.Sprintf("%q %q %v", a, b, back)
		const want = `["a" "one" '\x03' %!q(bool=true) "none" ["postgres"] "me"] ["b" "" '\x02' %!q(bool=false) "none" ["none"] "you"] false`
		if err := errors.Join(err1, err2, err3); err != nil || got != want {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
}

func TestReview(t *testing.T) {
	s := answers.Summary{
		Path: "/home/ada/svc", Note: "new, 47 files", Template: "t 1.0.0, built in", Do: "Create",
		Asked:    []answers.Item{{Name: "title", Value: "x"}, {Name: "notes", Value: ""}},
		Defaults: []answers.Item{{Name: "a", Value: 1}, {Name: "b", Value: []string{"c", "d"}}, {Name: "e", Value: []string{}}},
	}
	out := &strings.Builder{}
	l := NewLines(strings.NewReader("what\n<\n\nY\nn\n"), out)
	for i, want := range []string{"true <nil>", "false <nil>", "false <nil>", "false you said no; nothing was written", "false " + ended} {
		back, err := l.Review(t.Context(), s)
		if got := fmt.Sprint(back, " ", err); strings.ReplaceAll(got, "  ", " ") != want {
			t.Errorf("%d: got %s, want %s", i, got, want)
		}
	}
	const want = `
Review
  path         /home/ada/svc (new, 47 files)
  template     t 1.0.0, built in
  title        x
  notes        ""
  defaults     a 1, b c,d, e ""
Create it? [Y/n/<]:   y goes on, n ends without writing, < goes back
Create it? [Y/n/<]: `
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s", got)
	}
}

// A read that blocks is left when the person interrupts.
func TestInterrupted(t *testing.T) {
	in, _ := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := NewLines(in, io.Discard)
	for range 2 {
		go cancel()
		_, _, err := l.Ask(ctx, page(1))
		var e *diag.Error
		if !errors.As(err, &e) || e.Code != diag.Interrupted {
			t.Errorf("got %v", err)
		}
	}
}

func TestInputFails(t *testing.T) {
	for want, in := range map[string]io.Reader{
		"a line is longer than 1 MiB": strings.NewReader(strings.Repeat("x", 3*maxLine) + "\n"),
		"no disk":                     iotest.ErrReader(errors.New("no disk")),
	} {
		_, _, err := NewLines(in, io.Discard).Ask(t.Context(), page(1))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// attacks are what a template may try on a terminal.
var attacks = []string{
	"\x1b[2J", "\x1b]52;c;aGk=\x07", "\x1b]0;title\x07", "\x1b[31m", "\x1b(0", "\x1bc", "\x1b[6n", "\x1b[?1049h", "\x1bP1$r\x1b\\",
	"a\rb", "\b\b\b", "\a", "\x00", "\x0b", "\x0c", "\x0e", "\x7f", "\u0085", "\u009b2J", "\u009d0;x\u009c", "\u200b", "\u200d", "\u200e",
	"\u202a", "\u202e", "\u2066", "\u2069", "\u2028", "\u2029", "\ufeff", "\U000e0041", "\xff\xfe", "\xc0\x80", "\u061c", "\u00ad", "\u2060",
}

// Nothing of an attack reaches the terminal, wherever the template puts it.
func TestAttacks(t *testing.T) {
	if len(attacks) < 30 {
		t.Fatal("too few")
	}
	for _, a := range attacks {
		out := &strings.Builder{}
		p := answers.Page{Title: a, Number: 1, Of: 1}
		q := &spec.Question{Name: "x", Type: spec.OneOf, Prompt: a, Help: a, Choices: []spec.Choice{{Value: a, Label: a + a}}}
		p.Fields = []answers.Field{{Question: q, Value: a, Check: func(any) error { return errors.New(a) }}}
		l := NewLines(strings.NewReader("?\n"+a+"\n\n"), out)
		l.Ask(t.Context(), p)
		l = NewLines(strings.NewReader("\n"), out)
		l.Review(t.Context(), answers.Summary{
			Path: a, Note: a, Template: a, Asked: []answers.Item{{Name: a, Value: a}}, Defaults: []answers.Item{{Name: a, Value: []string{a}}},
		})
		if got := out.String(); got != diag.SafeLines(got) || strings.Contains(got, "\t") {
			t.Errorf("%q: %q", a, got)
		}
	}
}

func TestPossible(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if Possible(r, w, func(string) string { return "" }) {
		t.Error("a pipe cannot answer")
	}
}
