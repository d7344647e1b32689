//go:build unix

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// grown is the small template in its next version, with a question more.
func grown(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(smallTemplate(t))); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dir, "template.yaml")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	grown := strings.NewReplacer("version: 1.2.0", "version: 1.3.0",
		"computed:", "  - {name: team, type: string, prompt: Which team?, group: People}\ncomputed:").Replace(string(text))
	if err := os.WriteFile(manifest, []byte(grown), 0o666); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(dir, "files", "TEAM.tmpl"), []byte("{{ .team }}\n"), 0o666)
	return dir
}

// An update asks what is new, and nothing else, shows what it would do, and
// prints the command that does the same. With --ask everything is asked again,
// filled in with the record.
func TestUpdateAsks(t *testing.T) {
	dir := t.TempDir()
	if out, code := shell(t, dir, "gen new svc --no-git --no-input -s workers=7 -t "+smallTemplate(t)); code != 0 {
		t.Fatal(out)
	}
	now := grown(t)
	before := files(t, filepath.Join(dir, "svc"))
	s := onTerminal(t, dir, "\x03", "update", "svc", "-t", now)
	if s.code != 130 || files(t, filepath.Join(dir, "svc")) != before {
		t.Errorf("Ctrl-C: exit %d\n%s", s.code, s.screen)
	}
	s = onTerminal(t, dir, "blue\nn\n", "update", "svc", "-t", now)
	if s.code != 130 || files(t, filepath.Join(dir, "svc")) != before || !strings.Contains(s.screen, "nothing was written") {
		t.Errorf("no: exit %d\n%s", s.code, s.screen)
	}
	s = onTerminal(t, dir, "blue\n<\nred\n\n", "update", "svc", "-t", now)
	for _, want := range []string{"Which team?", "small 1.2.0 -> 1.3.0", "1 created", "Update it?", "The same without questions:", "--set team=red"} {
		if !strings.Contains(s.screen, want) {
			t.Errorf("no %q on the screen", want)
		}
	}
	if team, _ := os.ReadFile(filepath.Join(dir, "svc", "TEAM")); s.code != 0 || string(team) != "red\n" || strings.Contains(s.screen, "How many workers") {
		t.Errorf("exit %d, %s\n%s", s.code, team, s.screen)
	}
	s = onTerminal(t, dir, "", "update", "svc", "-t", now)
	if s.code != 0 || s.screen != "" || s.stdout != "small 1.3.0\nnothing to do\n" {
		t.Errorf("again: exit %d, %s\n%s", s.code, s.stdout, s.screen)
	}
	s = onTerminal(t, dir, strings.Repeat("\n", 12), "update", "svc", "--ask", "-t", now)
	if s.code != 0 || !strings.Contains(s.screen, "How many workers? [7]") || s.stdout != "small 1.3.0\nnothing to do\n" {
		t.Errorf("--ask: exit %d, %s\n%s", s.code, s.stdout, s.screen)
	}
}

// The form asks the same.
func TestUpdateForm(t *testing.T) {
	dir := t.TempDir()
	if out, code := shell(t, dir, "gen new svc --no-git --no-input -t "+smallTemplate(t)); code != 0 {
		t.Fatal(out)
	}
	screen, _ := onceShown(t, asForm(wire(dir, "update", "svc", "-t", grown(t))), "Which team?", "blue\r\r")
	if team, _ := os.ReadFile(filepath.Join(dir, "svc", "TEAM")); string(team) != "blue\n" || !strings.Contains(screen, "--set team=blue") {
		t.Errorf("got %s\n%s", team, screen)
	}
}

// Looking works where one may only read, and leaves no trace: as another user,
// in a project whose files belong to somebody else. A file that one may not
// even read stops nobody.
func TestLooksOnly(t *testing.T) {
	gen, err := exec.LookPath("gen")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "gen-look-") // which, unlike a test's directory, others may enter
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	own := filepath.Join(dir, "gen")
	data, err := os.ReadFile(gen)
	if err == nil {
		err = os.WriteFile(own, data, 0o755)
	}
	if err == nil {
		err = os.CopyFS(filepath.Join(dir, "t"), os.DirFS(grown(t)))
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, code := shell(t, dir, "gen new svc --no-git --no-input -t "+smallTemplate(t)+" && echo mine >>svc/README.md && "+
		"echo secret >svc/bin/run && chmod -R u=rwX,go=rX . && { test $(id -u) != 0 || chmod 000 svc/bin/run; } && chmod a-w svc svc/.gen"); code != 0 {
		t.Fatal(out)
	}
	before := files(t, filepath.Join(dir, "svc"))
	for command, want := range map[string]struct {
		code int
		out  string
	}{
		"status svc":                                         {0, "  blocked   bin/run: something unreadable\n1 edited"},
		"status svc -t ./t -s team=a --json":                 {0, `"due": true`},
		"check svc -t ./t -s team=a":                         {4, "an update is due (template, source)"},
		"diff svc -t ./t -s team=a":                          {0, "+a\n"},
		"diff svc --drift":                                   {0, "+mine\n"},
		"update svc -t ./t -s team=a -s workers=9 --dry-run": {0, "1 created"},
	} {
		cmd := exec.Command(own, strings.Fields(command)...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME=/nonexistent", "GOCOVERDIR="+t.TempDir())
		if os.Getuid() == 0 { // to whom everything is allowed
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != want.code || !strings.Contains(string(out), want.out) {
			t.Errorf("%s: exit %d, want %d and %q:\n%s", command, code, want.code, want.out, out)
		}
	}
	if files(t, filepath.Join(dir, "svc")) != before {
		t.Error("looking changed something")
	}
}
