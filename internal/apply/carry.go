package apply

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"syscall"

	"example.com/gen/internal/tree"
)

// delete removes the file of row i, unless somebody has changed it.
func (r *run) delete(i int) error {
	row := r.rows[i]
	r.touched[path.Dir(row.Path)] = true
	now, err := r.walker.look(row.Path)
	switch {
	case err != nil && !errors.Is(err, errBlocked):
		return err
	case err == nil && !now.there(), err != nil && r.makes(row.Path):
		return nil
	case err != nil || !now.is(row.Before, r.NoExec):
		if r.deleted { // it is new since then
			return nil
		}
		return r.late(i)
	}
	if written, err := r.isTwin(row.Path, now); err != nil || written {
		return err
	}
	d, err := r.walker.to(path.Dir(row.Path), nil)
	if err != nil {
		return err
	}
	return d.remove(path.Base(row.Path))
}

// makes reports whether a directory at p may be one that the update made before
// it was interrupted.
func (r *run) makes(p string) bool {
	return slices.ContainsFunc(r.Make, func(d dir) bool { return d.Path == p })
}

// isTwin reports whether what was seen at p is the file that the update has
// already written at a path which this file system takes for p.
func (r *run) isTwin(p string, seen look) (bool, error) {
	parsed, err := tree.ParsePath(p)
	if err != nil {
		return false, nil // gen's own files have no twins
	}
	i, found := r.twins[parsed.Fold()]
	if !found {
		return false, nil
	}
	if _, err := r.staged.lstat(strconv.Itoa(r.rows[i].New)); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	twin, err := r.walker.look(r.rows[i].Path)
	return err == nil && twin.there() && os.SameFile(twin.info, seen.info), err
}

// prune removes the directories that the update has emptied.
func (r *run) prune() error {
	r.walker.back(0)
	for _, p := range slices.Backward(r.Prune) {
		d, err := r.walker.to(path.Dir(p.Path), nil)
		if err == nil {
			r.touched[path.Dir(p.Path)] = true
			err = d.rmdir(path.Base(p.Path))
		}
		if err != nil && !stays(err) {
			return err
		}
	}
	return nil
}

// stays reports whether err says that there is no empty directory to remove.
func stays(err error) bool {
	for _, e := range []error{fs.ErrNotExist, fs.ErrExist, errBlocked, syscall.ENOTDIR, syscall.ENOTEMPTY, syscall.EBUSY} {
		if errors.Is(err, e) {
			return true
		}
	}
	return busy(err)
}

// make makes the directories that are needed. What is in the way is found when
// a file is to be written there.
func (r *run) make() error {
	r.walker.back(0)
	for _, p := range r.Make {
		d, err := r.walker.to(p.Path, r.mkdir)
		if err == nil && p.Perm != 0 {
			err = d.chmod(p.Perm)
		}
		if err != nil && !errors.Is(err, errBlocked) && !errors.Is(err, syscall.ENOTDIR) {
			return err
		}
	}
	return nil
}

func (r *run) mkdir(d *disk, name string) error {
	r.touched[path.Join(d.path, ".")] = true
	return d.mkdir(name)
}

// write gives row i its staged file. A staged file that is gone has been given
// by a run before this one.
func (r *run) write(i int) error {
	row := r.rows[i]
	r.touched[path.Dir(row.Path)] = true
	switch err := r.checkStaged(row); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	now, err := r.walker.look(row.Path)
	switch {
	case errors.Is(err, errBlocked):
		return r.late(i)
	case err != nil:
		return err
	case now.is(row.After, r.NoExec):
		return nil
	case !now.is(row.Before, r.NoExec):
		return r.late(i)
	}
	d, err := r.walker.to(path.Dir(row.Path), r.mkdir)
	if err == nil {
		err = r.staged.moveTo(strconv.Itoa(row.New), d, path.Base(row.Path), row.Before != nil)
	}
	for _, taken := range []error{errBlocked, fs.ErrExist, syscall.ENOTDIR, syscall.EISDIR} { // just now
		if errors.Is(err, taken) {
			return r.late(i)
		}
	}
	return err
}

// checkStaged returns an error unless the staged file of w is what the journal
// says, ErrNotExist if it is gone.
func (r *run) checkStaged(w row) error {
	name := strconv.Itoa(w.New)
	l, err := r.staged.look(name, io.Discard)
	if err != nil && !errors.Is(err, errBlocked) {
		return err
	}
	if err != nil || !l.is(w.After, r.NoExec) {
		return damaged(path.Join(r.staged.path, name), "it is not what the journal says")
	}
	return nil
}

// syncDirs puts the names that changed on the disk.
func (r *run) syncDirs() error {
	if r.NoSync {
		return nil
	}
	dirs := make([]string, 0, len(r.touched))
	for d := range r.touched {
		dirs = append(dirs, d)
	}
	slices.Sort(dirs)
	return each(syncers, dirs, func(p string) error {
		w := newWalker(r.disk)
		defer w.close()
		d, err := w.to(p, nil)
		if err != nil && stays(err) { // pruned, or not ours any more
			return nil
		}
		if err != nil {
			return err
		}
		return d.syncDir(".")
	})
}
