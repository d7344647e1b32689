package apply

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

const (
	noFollow    = 0
	nonBlocking = 0
	renamesOpen = false
)

// lock takes the lock on f without waiting; it is false if somebody else has
// it. The system gives it back when the process ends.
func lock(f *os.File) (bool, error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// syncDir does nothing: Windows keeps names on the disk by itself.
func syncDir(*os.File) error { return nil }
