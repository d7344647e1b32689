package apply

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"example.com/gen/internal/diag"
)

// hooked is dir as a disk on which f runs once, before the first call op on
// name.
func hooked(t testing.TB, dir, op, name string, f func()) *disk {
	t.Helper()
	return &disk{root: open(t, dir), fault: func(o, n string) error {
		if f != nil && o == op && n == name {
			do := f
			f = nil
			do()
		}
		return nil
	}}
}

// An editor that saves before the commit point stops the update: nothing is
// written.
func TestChangedBeforeTheCommitPoint(t *testing.T) {
	for what, change := range map[string]string{
		"a file that changes":                 "0644 README.md edited",
		"a file that goes":                    "0644 gone/deep/a edited",
		"a file that is to come":              "0644 made/deep/a edited",
		"a directory in its way":              "0644 flip/x edited",
		"a mode":                              "0755 secret old",
		"in a directory that is to be a file": "0644 back/mine edited",
	} {
		for _, op := range [][2]string{{"mkdir", "tx"}, {"write", "plan"}} {
			dir := project(t)
			var edited string
			d := hooked(t, dir, op[0], op[1], func() {
				if strings.Contains(change, "flip/") {
					os.Remove(filepath.Join(dir, "flip"))
				}
				put(t, dir, change)
				os.Rename(filepath.Join(dir, ".gen/tx"), filepath.Join(dir, "aside"))
				edited = state(t, dir)
				os.Rename(filepath.Join(dir, "aside"), filepath.Join(dir, ".gen/tx"))
				edited = strings.Split(edited, "aside/")[0]
			})
			err := updateOn(t.Context(), d, options(), exampleUpdate(t))
			if err == nil || !strings.Contains(err.Error(), "was changed meanwhile; nothing was written") {
				t.Errorf("%s, at %s: %v", what, op, err)
			}
			if got := state(t, dir); !strings.HasPrefix(got, strings.TrimSuffix(edited, "0755 ")) {
				t.Errorf("%s, at %s: got\n%s\nwant\n%s", what, op, got, edited)
			}
		}
	}
}

// An editor that saves after the commit point keeps its bytes; what the
// template has is left beside them, the record says so, and an abort undoes
// the update around them.
func TestChangedAfterTheCommitPoint(t *testing.T) {
	for _, c := range []struct{ change, kept, left, row string }{
		{"0644 README.md edited", "README.md edited", "README.md.gen-new new", "late README.md replaced README.md.gen-new"},
		{"0644 made/deep/a edited", "made/deep/a edited", "made/deep/a.gen-new new", "late made/deep/a added made/deep/a.gen-new"},
		{"0644 gone/deep/a edited", "gone/deep/a edited", "", "late gone/deep/a deleted \n"},
		{"0644 made edited", "made edited", "", "late made/deep/a blocked \n"},
		{"0644 back/mine edited", "back/mine edited", "back.gen-new new", "late back added back.gen-new"},
		{"link made elsewhere", "made elsewhere", "", "late made/deep/a blocked \n"},
		{"0644 .gen/project.yaml edited", "README.md new", "", "new record"},
	} {
		for _, stop := range []bool{false, true} {
			var dir string
			var err error
			switch {
			case !stop:
				dir = project(t)
				d := &disk{root: open(t, dir), fault: afterCommit(dir, func() { put(t, dir, c.change) })}
				err = updateOn(t.Context(), d, options(), exampleUpdate(t))
			case strings.HasSuffix(c.row, "-new"): // the rest is done by then
				dir = stopped(t)
				if strings.Contains(c.change, "back") {
					continue
				}
				put(t, dir, c.change)
				err = beginOn(t, &disk{root: open(t, dir)})
			default:
				continue
			}
			if err != nil {
				t.Errorf("%s, stopped %v: %v", c.change, stop, err)
				continue
			}
			got := state(t, dir)
			for _, want := range []string{c.kept, c.left, c.row} {
				if !strings.Contains(got, want) {
					t.Errorf("%s, stopped %v: no %q in\n%s", c.change, stop, want, got)
				}
			}
			abortsAround(t, dir, c.kept, c.left)
		}
	}
}

// afterCommit runs edit at the first call after the commit point.
func afterCommit(dir string, edit func()) func(op, name string) error {
	done := false
	return func(op, name string) error {
		if _, err := os.Lstat(filepath.Join(dir, ".gen/tx/COMMIT")); err == nil && !done {
			done = true
			edit()
		}
		return nil
	}
}

