package apply

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"

	"example.com/gen/internal/diag"
)

var faults = flag.Bool("faults", false, "try every fault at every call, not a part of them")

// codes are what a file system says when it fails.
var codes = []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EACCES, syscall.EMFILE, syscall.EROFS}

// A trial is a command that meets faults: the project in
// which it begins, what it does, and what there is before and after it.
type trial struct {
	name          string
	begin         string
	run           func(t testing.TB, d *disk) error
	before, after string
	undone        string // what there is if it is undone then; empty: not tried
}

// TestUpdateFaults makes every call of an update, of the recovery of one that
// was stopped dead at its commit point, and of an abort fail, once or from then
// on, or stops dead before it; with -faults all of that. What the next command
// finds is exactly what was before or exactly what comes after.
func TestUpdateFaults(t *testing.T) {
	dir := project(t)
	first := state(t, dir)
	doUpdate := func(t testing.TB, d *disk) error { return updateOn(t.Context(), d, options(), exampleUpdate(t)) }
	doAbort := func(t testing.TB, d *disk) error {
		_, err := abortOn(t.Context(), d, options(), false)
		return err
	}
	updated := project(t)
	if err := update(t, updated, options(), exampleUpdate(t)); err != nil {
		t.Fatal(err)
	}
	trials := []trial{
		{"update", dir, doUpdate, first, became, ""},
		{"recovery", stopped(t), beginOn, first, became, first},
		{"abort", updated, doAbort, became, first, ""},
	}
	for _, tr := range append(trials, smallTrials(t)...) {
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			calls, ops := tr.count(t)
			if calls < 30 {
				t.Fatalf("only %d calls pass the seam", calls)
			}
			tried := 0
			for n := int64(1); n <= calls; n++ {
				kinds := []syscall.Errno{[]syscall.Errno{0, codes[n%5], -codes[n%5]}[n%3]} // by turns
				if *faults {
					kinds = []syscall.Errno{0}
					for _, c := range codes {
						kinds = append(kinds, c, -c)
					}
				}
				for _, k := range kinds {
					tr.fault(t, n, k)
					tried++
				}
			}
			t.Logf("%d calls (%v), %d faults", calls, ops, tried)
		})
	}
}

// What a directory holds before it becomes a project, as one, with conflicts
// left by an update, and when they are settled.
const (
	bare    = "0644 README.md mine\n0644 src/mine mine\n0600 same same"
	asMade  = "0644 README.md theirs\n0755 run new\n0644 src/a new\nlink src/b a"
	asLeft  = "0644 README.md <<<<\n0644 src/a.gen-new newer\n- run"
	settled = "0644 README.md both\n0644 src/a newer\n- src/a.gen-new"
)

// smallTrials makes a project in a directory that exists, takes that back,
// settles the conflicts of an update of it, and takes both back.
func smallTrials(t *testing.T) []trial {
	memory := func(rec string) func() ([]byte, []byte, error) {
		return func() ([]byte, []byte, error) { return []byte(rec + "\n"), []byte("base\n"), nil }
	}
	do := func(before, after string, u Update) func(testing.TB, *disk) error {
		return func(t testing.TB, d *disk) error {
			u.Steps = stepsOf(t, before, after)
			return updateOn(t.Context(), d, options(), u)
		}
	}
	abort := func(t testing.TB, d *disk) error {
		_, err := abortOn(t.Context(), d, options(), false)
		return err
	}
	fill := do(bare, asMade, Update{First: true, Memory: memory("made")})
	leave := do(asMade, asLeft, Update{Memory: memory("left")})
	settle := do(asMade+"\n"+asLeft, settled, Update{Settles: true, Memory: memory("settled")})
	dir, states := t.TempDir(), []string{}
	put(t, dir, bare)
	begins := []string{}
	for _, step := range []func(testing.TB, *disk) error{fill, leave, settle, nil} {
		begins, states = append(begins, copyOf(t, dir)), append(states, state(t, dir))
		if step == nil {
			break
		}
		if err := step(t, &disk{root: open(t, dir)}); err != nil {
			t.Fatal(err)
		}
	}
	return []trial{
		{"new in place", begins[0], fill, states[0], states[1], states[0]},
		{"new in place, abort", begins[1], abort, states[1], states[0], ""},
		{"settle", begins[2], settle, states[2], states[3], states[1]},
		{"settle, abort", begins[3], abort, states[3], states[1], ""},
	}
}

