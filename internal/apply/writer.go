package apply

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"example.com/gen/internal/merge"
	"example.com/gen/internal/tree"
)

// syncers is how many files are synced at once: the disk joins what arrives
// together (40 files: 12 ms, one by one 17).
const syncers = 16

// A job is one file to write; a link's data is its target.
type job struct {
	path string
	data []byte
	perm fs.FileMode
}

// A writer writes new files below an empty directory, several at once.
type writer struct {
	ctx  context.Context
	disk *disk
	sync bool
	dirs map[string]bool
}

func newWriter(ctx context.Context, d *disk, sync bool) *writer {
	return &writer{ctx: ctx, disk: d, sync: sync, dirs: map[string]bool{".": true, ".gen": true}}
}

func (w *writer) files(changes []merge.Change) error {
	jobs := make([]job, len(changes))
	for i, c := range changes {
		jobs[i] = job{c.Path.String(), c.File.Data, perm(c.File.Mode)}
	}
	return w.batch(jobs)
}

func perm(m tree.Mode) fs.FileMode {
	switch m {
	case tree.Link:
		return fs.ModeSymlink
	case tree.Executable:
		return 0o777
	default:
		return 0o666
	}
}

// batch writes jobs, which are in the order of their paths or few. The first
// error in their order is returned.
func (w *writer) batch(jobs []job) error {
	var groups [][]job // by directory
	for _, j := range jobs {
		dir := path.Dir(j.path)
		if err := w.mkdir(dir); err != nil {
			return err
		}
		if n := len(groups); n > 0 && path.Dir(groups[n-1][0].path) == dir && len(groups[n-1]) < 64 {
			groups[n-1] = append(groups[n-1], j)
		} else {
			groups = append(groups, []job{j})
		}
	}
	workers := runtime.GOMAXPROCS(0)
	if w.sync {
		workers = syncers
	}
	return each(workers, groups, w.group)
}

// each calls f for every item on several goroutines and returns the first
// error in the items' order.
func each[T any](workers int, items []T, f func(T) error) error {
	errs := make([]error, len(items))
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(workers, len(items)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(items)) && !failed.Load(); i = next.Add(1) - 1 {
				if errs[i] = f(items[i]); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (w *writer) mkdir(dir string) error {
	if w.dirs[dir] {
		return nil
	}
	if err := w.mkdir(path.Dir(dir)); err != nil {
		return err
	}
	w.dirs[dir] = true
	return w.disk.mkdir(dir)
}

// group writes files of one directory, through a root of its own: that saves
// two system calls for each element of the path.
func (w *writer) group(jobs []job) error {
	d, err := w.disk.sub(path.Dir(jobs[0].path))
	if err != nil {
		return err
	}
	defer d.root.Close()
	for _, j := range jobs {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if err := w.one(d, j); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) one(d *disk, j job) error {
	if j.perm == fs.ModeSymlink {
		return d.symlink(string(j.data), path.Base(j.path))
	}
	return d.write(path.Base(j.path), j.data, j.perm, w.sync)
}

// syncDirs puts the names of everything that was written on the disk.
func (w *writer) syncDirs() error {
	if !w.sync {
		return nil
	}
	dirs := make([]string, 0, len(w.dirs))
	for d := range w.dirs {
		dirs = append(dirs, d)
	}
	slices.Sort(dirs)
	return each(syncers, dirs, w.disk.syncDir)
}
