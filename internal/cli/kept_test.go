package cli_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/gen/internal/record"
)

// keep remembers all that lies below a directory, but what git ignores in .gen:
// keep FILE DIR.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	text, err := everything(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// kept fails unless a directory holds what was remembered, to the byte, mode
// and name, but for the paths BUT: kept FILE DIR [BUT...].
func kept(ts *testscript.TestScript, neg bool, args []string) {
	text, err := everything(ts.MkAbs(args[1]))
	ts.Check(err)
	want, got := lines(ts.ReadFile(args[0]), args[2:]), lines(text, args[2:])
	diff := ""
	for l := range want {
		if !got[l] {
			diff += "- " + l
		}
	}
	for l := range got {
		if !want[l] {
			diff += "+ " + l
		}
	}
	if (diff == "") == neg {
		ts.Fatalf("%s has changed: %v\n%s", args[1], !neg, diff)
	}
}

// lines are the lines of text that are not about the paths but.
func lines(text string, but []string) map[string]bool {
	all := map[string]bool{}
	for l := range strings.Lines(text) {
		if name := strings.Fields(l)[1]; !slices.Contains(but, name) {
			all[l] = true
		}
	}
	return all
}

// everything lists what lies below a directory: a line for each mode, name and
// contents.
func everything(dir string) (string, error) {
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
		case strings.HasSuffix(name, ".gen/undo"):
			return fs.SkipDir
		case strings.HasSuffix(name, record.Lock):
			return nil
		}
		text := ""
		switch info.Mode().Type() {
		case 0:
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			text = fmt.Sprintf("%.200q %x", data, sha256.Sum256(data))
		case fs.ModeSymlink:
			text, err = os.Readlink(p)
		}
		fmt.Fprintf(b, "%v %s %s\n", info.Mode(), name, text)
		return err
	})
	return b.String(), err
}
