package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
)

// machine says what the machine lacks that some checks need; "" is nothing.
func machine(s *Suite) map[string]string {
	list := map[string]string{"strace": "", "procfs": "", "mount": "", "server": ""}
	if _, err := exec.LookPath("strace"); err != nil {
		list["strace"] = "strace is not installed"
	}
	if _, err := os.Stat("/proc/self/fdinfo"); err != nil {
		list["procfs"] = "this machine has no /proc"
	}
	dir := filepath.Join(s.work, "mount")
	if err := tinyDisk(dir, 64<<10); err != nil {
		list["mount"] = "a file system cannot be mounted here: " + err.Error()
	} else {
		unmount(dir)
	}
	if s.has["database"] == "" {
		list["server"] = s.findServer()
	}
	return list
}
