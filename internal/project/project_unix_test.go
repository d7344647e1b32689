//go:build unix

package project

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/gen/internal/merge"
	"example.com/gen/internal/tree"
)

// What lies at a path is a file, a link, nothing, or blocks the path; no link
// is followed.
func TestFile(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	big := strings.Repeat("line\n", 50_000)
	for name, text := range map[string]string{"a": "one", "empty": "", "d/b": "two", "big": big} {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o777), os.WriteFile(at, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	secret := os.WriteFile(filepath.Join(outside, "b"), []byte("secret"), 0o666)
	links := errors.Join(os.Symlink("a", filepath.Join(dir, "link")), os.Symlink("d", filepath.Join(dir, "inner")),
		os.Symlink(outside, filepath.Join(dir, "outer")), os.Symlink("none", filepath.Join(dir, "dangling")))
	if err := errors.Join(secret, links); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	p := &Project{Root: root, Dir: dir}
	for name, want := range map[string]struct {
		mode tree.Mode
		data string
	}{
		"a": {tree.Regular, "one"}, "empty": {tree.Regular, ""}, "d/b": {tree.Regular, "two"}, "big": {tree.Regular, big},
		"link": {tree.Link, "a"}, "inner": {tree.Link, "d"}, "dangling": {tree.Link, "none"},
		"d": {tree.Blocked, merge.ADirectory}, "a/below": {tree.Blocked, merge.BelowFile}, "a/far/below": {tree.Blocked, merge.BelowFile},
		"inner/b": {tree.Blocked, "the link inner"}, "inner/none": {tree.Blocked, "the link inner"}, "outer/b": {tree.Blocked, "the link outer"},
		"dangling/b": {tree.Blocked, "the link dangling"},
	} {
		f, err := p.file(name)
		if err != nil || f.Mode != want.mode || string(f.Data) != want.data {
			t.Errorf("%s: got mode %o, %.20q, %v", name, f.Mode, f.Data, err)
		}
	}
	for _, name := range []string{"none", "d/none", "none/far/below"} {
		if _, err := p.file(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
