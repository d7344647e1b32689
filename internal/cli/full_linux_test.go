package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// On a disk that is full nothing is left, and the message says what to do.
// The disk is a tmpfs in a mount namespace of its own.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	disk := filepath.Join(dir, "disk")
	os.Mkdir(disk, 0o777)
	for _, size := range []string{"size=16k", "size=1m,nr_inodes=12"} {
		script := "exec unshare -rm sh -c 'mount -t tmpfs -o " + size + " none disk && gen new disk/svc --no-input --no-git; " +
			"code=$?; ls -A disk; exit $code'"
		out, code := shell(t, dir, script)
		want := "gen: " + disk + "/svc cannot be made: no space left on device\nhint: free some space, or choose a PATH on another disk\n"
		if code != 1 || out != want {
			t.Errorf("%s: exit %d, got %s, want %s", size, code, strings.TrimSpace(out), want)
		}
	}
}
