//go:build unix

package prompt

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/creack/pty"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
	"example.com/gen/internal/tree"
)

// TestMain lets this binary be the program on the terminal.
func TestMain(m *testing.M) {
	switch os.Getenv("PROMPT_TEST_CHILD") {
	case "":
		os.Exit(m.Run())
	case "lines":
		os.Exit(child(func(func()) answers.Prompter { return NewLines(os.Stdin, os.Stderr) }))
	case "form":
		os.Exit(formChild(child))
	case "lists":
		manifest = lists
		os.Exit(formChild(child))
	case "panic":
		os.Exit(formChild(panicChild))
	case "attacks":
		os.Exit(formChild(attacksChild))
	}
}

var manifest = `format: 1
name: t
version: 1.0.0
questions:
  - {name: title, type: string, group: One, default: "The {{ .name }}", validate: [{rule: value != "bad", message: anything else}]}
  - {name: notes, type: text, group: One, default: ""}
  - {name: workers, type: int, group: One, default: 2}
  - {name: public, type: bool, group: Two, default: false}
  - {name: host, type: string, group: Two, when: public}
  - {name: database, type: choice, group: Two, choices: [{value: none}, {value: postgres}], default: none}
  - {name: extras, type: choices, group: Three, choices: [{value: a}, {value: b}], default: []}
`

// child asks on its own standard input and error, as gen does, and prints the
// answers or the mistake.
func child(open func(interrupt func()) answers.Prompter) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	path, _ := tree.ParsePath("template.yaml")
	raw, _ := tree.New([]tree.File{{Path: path, Mode: tree.Regular, Data: []byte(manifest)}})
	template, err := spec.Load(raw, "dev")
	given, lines := answers.Given{Name: "svc"}, open(stop)
	for back := true; back && err == nil; {
		var a answers.Answers
		if a, err = answers.Resolve(ctx, template, given, lines); err == nil {
			given.Typed = a.Typed()
			asked, defaults := a.Split()
			back, err = lines.Review(ctx, answers.Summary{Path: "/svc", Note: "new", Template: "t", Asked: asked, Defaults: defaults, Do: "Create"})
			if err == nil && !back {
				fmt.Println(a.Command())
			}
		}
	}
	var e *diag.Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		fmt.Println(e.Code)
		return map[diag.Code]int{diag.Interrupted: 130, diag.InputEnded: 1}[e.Code]
	}
	fmt.Println(err)
	return 2
}

// onTerminal types the keys, one after each prompt, to a child on a terminal of
// its own, and returns what it printed on standard output, its exit code and
// the screen.
func onTerminal(t *testing.T, keys ...string) (stdout string, code int, screen string) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary)
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Env = out, append(os.Environ(), "PROMPT_TEST_CHILD=lines")
	control, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	seen := &strings.Builder{}
	for b := make([]byte, 4096); ; {
		n, err := master{control}.Read(b)
		seen.Write(b[:n])
		if err != nil { // on Linux the end of a terminal is an error
			break
		}
		if strings.HasSuffix(seen.String(), ": ") && len(keys) > 0 {
			io.WriteString(control, keys[0])
			keys = keys[1:]
		}
	}
	cmd.Wait()
	return strings.TrimSpace(out.String()), cmd.ProcessState.ExitCode(), seen.String()
}

// A master is a terminal's side of the one who watches it. Linux may tell its
// end before the last bytes are read (once in 1,500 times, measured), so Read asks twice.
type master struct{ *os.File }

func (m master) Read(b []byte) (int, error) {
	if n, err := m.File.Read(b); err == nil {
		return n, nil
	}
	return m.File.Read(b)
}

// session is a way through every question, wrong values, help and back.
var session = []string{
	"bad\n", "x\r", "first\n", "second\n", ".\n", "many\n", "3\n", // page One
	"?\n", "y\n", // page Two ends here: host depends on it
	"<\n", "y\n", "\n", "h\n", "9\n", "2\n",
	"<\n", "1\n", "<\n", "postgres\n", "2,a\n", // page Three, back and forth
	"<\n", "<\n", "postgres\n", "b\n", "what\n", "y\n", // the review, back and forth
}

func TestSession(t *testing.T) {
	t.Parallel()
	const want = "--set title=x --set 'notes=first\nsecond' --set workers=3 --set public=true --set host=h --set database=postgres --set extras=b"
	if got, code, screen := onTerminal(t, session...); got != want || code != 0 {
		t.Errorf("exit %d, got %s\n%s", code, got, screen)
	}
	// The same, typed before anything is asked.
	if got, code, screen := onTerminal(t, strings.Join(session, "")); got != want || code != 0 {
		t.Errorf("exit %d, got %s\n%s", code, got, screen)
	}
}

// tour takes every default, asks for help everywhere, and types what is refused.
var tour = []string{
	"?\n", "<\n", "bad\n", "\"\"\n", // title
	"?\n", " one\n", "?\n", "<\n", ".\n", // notes, where these are text
	"?\n", "abc\n", "1.5\n", "\n", // workers
	"?\n", "maybe\n", "YES\n", "?\n", "\n", "<\n", "no\n", // public, and host, which insists
	"?\n", "postgrs\n", "3\n", " 2 \n", // database
	"?\n", "a,c\n", "1\n", "?\n", "<\n", "\"\"\n", "Y\n", // extras, and the review
}

