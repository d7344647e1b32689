package project

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

// What is read to find out where the owner moved a file.
const (
	maxEntries        = 50_000 // of directories, whatever they are
	maxCandidates     = 5_000
	maxCandidateBytes = 64 << 20
)

// maxKept is the size in bytes of the largest file that is kept in memory. No
// file of a template is larger.
const maxKept = 16 << 20

// Ours reads those files of the project that an update from base to theirs
// looks at: at the paths of both, or under another spelling of a new one, where
// the owner moved files to, and, if a file is not where it was and the template
// has changed it, those that it may be now. Nothing else is read. What cannot be
// read is Blocked if permission is missing, and otherwise an error: it must never
// be taken for an absent file.
//
// The second result says by directory of base's that theirs has no file in what
// else lies there.
func (p *Project) Ours(theirs tree.Tree) (ours tree.Tree, others map[string]string, err error) {
	wanted := map[string]tree.Path{}
	for _, t := range []tree.Tree{p.Base, theirs} {
		for f := range t.All() {
			wanted[f.Path.String()] = f.Path
		}
	}
	for _, moved := range p.Record.Moved {
		wanted[moved.String()] = moved
	}
	others = p.others(theirs, wanted) // of which a twin may be one
	for _, twin := range p.twins(theirs) {
		wanted[twin.String()] = twin
	}
	files, err := p.readAll(slices.SortedFunc(maps.Values(wanted), byPath))
	if err != nil {
		return tree.Tree{}, nil, err
	}
	if lost := p.lost(theirs, files); len(lost) > 0 {
		more, err := p.readAll(p.candidates(lost, wanted))
		if err != nil {
			return tree.Tree{}, nil, err
		}
		files = append(files, more...)
	}
	ours, _ = tree.New(files) // what a person has may be what a template may not
	return ours, others, nil
}

// twins returns what lies in the project under another spelling of a path that
// is new in theirs, which only some file systems tell apart from it.
func (p *Project) twins(theirs tree.Tree) (found []tree.Path) {
	news, dirs := map[string]bool{}, map[string]bool{} // folded
	for t := range theirs.All() {
		if _, old := p.Base.Get(t.Path); !old {
			news[t.Path.Fold()] = true
			for dir := path.Dir(t.Path.Fold()); !dirs[dir]; dir = path.Dir(dir) {
				dirs[dir] = true
			}
		}
	}
	_ = fs.WalkDir(p.Root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if at, bad := tree.ParsePath(name); bad == nil {
			if name = at.Fold(); news[name] {
				found = append(found, at)
			}
		}
		if err == nil && d.IsDir() && !dirs[name] {
			return fs.SkipDir
		}
		return nil
	})
	return found
}

func byPath(a, b tree.Path) int { return strings.Compare(a.String(), b.String()) }

// lost returns the files of base that are not where they should be, and that
// theirs has otherwise.
func (p *Project) lost(theirs tree.Tree, files []tree.File) (lost []tree.File) {
	there := make(map[tree.Path]bool, len(files))
	for _, f := range files {
		there[f.Path] = true
	}
	for b := range p.Base.All() {
		now, found := theirs.Get(b.Path)
		moved := p.Record.Moved[b.From]
		if !there[b.Path] && !there[moved] && !(found && now.Mode == b.Mode && bytes.Equal(now.Data, b.Data)) {
			lost = append(lost, b)
		}
	}
	return lost
}

// candidates returns the files that one of lost may be now: those that nobody
// knows, with the same ending and a size within a factor of two. It looks
// neither into directories that begin with a dot nor into those of other
// people's code; if there are too many, into none.
func (p *Project) candidates(lost []tree.File, known map[string]tree.Path) []tree.Path {
	sizes := map[string][]int64{}
	for _, f := range lost {
		sizes[path.Ext(f.Path.String())] = append(sizes[path.Ext(f.Path.String())], int64(len(f.Data)))
	}
	var found []tree.Path
	entries, total := 0, int64(0)
	err := fs.WalkDir(p.Root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		entries++
		switch {
		case entries > maxEntries, len(found) > maxCandidates:
			return errTooMany
		case err != nil: // what cannot be read is no candidate
			return nil
		case d.IsDir() && name != "." && p.foreign(name):
			return fs.SkipDir
		case !d.Type().IsRegular() || known[name] != (tree.Path{}) || len(sizes[path.Ext(name)]) == 0:
			return nil
		}
		info, err := d.Info()
		at, bad := tree.ParsePath(name)
		if err != nil || bad != nil || !slices.ContainsFunc(sizes[path.Ext(name)], func(n int64) bool { return info.Size() <= 2*n && n <= 2*info.Size() }) {
			return nil
		}
		if total += info.Size(); total > maxCandidateBytes {
			return errTooMany
		}
		found = append(found, at)
		return nil
	})
	if err != nil {
		return nil
	}
	return found
}

var errTooMany = errors.New("too many")

// foreign reports whether the directory holds what nobody wrote here: code of
// others, what was built, caches, a virtual environment, another project.
func (p *Project) foreign(dir string) bool {
	base := path.Base(dir)
	if base[0] == '.' || slices.Contains([]string{"node_modules", "vendor", "build", "dist", "target", "__pycache__"}, base) {
		return true
	}
	for _, mark := range []string{"pyvenv.cfg", ".gen/project.yaml"} {
		if _, err := p.Root.Lstat(filepath.FromSlash(dir + "/" + mark)); err == nil {
			return true
		}
	}
	return false
}

// others returns, by directory of base's that theirs has no file in, the first
// thing there that neither of them knows.
func (p *Project) others(theirs tree.Tree, known map[string]tree.Path) map[string]string {
	kept := map[string]bool{".": true}
	for f := range theirs.All() {
		for dir := path.Dir(f.Path.String()); !kept[dir]; dir = path.Dir(dir) {
			kept[dir] = true
		}
	}
	found, dirs := map[string]string{}, map[string]bool{}
	for b := range p.Base.All() {
		for dir := path.Dir(b.Path.String()); !kept[dir] && !dirs[dir]; dir = path.Dir(dir) {
			dirs[dir] = true
		}
	}
	for dir := range dirs {
		if p.blocks(dir+"/x") != "" {
			continue
		}
		entries, err := fs.ReadDir(p.Root.FS(), dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			at := path.Join(dir, e.Name())
			if _, named := known[at]; !named && !dirs[at] {
				found[dir] = e.Name()
				break
			}
		}
	}
	for dir, name := range maps.Clone(found) { // a directory is not empty if one below it is not
		for up := path.Dir(dir); up != "."; up = path.Dir(up) {
			if dirs[up] && found[up] == "" {
				found[up] = strings.TrimPrefix(dir, up+"/") + "/" + name
			}
		}
	}
	return found
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
				if base, known := p.Base.Get(paths[i]); known {
					share(&found[i], base)
				}
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

// share lets f use base's bytes if they are the same, so that only one copy
// stays in memory. Where a file system keeps no executable bit, f has base's.
func share(f *tree.File, base tree.File) {
	file := f.Mode == tree.Regular || f.Mode == tree.Executable
	if file && bytes.Equal(f.Data, base.Data) && f.Sum == nil {
		f.Data = base.Data
	}
	if runtime.GOOS == "windows" && file && (base.Mode == tree.Regular || base.Mode == tree.Executable) {
		f.Mode = base.Mode
	}
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

// hash is what is kept of a file that is too large.
func hash(r io.Reader) (*[sha256.Size]byte, error) {
	h, sum := sha256.New(), [sha256.Size]byte{}
	_, err := io.Copy(h, r)
	h.Sum(sum[:0])
	return &sum, err
}
