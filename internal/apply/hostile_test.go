package apply

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/gen/internal/diag"
)

// Two runs at once: the second waits, and says so in the end.
func TestLocked(t *testing.T) {
	dir := project(t)
	first, err := Begin(t.Context(), open(t, dir), options())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err = Begin(t.Context(), open(t, dir), options())
	var e *diag.Error
	if !errors.As(err, &e) || !strings.Contains(e.Msg, "another gen is at work") || time.Since(began) < wait {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		second, err := Begin(t.Context(), open(t, dir), options())
		if err != nil {
			t.Error(err)
			return
		}
		second.Close()
	})
	time.Sleep(wait / 20)
	first.Close()
	wg.Wait()
}

// Of twenty updates at once exactly one applies; the others find that what they
// planned with has changed, or that the lock is taken.
func TestManyUpdates(t *testing.T) {
	dir := project(t)
	var mu sync.Mutex
	applied := 0
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := update(t, dir, options(), exampleUpdate(t))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				applied++
			case !strings.Contains(err.Error(), "changed meanwhile") && !strings.Contains(err.Error(), "another gen"):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := state(t, dir); applied != 1 || got != became {
		t.Errorf("%d applied\n%s", applied, got)
	}
}

// Links in place of directories and files, there from the beginning or planted
// at any call: nothing outside the project, or behind a link in it, changes.
func TestPlantedLinks(t *testing.T) {
	calls := 0
	count := &disk{root: open(t, project(t)), fault: func(string, string) error { calls++; return nil }}
	if err := updateOn(t.Context(), count, Options{Pending: options().Pending, NoSync: true}, exampleUpdate(t)); err != nil {
		t.Fatal(err)
	}
	step := 29
	if *faults {
		step = 1
	}
	for _, name := range []string{"README.md", "gone", "gone/deep", "made", "back", "empty", ".gen", ".gen/tx", ".gen/tx/new", ".gen/undo", ".gen/project.yaml"} {
		for n := 0; n < calls; n += step {
			plant(t, name, n)
		}
	}
}

// plant puts a link to a directory outside in the place of name at call n.
func plant(t *testing.T, name string, n int) {
	t.Helper()
	outside, dir := copyOf(t, project0(t)), copyOf(t, project0(t))
	victim := state(t, outside)
	at := 0
	d := &disk{root: open(t, dir), fault: func(string, string) error {
		if at++; at == n+1 {
			if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, "aside")); err != nil {
				os.RemoveAll(filepath.Join(dir, name))
			}
			os.Symlink(filepath.Join(outside, strings.TrimPrefix(name, ".gen/tx")), filepath.Join(dir, name))
		}
		return nil
	}}
	_ = updateOn(t.Context(), d, Options{Pending: options().Pending, NoSync: true}, exampleUpdate(t))
	_ = beginOn(t, &disk{root: open(t, dir)})
	if got := state(t, outside); got != victim {
		t.Fatalf("a link at %s, call %d: outside is\n%s", name, n, got)
	}
	os.RemoveAll(outside)
	os.RemoveAll(dir)
}

var (
	projectOnce sync.Once
	projectDir  string
)

// project0 is one project for all tests that only copy it.
func project0(t testing.TB) string {
	t.Helper()
	projectOnce.Do(func() {
		projectDir = copyOf(t, project(t))
	})
	return projectDir
}

// What is in the place of gen's own files is refused, and stays.
func TestOwnPlaceIsTaken(t *testing.T) {
	for in, want := range map[string]string{
		"link .gen /etc":                 "something is there that is not a file",
		"0644 .gen file":                 "not a directory",
		"link .gen/lock ../README.md":    "something is there that is not a file",
		"0755 .gen/lock/":                "something is there that is not a file",
		"0755 .gen/tx/COMMIT/":           "damaged",
		"0644 .gen/tx/COMMIT {}":         "does not match its checksum",
		"link .gen/tx/COMMIT /etc/hosts": "damaged",
	} {
		dir := t.TempDir()
		put(t, dir, in)
		had := state(t, dir)
		began := time.Now()
		err := beginOn(t, &disk{root: open(t, dir)})
		if err == nil || !strings.Contains(err.Error(), want) || time.Since(began) > wait {
			t.Errorf("%s: %v", in, err)
		}
		if got := state(t, dir); got != had {
			t.Errorf("%s: now\n%s", in, got)
		}
	}
}

