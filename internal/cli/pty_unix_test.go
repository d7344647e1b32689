//go:build unix

package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// A session is one run of gen on a terminal.
type session struct {
	stdout, screen string // what went to standard output, and what the person saw
	code           int
}

// onTerminal runs gen in dir with standard input and error on a terminal, and
// types keys, one after each colon and space that gen writes. Standard output
// is a pipe.
func onTerminal(t *testing.T, dir, keys string, args ...string) session {
	t.Helper()
	return wire(dir, args...).run(t, keys)
}

// A wired is a command whose standard streams may be other than the terminal.
type wired struct{ *exec.Cmd }

func wire(dir string, args ...string) wired {
	cmd := exec.Command("gen", args...)
	cmd.Dir, cmd.Stdout, cmd.SysProcAttr = dir, &bytes.Buffer{}, foreground()
	cmd.Env = append(os.Environ(), "CI=", "GEN_FSYNC=off", "SOURCE_DATE_EPOCH=1767225600", "TERM=xterm", "NO_COLOR=1", "ACCESSIBLE=1", "GIT_CONFIG_GLOBAL=/dev/null")
	return wired{cmd}
}

// run puts the terminal where no stream is yet.
func (c wired) run(t *testing.T, keys string) session {
	t.Helper()
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	if c.Stdin == nil {
		c.Stdin = tty
	} else {
		c.SysProcAttr = nil
	}
	if c.Stdout == nil {
		c.Stdout = tty
	}
	if c.Stderr == nil {
		c.Stderr = tty
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	stop := time.AfterFunc(20*time.Second, func() { c.Process.Kill() })
	defer stop.Stop()
	screen := typeAtPrompts(control, strings.SplitAfter(keys, "\n"))
	c.Wait()
	return session{fmt.Sprint(c.Stdout), screen, c.ProcessState.ExitCode()}
}

// typeAtPrompts types the next keys whenever a prompt is waiting, until the
// terminal is closed.
func typeAtPrompts(control *os.File, keys []string) string {
	screen := &strings.Builder{}
	for b := make([]byte, 4096); ; {
		n, err := master{control}.Read(b)
		screen.Write(b[:n])
		if err != nil {
			return screen.String()
		}
		if waiting := strings.HasSuffix(screen.String(), ": "); waiting && len(keys) > 0 {
			io.WriteString(control, keys[0])
			keys = keys[1:]
		}
	}
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

func smallTemplate(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("testdata/templates/small")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// A person answers, and the command that gen prints makes the same project.
func TestInteractive(t *testing.T) {
	dir, small := t.TempDir(), smallTemplate(t)
	s := onTerminal(t, dir, "It's \"mine\"\nfirst\nsecond $HOME\n.\nx\n0\n5\ny\n\n2\n1,2\n<\n<\n2\n\n\n", "new", "svc", "-t", small)
	at := filepath.Join(dir, "svc")
	if s.code != 0 || s.stdout != "created "+at+"\ncd "+at+"\nmake check\n" {
		t.Fatalf("exit %d, %s\n%s", s.code, s.stdout, s.screen)
	}
	made := files(t, at)
	readme, _ := os.ReadFile(filepath.Join(at, "README.md"))
	const want = "# It's \"mine\"\n\n5 workers, database postgres, extras docker, docs.\nFound at svc.example.com.\n"
	if string(readme) != want {
		t.Errorf("got %s", readme)
	}
	_, command, found := strings.Cut(strings.ReplaceAll(s.screen, "\r\n", "\n"), "The same without questions:\n")
	if !found {
		t.Fatal(s.screen)
	}
	os.RemoveAll(at)
	if out, code := shell(t, dir, command); code != 0 {
		t.Fatalf("%s\n%s", command, out)
	}
	if again := files(t, at); again != made {
		t.Errorf("%s makes another project", command)
	}
}

func TestAsksForPath(t *testing.T) {
	dir := t.TempDir()
	s := onTerminal(t, dir, "\nsvc\n\n\n\n\n\n\n\n\n", "new", "-t", smallTemplate(t))
	if _, err := os.Stat(filepath.Join(dir, "svc", "README.md")); s.code != 0 || err != nil {
		t.Errorf("exit %d\n%s", s.code, s.screen)
	}
}

// A PATH that cannot be is asked for again, with the reason; nothing that a
// person has typed is lost by it.
func TestAsksForPathAgain(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "taken"), nil, 0o666)
	s := onTerminal(t, dir, "taken\n\"\"\n?\nsvc\n\n\n\n\n\n\n\n", "new", "--no-git", "-t", smallTemplate(t))
	if _, err := os.Stat(filepath.Join(dir, "svc", "README.md")); s.code != 0 || err != nil {
		t.Errorf("exit %d", s.code)
	}
	at := filepath.Join(dir, "taken")
	const ask = "Where should the project be? (PATH): "
	want := ask + "taken\n  " + at + " already exists and is not a directory\n" + ask + "\"\"\n  an answer is needed\n" + ask + "?\n"
	if !strings.Contains(strings.ReplaceAll(s.screen, "\r\n", "\n"), want) {
		t.Errorf("got\n%s", s.screen)
	}
}

// Standard input and error decide whether gen asks; standard output may be
// anything. CI and --no-input say that nobody is there.
func TestWhoIsAsked(t *testing.T) {
	small := smallTemplate(t)
	for name, c := range map[string]struct {
		change func(*exec.Cmd)
		asked  bool
	}{
		"stdout is a pipe":       {func(*exec.Cmd) {}, true},
		"all are the terminal":   {func(c *exec.Cmd) { c.Stdout = nil }, true},
		"stdin is a pipe":        {func(c *exec.Cmd) { c.Stdin = strings.NewReader("\n") }, false},
		"stderr is a pipe":       {func(c *exec.Cmd) { c.Stderr = io.Discard }, false},
		"CI=1":                   {func(c *exec.Cmd) { c.Env = append(c.Env, "CI=1") }, false},
		"CI=true":                {func(c *exec.Cmd) { c.Env = append(c.Env, "CI=true") }, false},
		"--no-input":             {func(c *exec.Cmd) { c.Args = append(c.Args, "--no-input") }, false},
		"TERM=dumb, and no CI":   {func(c *exec.Cmd) { c.Env = append(c.Env, "TERM=dumb") }, true},
		"only stdout, to a pipe": {func(c *exec.Cmd) { c.Stdin, c.Stderr = strings.NewReader(""), io.Discard }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := wire(dir, "new", "svc", "--no-git", "-t", small)
			c.change(cmd.Cmd)
			s := cmd.run(t, "x\n\n\n\n\n\n\n")
			readme, _ := os.ReadFile(filepath.Join(dir, "svc", "README.md"))
			if s.code != 0 || strings.HasPrefix(string(readme), "# x\n") != c.asked || strings.Contains(s.screen, "What is it called?") != c.asked {
				t.Errorf("exit %d\n%s\n%s\n%s", s.code, s.screen, s.stdout, readme)
			}
		})
	}
}

