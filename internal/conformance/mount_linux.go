package conformance

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// tinyDisk mounts a file system of size bytes at dir.
func tinyDisk(dir string, size int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return unix.Mount("conformance", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size))
}

func unmount(dir string) { _ = unix.Unmount(dir, unix.MNT_DETACH) }
