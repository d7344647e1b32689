//go:build unix

package cli_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// fifo makes a FIFO: fifo PATH.
func fifo(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(syscall.Mkfifo(ts.MkAbs(args[0]), 0o666))
}

// shell runs a script in dir and returns everything it printed and its exit
// code.
func shell(t *testing.T, dir, script string, env ...string) (string, int) {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append([]string{"GEN_FSYNC=off", "SOURCE_DATE_EPOCH=1767225600"}, env...)...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// files describes all that lies below dir: modes as git sees them, and bytes.
func files(t *testing.T, dir string) string {
	t.Helper()
	b := &strings.Builder{}
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Base(p) == "lock" {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(p)
		name, _ := filepath.Rel(dir, p)
		fmt.Fprintf(b, "%s %v %x\n", name, info.Mode()&0o100 != 0, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The same answers give the same bytes and modes, whoever runs gen, wherever
// and on however many cores; the record and the base too.
func TestDeterminism(t *testing.T) {
	dir := t.TempDir()
	template := filepath.Join(dir, "template")
	if err := os.CopyFS(template, os.DirFS("testdata/templates/small")); err != nil {
		t.Fatal(err)
	}
	reversed := copyReversed(t, template)
	var first string
	for i, run := range []struct{ env, before string }{
		{"GOMAXPROCS=1", "umask 022"},
		{"GOMAXPROCS=8", "umask 077"},
		{"TZ=Pacific/Kiritimati", "umask 0"},
		{"TZ=Pacific/Midway", "export HOME=/nonexistent LANG=tr_TR.UTF-8 LC_ALL=tr_TR.UTF-8"},
		{"GOGC=1", "rm -rf template && mv " + reversed + " template"}, // the directory lists its files the other way round
	} {
		at := filepath.Join(dir, fmt.Sprint(i), "svc")
		script := run.before + " && gen new " + at + " --no-input --no-git -t ./template --set database=postgres"
		if out, code := shell(t, dir, script, run.env); code != 0 {
			t.Fatal(out)
		}
		switch got := files(t, at); {
		case first == "":
			first = got
		case got != first:
			t.Errorf("%s, %s: got\n%s\nwant\n%s", run.env, run.before, got, first)
		}
	}
}

// copyReversed copies the template, its files made in the reversed order.
func copyReversed(t *testing.T, template string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(template, func(p string, e fs.DirEntry, err error) error {
		if !e.IsDir() {
			names = append(names, p)
		}
		return err
	})
	to := template + "-reversed"
	for i := len(names) - 1; i >= 0 && err == nil; i-- {
		var data []byte
		data, err = os.ReadFile(names[i])
		at := filepath.Join(to, strings.TrimPrefix(names[i], template))
		os.MkdirAll(filepath.Dir(at), 0o777)
		os.WriteFile(at, data, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// Where one may not write, gen says where, and nothing is there afterwards.
func TestReadOnlyDirectory(t *testing.T) {
	dir, err := os.MkdirTemp("", "gen-read-only-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	os.Chmod(dir, 0o555)
	gen := "gen"
	if os.Getuid() == 0 { // for whom modes do not count
		binary, err := exec.LookPath("gen")
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		open, err := os.MkdirTemp("", "gen-binary-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(open)
		os.Chmod(open, 0o755)
		os.WriteFile(filepath.Join(open, "gen"), bytes.Clone(data), 0o755)
		gen = "setpriv --reuid 65534 --clear-groups " + filepath.Join(open, "gen")
	}
	for at, want := range map[string]string{"svc": "/svc", "a/b/svc": "/a/b"} {
		out, code := shell(t, "/", gen+" new "+filepath.Join(dir, at)+" --no-input", "GOCOVERDIR="+os.TempDir())
		want := "gen: " + dir + want + " cannot be made: permission denied\nhint: choose a PATH in a directory that you may write to\n"
		if code != 1 || out != want {
			t.Errorf("exit %d, got %s, want %s", code, out, want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// foreground makes standard input the controlling terminal of the process, so
// that Ctrl-C reaches it.
func foreground() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true, Setctty: true} }