func beginOn(t testing.TB, d *disk) error {
	d.top, d.noExec = d.root, !keepsExec
	tx, err := begin(t.Context(), d, options())
	if err != nil {
		return err
	}
	return tx.Close()
}

// stopped is a project whose update stopped dead right after its commit point.
func stopped(t testing.TB) string {
	t.Helper()
	dir := project(t)
	d := &disk{root: open(t, dir)}
	d.fault = func(op, name string) error {
		if op == "rename" && name == "README.md" {
			runtime.Goexit()
		}
		return nil
	}
	dead(func() { _ = updateOn(t.Context(), d, options(), exampleUpdate(t)) })
	if there, err := Interrupted(open(t, dir)); !there || err != nil {
		t.Fatalf("there is no commit point: %v", err)
	}
	return dir
}

// dead runs f on a goroutine that may end at any call.
func dead(f func()) {
	run := make(chan struct{})
	go func() {
		defer close(run)
		f()
	}()
	<-run
}

func (tr trial) count(t *testing.T) (int64, map[string]int) {
	ops := map[string]int{}
	var calls int64
	guard := make(chan struct{}, 1)
	d := &disk{root: open(t, copyOf(t, tr.begin)), fault: func(op, _ string) error {
		guard <- struct{}{}
		ops[op]++
		calls++
		<-guard
		return nil
	}}
	if err := tr.run(t, d); err != nil {
		t.Fatal(err)
	}
	return calls, ops
}

// fault makes call n fail with the error code, from then on if it is negative,
// and stops dead there if it is 0.
func (tr trial) fault(t *testing.T, n int64, code syscall.Errno) {
	t.Helper()
	dir := copyOf(t, tr.begin)
	defer os.RemoveAll(dir)
	var calls atomic.Int64
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	d := &disk{root: root, fault: func(op, name string) error {
		switch at := calls.Add(1); {
		case code == 0 && at >= n:
			runtime.Goexit() // nothing of this run happens any more
		case int(code) < 0 && at >= n:
			return &fs.PathError{Op: op, Path: name, Err: -code}
		case int(code) > 0 && at == n:
			return &fs.PathError{Op: op, Path: name, Err: code}
		}
		return nil
	}}
	err = errors.New("stopped dead")
	dead(func() { err = tr.run(t, d) })
	if got := state(t, dir); err == nil && got != tr.after && got != "0755 .gen/\n"+tr.after { // what is of no use can stay for the next run
		t.Fatalf("%s, call %d, %v: success, but\n%s", tr.name, n, code, got)
	}
	var known *diag.Error
	if err != nil && code != 0 && !errors.As(err, &known) {
		t.Errorf("%s, call %d, %v: %v is no error for a person", tr.name, n, code, err)
	}
	committed, e := Interrupted(root)
	if err := errors.Join(e, beginOn(t, &disk{root: root})); err != nil {
		t.Fatalf("%s, call %d, %v: the next command: %v", tr.name, n, code, err)
	}
	got := state(t, dir)
	if got != tr.before && got != tr.after || committed && got != tr.after {
		t.Fatalf("%s, call %d, %v: afterwards\n%s", tr.name, n, code, got)
	}
	if _, err := os.Lstat(dir + "/.gen/tx"); err == nil {
		t.Fatalf("%s, call %d, %v: .gen/tx is left", tr.name, n, code)
	}
	if tr.undone == "" || got == tr.undone {
		return
	}
	if _, err := abortOn(t.Context(), &disk{root: root}, options(), false); err != nil || state(t, dir) != tr.undone {
		t.Fatalf("%s, call %d, %v: undone: %v\n%s", tr.name, n, code, err, state(t, dir))
	}
}

// quick is a new directory, in memory if the system has such a place.
func quick(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "gen")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// copyOf is a new quick directory like dir.
func copyOf(t testing.TB, dir string) string {
	t.Helper()
	to := quick(t)
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, p)
		at := filepath.Join(to, name)
		info, err2 := e.Info()
		switch {
		case errors.Join(err, err2) != nil:
			return errors.Join(err, err2)
		case e.Type() == fs.ModeSymlink:
			target, err := os.Readlink(p)
			return errors.Join(err, os.Symlink(target, at))
		case e.IsDir() && name == ".":
			return nil
		case e.IsDir():
			return errors.Join(os.Mkdir(at, 0o700), os.Chmod(at, info.Mode().Perm()))
		}
		data, err := os.ReadFile(p)
		return errors.Join(err, os.WriteFile(at, data, info.Mode().Perm()), os.Chmod(at, info.Mode().Perm()))
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}
