//go:build unix

package project

import "syscall"

// nonBlocking keeps open from waiting, should a file become a FIFO meanwhile.
const nonBlocking = syscall.O_NONBLOCK
