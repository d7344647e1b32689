//go:build unix

package cli_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// Real shells complete what is typed, at their own prompts. A shell that is not
// installed is named in the log; .ci/run installs those that can be had.
func TestShells(t *testing.T) {
	for shell, c := range map[string]struct{ args, load string }{
		"bash": {"--norc --noprofile -i", "source /usr/share/bash-completion/bash_completion; source <(gen completion bash)"},
		"zsh":  {"-f -i", "autoload -U compinit; compinit -u -D; source <(gen completion zsh)"},
		"fish": {"--no-config -i", "gen completion fish | source"},
	} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			binary, err := exec.LookPath(shell)
			if _, none := os.Stat("/usr/share/bash-completion/bash_completion"); err != nil || shell == "bash" && none != nil {
				t.Skipf("%s or its package of completions is not installed", shell)
			}
			dir := t.TempDir()
			os.MkdirAll(filepath.Join(dir, "mytemplate", "files"), 0o777)
			cmd := exec.Command(binary, strings.Fields(c.args)...)
			cmd.Dir, cmd.SysProcAttr = dir, foreground()
			cmd.Env = append(os.Environ(), "HOME="+dir, "TERM=xterm", "PS1=$ ", "CI=", "LC_ALL=C.UTF-8")
			talk(t, cmd, append([]turn{{c.load + `; clear; echo rea""dy` + "\r", "ready"}}, completions...))
		})
	}
	t.Run("powershell", func(t *testing.T) {
		binary, err := exec.LookPath("pwsh")
		if err != nil {
			t.Skip("pwsh is not installed, and Debian has no package of it: completion in PowerShell is not tested")
		}
		for _, c := range completions {
			word := strings.TrimSuffix(c.keys, "\t")
			script := fmt.Sprintf(`gen completion powershell | Out-String | Invoke-Expression
[System.Management.Automation.CommandCompletion]::CompleteInput('%s', %d, $null).CompletionMatches | ForEach-Object CompletionText`, word, len(word))
			out, err := exec.Command(binary, "-NoProfile", "-NonInteractive", "-Command", script).CombinedOutput()
			if last := c.see[strings.LastIndex(c.see, " ")+1:]; err != nil || !strings.Contains(string(out), last) {
				t.Errorf("%s: %v, %s", word, err, out)
			}
		}
	})
}

// A turn is what a person types, and what they see then.
type turn struct{ keys, see string }

var completions = []turn{
	{"gen templ\t", "gen template"},
	{"gen new --no-gi\t", "gen new --no-git"},
	{"gen new -t py\t", "gen new -t python-service"},
	{"gen new -t ./my\t", "gen new -t ./mytemplate"},
	{"gen new svc --set lic\t", "gen new svc --set license="},
	{"gen new svc --set license=Apa\t", "gen new svc --set license=Apache-2.0"},
	{"gen template show pyth\t", "gen template show python-service"},
	{"gen completion fi\t", "gen completion fish"},
}

// talk runs a shell on a terminal and takes turns with it. After each it empties
// the line.
func talk(t *testing.T, cmd *exec.Cmd, turns []turn) {
	t.Helper()
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	screen := vt.NewSafeEmulator(160, 40)
	pty.Setsize(control, &pty.Winsize{Cols: 160, Rows: 40})
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	go io.Copy(control, screen)
	go io.Copy(screen, control)
	wait := func(there func() bool) bool {
		for range 600 {
			if there() {
				return true
			}
			time.Sleep(50 * time.Millisecond)
		}
		return false
	}
	for _, turn := range turns {
		io.WriteString(control, turn.keys)
		if !wait(func() bool { return strings.Contains(screen.String(), turn.see) }) {
			t.Fatalf("%q shows no %q:\n%s", turn.keys, turn.see, screen)
		}
		if strings.HasSuffix(turn.keys, "\t") {
			io.WriteString(control, "\x15")
			wait(func() bool { return !strings.Contains(screen.String(), turn.see) })
		}
	}
}