// A journal that came with a clone: whatever it says, no path is touched that
// gen does not write, and what it can do it does within the project.
func TestForeignJournal(t *testing.T) {
	sum := func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
	after := `{"mode":33188,"size":4,"sum":"` + sum("bad\n") + `"}`
	for _, c := range [][2]string{
		{`{"path":"../out","new":1,"after":` + after + `}`, "leads elsewhere"},
		{`{"path":"/etc/x","new":1,"after":` + after + `}`, "absolute"},
		{`{"path":".git/hooks/pre-commit","new":1,"after":` + after + `}`, "git's own directory"},
		{`{"path":".gen/lock","new":1,"after":` + after + `}`, "gen's own directory"},
		{`{"path":"a","new":-1,"after":` + after + `}`, "not a row"},
		{`{"path":"a","new":"../../x","after":` + after + `}`, "cannot be read"},
		{`{"path":"a","new":1}`, "not a row"},
		{`{"path":"a","new":1,"after":{"mode":2541,"size":4,"sum":"` + sum("") + `"}}`, "not a row"},
		{`{"path":"a","new":1,"after":{"mode":33188,"size":4,"sum":"zz"}}`, "not a row"},
		{`{"path":"a","new":1,"after":{"mode":33188,"perm":2541,"size":4,"sum":"` + sum("") + `"}}`, "not a row"},
		{`{"path":"a","new":1,"after":` + after + "}\n" + `{"path":"a","new":2,"after":` + after + `}`, "there twice"},
		{`{"path":"a","new":1,"after":` + after + `,"more":1}`, "cannot be read"},
		{`{"path":"a","new":1,"after":` + strings.Replace(after, sum("bad\n"), sum("other"), 1) + `}`, "not what the journal says"},
	} {
		rows := strings.Count(c[0], "\n") + 1
		text := fmt.Sprintf("{\"format\":1,\"rows\":%d}\n%s\n", rows, c[0])
		refuses(t, text, c[1])
	}
	refuses(t, `{"format":1,"make":[{"path":"../out"}],"rows":0}`+"\n", "leads elsewhere")
	refuses(t, `{"format":1,"prune":[{"path":".git"}],"rows":0}`+"\n", "git's own directory")
	refuses(t, `{"format":2,"rows":0}`+"\n", "another gen")
	refuses(t, `{"format":1,"rows":3}`+"\n", "line is missing")
	refuses(t, `{"format":1,"rows":0}`+"\n{}\n", "too many lines")
}

func refuses(t *testing.T, text, want string) {
	t.Helper()
	for _, at := range []string{"tx/COMMIT", "undo/plan"} {
		dir := t.TempDir()
		put(t, dir, "0644 .gen/tx/new/1 bad\n0644 .gen/undo/1 bad\n0644 gone/a mine")
		data := fmt.Appendf([]byte(text), "%x\n", sha256.Sum256([]byte(text)))
		os.WriteFile(filepath.Join(dir, ".gen", at), data, 0o600)
		had := state(t, dir)
		_, err := abortOn(t.Context(), &disk{root: open(t, dir)}, options(), false)
		if at == "tx/COMMIT" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %s: %v", at, text, err)
		}
		if got := state(t, dir); got != had && at == "tx/COMMIT" || !strings.Contains(got, "gone/a mine") {
			t.Errorf("%s: now\n%s", text, got)
		}
	}
}
