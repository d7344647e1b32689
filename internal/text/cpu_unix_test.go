//go:build unix

package text

import (
	"syscall"
	"time"
)

// spent is the processor time of the tests so far: unlike the clock, it does
// not depend on what else the machine does.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
