//go:build unix

package conformance

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// nobody is ownGroup for what root must not do, as a database server.
func nobody() *syscall.SysProcAttr {
	attr := ownGroup()
	if os.Getuid() == 0 {
		attr.Credential = &syscall.Credential{Uid: nobodyID, Gid: nobodyID, NoSetGroups: true}
	}
	return attr
}

const nobodyID = 65534

// handOver gives a file to nobody.
func handOver(file string) error {
	if os.Getuid() != 0 {
		return nil
	}
	return os.Chown(file, nobodyID, nobodyID)
}

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) } // gone is what it should be

// sweep ends what left its process group, where /proc tells whose it is.
func sweep(marker string) {
	for range 3 { // one that is being born escapes a single look
		files, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, file := range files {
			env, err := os.ReadFile(file)
			if err != nil || !bytes.Contains(env, []byte(marker)) {
				continue
			}
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && pid != os.Getpid() {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
}