// Whatever is answered, the printed command is one that a shell takes back.
func TestPrintedCommand(t *testing.T) {
	small := smallTemplate(t)
	for i, keys := range []string{
		"\n\n\n\n\n\n\n",
		"$(touch x) `id` \\ !\n'a\n\t\"b\n\n.\n1\ny\n-h\nnone\n\"\"\n\n",
		"--set\n\"\"\n7\nn\npostgres\n2,docker\n<\n<\n<\ny\n\u202ehost\n\ndocs\n\n",
		"\"\"\n*\n.\n9\ny\n~/h;#\n2\n\n\n",
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			at := filepath.Join(dir, "it's here", "svc")
			s := onTerminal(t, dir, keys, "new", at, "-t", small)
			_, command, found := strings.Cut(strings.ReplaceAll(s.screen, "\r\n", "\n"), "The same without questions:\n")
			if s.code != 0 || !found {
				t.Fatalf("exit %d\n%s", s.code, s.screen)
			}
			made := files(t, at)
			os.RemoveAll(at)
			if out, code := shell(t, dir, command, "CI="); code != 0 || files(t, at) != made {
				t.Errorf("exit %d: %s\n%s", code, command, out)
			}
			if left, _ := os.ReadDir(dir); len(left) != 1 {
				t.Errorf("%s also left %v", command, left)
			}
		})
	}
}

// Ctrl-C is 130 and the end of input is 1, at every question, and nothing is
// written.
func TestLeavingAtEveryQuestion(t *testing.T) {
	small := smallTemplate(t)
	for _, c := range []struct {
		key, says string
		code      int
	}{
		{"\x03", "gen: interrupted; nothing was written", 130},
		{"\x04", "gen: the input ended before everything was answered; nothing was written", 1},
	} {
		for step := range 7 { // six questions and the review
			dir := t.TempDir()
			s := onTerminal(t, dir, strings.Repeat("\n", step)+c.key, "new", "svc", "-t", small)
			// After Ctrl-C the terminal may throw away what is written to it.
			told := c.key == "\x03" || strings.Contains(s.screen, c.says)
			if s.code != c.code || !told || s.stdout != "" {
				t.Errorf("%q at question %d: exit %d\n%s", c.key, step, s.code, s.screen)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%q at question %d: %v is left", c.key, step, left)
			}
		}
	}
}

// A template cannot speak to the terminal.
func TestNothingHiddenReachesTheTerminal(t *testing.T) {
	dir := t.TempDir()
	template := filepath.Join(dir, "template")
	os.MkdirAll(template, 0o777)
	manifest := "format: 1\nname: t\nversion: 1.0.0\ndescription: \"d\u202e\"\nquestions:\n" +
		"  - {name: a, type: string, prompt: \"p\u200b\u202e\u2066\u2028\", help: \"h\ufeff\U000e0041\", group: \"g\u200e\", default: \"v\u2069\"}\n" +
		"next: \"n\u202e\"\n"
	os.WriteFile(filepath.Join(template, "template.yaml"), []byte(manifest), 0o666)
	s := onTerminal(t, dir, "?\n\n\n", "new", "svc", "--no-git", "-t", "./template")
	shown, code := shell(t, dir, "gen template show --json ./template && gen new json --no-input --no-git --json -t ./template")
	if code != 0 || !strings.Contains(shown, `d\u202e`) || !strings.Contains(shown, `n\u202e`) {
		t.Errorf("exit %d\n%s", code, shown)
	}
	for _, r := range s.screen + s.stdout + shown {
		if r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff || r >= 0xe0000 || r == 0x1b {
			t.Errorf("%U is on the terminal:\n%q", r, s.screen)
		}
	}
	if s.code != 0 {
		t.Errorf("exit %d\n%s", s.code, s.screen)
	}
}
