package apply

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"time"

	"golang.org/x/sys/windows"
)

const (
	noFollow    = 0
	nonBlocking = 0
	renamesOpen = false
	keepsExec   = false
	syncFlag    = os.O_RDWR
)

// lock takes the lock on f without waiting; it is false if somebody else has
// it. The system gives it back when the process ends.
func lock(f *os.File) (bool, error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// syncDir does nothing: Windows keeps names on the disk by itself.
func syncDir(*os.File) error { return nil }

// rmdir removes the empty directory name in r.
func rmdir(r *os.Root, _ *os.File, name string) error { return r.Remove(name) }

func moveOver(d *disk, _ *os.File, old string, to *disk, _ *os.File, name string) error {
	return d.top.Rename(path.Join(d.path, old), path.Join(to.path, name))
}

// writable reports nothing: Windows has no call for it.
func writable(*os.File) error { return nil }

// apart reports nothing: a directory of another disk is a link there.
func apart(fs.FileInfo, fs.FileInfo) bool { return false }

// patience is how long a virus scanner or an indexer may hold a file.
const patience = time.Second

// retry does f again while somebody else has the file open.
func retry(f func() error) error {
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := f()
		if !errors.Is(err, windows.ERROR_SHARING_VIOLATION) && !errors.Is(err, windows.ERROR_ACCESS_DENIED) || time.Since(began) > patience {
			return err
		}
	}
}

// busy reports whether err says that somebody has a directory open.
func busy(err error) bool { return errors.Is(err, windows.ERROR_SHARING_VIOLATION) }
