package prompt

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/diag"
)

// Form asks page by page, each a form on the terminal. It is a
// [answers.Prompter].
//
// One program runs from the first page to [Form.Close], so that no key is lost
// that is typed between two pages, and every way out gives the terminal back.
type Form struct {
	in, out   *os.File
	interrupt func()
	colors    colorprofile.Profile
	program   *tea.Program
	screen    *screen
	ended     chan struct{} // closed when the program has given the terminal back
	failed    error         // why it could not run; to be read once ended
}

// NewForm returns a Form that reads keys from in and draws on out, which are
// terminals. It calls interrupt when the person presses Ctrl-C between two
// pages. NO_COLOR is obeyed.
func NewForm(in, out *os.File, getenv func(string) string, interrupt func()) *Form {
	f := &Form{in: in, out: out, interrupt: interrupt, colors: colorprofile.ANSI}
	if getenv("NO_COLOR") != "" {
		f.colors = colorprofile.ASCII
	}
	return f
}

// Ask asks the page's questions; shift+tab on the first leads to the page
// before.
func (f *Form) Ask(ctx context.Context, p answers.Page) (typed []any, back bool, err error) {
	return f.show(ctx, showPage{page: p})
}

// Review shows what was answered and asks whether to go on.
func (f *Form) Review(ctx context.Context, s answers.Summary) (back bool, err error) {
	_, back, err = f.show(ctx, showReview{summary: s})
	return back, err
}

// Busy says what is being done while no page is shown.
func (f *Form) Busy(what string) {
	if f.program != nil {
		f.program.Send(busy(what))
	}
}

// Close erases the form and gives the terminal back. A page that is asked
// afterwards starts anew.
func (f *Form) Close() {
	if f.program == nil {
		return
	}
	f.program.Send(leave{})
	<-f.ended
	f.program = nil
	if v := f.screen.panicked; v != nil {
		panic(v)
	}
}

// An outcome is how a page was left.
type outcome struct {
	typed []any
	back  bool
	err   error
}

// show sends a page to the screen and waits until it is left.
func (f *Form) show(ctx context.Context, m tea.Msg) (typed []any, back bool, err error) {
	if f.program == nil {
		f.start()
	}
	f.program.Send(m)
	select {
	case o := <-f.screen.left:
		if o.err != nil {
			f.Close()
		}
		return o.typed, o.back, o.err
	case <-ctx.Done():
		f.Close()
		return nil, false, diag.Stopped()
	case <-f.ended:
		f.Close()
		return nil, false, &diag.Error{
			Msg: fmt.Sprintf("the form cannot use this terminal: %v", f.failed), Hint: "add --accessible to be asked line by line",
		}
	}
}

func (f *Form) start() {
	f.screen = &screen{left: make(chan outcome, 1), interrupt: f.interrupt, drafts: drafts{}}
	f.ended = make(chan struct{})
	keys := &keyboard{File: f.in}
	f.program = tea.NewProgram(f.screen, tea.WithInput(keys), tea.WithOutput(display{f.out}),
		tea.WithColorProfile(f.colors), tea.WithoutSignalHandler())
	keys.program.Store(f.program)
	go func() {
		defer close(f.ended)
		_, f.failed = f.program.Run()
	}()
}

// A keyboard tells the program when its input ends; the library would wait on.
type keyboard struct {
	*os.File
	program atomic.Pointer[tea.Program]
	began   bool
}

func (k *keyboard) Read(b []byte) (int, error) {
	n, err := k.File.Read(b)
	if !k.began { // Ctrl-D that was typed before there was a form comes as a zero
		copy(b, bytes.ReplaceAll(b[:n], []byte{0}, []byte{4}))
		k.began = true
	}
	if err != nil {
		go k.program.Load().Send(inputEnded{})
		if n == 0 { // the program says it better
			err = io.EOF
		}
	}
	return n, err
}

// A display draws on a terminal and asks it nothing. The library would ask what
// it can do; when a person leaves at once, the answers come after the form has
// given the terminal back, and the shell takes them for typed keys.
type display struct{ *os.File }

var questions = strings.NewReplacer(
	ansi.RequestModeSynchronizedOutput, "", ansi.RequestModeUnicodeCore, "", ansi.RequestKittyKeyboard, "",
)

func (d display) Write(b []byte) (int, error) {
	if _, err := d.WriteString(questions.Replace(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

func errEnded(why string) error {
	return &diag.Error{
		Code: diag.InputEnded, Msg: why + "; nothing was written",
		Hint: "answer with --set NAME=VALUE, or take the defaults with --no-input",
	}
}

const inputOver = "the input ended before everything was answered"
