//go:build unix

package cli_test

import (
	"bytes"
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
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	var stdout bytes.Buffer
	cmd := exec.Command("gen", args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, tty, &stdout, tty
	cmd.Env = append(os.Environ(), "CI=", "GEN_FSYNC=off", "SOURCE_DATE_EPOCH=1767225600", "TERM=xterm", "NO_COLOR=1", "GIT_CONFIG_GLOBAL=/dev/null")
	cmd.SysProcAttr = foreground()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	stop := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer stop.Stop()
	screen := typeAtPrompts(control, strings.SplitAfter(keys, "\n"))
	cmd.Wait()
	return session{stdout.String(), screen, cmd.ProcessState.ExitCode()}
}

// typeAtPrompts types the next keys whenever a prompt is waiting, until the
// terminal is closed.
func typeAtPrompts(control *os.File, keys []string) string {
	screen := &strings.Builder{}
	for b := make([]byte, 4096); ; {
		n, err := control.Read(b)
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
