//go:build unix

package source

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// must joins what has to succeed.
func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestReadOddFiles(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	must(t, os.Mkdir(outside, 0o777), os.WriteFile(filepath.Join(outside, "template.yaml"), []byte("m"), 0o666))
	for _, row := range []struct {
		name string
		make func(at string) error
		want string
	}{
		{"files/fifo", func(at string) error { return syscall.Mkfifo(at, 0o666) }, "files/fifo: it is a FIFO, not a file"},
		{"template.yaml", func(at string) error { return syscall.Mkfifo(at, 0o666) }, "template.yaml: it is a FIFO, not a file"},
		{"files/socket", listen, "files/socket: it is a socket, not a file"},
		{
			"files/hard",
			func(at string) error { return os.Link(filepath.Join(outside, "template.yaml"), at) },
			"files/hard: it is a hard link: another name shares its bytes",
		},
		{"files/passwd", link("/etc/passwd"), "files/passwd: the link leads out of the project, to /etc/passwd"},
		{"files/a/up", link("../../../secret"), "files/a/up: the link leads out of the project, to ../../../secret"},
		{"files/out", link(outside), "files/out: the link leads out of the project, to " + outside},
		{"files/git", link(".git"), "files/git: the link leads to .git: it is git's own directory"},
		{"files/dir", link("d"), "files/d/x=1 files/dir->d template.yaml=m"}, // x is not read through it
		{"files/d/loop", link(".."), "files/d/loop->.. files/d/x=1 template.yaml=m"},
		{"files/l", link("l"), "files/d/x=1 files/l->l template.yaml=m"},
		{"files/broken", link("none"), "files/broken->none files/d/x=1 template.yaml=m"},
		{"partials/p", link("../files/d/x"), "partials/p: it is a link, and links are not followed"},
		{"partials", link("files"), "partials: it is not a directory"},
		{"files", link(outside), "files: it is not a directory"},
		{"template.yaml", link(filepath.Join(outside, "template.yaml")), "template.yaml: it is a link, and links are not followed"},
		{"files/a\x1bb", link("d"), "files/a\x1bb: no file may be called that: it holds a control character"},
		{"files/a\nb/c", link("d"), "files/a\nb/c: no file may be called that: it holds a control character"},
		{"files/a ", touch, "files/a : no file may be called that: a dot or space ends an element: Windows drops it"},
		{"files/\xff", touch, "files/\xff: no file may be called that: it is not UTF-8"},
	} {
		dir := template(t, "files/d/x=1")
		at := filepath.Join(dir, row.name)
		if row.name == "files" {
			must(t, os.RemoveAll(at))
		}
		os.Remove(at)
		must(t, os.MkdirAll(filepath.Dir(at), 0o777))
		err := row.make(at)
		if errors.Is(err, syscall.EILSEQ) {
			continue // this file system refuses the name itself
		}
		must(t, err)
		if got := read(t, dir); got != row.want {
			t.Errorf("%q: got %s, want %s", row.name, got, row.want)
		}
	}
}

func TestReadNamesThatFoldAlike(t *testing.T) {
	for _, names := range [][2]string{{"files/d/x", "files/D/y"}, {"files/k", "files/K"}, {"files/s", "files/ſ"}, {"files/ß", "files/ẞ"}} {
		dir := template(t, names[0])
		at := filepath.Join(dir, names[1])
		if _, err := os.Lstat(filepath.Dir(at)); err == nil && names[1][6] == 'D' {
			continue // this file system folds them itself
		} else if _, err := os.Lstat(at); err == nil {
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(at), 0o777), touch(at))
		if got := read(t, dir); !strings.Contains(got, ": some systems take ") || strings.Contains(got, "\n") {
			t.Errorf("%s: got %s", names, got)
		}
	}
}

func link(to string) func(string) error {
	return func(at string) error { return os.Symlink(to, at) }
}

func touch(at string) error { return os.WriteFile(at, nil, 0o666) }

// listen leaves a socket at a path, which may be longer than a socket's can be.
func listen(at string) error {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	short, err := os.MkdirTemp("", "s")
	if err != nil {
		return err
	}
	defer os.RemoveAll(short)
	name := filepath.Join(short, "s")
	return errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: name}), os.Rename(name, at))
}

