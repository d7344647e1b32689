//go:build unix

package prompt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/term"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/spec"
)

// formChild runs child with a form. The answers are printed once the terminal
// is given back.
func formChild(child func(func(func()) answers.Prompter) int) int {
	var f *Form
	code := child(func(interrupt func()) answers.Prompter {
		f = NewForm(os.Stdin, os.Stderr, os.Getenv, interrupt)
		return f
	})
	f.Close()
	return code
}

// A result is what one run of a form left behind.
type result struct {
	stdout   string
	code     int
	raw      string // the bytes that went to the terminal
	screen   string // what is on it at the end
	restored bool   // the terminal's settings and modes are those from before
	replies  string // what the terminal answered to what it was asked
	cpu      time.Duration
}

// A stage is a terminal with a form on it.
type stage struct {
	t       *testing.T
	control *os.File
	mu      sync.Mutex // of what is below
	screen  *vt.Emulator
	raw     *bytes.Buffer
	replies string
	drawn   chan struct{} // something was drawn
	closed  chan struct{} // the terminal is closed
}

const (
	shiftTab = "\x1b[Z"
	down     = "\x1b[B"
	left     = "\x1b[D"
	altEnter = "\x1b\r"
)

// onForm runs a child on a terminal of w columns and h rows; act plays the
// person.
func onForm(t *testing.T, kind string, w, h int, act func(*stage), env ...string) result {
	t.Helper()
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	before, _ := term.GetState(int(tty.Fd()))
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary)
	out := &bytes.Buffer{}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, out, tty
	cmd.Env = append(append(os.Environ(), "PROMPT_TEST_CHILD="+kind, "TERM=xterm-256color", "NO_COLOR="), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	s := &stage{
		t: t, control: control, screen: vt.NewEmulator(w, h), raw: &bytes.Buffer{},
		drawn: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	s.resize(w, h)
	go io.Copy(s, s.screen)
	go s.draw()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	act(s)
	cmd.Wait()
	after, _ := term.GetState(int(tty.Fd()))
	tty.Close()
	<-s.closed
	s.mu.Lock()
	defer s.mu.Unlock()
	raw := s.raw.String()
	return result{
		strings.TrimSpace(out.String()), cmd.ProcessState.ExitCode(), raw, strings.TrimSpace(s.screen.String()),
		fmt.Sprint(before) == fmt.Sprint(after) && modesLeft(raw) == "", s.replies, cmd.ProcessState.UserTime(),
	}
}

// Write takes what the terminal answers to a question, and passes it on.
func (s *stage) Write(reply []byte) (int, error) {
	text := string(reply)
	go func() { // the emulator answers while it is written to
		s.mu.Lock()
		defer s.mu.Unlock()
		s.replies += text
	}()
	return s.control.Write(reply)
}

func (s *stage) draw() {
	defer close(s.closed)
	for b := make([]byte, 4096); ; {
		n, err := master{s.control}.Read(b)
		s.mu.Lock()
		s.raw.Write(b[:n])
		s.screen.Write(b[:n])
		s.mu.Unlock()
		select {
		case s.drawn <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// modesLeft names what a program has set on the terminal and not taken back.
func modesLeft(raw string) string {
	begins := map[string]bool{"?25h": true, "?7h": true} // the cursor is seen, lines wrap
	left := maps.Clone(begins)
	for _, m := range regexp.MustCompile(`\x1b\[(\?[0-9]+[hl]|[<>][0-9]*u|>4;?[0-9]*m)`).FindAllStringSubmatch(raw, -1) {
		switch seq := m[1]; {
		case strings.HasSuffix(seq, "h"), strings.HasSuffix(seq, "l"):
			left[seq[:len(seq)-1]+"h"] = seq[len(seq)-1] == 'h'
		case strings.HasSuffix(seq, "u"):
			left["keyboard"] = seq[0] == '>'
		default:
			left["other keys"] = strings.HasSuffix(seq, ";2m") || strings.HasSuffix(seq, ";1m")
		}
	}
	var names []string
	for name, set := range left {
		if set != begins[name] {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// looks returns what is on the screen now.
func (s *stage) looks() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

func (s *stage) resize(w, h int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pty.Setsize(s.control, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)})
	s.screen.Resize(w, h)
}

// see waits until text is on the screen.
func (s *stage) see(text string) {
	s.t.Helper()
	for end := time.After(10 * time.Second); !strings.Contains(s.looks(), text); {
		select {
		case <-s.drawn:
		case <-end:
			s.t.Fatalf("%q is not on the screen:\n%s", text, s.looks())
		}
	}
}

func (s *stage) type_(keys ...string) { io.WriteString(s.control, strings.Join(keys, "")) }

// typed plays a person who waits for the form and then types without looking.
func typed(keys ...string) func(*stage) {
	return func(s *stage) {
		s.see("shift+tab back, ctrl+c quit"[len("shift+tab back, "):])
		s.type_(keys...)
	}
}

// TestFormAndLines makes the same choices in both: they give the same answers.
func TestFormAndLines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines, form []string
		want        string
	}{
		"every default": {
			[]string{"\n", "\n", "\n", "\n", "\n", "\n", "\n"},
			[]string{"\r", "\r", "\r", "\r", "\r", "\r", "\r"},
			"",
		},
		"every type": {
			[]string{"x\n", "first\n", "second\n", ".\n", "3\n", "y\n", "h\n", "2\n", "2\n", "\n"},
			[]string{"\x15x\r", "first", altEnter, "second\r", "\x153\r", "y", "h\r", down, "\r", down, " \r", "\r"},
			"--set title=x --set 'notes=first\nsecond' --set workers=3 --set public=true --set host=h --set database=postgres --set extras=b",
		},
		"wrong values": {
			[]string{"bad\n", "x\n", "\n", "many\n", "3\n", "n\n", "\n", "\n", "\n"},
			[]string{"\x15bad\r", "\x15x\r", "\r", "\x15many\r", "\x153\r", "n", "\r", "\r", "\r"},
			"--set title=x --set workers=3",
		},
		"back over three pages": { // a condition is switched on, and off again
			[]string{"\n", "\n", "\n", "y\n", "h\n", "\n", "\n", "<\n", "<\n", "<\n", "<\n", "n\n", "2\n", "\n", "\n"},
			[]string{
				"\r", "\r", "\r", "y", "h\r", "\r", "\r", // and from the review
				shiftTab, shiftTab, shiftTab, shiftTab, "n", down, "\r", "\r", "\r",
			},
			"--set database=postgres",
		},
		"the empty text": {
			[]string{"\"\"\n", "\n", "\n", "\n", "\n", "\n", "\n"},
			[]string{"\x15\r", "\r", "\r", "\r", "\r", "\r", "\r"},
			"--set title=",
		},
		"wide characters": {
			[]string{"日本語 🎉 x\n", "\n", "\n", "\n", "\n", "\n", "\n"},
			[]string{"\x15日本語 🎉 x\r", "\r", "\r", "\r", "\r", "\r", "\r"},
			"--set 'title=日本語 🎉 x'",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, code, screen := onTerminal(t, c.lines...); got != c.want || code != 0 {
				t.Errorf("lines: exit %d, got %s\n%s", code, got, screen)
			}
			for _, size := range [][2]int{{80, 24}, {40, 12}} {
				got := onForm(t, "form", size[0], size[1], typed(c.form...))
				if got.stdout != c.want || got.code != 0 || got.screen != "" || !got.restored {
					t.Errorf("form in %v: exit %d, restored %v, got %s\n%s", size, got.code, got.restored, got.stdout, got.screen)
				}
			}
		})
	}
}

// steps are a way through the form, a key at each question and at the review.
var steps = []string{"\r", "\r", "\r", "y", "h\r", "\r", "\r"}

// Ctrl-C and the end of input end the form at every question, and the review;
// no line of it is left.
func TestLeavingForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key, want string
		code      int
	}{{"\x03", "interrupted", 130}, {"\x04", "input-ended", 1}} {
		for step := range len(steps) + 1 {
			got := onForm(t, "form", 80, 24, typed(append(steps[:step:step], c.key)...))
			if got.stdout != c.want || got.code != c.code || got.screen != "" || !got.restored || got.replies != "" {
				t.Errorf("%q at step %d: exit %d, restored %v, %s, the terminal answered %q\n%s",
					c.key, step, got.code, got.restored, got.stdout, got.replies, got.screen)
			}
		}
	}
}