func abortsAround(t *testing.T, dir, kept, left string) {
	t.Helper()
	if _, err := abortOn(t.Context(), &disk{root: open(t, dir)}, options(), false); err != nil {
		t.Errorf("%s: abort: %v", kept, err)
		return
	}
	got := state(t, dir)
	if !strings.Contains(got, kept) && kept != "README.md new" || left != "" && strings.Contains(got, left) || strings.Contains(got, "gen-new") {
		t.Errorf("%s: after the abort\n%s", kept, got)
	}
	for _, want := range []string{"secret old", "swap old", "run old", "back/a old"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s: no %q after the abort\n%s", kept, want, got)
		}
	}
}

// A person's work after an update is not lost by an abort, not even by one that
// is forced.
func TestAbortAfterWork(t *testing.T) {
	dir := project(t)
	first := state(t, dir)
	if err := update(t, dir, options(), exampleUpdate(t)); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "0644 README.md work\n0755 made/deep/a work\n0644 gone/deep/a work\n0644 kept/a old")
	worked := state(t, dir)
	_, err := abortOn(t.Context(), &disk{root: open(t, dir)}, options(), false)
	var list diag.List
	if !errors.As(err, &list) || len(list) != 3 {
		t.Errorf("got %v", err)
	}
	if got := state(t, dir); got != worked {
		t.Errorf("something was written:\n%s", got)
	}
	if _, err := abortOn(t.Context(), &disk{root: open(t, dir)}, options(), true); err != nil {
		t.Fatal(err)
	}
	if got := strings.Replace(state(t, dir), "0755 gone/\n", "0700 gone/\n", 1); got != first {
		t.Errorf("got\n%s\nwant\n%s", got, first)
	}
	kept, _ := filepath.Glob(filepath.Join(dir, ".gen/undo/[0-9]*"))
	for _, f := range kept {
		if data, _ := os.ReadFile(f); string(data) != "work\n" {
			t.Errorf("%s holds %q", f, data)
		}
	}
	if len(kept) != 3 {
		t.Errorf("%d files kept", len(kept))
	}
}

// Whatever an editor saves while an update is written, at any call, in place or
// by a new file: its bytes are in the project afterwards, also if the update
// stops dead right then.
func TestEditorSavesAtAnyCall(t *testing.T) {
	trials := smallTrials(t)
	dir := trials[1].begin // as made
	leave := func(t testing.TB, d *disk) error {
		u := Update{Steps: stepsOf(t, asMade, asLeft), Memory: func() ([]byte, []byte, error) { return []byte("left\n"), []byte("base\n"), nil }}
		return updateOn(t.Context(), d, Options{Pending: options().Pending, NoSync: true}, u)
	}
	calls, _ := trial{begin: dir, run: leave}.count(t)
	step := int64(3)
	if *faults {
		step = 1
	}
	for n := int64(1); n <= calls; n += step {
		for _, name := range []string{"README.md", "run", "src/a.gen-new"} {
			for _, manner := range []string{"in place", "anew", "anew, dead"} {
				savesAt(t, copyOf(t, dir), leave, n, name, manner)
			}
		}
	}
	t.Logf("%d calls", calls)
}

func savesAt(t *testing.T, dir string, run func(testing.TB, *disk) error, n int64, name, manner string) {
	t.Helper()
	defer os.RemoveAll(dir)
	at, calls := filepath.Join(dir, name), int64(0)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	d := &disk{root: root, fault: func(string, string) error {
		switch calls++; {
		case calls == n && manner == "in place":
			os.WriteFile(at, []byte("an edit\n"), 0o666)
		case calls == n:
			os.WriteFile(at+"~", []byte("an edit\n"), 0o666)
			os.Rename(at+"~", at)
		case calls > n && strings.HasSuffix(manner, "dead"):
			runtime.Goexit()
		}
		return nil
	}}
	dead(func() { err = run(t, d) })
	if err := beginOn(t, &disk{root: root}); err != nil {
		t.Fatalf("%s, %s, call %d: %v", name, manner, n, err)
	}
	if got := state(t, dir); !strings.Contains(got, "an edit") || strings.Contains(got, ".gen/tx") {
		t.Fatalf("%s, %s, call %d: %v\n%s", name, manner, n, err, got)
	}
}
