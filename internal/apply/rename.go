package apply

import (
	"errors"
	"io/fs"
	"os"
)

// renameIfFree looks before it renames, where no call does both at once.
func renameIfFree(r *os.Root, old, name string) error {
	if _, err := r.Lstat(name); err == nil {
		return fs.ErrExist
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return r.Rename(old, name)
}