// TestReplacedMeanwhile changes a file after it was listed and before it is
// opened.
func TestReplacedMeanwhile(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(outside, []byte("secret"), 0o666))
	for name, row := range map[string]struct {
		make func(at string) error
		want string
	}{
		"fifo":      {func(at string) error { return syscall.Mkfifo(at, 0o666) }, "files/a: it changed while it was read"},
		"directory": {func(at string) error { return os.Mkdir(at, 0o777) }, "files/a: it changed while it was read"},
		"link out":  {link(outside), "files/a: it cannot be read: path escapes from parent"},
		"climbing":  {link("../template.yaml"), "files/a: it cannot be read: path escapes from parent"},
		"hard link": {func(at string) error { return os.Link(outside, at) }, "files/a: it is a hard link: another name shares its bytes"},
		"large":     {func(at string) error { return errors.Join(touch(at), os.Truncate(at, 17_000_000)) }, "files/a: it has 17000000 bytes, and a file to copy may have 16777216"},
		"gone":      {func(string) error { return nil }, "files/a: it cannot be read: no such file or directory"},
	} {
		dir := template(t, "files/a=1")
		root, err := os.OpenRoot(dir)
		must(t, err)
		r := &reader{ctx: t.Context(), root: root}
		r.find()
		at := filepath.Join(dir, "files", "a")
		must(t, os.Remove(at), row.make(at))
		r.read()
		root.Close()
		if got := r.list.Error(); got != row.want {
			t.Errorf("%s: got %s, want %s", name, got, row.want)
		}
	}
	dir := template(t, "files/a=1", "files/l/x=1")
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer root.Close()
	must(t, os.Symlink("x", filepath.Join(dir, "files", "l", "y")))
	r := &reader{ctx: t.Context(), root: root}
	r.find()
	must(t, os.Remove(filepath.Join(dir, "files", "l", "y")), os.Rename(filepath.Join(dir, "files", "l"), filepath.Join(dir, "was")))
	must(t, os.Symlink(filepath.Dir(outside), filepath.Join(dir, "files", "l")))
	r.read()
	if got := r.list.Error(); got != "files/l: it cannot be read: path escapes from parent" {
		t.Errorf("a directory that became a link: got %s", got)
	}
	must(t, os.Remove(filepath.Join(dir, "files", "l")), os.Rename(filepath.Join(dir, "was"), filepath.Join(dir, "files", "l")))
	r.list = nil
	r.read()
	if got := r.list.Error(); got != "files/l/y: it cannot be read: no such file or directory" {
		t.Errorf("a link that is gone: got %s", got)
	}
}

// TestUnreadable starts itself again without privileges if need be: root may
// read everything.
func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		unprivileged(t)
		return
	}
	for closed, want := range map[string]string{
		"files/a":       "files/a: it cannot be read: permission denied",
		"files/d":       "files/d: it cannot be read: permission denied",
		"files":         "files: it cannot be read: permission denied",
		"template.yaml": "template.yaml: it cannot be read: permission denied",
		".":             "DIR: it cannot be read: permission denied",
	} {
		dir := template(t, "files/a=1", "files/d/b=2", "files/c=3")
		must(t, os.Chmod(filepath.Join(dir, closed), 0))
		if got := read(t, dir); got != want {
			t.Errorf("%s: got %s, want %s", closed, got, want)
		}
		must(t, os.Chmod(filepath.Join(dir, closed), 0o700))
	}
	dir := template(t, "file")
	if _, err := Find(filepath.Join(dir, "file", "x"), builtin, Pin{}); err == nil || !strings.HasSuffix(err.Error(), "it cannot be read: not a directory") {
		t.Errorf("got %v", err)
	}
	must(t, os.Chmod(dir, 0o400)) // its names can be read, its files not
	if got := read(t, dir); got != "template.yaml: it cannot be read: permission denied" {
		t.Errorf("got %s", got)
	}
	if _, err := Find(filepath.Join(dir, "x"), builtin, Pin{}); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("got %v", err)
	}
	must(t, os.Chmod(dir, 0o700))
}

func unprivileged(t *testing.T) {
	dir, err := os.MkdirTemp("", "gen-test-")
	must(t, err)
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	must(t, err)
	data, err := os.ReadFile(self)
	must(t, err)
	binary := filepath.Join(dir, "test")
	must(t, os.Chmod(dir, 0o777), os.WriteFile(binary, data, 0o755), os.Chmod(binary, 0o755))
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^TestUnreadable$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "GOCOVERDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestUnreadable") {
		t.Errorf("%v\n%s", err, out)
	}
}
