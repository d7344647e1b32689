package apply

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// moveIfFree renames within two open directories and never replaces anything.
func moveIfFree(d *disk, from *os.File, old string, to *disk, into *os.File, name string) error {
	err := unix.Renameat2(int(from.Fd()), old, int(into.Fd()), name, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // this file system has no such rename
		return lookAndMove(d, from, old, to, into, name)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: old, New: name, Err: err}
	}
	return nil
}

// swap renames two files to each other's names; done is false where this file
// system cannot.
func swap(from *os.File, old string, into *os.File, name string) (done bool, err error) {
	err = unix.Renameat2(int(from.Fd()), old, int(into.Fd()), name, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return false, nil
	}
	if err != nil {
		return false, &os.LinkError{Op: "rename", Old: old, New: name, Err: err}
	}
	return true, nil
}
