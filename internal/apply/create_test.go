package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/record"
	"example.com/gen/internal/tree"
)

// example is a job of every mode, with directories in directories.
func example(t testing.TB) Job {
	t.Helper()
	var files []tree.File
	for _, f := range []struct {
		path, data string
		mode       tree.Mode
	}{
		{"README.md", "read\n", tree.Regular},
		{"a/b/c.txt", "c\n", tree.Regular},
		{"a/empty", "", tree.Regular},
		{"bin/run", "#!/bin/sh\n", tree.Executable},
		{"link", "a/b/c.txt", tree.Link},
	} {
		p, err := tree.ParsePath(f.path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, tree.File{Path: p, Mode: f.mode, Data: []byte(f.data), From: f.path})
	}
	theirs, list := tree.New(files)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return Job{
		Plan:   merge.Trees(merge.Input{Theirs: theirs}),
		Memory: func() ([]byte, []byte, error) { return []byte("format: 1\n"), []byte("base"), nil },
	}
}

// snapshot lists what lies below dir: mode, path, contents.
func snapshot(t testing.TB, dir string) string {
	t.Helper()
	b := &strings.Builder{}
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, p)
		switch info, _ := e.Info(); {
		case e.Type() == fs.ModeSymlink:
			to, _ := os.Readlink(p)
			fmt.Fprintf(b, "link %s -> %s\n", filepath.ToSlash(name), to)
		case e.IsDir():
			fmt.Fprintf(b, "dir %s\n", filepath.ToSlash(name))
		default:
			data, _ := os.ReadFile(p)
			if name == filepath.FromSlash("svc/"+record.Lock) {
				data = nil // it holds the stage's random name
			}
			fmt.Fprintf(b, "file %v %s %q\n", info.Mode().Perm()&0o100 != 0, filepath.ToSlash(name), data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const before = "dir .\n"

const after = `dir .
dir svc
dir svc/.gen
file false svc/.gen/.gitattributes "base.tar.gz binary linguist-generated\n"
file false svc/.gen/.gitignore "lock\ntx/\nundo/\n"
file false svc/.gen/base.tar.gz "base"
file false svc/.gen/lock ""
file false svc/.gen/project.yaml "format: 1\n"
file false svc/README.md "read\n"
dir svc/a
dir svc/a/b
file false svc/a/b/c.txt "c\n"
file false svc/a/empty ""
dir svc/bin
file true svc/bin/run "#!/bin/sh\n"
link svc/link -> a/b/c.txt
`

func open(t testing.TB, dir string) *os.Root {
	t.Helper()
	r, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	if err := Create(t.Context(), open(t, dir), "svc", example(t)); err != nil {
		t.Fatal(err)
	}
	if got := snapshot(t, dir); got != after {
		t.Errorf("got %s", got)
	}
}

// TestFaults makes every call fail, once and from then on, and stops dead
// before every call: the project is absent or complete, and after the next run
// nothing else is left.
func TestFaults(t *testing.T) {
	calls := int64(0)
	count := &disk{root: open(t, t.TempDir()), fault: func(string, string) error { atomic.AddInt64(&calls, 1); return nil }}
	if err := create(t.Context(), count, "svc", example(t)); err != nil {
		t.Fatal(err)
	}
	if calls < 30 {
		t.Fatalf("only %d calls pass the seam", calls)
	}
	for _, kind := range []string{"once", "sticky", "dead"} {
		for n := int64(1); n <= calls; n++ {
			fault(t, kind, n)
		}
	}
	t.Logf("%d calls, each made to fail once, from then on, and to stop dead", calls)
}

func fault(t *testing.T, kind string, n int64) {
	t.Helper()
	dir := quick(t)
	defer os.RemoveAll(dir)
	var calls atomic.Int64
	var dead atomic.Bool
	d := &disk{root: open(t, dir), fault: func(op, name string) error {
		at := calls.Add(1)
		switch {
		case kind == "dead" && (at >= n || dead.Load()):
			dead.Store(true)
			runtime.Goexit() // nothing of this run happens any more
		case kind == "sticky" && at >= n, at == n:
			return &fs.PathError{Op: op, Path: name, Err: syscall.EIO}
		}
		return nil
	}}
	err := errors.New("stopped dead")
	run := make(chan struct{})
	go func() {
		defer close(run)
		err = create(t.Context(), d, "svc", example(t))
	}()
	<-run
	got := snapshot(t, dir)
	whole := strings.HasSuffix(got, strings.TrimPrefix(after, before))
	if absent := !strings.Contains(got, " svc"); whole == absent {
		t.Fatalf("%s at call %d: a mixed tree\n%s", kind, n, got)
	}
	if err == nil && !whole {
		t.Fatalf("%s at call %d: no error, but no project", kind, n)
	}
	if kind == "once" && err != nil && !whole && got != before {
		t.Fatalf("%s at call %d: left over\n%s", kind, n, got)
	}
	if !whole {
		if err := Create(t.Context(), open(t, dir), "svc", example(t)); err != nil {
			t.Fatalf("%s at call %d: the next run: %v", kind, n, err)
		}
	} else {
		clean(&disk{root: open(t, dir)}, "svc")
	}
	if got := snapshot(t, dir); got != after {
		t.Fatalf("%s at call %d: after the next run\n%s", kind, n, got)
	}
}

func TestExistingTarget(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"d/z", "d/y", "d/x", "d/w", "d/v", "e/only"} {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777)
		os.WriteFile(filepath.Join(dir, name), nil, 0o666)
	}
	os.Mkdir(filepath.Join(dir, "empty"), 0o777)
	os.Symlink("nowhere", filepath.Join(dir, "dangling"))
	os.MkdirAll(filepath.Join(dir, "project", ".gen"), 0o777)
	os.WriteFile(filepath.Join(dir, "project", record.File), nil, 0o666)
	os.MkdirAll(filepath.Join(dir, "half", ".gen", "tx"), 0o777)
	os.WriteFile(filepath.Join(dir, "half", record.Commit), nil, 0o666)
	os.Symlink("e", filepath.Join(dir, "link"))
	was := snapshot(t, dir)
	for name, want := range map[string]string{
		"d": "", "e": "", "empty": "", "link": "",
		"e/only":      "is not a directory",
		"dangling":    "is not a directory",
		"project":     "is a project that gen made already",
		"half":        "was interrupted",
		"e/only/none": "not a directory",
	} {
		at := filepath.Join(dir, name)
		if parent, err := os.OpenRoot(filepath.Dir(at)); err == nil {
			err = Create(t.Context(), parent, filepath.Base(name), example(t))
			if err == nil || !strings.Contains(err.Error(), "already exists") {
				t.Errorf("%s: got %v", name, err)
			}
			parent.Close()
		}
		place, root, err := Place(at)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: Place: got %v, want %s", name, err, want)
		}
		if root == nil != (want != "") {
			t.Errorf("%s: Place: got %v", name, root)
		} else if root != nil {
			root.Close()
		}
		if name == "link" && filepath.Base(place) != "e" {
			t.Errorf("a link is at %s", place)
		}
	}
	if got := snapshot(t, dir); got != was {
		t.Errorf("something was written:\n%s", got)
	}
}

