//go:build unix

package apply

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	noFollow    = unix.O_NOFOLLOW
	nonBlocking = unix.O_NONBLOCK // means nothing to a file, but spares os four calls to find that out
	renamesOpen = true            // a directory can be renamed while files in it are open
	keepsExec   = true            // a file has an executable bit
	syncFlag    = unix.O_RDONLY   // how a file is opened to be synced
)

// lock takes the advisory lock on f without waiting; it is false if somebody
// else has it. The kernel gives it back when the process ends.
func lock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func syncDir(f *os.File) error { return f.Sync() }

// rmdir removes the empty directory name in dir, and never a file.
func rmdir(_ *os.Root, dir *os.File, name string) error {
	if err := unix.Unlinkat(int(dir.Fd()), name, unix.AT_REMOVEDIR); err != nil {
		return &os.PathError{Op: "rmdir", Path: name, Err: err}
	}
	return nil
}

// moveOver renames within two open directories, so that no link is followed.
func moveOver(_ *disk, from *os.File, old string, _ *disk, to *os.File, name string) error {
	if err := unix.Renameat(int(from.Fd()), old, int(to.Fd()), name); err != nil {
		return &os.LinkError{Op: "rename", Old: old, New: name, Err: err}
	}
	return nil
}

// writable reports whether names in dir can be changed.
func writable(dir *os.File) error {
	return unix.Faccessat(int(dir.Fd()), ".", unix.W_OK|unix.X_OK, 0)
}

// apart reports whether two directories lie on different disks, between which
// nothing can be renamed.
func apart(a, b fs.FileInfo) bool {
	x, ok := a.Sys().(*syscall.Stat_t)
	y, ok2 := b.Sys().(*syscall.Stat_t)
	return ok && ok2 && x.Dev != y.Dev
}

// retry does f: nothing that passes by itself is in its way.
func retry(f func() error) error { return f() }

// busy reports nothing: a directory that is in use can be removed.
func busy(error) bool { return false }
