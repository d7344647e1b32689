package cli_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/gen/internal/record"
)

var faults = flag.Bool("faults", false, "kill and fail the program at every system call, not at a sample of them")

// mutating are the system calls that change what lies on the disk; reading are
// those that an error can hit besides.
const (
	mutating = "openat renameat renameat2 unlinkat mkdirat write fsync fchmod symlinkat"
	reading  = "read newfstatat getdents64 readlinkat flock faccessat"
)

// A crash is a command that meets faults: how its directory comes about, in
// which of its directories it runs, what the person runs next, and what there is
// then if nothing, or all of it, was done.
type crash struct {
	name, begin, in, command, next string
	before, after                  string
	dir                            string
}

// TestFaults kills the real program at its system calls, and lets them fail: a
// sample, or with -faults each of them. What the next command finds is what was
// before or what comes after, to the byte, and nothing else is left.
func TestFaults(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed")
	}
	at := t.TempDir()
	gen := filepath.Join(at, "gen")
	build := exec.Command("go", "build", "-o", gen, "example.com/gen/cmd/gen")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	writeVersions(t, at)
	const (
		made    = "$GEN new svc -t ./v1 --no-git && printf mine > svc/mine && printf 'one\nmine\n' > svc/dir/app && rm svc/gone && "
		updated = made + "{ $GEN update svc -t ./v2 || test $? = 3; }"
	)
	for _, c := range []crash{
		{name: "new", begin: "mkdir x", in: "x", command: "cd .. && $GEN new svc -t ./v1 --no-git", next: "cd .. && $GEN new svc -t ./v1 --no-git"},
		{name: "new in place", begin: "mkdir svc && printf mine > svc/mine", in: "svc", command: "$GEN new . -t ../v1 --no-git", next: "$GEN new . -t ../v1 --no-git; $GEN update --continue"},
		{name: "update", begin: made + "true", in: "svc", command: "$GEN update -t ../v2", next: "$GEN update --continue"},
		{name: "recovery", begin: updated, in: "svc", command: "$GEN update --continue", next: "$GEN update --continue"},
		{name: "resolve", begin: updated, in: "svc", command: "$GEN resolve --theirs", next: "$GEN update --continue"},
		{name: "abort", begin: updated, in: "svc", command: "$GEN update --abort", next: "$GEN update --continue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.prepare(t, at, gen)
			killed, failed := 0, 0
			for _, call := range strings.Fields(mutating) {
				killed += c.sweep(t, call, "signal=KILL:when=%d")
			}
			codes := []string{"ENOSPC", "EIO", "EACCES", "EMFILE", "EROFS"}
			for i, call := range strings.Fields(mutating + " " + reading) {
				failed += c.sweep(t, call, "error="+codes[i%5]+":when=%d")
				failed += c.sweep(t, call, "error="+codes[(i+2)%5]+":when=%d+")
			}
			t.Logf("killed at %d calls, failed at %d", killed, failed)
		})
	}
}

