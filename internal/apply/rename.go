package apply

import (
	"errors"
	"io/fs"
	"os"
)

// lookAndMove looks before it renames, where no call does both at once.
func lookAndMove(d *disk, from *os.File, old string, to *disk, into *os.File, name string) error {
	if _, err := to.root.Lstat(name); err == nil {
		return fs.ErrExist
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return moveOver(d, from, old, to, into, name)
}
