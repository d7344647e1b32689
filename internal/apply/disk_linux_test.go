package apply

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"example.com/gen/internal/merge"
)

// TestFullDisk has a real one.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=192k,nr_inodes=56", "gen", dir).CombinedOutput(); err != nil {
		t.Skipf("mounting is refused: %s", out)
	}
	defer func() { _ = syscall.Unmount(dir, 0) }()
	put(t, dir, was)
	first := state(t, dir)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	err = updateOn(t.Context(), &disk{root: root}, options(), exampleUpdate(t))
	if err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v", err)
	}
	if got := state(t, dir); got != first {
		t.Errorf("got\n%s", got)
	}
}

// A directory of the project that is another disk is found out before anything
// is written; a file that cannot be replaced is left, and the template's side
// beside it.
func TestMounts(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	dir := project(t)
	made := dir + "/made"
	os.Mkdir(made, 0o755)
	mount := func(args ...string) func() {
		if out, err := exec.Command("mount", args...).CombinedOutput(); err != nil {
			t.Skipf("mounting is refused: %s", out)
		}
		return func() { _ = syscall.Unmount(args[len(args)-1], 0) }
	}
	undo := mount("-t", "tmpfs", "gen", made)
	first := state(t, dir)
	err := update(t, dir, options(), exampleUpdate(t))
	if err == nil || !strings.Contains(err.Error(), "another disk") {
		t.Errorf("got %v", err)
	}
	if got := state(t, dir); got != first {
		t.Errorf("got\n%s", got)
	}
	undo()
	defer mount("--bind", dir+"/mine", dir+"/README.md")()
	u := exampleUpdate(t)
	for i, s := range u.Steps {
		if s.Path.String() == "README.md" { // it holds what mine does
			p := merge.PrintOf(fileOf(t, [3]string{"0644", "README.md", "mine"}))
			u.Steps[i].Before = &p
		}
	}
	if err := update(t, dir, options(), u); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"README.md mine\n", "README.md.gen-new new\n", "late README.md replaced README.md.gen-new\n"} {
		if got := state(t, dir); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
