package source

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

// The limits of a template.
const (
	maxFiles    = 20_000 // below files/ and partials/
	maxTotal    = 64 << 20
	maxManifest = 64 << 10
	maxText     = 1 << 20
	maxCopied   = 16 << 20
)

// Read reads the directory through a root, so that nothing outside it can be
// opened, whatever changes while it is read.
func (d dir) Read(ctx context.Context) (tree.Tree, error) {
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return tree.Tree{}, unreadable(d.path, err)
	}
	defer root.Close()
	r := &reader{ctx: ctx, root: root}
	r.find()
	if len(r.list) == 0 {
		r.read()
	}
	if err := ctx.Err(); err != nil {
		return tree.Tree{}, err
	}
	if len(r.list) > 0 {
		r.list.Sort()
		return tree.Tree{}, r.list
	}
	t, list := tree.New(r.files)
	return t, list.Err()
}

// A reader reads one template directory.
type reader struct {
	ctx   context.Context
	root  *os.Root
	files []tree.File
	infos []fs.FileInfo
	total int64
	list  diag.List
}

func (r *reader) fail(name string, code diag.Code, hint, format string, args ...any) {
	r.list = append(r.list, &diag.Error{
		Code: code, Pos: diag.Pos{File: name}, Msg: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// find lists the template's files without opening one.
func (r *reader) find() {
	info, err := r.root.Lstat("template.yaml")
	if err != nil {
		r.fail("template.yaml", diag.Source, "a template is a directory that holds template.yaml and files/", "it is missing")
		return
	}
	r.add("template.yaml", info)
	for _, name := range []string{"files", "partials"} {
		switch info, err := r.root.Lstat(name); {
		case err != nil: // neither is needed
		case !info.IsDir():
			r.fail(name, diag.Source, "make it a directory", "it is not a directory")
		default:
			r.walk(name)
		}
	}
	if len(r.files) > maxFiles+1 { // the manifest is none of them
		r.list = diag.List{{Code: diag.Limit, Msg: fmt.Sprintf("the template has over %d files", maxFiles)}}
	}
	if r.total > maxTotal {
		r.list = append(r.list, &diag.Error{Code: diag.Limit, Msg: "the template's files have over 64 MiB in all"})
	}
}

func (r *reader) walk(dir string) {
	if r.ctx.Err() != nil || len(r.files) > maxFiles+1 {
		return
	}
	f, err := r.root.Open(dir)
	if err != nil {
		r.list = append(r.list, unreadable(dir, err))
		return
	}
	entries, err := f.ReadDir(-1)
	f.Close()
	if err != nil {
		r.list = append(r.list, unreadable(dir, err))
		return
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.IsDir() {
			r.walk(name)
			continue
		}
		info, err := e.Info()
		if err != nil {
			r.list = append(r.list, unreadable(name, err))
			continue
		}
		r.add(name, info)
	}
}

// add checks one file by what the directory says of it.
func (r *reader) add(name string, info fs.FileInfo) {
	p, err := tree.ParsePath(name)
	switch {
	case err != nil:
		r.fail(name, diag.Path, "rename it", "no file may be called that: %v", err)
		return
	case info.Mode()&fs.ModeSymlink != 0 && !strings.HasPrefix(name, "files/"):
		r.fail(name, diag.Source, "put the file itself there", "it is a link, and links are not followed")
		return
	case info.Mode()&fs.ModeSymlink == 0 && !info.Mode().IsRegular():
		r.fail(name, diag.Source, "remove it", "it is %s, not a file", kind(info.Mode()))
		return
	case info.Mode().IsRegular() && links(info) > 1:
		r.fail(name, diag.Source, "copy it: cp "+name+" copy && mv copy "+name, "it is a hard link: another name shares its bytes")
		return
	}
	if limit, what := limitOf(name); info.Size() > limit {
		r.fail(name, diag.Limit, "", "it has %d bytes, and %s may have %d", info.Size(), what, limit)
		return
	}
	r.total += info.Size()
	mode := tree.Regular
	if info.Mode()&fs.ModeSymlink != 0 {
		mode = tree.Link
	}
	r.files = append(r.files, tree.File{Path: p, Mode: mode})
	r.infos = append(r.infos, info)
}

func kind(m fs.FileMode) string {
	switch {
	case m&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m.IsDir():
		return "a directory"
	default:
		return "a device"
	}
}

func limitOf(name string) (limit int64, what string) {
	switch {
	case name == "template.yaml":
		return maxManifest, "a manifest"
	case strings.HasSuffix(name, ".tmpl"):
		return maxText, "a text to render"
	default:
		return maxCopied, "a file to copy"
	}
}

// read reads what find found, on all cores.
func (r *reader) read() {
	errs := make([]*diag.Error, len(r.files))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(r.files)) && r.ctx.Err() == nil; i = next.Add(1) - 1 {
				errs[i] = r.one(&r.files[i], r.infos[i])
			}
		})
	}
	wg.Wait()
	for _, e := range errs {
		if e != nil {
			r.list = append(r.list, e)
		}
	}
}

func (r *reader) one(f *tree.File, info fs.FileInfo) *diag.Error {
	name := f.Path.String()
	if f.Mode == tree.Link {
		to, err := r.root.Readlink(name)
		if err != nil {
			return unreadable(name, err)
		}
		f.Data = []byte(to)
		return nil
	}
	file, err := r.root.OpenFile(name, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return unreadable(name, err)
	}
	defer file.Close()
	now, err := file.Stat()
	if err != nil {
		return unreadable(name, err)
	}
	if !os.SameFile(info, now) || now.Size() != info.Size() {
		return &diag.Error{Code: diag.Source, Pos: diag.Pos{File: name}, Msg: "it changed while it was read", Hint: "run gen again"}
	}
	f.Data = make([]byte, info.Size())
	if _, err := io.ReadFull(file, f.Data); err != nil {
		return unreadable(name, err)
	}
	return nil
}
