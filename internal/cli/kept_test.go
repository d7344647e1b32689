package cli_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// keep remembers all that lies below a directory: keep NAME DIR [BUT...]. What
// git ignores in .gen, and what BUT names, is left out.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(everything(ts, args[1:])), 0o666))
}

// kept fails unless a directory holds what was remembered, to the byte, mode
// and name: kept NAME DIR [BUT...].
func kept(ts *testscript.TestScript, neg bool, args []string) {
	want, got := ts.ReadFile(args[0]), everything(ts, args[1:])
	if (got == want) == neg {
		ts.Fatalf("%s has changed: %v\nwas\n%s\nis\n%s", args[1], !neg, want, got)
	}
}

func everything(ts *testscript.TestScript, args []string) string {
	b := &strings.Builder{}
	dir := ts.MkAbs(args[0])
	but := map[string]bool{".gen/lock": true, ".gen/undo": true}
	for _, name := range args[1:] {
		but[name] = true
	}
	ts.Check(filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, p)
		name = filepath.ToSlash(name)
		info, err := e.Info()
		switch {
		case err != nil:
			return err
		case but[name] && e.IsDir():
			return fs.SkipDir
		case but[name]:
			return nil
		}
		text := ""
		switch info.Mode().Type() {
		case 0:
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			text = fmt.Sprintf("%.300q %d", data, len(data))
		case fs.ModeSymlink:
			text, err = os.Readlink(p)
		}
		fmt.Fprintf(b, "%v %s %s\n", info.Mode(), name, text)
		return err
	}))
	return b.String()
}