// A person goes back to any question and finds what was typed, also what is no
// answer yet, also after the window changed.
func TestFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	got := onForm(t, "form", 80, 24, func(s *stage) {
		s.see("title")
		s.type_("\x15one\r", "two", altEnter, "three\r", "\x15many\r")
		s.see("not a whole number")
		s.type_(shiftTab, shiftTab, "\x15", "bad")
		s.see("anything else") // while typing
		s.resize(50, 14)
		s.type_("ly\r")
		s.see("> many")
		s.type_("\r", "\x154\r", "y", "\x15")
		s.type_(shiftTab, shiftTab, shiftTab, shiftTab) // from the field with an error, to the page before
		s.see("1 of 4")
		s.type_("\r", "\r", "\r", "\r", "\x15h\r", "\r", "\r", "\r")
	})
	const want = "--set title=badly --set 'notes=two\nthree' --set workers=4 --set public=true --set host=h"
	if got.stdout != want || got.code != 0 || got.screen != "" {
		t.Errorf("exit %d, got %s\n%s", got.code, got.stdout, got.screen)
	}
}

// A form that waits does nothing.
func TestIdleForm(t *testing.T) {
	t.Parallel()
	got := onForm(t, "form", 80, 24, func(s *stage) {
		s.see("ctrl+c quit")
		s.type_(steps...)
		s.see("Review")
		time.Sleep(2 * time.Second)
		s.type_("\x03")
	})
	if got.code != 130 || got.cpu > time.Second {
		t.Errorf("exit %d, %v of the processor", got.code, got.cpu)
	}
}

