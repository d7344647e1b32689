//go:build !linux

package apply

import "os"

func moveIfFree(d *disk, from *os.File, old string, to *disk, into *os.File, name string) error {
	return lookAndMove(d, from, old, to, into, name)
}

// swap does nothing: there is no call for it.
func swap(*os.File, string, *os.File, string) (done bool, err error) { return false, nil }
