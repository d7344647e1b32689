package apply

import (
	"crypto/sha256"
	"errors"
	"fmt"
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
	if _, err := r.staged.lstat(row.aside()); !errors.Is(err, fs.ErrNotExist) { // a run before this one took it
		if err == nil {
			err = r.taken(i)
		}
		return err
	}
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
	if err == nil {
		err = d.moveTo(path.Base(row.Path), r.staged, row.aside(), false)
	}
	switch {
	case errors.Is(err, syscall.EBUSY): // something is mounted there
		return r.late(i)
	case err != nil:
		return unless(errors.Is(err, fs.ErrNotExist), err)
	}
	return r.taken(i)
}

// aside is the staged name of r's file while it is deleted.
func (r row) aside() string { return fmt.Sprintf("%x", sha256.Sum256([]byte(r.Path))) }

// taken removes what was taken away from row i's place. What somebody saved
// there at the last moment goes back.
func (r *run) taken(i int) error {
	row := r.rows[i]
	l, err := r.staged.look(row.aside(), io.Discard)
	switch {
	case err == nil && l.is(row.Before, r.NoExec):
		return r.staged.remove(row.aside())
	case err != nil && !errors.Is(err, errBlocked):
		return err
	}
	d, err := r.walker.to(path.Dir(row.Path), r.mkdir)
	if err != nil {
		return err
	}
	name := path.Base(row.Path)
	err = r.staged.moveTo(row.aside(), d, name, false)
	if errors.Is(err, fs.ErrExist) { // they have saved once more
		if name, err = r.free(row.Path); err == nil {
			err = r.staged.moveTo(row.aside(), d, path.Base(name), false)
		}
	}
	if err != nil {
		return err
	}
	return r.late(i)
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
	staged, err := r.staged.look(strconv.Itoa(row.New), io.Discard)
	if err != nil && !errors.Is(err, errBlocked) {
		return unless(errors.Is(err, fs.ErrNotExist), err)
	}
	now, err2 := r.walker.look(row.Path)
	switch is := err == nil && staged.is(row.After, r.NoExec); {
	case err2 != nil && !errors.Is(err2, errBlocked):
		return err2
	case !is && row.Before != nil && err2 == nil && now.is(row.After, r.NoExec), !is && err == nil && row.Before != nil && staged.is(row.Before, r.NoExec):
		return r.exchanged(i) // by a run before this one
	case !is:
		return damaged(path.Join(r.staged.path, strconv.Itoa(row.New)), "it is not what the journal says")
	case err2 == nil && now.is(row.After, r.NoExec):
		return nil
	case err2 != nil || !now.is(row.Before, r.NoExec):
		return r.late(i)
	}
	return r.give(i)
}

// give puts the staged file of row i in its place.
func (r *run) give(i int) error {
	row := r.rows[i]
	d, err := r.walker.to(path.Dir(row.Path), r.mkdir)
	both := false
	switch {
	case err != nil:
	case row.Before == nil:
		err = r.staged.moveTo(strconv.Itoa(row.New), d, path.Base(row.Path), false)
	default:
		both, err = r.staged.exchange(strconv.Itoa(row.New), d, path.Base(row.Path))
	}
	if both && err == nil {
		return r.exchanged(i)
	}
	for _, taken := range []error{errBlocked, fs.ErrExist, syscall.ENOTDIR, syscall.EISDIR, syscall.EBUSY} { // just now
		if errors.Is(err, taken) {
			return r.late(i)
		}
	}
	if row.Before != nil && errors.Is(err, fs.ErrNotExist) { // deleted just now
		return r.late(i)
	}
	return err
}

// exchanged removes what came out of row i's place. What somebody saved there at
// the last moment goes back.
func (r *run) exchanged(i int) error {
	row, name := r.rows[i], strconv.Itoa(r.rows[i].New)
	out, err := r.staged.look(name, io.Discard)
	switch {
	case err == nil && out.is(row.Before, r.NoExec):
		return r.staged.remove(name)
	case err != nil && !errors.Is(err, errBlocked):
		return err
	}
	d, err := r.walker.to(path.Dir(row.Path), nil)
	if err == nil {
		_, err = r.staged.exchange(name, d, path.Base(row.Path))
	}
	if err != nil {
		return err
	}
	return r.late(i)
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
