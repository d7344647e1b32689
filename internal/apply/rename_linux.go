package apply

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// rename moves old to name within r and never replaces anything.
func rename(r *os.Root, old, name string) error {
	dir, err := r.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	fd := int(dir.Fd())
	err = unix.Renameat2(fd, old, fd, name, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // this file system has no such rename
		return renameIfFree(r, old, name)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: old, New: name, Err: err}
	}
	return nil
}

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
