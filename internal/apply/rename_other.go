//go:build !linux

package apply

import "os"

// rename moves old to name within r, which must be free.
func rename(r *os.Root, old, name string) error { return renameIfFree(r, old, name) }
