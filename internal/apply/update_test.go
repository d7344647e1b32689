package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/record"
	"example.com/gen/internal/tree"
)

// was is a project before its update: path, mode, contents; a link's contents
// are its target, a directory is empty.
const was = `
0644 .gen/.gitattributes base.tar.gz binary linguist-generated
0644 .gen/.gitignore old
0644 .gen/base.tar.gz old base
0600 .gen/project.yaml old record
0644 README.md old
0600 secret old
0644 run old
0755 stop old
0644 mine mine
0644 gone/deep/a old
0640 gone/deep/b old
0644 kept/a old
0644 kept/mine mine
0644 swap old
0644 back/a old
0644 back/b/c old
link point README.md
link flip README.md
0644 flop old
link gone/link deep/a
0755 empty/
0644 Case old
`

// becomes is what the update does to it: a path without contents is deleted.
const becomes = `
0644 README.md new
0644 secret new
0755 run old
0644 stop new
- gone/deep/a
- gone/deep/b
- gone/link
- kept/a
- swap
0644 swap/a new
0644 swap/b/c new
- back/a
- back/b/c
0644 back new
link point mine
0644 flip new
link flop mine
0644 made/deep/a new
0755 made/run new
link made/link deep/a
0644 empty/a new
- Case
0644 case new
`

func lines(s string) (rows [][3]string) {
	for line := range strings.Lines(strings.TrimSpace(s)) {
		f := append(strings.SplitN(strings.TrimSpace(line), " ", 3), "")
		rows = append(rows, [3]string{f[0], f[1], f[2]})
	}
	return rows
}

// project makes the project was in a new directory.
func project(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, was)
	return dir
}

