//go:build unix

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
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
			screen := vt.NewEmulator(160, 40)
			line := func(text string) []string { return []string{text + "\t", "\x03"} }
			keys := []string{c.load + "; clear\r"}
			for _, text := range []string{
				"gen templ", "gen new --no-gi", "gen new -t py", "gen new -t ./my", "gen new svc --set lic",
				"gen new svc --set license=Apa", "gen template show pyth", "gen completion fi",
			} {
				keys = append(keys, line(text)...)
			}
			typeWhenStill(t, cmd, screen, 400*time.Millisecond, keys)
			got := screen.String()
			for _, want := range []string{
				"gen template", "gen new --no-git", "gen new -t python-service", "gen new -t ./mytemplate", "gen new svc --set license=",
				"gen new svc --set license=Apache-2.0", "gen template show python-service", "gen completion fish",
			} {
				if !strings.Contains(got, want) {
					t.Errorf("no %s on the screen:\n%s", want, got)
				}
			}
		})
	}
}
