//go:build !linux

package apply

import "os"

// rename moves old to name within r, which must be free.
func rename(r *os.Root, old, name string) error { return renameIfFree(r, old, name) }

func moveIfFree(d *disk, from *os.File, old string, to *disk, into *os.File, name string) error {
	return lookAndMove(d, from, old, to, into, name)
}