// writeVersions makes two versions of a template in which everything happens
// to some file.
func writeVersions(t *testing.T, at string) {
	t.Helper()
	for v, files := range map[string]string{
		"v1": "dir/app=one\ntwo\n|gone=x\n|run=one\n|old/deep/a=one\n|flip=one\n|log=one\n",
		"v2": "dir/app=one\ntwo, theirs\n|gone=x\n|run=two\n|new/deep/a=two\n|flip/a=two\n|log=\x00two\n",
	} {
		manifest := "format: 1\nname: t\nversion: " + v[1:] + ".0.0\nquestions:\n  - {name: name, type: string}\n"
		for _, f := range append(strings.Split(files, "|"), "../template.yaml="+manifest) {
			name, text, _ := strings.Cut(f, "=")
			name = filepath.Join(at, v, "files", name)
			os.MkdirAll(filepath.Dir(name), 0o777)
			if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	os.Chmod(filepath.Join(at, "v2", "files", "run"), 0o777)
	os.Symlink("dir/app", filepath.Join(at, "v2", "files", "link"))
}

// prepare makes the directory that the command is tried on, and what comes
// before and after it.
func (c *crash) prepare(t *testing.T, templates, gen string) {
	t.Helper()
	c.dir = t.TempDir()
	if err := exec.Command("cp", "-a", filepath.Join(templates, "v1"), filepath.Join(templates, "v2"), c.dir).Run(); err != nil {
		t.Fatal(err)
	}
	os.Symlink(gen, filepath.Join(c.dir, "gen"))
	if out, code := c.shell(t, c.dir, c.begin); code != 0 {
		t.Fatal(out)
	}
	if c.name == "recovery" { // dies right after the commit point
		if out, code := c.shell(t, c.dir, "cd svc && $GEN update --abort && strace -f -qq -o /dev/null -e trace=unlinkat "+
			"-e inject=unlinkat:signal=KILL:when=2 $GEN update -t ../v2; test -e .gen/tx/COMMIT"); code != 0 {
			t.Fatal(out)
		}
		c.looks(t)
	}
	c.before = c.state(t, c.dir)
	done := c.copy(t)
	c.shell(t, done, "cd "+c.in+" && "+c.command)
	if c.after = c.state(t, done); c.after == c.before {
		t.Fatalf("%s does nothing:\n%s", c.command, c.after)
	}
	if c.name == "recovery" {
		c.before = c.after
	}
}

// looks checks that those who only look at a project that waits for recovery say
// so, with the next step, and write nothing.
func (c *crash) looks(t *testing.T) {
	t.Helper()
	before := c.state(t, c.dir)
	for command, want := range map[string]int{
		"check": 1, "diff": 1, "diff --drift": 1, "update --dry-run": 1, "new . --no-input": 1, "status": 0, "status --json": 0,
	} {
		out, code := c.shell(t, c.dir, "cd svc && $GEN "+command)
		if code != want || !strings.Contains(out, "interrupted") || command != "status --json" && !strings.Contains(out, "run gen update") {
			t.Errorf("gen %s: exit %d, %s", command, code, out)
		}
	}
	if got := c.state(t, c.dir); got != before {
		t.Errorf("looking changed something:\n%s", got)
	}
}

func (c *crash) shell(t *testing.T, dir, script string) (string, int) {
	t.Helper()
	return shell(t, dir, "export GEN="+dir+"/gen; "+script, "GEN_FSYNC=on", "GOMAXPROCS=1", "GOTRACEBACK=none")
}

func (c *crash) copy(t *testing.T) string {
	t.Helper()
	to, err := os.MkdirTemp("/dev/shm", "gen-faults-")
	if err == nil {
		err = exec.Command("cp", "-a", c.dir+"/.", to).Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(to) })
	return to
}

// state is all that lies in dir, but for the place of the template in the
// record.
func (c *crash) state(t *testing.T, dir string) string {
	t.Helper()
	text, err := everything(dir)
	rec, err2 := os.ReadFile(filepath.Join(dir, "svc", record.File))
	if err != nil || err2 != nil && !errors.Is(err2, fs.ErrNotExist) {
		t.Fatal(err, err2)
	}
	lines := slices.DeleteFunc(strings.SplitAfter(text+string(rec), "\n"), func(l string) bool {
		return strings.HasPrefix(l, "source: ") || strings.Contains(l, " svc/"+record.File)
	})
	return strings.Join(lines, "")
}

// sweep injects what at the calls named call and returns how many there were.
func (c *crash) sweep(t *testing.T, call, what string) int {
	t.Helper()
	calls, tried := c.calls(t, call), 0
	step := 1
	if !*faults {
		step = max(1, (calls+1)/2)
	}
	for n := step; n <= calls; n += step {
		c.inject(t, call, fmt.Sprintf(what, n))
		tried++
	}
	return tried
}

// strace runs the command under strace.
func (c *crash) strace(t *testing.T, dir, args string) (string, int) {
	t.Helper()
	command := strings.Replace(c.command, "$GEN", "strace -f -qq "+args+" $GEN", 1)
	return c.shell(t, dir, "cd "+c.in+" && "+command)
}

// calls counts how often the busiest thread makes a call.
func (c *crash) calls(t *testing.T, call string) int {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	c.strace(t, c.copy(t), "-o "+trace+" -e trace="+call)
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

// inject does what to the program, and looks what the next command finds.
func (c *crash) inject(t *testing.T, call, what string) {
	t.Helper()
	dir := c.copy(t)
	defer os.RemoveAll(dir)
	out, code := c.strace(t, dir, "-o /dev/null -e trace="+call+" -e inject="+call+":"+what)
	if got := c.state(t, dir); (code == 0 || code == 3) && got != c.after {
		t.Fatalf("%s: %s: exit %d, but\n%s\nwant\n%s", call, what, code, got, c.after)
	}
	if strings.Contains(out, "goroutine ") || strings.Contains(out, "gen made a mistake") {
		t.Errorf("%s: %s: %s", call, what, out)
	}
	next, _ := c.shell(t, dir, "cd "+c.in+" && "+c.next)
	want := []string{c.before, c.after}
	if strings.HasPrefix(c.name, "new") { // done again, it is done
		want = want[1:]
	}
	got := c.state(t, dir)
	for _, w := range want {
		if got == w {
			return
		}
	}
	t.Fatalf("%s: %s: %s\nthe next command: %s\nfinds\n%s\nwant\n%s", call, what, out, next, got, c.after)
}

// An update runs no other program, git neither.
func TestNoProcess(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed")
	}
	dir := t.TempDir()
	writeVersions(t, dir)
	out, code := shell(t, dir, "gen new svc -t ./v1 --no-git && printf mine > svc/dir/app && "+
		"strace -f -qq -o trace -e trace=execve,fork,vfork,clone,clone3 gen update svc -t ./v2; test $? = 3 && cat trace")
	_, trace, _ := strings.Cut(out, "--abort undoes all")
	if code != 0 || strings.Count(trace, "execve(") != 1 {
		t.Fatalf("exit %d: %s", code, out)
	}
	for line := range strings.Lines(trace) {
		if strings.Contains(line, "fork") || strings.Contains(line, "clone") && strings.Contains(line, "flags=") && !strings.Contains(line, "CLONE_THREAD") {
			t.Errorf("it starts a process: %s", line)
		}
	}
}
