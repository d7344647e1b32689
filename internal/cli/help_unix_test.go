//go:build unix

package cli_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// helps returns the help of gen and of everything below it, by command.
func helps(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	below := regexp.MustCompile(`(?m)^  (?:gen )?([a-z-]+) +\S`)
	var visit func(path string)
	visit = func(path string) {
		out, err := exec.Command("gen", append([]string{"help"}, strings.Fields(path)...)...).Output()
		if err != nil {
			t.Fatalf("gen help %s: %v", path, err)
		}
		all[strings.TrimSpace("gen "+path)] = string(out)
		for _, heading := range []string{"Available Commands:\n", "Additional help topics:\n"} {
			_, list, _ := strings.Cut(string(out), heading)
			list, _, _ = strings.Cut(list, "\n\n")
			for _, m := range below.FindAllStringSubmatch(list, -1) {
				if m[1] != "help" {
					visit(strings.TrimSpace(path + " " + m[1]))
				}
			}
		}
	}
	visit("")
	return all
}

// Every command has examples, and every example runs: where nobody can be
// asked, gen takes the defaults.
func TestExamples(t *testing.T) {
	all := helps(t)
	if len(all) < 11 {
		t.Fatalf("only %d helps", len(all))
	}
	for command, help := range all {
		_, examples, found := strings.Cut(help, "Examples:\n")
		if strings.Contains(help, "Usage:") && !found && !strings.Contains(help, "Available Commands:") {
			t.Errorf("%s has no example", command)
		}
		examples, _, _ = strings.Cut(examples, "\n\n")
		for line := range strings.Lines(examples) {
			t.Run(strings.TrimSpace(line), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				if err := os.CopyFS(filepath.Join(dir, "mytemplate"), os.DirFS("testdata/templates/small")); err != nil {
					t.Fatal(err)
				}
				os.WriteFile(filepath.Join(dir, "answers.yaml"), []byte("workers: 3\n"), 0o666)
				if strings.Contains("gen update, gen check, gen status, gen diff, gen resolve", command) { // in a project that was updated
					line = "gen new svc --no-input --no-git -q; cd svc; gen update --set license=Apache-2.0\n" + line
				}
				sh := exec.Command("sh", "-e", "-c", line)
				sh.Dir, sh.Env = dir, append(os.Environ(), "GEN_FSYNC=off")
				if out, err := sh.CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
	}
}

// Help fits a terminal of 80 columns, and a topic fits its page.
func TestHelpFits(t *testing.T) {
	for command, help := range helps(t) {
		lines := strings.Split(strings.TrimSpace(help), "\n")
		if len(lines) > 40 {
			t.Errorf("%s: %d lines", command, len(lines))
		}
		for _, l := range lines {
			if len(l) > 80 && !strings.HasPrefix(l, "  -") && !strings.HasPrefix(l, "      --") {
				t.Errorf("%s: %q has %d columns", command, l, len(l))
			}
		}
	}
}

var man = flag.String("man", "", "write the manual pages into this directory")

// TestManual writes every help as a manual page.
func TestManual(t *testing.T) {
	dir := *man
	if dir == "" {
		dir = t.TempDir()
	}
	for command, help := range helps(t) {
		name := strings.ReplaceAll(command, " ", "-")
		about, _, _ := strings.Cut(help, "\n")
		text := strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "\n.", "\n\\&.").Replace(help)
		page := fmt.Sprintf(".TH %s 1\n.SH NAME\n%s \\- %s\n.SH DESCRIPTION\n.nf\n%s.fi\n", strings.ToUpper(name), name, about, text)
		if err := os.WriteFile(filepath.Join(dir, name+".1"), []byte(page), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if groff, err := exec.LookPath("groff"); err == nil {
		pages, _ := filepath.Glob(filepath.Join(dir, "*.1"))
		out, err := exec.Command(groff, append([]string{"-man", "-Tutf8", "-ww", "-z"}, pages...)...).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("groff: %v: %s", err, out)
		}
	}
}
