package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A project that came from a stranger, with a link to the outside in place of
// any file or directory of it, gen's own too: whatever is run in it, nothing
// outside is read, written or deleted. A sample of the runs, or with -faults all.
func TestHostileProject(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed")
	}
	dir := t.TempDir()
	writeVersions(t, dir)
	const begin = "$GEN new svc -t ./v1 --no-git && printf mine > svc/mine && printf 'one\nmine\n' > svc/dir/app && "
	out, code := shell(t, dir, "export GEN=gen; "+begin+"cp -a svc clean && { gen update svc -t ./v2 || test $? = 3; } && "+
		"cp -a svc outside && cp outside/mine outside/secret && ln -s /etc/hostname outside/etc")
	if code != 0 {
		t.Fatal(out)
	}
	outside := filepath.Join(dir, "outside")
	victim, _ := everything(outside)
	undo, _ := everything(filepath.Join(outside, ".gen", "undo"))
	opened := regexp.MustCompile(`= \d+<` + regexp.QuoteMeta(outside) + `[/>]`)
	out, _ = shell(t, dir, "strace -qq -y -o trace -e trace=openat cat outside/secret && cat trace")
	if !opened.MatchString(out) {
		t.Fatalf("a file that is opened outside is not found in %s", out)
	}
	tried, n := 0, 0
	for _, at := range strings.Fields(`.gen .gen/project.yaml .gen/base.tar.gz .gen/lock .gen/tx .gen/undo .gen/undo/plan .gen/undo/1
		.gen/.gitignore dir dir/app old old/deep run flip log log.gen-new new new/deep link gone mine`) {
		for _, from := range []string{"clean", "svc"} { // before an update, and after it
			for _, command := range []string{
				"update -t ../v2", "update -t ../v2 --conflict theirs", "update -t ../v2 --dry-run", "diff -t ../v2", "diff --drift", "check -t ../v2", "status",
				"resolve --theirs", "resolve --ours", "update --continue", "update --abort", "update --abort --force",
				"new . -t ../v2 --no-git", "new . -t ../v2 --no-git --conflict theirs",
			} {
				if n++; !*faults && n%29 != 0 {
					continue
				}
				script := "rm -rf at && cp -a " + from + " at && cd at && { ! " + startsWith(command, "new") + " || rm -rf .gen/project.yaml; } && " +
					"mkdir -p $(dirname " + at + ") && rm -rf " + at + " && ln -s " + filepath.Join(outside, at) + " " + at + " && " +
					"strace -f -qq -y -o ../trace -e trace=openat,unlinkat,renameat,renameat2 gen " + command
				began := time.Now()
				out, code := shell(t, dir, script)
				now, err := everything(outside)
				undoNow, _ := everything(filepath.Join(outside, ".gen", "undo"))
				if err != nil || now != victim || undo != undoNow {
					t.Fatalf("%s a link, %s, gen %s: outside is\n%s\n%s", at, from, command, now, out)
				}
				trace, _ := os.ReadFile(filepath.Join(dir, "trace"))
				if found := opened.Find(trace); found != nil {
					t.Errorf("%s a link, %s, gen %s: %s was opened\n%s", at, from, command, found, out)
				}
				if strings.Contains(out, "goroutine ") || strings.Contains(out, "gen made a mistake") || code > 4 || time.Since(began) > 10*time.Second {
					t.Errorf("%s a link, %s, gen %s: exit %d, %s", at, from, command, code, out)
				}
				tried++
			}
		}
	}
	t.Logf("%d runs", tried)
}

func startsWith(command, word string) string {
	if strings.HasPrefix(command, word) {
		return "true"
	}
	return "false"
}
