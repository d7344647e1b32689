package project

import (
	"errors"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

// Ours reads those files of the project that an update from base to theirs
// looks at: at the paths of both, and where the owner moved files to. Nothing
// else is read. What cannot be read is Blocked if permission is missing, and
// otherwise an error: it must never be taken for an absent file.
func (p *Project) Ours(theirs tree.Tree) (tree.Tree, error) {
	wanted := map[string]tree.Path{}
	for _, t := range []tree.Tree{p.Base, theirs} {
		for f := range t.All() {
			wanted[f.Path.String()] = f.Path
		}
	}
	for _, moved := range p.Record.Moved {
		wanted[moved.String()] = moved
	}
	paths := slices.SortedFunc(maps.Values(wanted), func(a, b tree.Path) int { return strings.Compare(a.String(), b.String()) })
	files, err := p.readAll(paths)
	if err != nil {
		return tree.Tree{}, err
	}
	ours, _ := tree.New(files) // what a person has may be what a template may not
	return ours, nil
}

// readAll reads the paths on all cores and leaves out what is not there.
func (p *Project) readAll(paths []tree.Path) ([]tree.File, error) {
	found, errs := make([]tree.File, len(paths)), make([]error, len(paths))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < len(paths); i = int(next.Add(1) - 1) {
				found[i], errs[i] = p.file(paths[i].String())
				found[i].Path = paths[i]
			}
		})
	}
	wg.Wait()
	var files []tree.File
	for i, f := range found {
		switch {
		case errs[i] == nil:
			files = append(files, f)
		case !errors.Is(errs[i], fs.ErrNotExist):
			return nil, unreadable(paths[i], errs[i])
		}
	}
	return files, nil
}

func unreadable(path tree.Path, err error) error {
	return &diag.Error{
		Code: diag.Target, Pos: diag.Pos{File: path.String()}, Msg: "it cannot be read: " + diag.Reason(err),
		Hint: "nothing was changed; make it readable and try again",
	}
}

// Read returns what lies at path, nil if nothing does.
func (p *Project) Read(path tree.Path) (*tree.File, error) {
	f, err := p.file(path.String())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, unreadable(path, err)
	}
	f.Path = path
	return &f, nil
}
