package cli_test

import (
	"fmt"
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

// An update that does not fit changes nothing, and says so; with room, it is
// made.
func TestFullDiskUpdate(t *testing.T) {
	dir := t.TempDir()
	writeVersions(t, dir)
	os.Mkdir(filepath.Join(dir, "disk"), 0o777)
	for _, left := range []int{0, 4, 16, 32} { // blocks of 1 KiB
		script := fmt.Sprintf(`exec unshare -rm sh -c 'mount -t tmpfs -o size=600k none disk && export GEN_FSYNC=on &&
			gen new disk/svc -t ./v1 --no-git >/dev/null && echo mine >disk/svc/mine && cp -a disk/svc was &&
			{ dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null; truncate -s -%dk disk/fill; }
			gen update disk/svc -t ./v2; code=$?; diff -r disk/svc was && rm disk/fill && gen update disk/svc -t ./v2 >/dev/null && test ! -e disk/svc/.gen/tx; echo $code $?'`, left)
		out, _ := shell(t, dir, "rm -rf was; "+script)
		want := "cannot be updated: no space left on device\nhint: nothing was changed: free some space, then run the command again\n1 0\n"
		if !strings.HasSuffix(out, want) || strings.Contains(out, "iffer") {
			t.Errorf("%d KiB left: got %s", left, out)
		}
	}
}