// What a person sees, letter for letter.
func TestTour(t *testing.T) {
	t.Parallel()
	got, code, screen := onTerminal(t, tour...)
	if got != "--set title= --set 'notes= one\n?\n<' --set database=postgres" || code != 0 {
		t.Errorf("exit %d, got %s", code, got)
	}
	screen = strings.ReplaceAll(screen, "\r\n", "\n")
	if *update {
		os.WriteFile("testdata/tour.txt", []byte(screen), 0o666)
	}
	if want, _ := os.ReadFile("testdata/tour.txt"); screen != string(want) {
		t.Errorf("got\n%s", screen)
	}
}

// Bytes that no answer holds are refused one by one, and the next line is asked
// for; what a terminal must not get is shown by its number.
func TestBytesInAnswers(t *testing.T) {
	t.Parallel()
	const control, notUTF8 = "it holds a control character", "it is not UTF-8"
	keys, reasons := []string{}, []string{}
	for _, c := range [][2]string{
		{"\xff", notUTF8},
		{"a\xc3", notUTF8},
		{"\xed\xa0\x80", notUTF8},
		{"\x1b]52;c;aGk=\a", control},
		{"a\x1b[31m", control},
		{"\u009b2J", control},
		{"a\x00b", control},
		{"\x01", control},
		{"a\fb", control},
	} {
		keys, reasons = append(keys, c[0]+"\n"), append(reasons, c[1])
	}
	got, code, screen := onTerminal(t, append(keys, "a\u202eb\n", "\n", "\n", "\n", "\n", "\n", "\n")...)
	if got != `--set 'title=a'"$(printf '\342\200\256')"'b'` || code != 0 {
		t.Errorf("exit %d, got %s\n%q", code, got, screen)
	}
	for _, reason := range reasons {
		_, rest, found := strings.Cut(screen, "  "+reason)
		if !found {
			t.Errorf("%q is missing: %q", reason, screen)
		}
		screen = rest
	}
	if !strings.Contains(screen, "title        a\\u202eb\r\n") {
		t.Errorf("the review: %q", screen)
	}
}

var update = flag.Bool("update", false, "refresh the expected screen")

// Ctrl-C and the end of input end it at every prompt of the session.
func TestLeaving(t *testing.T) {
	t.Parallel()
	for step := range session {
		for _, c := range []struct {
			key, want string
			code      int
		}{{"\x03", "interrupted", 130}, {"\x04", "input-ended", 1}} {
			got, code, screen := onTerminal(t, append(session[:step:step], c.key)...)
			// Ctrl-C makes the terminal drop what is being written to it.
			if left := c.code == 130 || strings.HasSuffix(screen, "\r\n"); got != c.want || code != c.code || !left {
				t.Errorf("%q at step %d: exit %d, %s\n%q", c.key, step, code, got, screen)
			}
		}
	}
}

// Of what a template says, no byte that a terminal obeys gets there.
func TestAttacksOnTerminal(t *testing.T) {
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	done := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(master{control})
		done <- b
	}()
	l := NewLines(strings.NewReader(strings.Repeat("?\n\n\n?\n\n", len(attacks))), tty)
	for _, a := range attacks {
		q := &spec.Question{Name: a, Type: spec.SomeOf, Prompt: a, Help: a, Choices: []spec.Choice{{Value: a, Label: a + "x"}}}
		refused := errors.New(a)
		f := answers.Field{Question: q, Value: []string{a}, Check: func(any) (err error) { err, refused = refused, nil; return err }}
		if _, _, err := l.Ask(t.Context(), answers.Page{Title: a, Number: 1, Of: 1, Fields: []answers.Field{f}}); err != nil {
			t.Fatal(err)
		}
		items := []answers.Item{{Name: a, Value: a}, {Name: "list", Value: []string{a, a}}}
		if _, err := l.Review(t.Context(), answers.Summary{Path: a, Note: a, Template: a, Asked: items, Defaults: items}); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprint(tty, "the end")
	tty.Close()
	screen := string(<-done)
	t.Logf("%d attacks on the lines, %d bytes on the terminal (bar: 30, no control byte)", len(attacks), len(screen))
	if !utf8.ValidString(screen) || !strings.HasSuffix(screen, "the end") {
		t.Errorf("%d bytes, or not UTF-8", len(screen))
	}
	for _, r := range strings.ReplaceAll(screen, "\r\n", "") {
		if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point) {
			t.Errorf("%U is on the terminal", r)
		}
	}
}

func TestPossibleOnTerminal(t *testing.T) {
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	defer tty.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, c := range []struct {
		in, err *os.File
		ci      string
		want    bool
	}{{tty, tty, "", true}, {tty, tty, "true", false}, {null, tty, "", false}, {tty, null, "", false}} {
		got := Possible(c.in, c.err, func(name string) string { return map[string]string{"CI": c.ci}[name] })
		if got != c.want {
			t.Errorf("%s %s CI=%s: got %v", c.in.Name(), c.err.Name(), c.ci, got)
		}
	}
}