func put(t testing.TB, dir, files string) {
	t.Helper()
	for _, f := range lines(files) {
		at := filepath.Join(dir, filepath.FromSlash(f[1]))
		err := os.MkdirAll(filepath.Dir(at), 0o755)
		switch {
		case strings.HasSuffix(f[1], "/"):
			err = errors.Join(err, os.MkdirAll(at, 0o755))
		case f[0] == "link":
			err = errors.Join(err, os.Symlink(f[2], at))
		default:
			var perm fs.FileMode
			fmt.Sscanf(f[0], "%o", &perm)
			err = errors.Join(err, os.WriteFile(at, []byte(f[2]+"\n"), 0o600), os.Chmod(at, perm))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if files == was {
		os.Chmod(filepath.Join(dir, "gone"), 0o700)
		os.Chmod(filepath.Join(dir, "back"), 0o750)
	}
}

func modeOf(word string) tree.Mode {
	switch word {
	case "link":
		return tree.Link
	case "0755":
		return tree.Executable
	}
	return tree.Regular
}

// fileOf is the file that a line of was or becomes stands for.
func fileOf(t testing.TB, f [3]string) tree.File {
	t.Helper()
	p, err := tree.ParsePath(f[1])
	if err != nil {
		t.Fatal(err)
	}
	file := tree.File{Path: p, Mode: modeOf(f[0]), Data: []byte(f[2] + "\n")}
	if file.Mode == tree.Link {
		file.Data = []byte(f[2])
	}
	return file
}

// stepsOf are the steps that lead from the lines before to the lines after.
func stepsOf(t testing.TB, before, after string) (steps []merge.Step) {
	t.Helper()
	prints := map[string]*merge.Print{}
	for _, f := range lines(before) {
		if !strings.HasPrefix(f[1], ".gen/") && !strings.HasSuffix(f[1], "/") {
			p := merge.PrintOf(fileOf(t, f))
			prints[f[1]] = &p
		}
	}
	for _, f := range lines(after) {
		file := fileOf(t, f)
		s := merge.Step{Path: file.Path, Before: prints[f[1]]}
		if f[0] != "-" {
			s.After = &file
		}
		steps = append(steps, s)
	}
	return steps
}

func exampleUpdate(t testing.TB) Update {
	t.Helper()
	return Update{
		Steps:  stepsOf(t, was, becomes),
		Memory: func() ([]byte, []byte, error) { return []byte("new record\n"), []byte("new base\n"), nil },
	}
}

// options add a late row to the record as text.
func options() Options {
	return Options{Pending: func(rec []byte, late record.Pending) ([]byte, error) {
		return fmt.Appendf(rec, "late %s %s %s\n", late.Path, late.Kind, late.Left), nil
	}}
}

// state lists what lies below dir: mode, path, contents; of .gen only what
// belongs to a finished update, and nothing of undo.
func state(t testing.TB, dir string) string {
	t.Helper()
	b := &strings.Builder{}
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, p)
		name = filepath.ToSlash(name)
		info, err := e.Info()
		switch {
		case err != nil:
			return err
		case name == ".gen/undo":
			return fs.SkipDir
		case name == "." || name == record.Lock:
		case e.Type() == fs.ModeSymlink:
			to, _ := os.Readlink(p)
			fmt.Fprintf(b, "link %s %s\n", name, to)
		case e.IsDir():
			fmt.Fprintf(b, "%04o %s/\n", info.Mode().Perm(), name)
		default:
			data, _ := os.ReadFile(p)
			fmt.Fprintf(b, "%04o %s %s", info.Mode().Perm(), name, data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// update runs the example update in dir.
func update(t testing.TB, dir string, o Options, u Update) error {
	t.Helper()
	return updateOn(t.Context(), &disk{root: open(t, dir)}, o, u)
}

// updateOn is what a command does: begin, apply, close.
func updateOn(ctx context.Context, d *disk, o Options, u Update) error {
	d.top, d.noExec = d.root, !keepsExec
	tx, err := begin(ctx, d, o)
	if err != nil {
		return err
	}
	defer tx.Close()
	return tx.Apply(ctx, u)
}

// abortOn is what gen update --abort does.
func abortOn(ctx context.Context, d *disk, o Options, force bool) ([]tree.Path, error) {
	d.top, d.noExec = d.root, !keepsExec
	tx, err := begin(ctx, d, o)
	if err != nil {
		return nil, err
	}
	defer tx.Close()
	return tx.Abort(ctx, force)
}

const became = `0755 .gen/
0644 .gen/.gitattributes base.tar.gz binary linguist-generated
0644 .gen/.gitignore old
0644 .gen/base.tar.gz new base
0600 .gen/project.yaml new record
0644 README.md new
0644 back new
0644 case new
0755 empty/
0644 empty/a new
0644 flip new
link flop mine
0755 kept/
0644 kept/mine mine
0755 made/
0755 made/deep/
0644 made/deep/a new
link made/link deep/a
0755 made/run new
0644 mine mine
link point mine
0755 run old
0600 secret new
0644 stop new
0755 swap/
0644 swap/a new
0755 swap/b/
0644 swap/b/c new
`

func TestUpdateAndAbort(t *testing.T) {
	dir := project(t)
	first := state(t, dir)
	if err := update(t, dir, options(), exampleUpdate(t)); err != nil {
		t.Fatal(err)
	}
	if got := state(t, dir); got != became {
		t.Errorf("got\n%s", got)
	}
	restored, err := abortOn(t.Context(), &disk{root: open(t, dir)}, options(), false)
	if err != nil {
		t.Fatal(err)
	}
	if got := state(t, dir); got != first {
		t.Errorf("after the abort:\n%s\nwant\n%s", got, first)
	}
	if want := len(lines(becomes)); len(restored) != want {
		t.Errorf("%d paths restored, want %d", len(restored), want)
	}
	_, err = abortOn(t.Context(), &disk{root: open(t, dir)}, options(), false)
	var e *diag.Error
	if !errors.As(err, &e) || !strings.Contains(e.Msg, "no update to undo") {
		t.Errorf("a second abort: %v", err)
	}
}

// A link in the place of a file of gen's own is replaced, and comes back.
func TestOwnFileIsALink(t *testing.T) {
	dir := project(t)
	os.Remove(filepath.Join(dir, record.Base))
	put(t, dir, "link .gen/base.tar.gz ../README.md")
	first := state(t, dir)
	if err := update(t, dir, options(), exampleUpdate(t)); err != nil {
		t.Fatal(err)
	}
	if got := state(t, dir); got != became {
		t.Errorf("got\n%s", got)
	}
	if _, err := abortOn(t.Context(), &disk{root: open(t, dir)}, options(), false); err != nil {
		t.Fatal(err)
	}
	if got := state(t, dir); got != first {
		t.Errorf("after the abort:\n%s", got)
	}
}
