package source

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

// Read reads the directory through a root, so that nothing outside it can be
// opened, whatever changes while it is read.
func (d dir) Read(ctx context.Context) (Stored, error) {
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return Stored{}, unreadable(d.path, err)
	}
	defer root.Close()
	r := &reader{ctx: ctx, root: root}
	r.find()
	if len(r.list) == 0 {
		r.read()
	}
	if err := ctx.Err(); err != nil {
		return Stored{}, err
	}
	if len(r.list) > 0 {
		r.list.Sort()
		return Stored{}, r.list
	}
	t, list := tree.New(r.files)
	return Stored{Files: t}, list.Err()
}

// A reader reads one template directory.
type reader struct {
	ctx     context.Context
	root    *os.Root
	folders []folder
	files   []tree.File
	count   int          // of files and directories
	total   atomic.Int64 // bytes
	list    diag.List
}

// A folder is the part of the files that lie in one directory.
type folder struct {
	name  string
	files []tree.File
}

func (r *reader) fail(name string, code diag.Code, hint, format string, args ...any) {
	r.list = append(r.list, mistake(name, code, hint, format, args...))
}

// find lists the template's files without opening one.
func (r *reader) find() {
	info, err := r.root.Lstat("template.yaml")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.list = append(r.list, noManifest())
		return
	case err != nil:
		r.list = append(r.list, unreadable("template.yaml", err))
		return
	}
	top := folder{name: "."}
	r.add(&top, "template.yaml", info.Mode().Type())
	r.folders = append(r.folders, top)
	for _, name := range []string{"files", "partials"} {
		switch info, err := r.root.Lstat(name); {
		case errors.Is(err, fs.ErrNotExist): // neither is needed
		case err != nil:
			r.list = append(r.list, unreadable(name, err))
		case !info.IsDir():
			r.fail(name, diag.Source, "make it a directory", "it is not a directory")
		default:
			r.walk(name)
		}
	}
	files := -1 // the manifest is none of them
	for _, f := range r.folders {
		files += len(f.files)
	}
	if r.count > maxEntries || files > maxFiles {
		r.list = diag.List{tooManyFiles()}
	}
}

func (r *reader) walk(dir string) {
	if r.ctx.Err() != nil || r.count > maxEntries {
		return
	}
	// Only names come from here, so a root, which would look at each of them, is not needed.
	entries, err := os.ReadDir(filepath.Join(r.root.Name(), filepath.FromSlash(dir)))
	if err != nil {
		r.list = append(r.list, unreadable(dir, err))
		return
	}
	here := folder{name: dir}
	r.count += len(entries)
	for _, e := range entries {
		if name := path.Join(dir, e.Name()); e.IsDir() {
			r.walk(name)
		} else {
			r.add(&here, name, e.Type())
		}
	}
	r.folders = append(r.folders, here)
}

// add takes one file in, by what the directory says of it.
func (r *reader) add(to *folder, name string, kind fs.FileMode) {
	p, err := tree.ParsePath(name)
	mode := tree.Regular
	switch {
	case err != nil:
		r.list = append(r.list, badName(name, err))
		return
	case kind == fs.ModeSymlink && !strings.HasPrefix(name, "files/"):
		r.list = append(r.list, linkOutside(name))
		return
	case kind == fs.ModeSymlink:
		mode = tree.Link
	case kind != 0:
		r.fail(name, diag.Source, "remove it", "it is %s, not a file", kindName(kind))
		return
	}
	to.files = append(to.files, tree.File{Path: p, Mode: mode})
}

func kindName(kind fs.FileMode) string {
	switch {
	case kind&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case kind&fs.ModeSocket != 0:
		return "a socket"
	case kind.IsDir():
		return "a directory"
	default:
		return "a device"
	}
}

// read reads what find found, on all cores.
func (r *reader) read() {
	lists := make([]diag.List, len(r.folders))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(r.folders)); i = next.Add(1) - 1 {
				lists[i] = r.folder(&r.folders[i])
			}
		})
	}
	wg.Wait()
	for i, l := range lists {
		r.list = append(r.list, l...)
		r.files = append(r.files, r.folders[i].files...)
	}
	if r.total.Load() > maxTotal {
		r.list = diag.List{tooManyBytes()}
	}
}

// folder reads the files of one directory, through a root of its own: that
// saves two system calls for each element of the path.
func (r *reader) folder(f *folder) (list diag.List) {
	root, err := r.root.OpenRoot(f.name)
	if err != nil {
		return diag.List{unreadable(f.name, err)}
	}
	defer root.Close()
	for i := range f.files {
		if r.ctx.Err() != nil || r.total.Load() > maxTotal {
			return list
		}
		if e := r.file(root, &f.files[i]); e != nil {
			list = append(list, e)
		}
	}
	return list
}

func (r *reader) file(root *os.Root, f *tree.File) *diag.Error {
	name := f.Path.String()
	if f.Mode == tree.Link {
		to, err := root.Readlink(path.Base(name))
		if err != nil {
			return unreadable(name, err)
		}
		f.Data = []byte(to)
		return nil
	}
	file, err := root.OpenFile(path.Base(name), os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return unreadable(name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return unreadable(name, err)
	}
	switch over := overLimit(name, info.Size()); {
	case !info.Mode().IsRegular():
		return mistake(name, diag.Source, "run gen again", "it changed while it was read")
	case links(info) > 1:
		return mistake(name, diag.Source, "copy it and put the copy in its place", "it is a hard link: another name shares its bytes")
	case over != nil:
		return over
	case r.total.Add(info.Size()) > maxTotal:
		return nil // said once, for all
	}
	f.Data = make([]byte, info.Size())
	if _, err := io.ReadFull(file, f.Data); err != nil {
		return unreadable(name, err)
	}
	return nil
}
