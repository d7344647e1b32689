//go:build unix

package conformance

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
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

// handOver gives files to nobody.
func handOver(files ...string) (err error) {
	for _, file := range files {
		if os.Getuid() == 0 && err == nil {
			err = os.Chown(file, nobodyID, nobodyID)
		}
	}
	return err
}

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) } // gone is what it should be

// sweep ends what left its process group, where /proc tells whose it is, and
// waits until it is gone: one that is being born escapes a single look.
func sweep(marker string) {
	for range 100 {
		list := living(marker)
		if len(list) == 0 {
			return
		}
		for _, pid := range list {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// living are the other processes that have text in their environment.
func living(text string) (list []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		env, _ := os.ReadFile(file) // one that is gone has none
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil && pid != os.Getpid() && bytes.Contains(env, []byte(text)) {
			list = append(list, pid)
		}
	}
	return list
}
