package apply

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// helper names, for a process that the tests start, what it is to do.
const helper = "GEN_APPLY_TEST"

func TestMain(m *testing.M) {
	if what := os.Getenv(helper); what != "" {
		runtime.LockOSThread() // strace counts the calls of each thread
		os.Exit(help(what, os.Args[1]))
	}
	os.Exit(m.Run())
}

// help does what to the project at dir.
func help(what, dir string) int {
	root, err := os.OpenRoot(dir)
	if err == nil {
		d, t := &disk{root: root}, &testing.T{}
		switch what {
		case "update":
			err = updateOn(context.Background(), d, options(), exampleUpdate(t))
		case "abort":
			_, err = abortOn(context.Background(), d, options(), false)
		case "recovery":
			err = func() error { // like beginOn
				d.top, d.noExec = root, !keepsExec
				tx, err := begin(context.Background(), d, options())
				if err != nil {
					return err
				}
				return tx.Close()
			}()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// mutating are the system calls that change what lies on the disk; reading are
// those that a real error can hit besides.
const (
	mutating = "openat renameat renameat2 unlinkat mkdirat write fsync fchmod symlinkat"
	reading  = "read newfstatat getdents64 readlinkat flock faccessat"
)

// TestStrace kills a real process at its system calls and lets them fail: a
// sample, or with -faults each of them.
func TestStrace(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed")
	}
	first, updated := project(t), project(t)
	if err := update(t, updated, options(), exampleUpdate(t)); err != nil {
		t.Fatal(err)
	}
	was := state(t, first)
	for _, tr := range []trial{
		{name: "update", begin: first, before: was, after: became},
		{name: "recovery", begin: stopped(t), before: became, after: became},
		{name: "abort", begin: updated, before: became, after: was},
	} {
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			killed := 0
			for _, call := range strings.Fields(mutating) {
				killed += tr.sweep(t, call, "signal=KILL:when=%d")
			}
			failed := 0
			if *faults {
				for _, call := range strings.Fields(mutating + " " + reading) {
					failed += tr.sweep(t, call, "error=EIO:when=%d")
					failed += tr.sweep(t, call, "error=ENOSPC:when=%d+")
				}
			}
			t.Logf("killed at %d calls, failed at %d", killed, failed)
		})
	}
}

// sweep injects what at the calls named call and returns how many there were.
func (tr trial) sweep(t *testing.T, call, what string) int {
	t.Helper()
	calls, step := tr.calls(t, call), 1
	if !*faults {
		step = max(1, calls/3)
	}
	tried := 0
	for n := step; n <= calls; n += step {
		tr.inject(t, call, fmt.Sprintf(what, n))
		tried++
	}
	return tried
}

// calls counts how often the busiest thread makes a call.
func (tr trial) calls(t *testing.T, call string) int {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	if out, err := tr.strace(t, copyOf(t, tr.begin), "-o", trace, "-e", "trace="+call); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	threads, most := map[string]int{}, 0
	for line := range strings.Lines(string(data)) {
		if id, rest, _ := strings.Cut(line, " "); strings.Contains(rest, call+"(") {
			threads[id]++
			most = max(most, threads[id])
		}
	}
	return most
}

func (tr trial) strace(t *testing.T, dir string, args ...string) ([]byte, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "strace", append(append([]string{"-f", "-qq"}, args...), self, dir)...)
	c.Env = append(os.Environ(), helper+"="+tr.name, "GOMAXPROCS=1", "GOTRACEBACK=none")
	return c.CombinedOutput()
}

// inject does what to a process, and looks what the next command finds.
func (tr trial) inject(t *testing.T, call, what string) {
	t.Helper()
	dir := copyOf(t, tr.begin)
	defer os.RemoveAll(dir)
	_, err := tr.strace(t, dir, "-o", os.DevNull, "-e", "trace="+call, "-e", "inject="+call+":"+what)
	if err == nil && state(t, dir) != tr.after {
		t.Fatalf("%s: %s: success, but\n%s", call, what, state(t, dir))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := beginOn(t, &disk{root: root}); err != nil {
		t.Fatalf("%s: %s: the next command: %v", call, what, err)
	}
	got := state(t, dir)
	if _, err := os.Lstat(filepath.Join(dir, ".gen/tx")); err == nil || got != tr.before && got != tr.after {
		t.Fatalf("%s: %s: afterwards\n%s", call, what, got)
	}
}
