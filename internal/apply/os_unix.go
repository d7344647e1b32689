//go:build unix

package apply

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const (
	noFollow    = unix.O_NOFOLLOW
	nonBlocking = unix.O_NONBLOCK // means nothing to a file, but spares os four calls to find that out
	renamesOpen = true            // a directory can be renamed while files in it are open
)

// lock takes the advisory lock on f without waiting; it is false if somebody
// else has it. The kernel gives it back when the process ends.
func lock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func syncDir(f *os.File) error { return f.Sync() }