// No key is lost that was typed before there was a form.
func TestFormTypedAhead(t *testing.T) {
	t.Parallel()
	for keys, want := range map[string]string{
		"x\r\t\r\r\r\r\r": "--set 'title=The svcx' 0",
		"\x03":            "interrupted 130",
		"\x04":            "input-ended 1",
		"x\ry\r\x04":      "input-ended 1",
	} {
		got := onForm(t, "form", 80, 24, func(s *stage) { s.type_(keys) })
		if told := fmt.Sprint(got.stdout, " ", got.code); told != want && (keys != "\x03" || got.code != -1) { // killed before it could listen
			t.Errorf("%q: got %s\n%s", keys, told, got.screen)
		}
	}
}

// Several lines are pasted: a field of one line takes them as one, and nothing
// is sent by them.
func TestFormPaste(t *testing.T) {
	t.Parallel()
	got := onForm(t, "form", 80, 24, typed(
		"\x15\x1b[200~one\ntwo\x1b[201~", "\r", "\x1b[200~a\nb\x1b[201~", "\r", "\r", "\r", "\r", "\r", "\r"))
	if got.stdout != "--set 'title=one two' --set 'notes=a\nb'" || got.code != 0 {
		t.Errorf("exit %d, got %s\n%s", got.code, got.stdout, got.screen)
	}
}

// The terminal is given back after a mistake of gen's own.
func panicChild(open func(func()) answers.Prompter) (code int) {
	defer func() {
		if v := recover(); v != nil {
			fmt.Println("panic:", v)
			code = 3
		}
	}()
	q := &spec.Question{Name: "x", Type: spec.String, Prompt: "x"}
	f := answers.Field{Question: q, Value: "", Check: func(any) error { panic("boom") }}
	open(func() {}).Ask(context.Background(), answers.Page{Title: "One", Fields: []answers.Field{f}})
	return 0
}

func TestPanicInForm(t *testing.T) {
	t.Parallel()
	got := onForm(t, "panic", 80, 24, typed("a"))
	if got.stdout != "panic: boom" || got.code != 3 || got.screen != "" || !got.restored {
		t.Errorf("exit %d, restored %v, %s\n%s", got.code, got.restored, got.stdout, got.screen)
	}
}

// attacksChild shows every attack in every place of a page and of the review.
func attacksChild(open func(func()) answers.Prompter) int {
	ctx, f := context.Background(), open(func() {})
	for _, a := range attacks {
		p := answers.Page{Title: a, Number: 1, Of: 2}
		for _, kind := range []spec.Type{spec.String, spec.Text, spec.Bool, spec.OneOf, spec.SomeOf} {
			q := &spec.Question{Name: a, Type: kind, Prompt: a, Help: a}
			if kind == spec.OneOf || kind == spec.SomeOf {
				q.Choices = []spec.Choice{{Value: a, Label: a + "x"}}
			}
			value := map[spec.Type]any{spec.Bool: true, spec.SomeOf: []string{a}}[kind]
			if value == nil {
				value = a
			}
			refused := errors.New(a)
			p.Fields = append(p.Fields, answers.Field{Question: q, Value: value, Check: func(any) (err error) { err, refused = refused, nil; return err }})
		}
		if _, _, err := f.Ask(ctx, p); err != nil {
			fmt.Println(err)
			return 1
		}
		items := []answers.Item{{Name: a, Value: a}, {Name: "list", Value: []string{a, a}}}
		if _, err := f.Review(ctx, answers.Summary{Path: a, Note: a, Template: a, Asked: items, Defaults: items}); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	return 0
}

// drawing is what a form itself sends to draw: movement, erasing, attributes
// and modes. A question to the terminal is none of it.
var drawing = regexp.MustCompile(`\x1b\[(\??[0-9;:]*[A-HJKLMPSTWXZ@dhlmr]|>4;?[0-9]*m|>[0-9]+u|<[0-9]*u)|\r|\n|\t|\x08`)

func TestAttacksOnForm(t *testing.T) {
	t.Parallel()
	got := onForm(t, "attacks", 60, 40, typed(strings.Repeat(strings.Repeat("\r\r", 5)+"\r", len(attacks))))
	t.Logf("%d attacks on the form, %d bytes on the terminal (bar: 30, no control byte but the form's own)", len(attacks), len(got.raw))
	if got.code != 0 || got.screen != "" || !utf8.ValidString(got.raw) {
		t.Errorf("exit %d, %s\n%s", got.code, got.stdout, got.screen)
	}
	for _, r := range drawing.ReplaceAllString(got.raw, "") {
		if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point) {
			t.Errorf("%U is on the terminal", r)
		}
	}
	for _, a := range []string{"\x1b[?1049h", "\x1b[6n", "\x1bc", "\x1b[2J"} {
		if strings.Contains(got.raw, a) {
			t.Errorf("%q is on the terminal", a)
		}
	}
}
