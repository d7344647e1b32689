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
