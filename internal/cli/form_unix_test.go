//go:build unix

package cli_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// asForm runs gen with the form instead of the line prompts.
func asForm(c wired) wired {
	c.Env = append(c.Env, "ACCESSIBLE=", "TERM=xterm-256color")
	return c
}

// onceShown types keys when text is on the terminal, and returns all that was
// written there, and after how long the text came.
func onceShown(t testing.TB, c wired, text, keys string) (screen string, ready time.Duration) {
	t.Helper()
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	pty.Setsize(control, &pty.Winsize{Cols: 80, Rows: 24})
	c.Stdin, c.Stderr = tty, tty
	start := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	stop := time.AfterFunc(20*time.Second, func() { c.Process.Kill() })
	defer stop.Stop()
	seen := &strings.Builder{}
	for b := make([]byte, 4096); ; {
		n, err := master{control}.Read(b)
		seen.Write(b[:n])
		if err != nil {
			break
		}
		if ready == 0 && strings.Contains(seen.String(), text) {
			ready = time.Since(start)
			io.WriteString(control, keys)
		}
	}
	c.Wait()
	return seen.String(), ready
}

// The form makes the project that its command makes.
func TestForm(t *testing.T) {
	dir, small := t.TempDir(), smallTemplate(t)
	cmd := asForm(wire(dir, "new", "svc", "-t", small))
	screen, _ := onceShown(t, cmd, "ctrl+c quit", "\x15It's\r\r\x155\ry\r\x1b[B\r\r\r")
	at := filepath.Join(dir, "svc")
	if out := fmt.Sprint(cmd.Stdout); cmd.ProcessState.ExitCode() != 0 || out != "created "+at+"\ncd "+at+"\nmake check\n" {
		t.Fatalf("exit %d, %s\n%s", cmd.ProcessState.ExitCode(), out, screen)
	}
	made := files(t, at)
	_, command, _ := strings.Cut(strings.ReplaceAll(screen, "\r\n", "\n"), "The same without questions:\n")
	if !strings.Contains(command, `'title=It'\''s' --set workers=5 --set public=true --set database=postgres`) {
		t.Errorf("got %s", command)
	}
	os.RemoveAll(at)
	if out, code := shell(t, dir, command); code != 0 || files(t, at) != made {
		t.Errorf("exit %d: %s\n%s", code, command, out)
	}
}

// Where several templates are built in, gen asks for one first, then for PATH;
// a person goes back to both, and nothing typed is lost.
func TestGoingBackToTheTemplate(t *testing.T) {
	t.Parallel()
	builtIn := t.TempDir()
	for _, name := range []string{"python-service", "small"} {
		at := filepath.Join(builtIn, name)
		if err := os.CopyFS(at, os.DirFS("testdata/templates/small")); err != nil {
			t.Fatal(err)
		}
		manifest, _ := os.ReadFile(filepath.Join(at, "template.yaml"))
		renamed := strings.Replace(string(manifest), "name: small", "name: "+name, 1)
		os.WriteFile(filepath.Join(at, "template.yaml"), []byte(renamed), 0o666)
	}
	const back = "\x1b[Z"
	for _, c := range []struct{ name, keys string }{
		{"form", strings.Join([]string{
			"\r", "one\r", "\r", "note\r", "\x155\r", // to the second page
			back, back, back, back, back, "\x1b[B\r", "\x15two\r", // to the template, and PATH
			"\r", "\r", "\r", "\r", "\r", "\r", "\r",
		}, "")},
		{"lines", "\none\n\nnote\n.\n5\n<\n<\n<\n<\n<\nsmall\ntwo\n\n\n\n\n\n\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := wire(dir, "new", "--no-git")
			with, err := exec.LookPath("gen-with")
			if err != nil {
				t.Fatal(err)
			}
			cmd.Path, cmd.Args[0], cmd.Env = with, with, append(cmd.Env, "BUILT_IN="+builtIn)
			screen := ""
			if c.name == "form" {
				screen, _ = onceShown(t, asForm(cmd), "small: A small template", c.keys)
			} else {
				screen = cmd.run(t, c.keys).screen
			}
			readme, _ := os.ReadFile(filepath.Join(dir, "two", "README.md"))
			left, _ := os.ReadDir(dir)
			if !strings.HasPrefix(string(readme), "# The two\n\n5 workers") || len(left) != 1 || !strings.Contains(screen, " -t small ") {
				t.Errorf("got %v\n%s\n%s", left, readme, screen)
			}
		})
	}
}

// Who waits at a terminal is told for what; nobody else is.
func TestBusy(t *testing.T) {
	dir := t.TempDir()
	os.MkdirAll(filepath.Join(dir, "slow", "files"), 0o777)
	os.WriteFile(filepath.Join(dir, "slow", "template.yaml"), []byte("format: 1\nname: slow\nversion: 1.0.0\n"), 0o666)
	const loop = "{{ range until 650 }}{{ range until 650 }}{{ $x := 1 }}{{ end }}{{ end }}"
	for i := range 300 {
		os.WriteFile(filepath.Join(dir, "slow", "files", fmt.Sprint("f", i, ".tmpl")), []byte(loop), 0o666)
	}
	cmd := asForm(wire(dir, "new", "svc", "--no-input", "--no-git", "-t", "./slow"))
	screen, _ := onceShown(t, cmd, "nothing", "")
	if !strings.Contains(screen, "rendering 300 files ...") {
		t.Errorf("got %q", screen)
	}
	if out, _ := shell(t, dir, "gen new other --no-input --no-git -t ./slow"); strings.Contains(out, "rendering") {
		t.Errorf("without a terminal: %s", out)
	}
}

// BenchmarkBarsForm prints how long a person waits for the first question.
func BenchmarkBarsForm(b *testing.B) {
	dir := b.TempDir()
	gen := filepath.Join(dir, "gen")
	run(b, "make", "-s", "-C", "../..", "build", "BIN="+gen)
	waits := make([]time.Duration, 15)
	for i := range waits {
		cmd := asForm(wire(dir, "new", "svc", "--no-git"))
		cmd.Path = gen
		_, waits[i] = onceShown(b, cmd, "ctrl+c quit", "\x03")
	}
	slices.Sort(waits)
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "ms-to-first-question(bar:60)")
}
