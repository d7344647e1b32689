//go:build unix

package source

import (
	"io/fs"
	"syscall"
)

// nonBlocking keeps open from waiting, should a file become a FIFO meanwhile.
const nonBlocking = syscall.O_NONBLOCK

// links returns how many names a file has.
func links(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}
