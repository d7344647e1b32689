package apply

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
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