// Two runs side by side: one makes the project, the others say so, and none
// takes another's unfinished work for something that was left.
func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	var made, refused atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := Create(context.Background(), open(t, dir), "svc", example(t))
			var e *diag.Error
			switch {
			case err == nil:
				made.Add(1)
			case errors.As(err, &e) && strings.Contains(e.Msg, "already exists"):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 || refused.Load() != 19 {
		t.Errorf("%d made it, %d were refused", made.Load(), refused.Load())
	}
	if got := snapshot(t, dir); got != after {
		t.Errorf("got %s", got)
	}
}

// What only looks like something that was left stays.
func TestCleanKeepsWhatIsNotOurs(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		".svc.gen-0123456/f", ".svc.gen-0123456g/f", ".svc.gen-01234567/f", "svc.gen-01234567/f",
		".svc.gen-aaaaaaaa/.gen/lock", ".svc.gen-aaaaaaaa/f", ".svc.gen-bbbbbbbb", ".other.gen-01234567/.gen/lock",
	} {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777)
		os.WriteFile(filepath.Join(dir, name), nil, 0o666)
	}
	was := snapshot(t, dir)
	clean(&disk{root: open(t, dir)}, "svc")
	if got := snapshot(t, dir); got != was {
		t.Errorf("got %s\nwant %s", got, was)
	}
}

func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	j := example(t)
	j.Init = func(context.Context, string) { cancel() }
	err := Create(ctx, open(t, dir), "svc", j)
	var e *diag.Error
	if !errors.As(err, &e) || e.Code != diag.Interrupted {
		t.Errorf("got %v", err)
	}
	if got := snapshot(t, dir); got != before {
		t.Errorf("left over: %s", got)
	}
}

func TestParentIsMadeAndTakenBack(t *testing.T) {
	dir := t.TempDir()
	root, undo, err := Parent(filepath.Join(dir, "a", "b", "svc"))
	if err != nil {
		t.Fatal(err)
	}
	root.Close()
	if got := snapshot(t, dir); got != "dir .\ndir a\ndir a/b\n" {
		t.Errorf("got %s", got)
	}
	undo()
	if got := snapshot(t, dir); got != before {
		t.Errorf("got %s", got)
	}
	os.WriteFile(filepath.Join(dir, "file"), nil, 0o666)
	if _, _, err := Parent(filepath.Join(dir, "file", "svc")); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("got %v", err)
	}
}

func TestBaseFails(t *testing.T) {
	dir := t.TempDir()
	j := example(t)
	j.Memory = func() ([]byte, []byte, error) { return nil, nil, errors.New("no base") }
	if err := Create(t.Context(), open(t, dir), "svc", j); err == nil || !strings.Contains(err.Error(), "no base") {
		t.Errorf("got %v", err)
	}
	if got := snapshot(t, dir); got != before {
		t.Errorf("left over: %s", got)
	}
}

func TestHints(t *testing.T) {
	hints := []string{}
	for _, err := range []error{syscall.EACCES, syscall.EROFS, syscall.ENOSPC, syscall.EIO} {
		hints = append(hints, strings.Fields(hint(err) + " -")[0])
	}
	if !slices.Equal(hints, []string{"choose", "choose", "free", "-"}) {
		t.Errorf("got %v", hints)
	}
}
