package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Where one may not write in a directory that an update changes, it is found out
// before anything is written; a file that one may not read is left alone. The
// program runs as somebody to whom modes count.
func TestUpdateDenied(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	dir, err := os.MkdirTemp("", "gen-denied-") // which, unlike a test's directory, others may enter
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Command("rm", "-rf", dir).Run()
	os.Chmod(dir, 0o755)
	writeVersions(t, dir)
	gen, err := exec.LookPath("gen")
	if err != nil {
		t.Fatal(err)
	}
	const as = "setpriv --reuid 65534 --regid 65534 --clear-groups env GOCOVERDIR=/tmp HOME=/nonexistent ./gen "
	if out, code := shell(t, dir, "cp "+gen+" gen && chmod -R u=rwX,go=rX . && gen new was -t ./v1 --no-git && echo mine >was/mine"); code != 0 {
		t.Fatal(out)
	}
	for deny, want := range map[string]string{
		"chmod 555 svc/dir":      "svc/dir/app cannot be updated: permission denied\nhint: nothing was changed: let gen write there, then run the command again\n",
		"chmod 555 svc/old/deep": "svc/old/deep/a cannot be updated: permission denied\n",
		"chmod 555 svc":          "cannot be updated: permission denied\n",
		"chmod 555 svc/.gen":     "svc/.gen",
		"chmod 0 svc/dir/app":    "conflict",
		"chmod 0 svc/dir":        "conflict",
		"chown -R 0 svc/.gen":    "permission denied",
	} {
		out, code := shell(t, dir, "rm -rf svc && cp -a was svc && chown -R 65534:65534 svc && "+deny)
		if code != 0 {
			t.Fatal(out)
		}
		before, _ := everything(filepath.Join(dir, "svc"))
		out, code = shell(t, dir, as+"update svc -t ./v2")
		after, _ := everything(filepath.Join(dir, "svc"))
		if !strings.Contains(strings.ToLower(out), want) || code != 1 && code != 3 {
			t.Errorf("%s: exit %d, %s", deny, code, out)
		}
		if code == 1 && after != before {
			t.Errorf("%s: something was written:\n%s", deny, after)
		}
		if _, code = shell(t, dir, as+"update svc --abort"); code > 1 {
			t.Errorf("%s: --abort: exit %d", deny, code)
		}
		if now, _ := everything(filepath.Join(dir, "svc")); now != before {
			t.Errorf("%s: undone:\n%s\nwant\n%s", deny, now, before)
		}
	}
}
