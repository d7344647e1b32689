//go:build !linux

package apply

import "os"

func moveIfFree(d *disk, from *os.File, old string, to *disk, into *os.File, name string) error {
	return lookAndMove(d, from, old, to, into, name)
}
