package apply

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

// keep copies the bytes before row r to undo, under the number n. It is false
// if they are not those that the plan was made with.
func (s *stager) keep(r *row, n int) (bool, error) {
	ok, err := s.stands(r)
	if err != nil || !ok || r.Before == nil || s.Undone && r.Undo == 0 {
		return ok, err
	}
	d, err := s.walker.to(path.Dir(r.Path), nil)
	if err != nil {
		return false, err
	}
	r.Undo = n
	s.staged = append(s.staged, stagedFile{s.undo, strconv.Itoa(n)})
	now, err := d.copyTo(path.Base(r.Path), s.undo, strconv.Itoa(n), 0o600)
	if errors.Is(err, errBlocked) || errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	ok = err == nil && now.is(r.Before, s.NoExec)
	if ok {
		r.Before = sideOf(now)
	}
	return ok, err
}

// stands reports whether what is at r's path is what r expects.
func (s *stager) stands(r *row) (bool, error) {
	now, err := s.walker.look(r.Path)
	switch {
	case err == nil:
		return s.expected(r, now)
	case errors.Is(err, errBlocked) && r.Before == nil:
		return s.walker.vanishes(r.Path, s.goes)
	}
	return false, unless(errors.Is(err, errBlocked), err)
}

// expected reports whether now is what r expects. What is there may be the file
// that the update deletes under a name that this file system takes for r's.
func (s *stager) expected(r *row, now look) (bool, error) {
	if now.is(r.Before, s.NoExec) {
		return true, nil
	}
	p, err := tree.ParsePath(r.Path)
	if err != nil || r.Before != nil {
		return false, nil // gen's own files have one spelling
	}
	goes, found := s.deletes[p.Fold()]
	if !found {
		return false, nil
	}
	twin, err := s.walker.look(goes)
	return err == nil && twin.there() && os.SameFile(twin.info, now.info), err
}

// copyTo copies the file or link name to the new file as in to.
func (d *disk) copyTo(name string, to *disk, as string, perm fs.FileMode) (look, error) {
	info, err := d.lstat(name)
	if err != nil {
		return look{}, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := d.readlink(name)
		if err == nil {
			err = to.symlink(target, as)
		}
		return lookOfLink(info, target), err
	}
	f, err := to.create(as, perm)
	if err != nil {
		return look{}, err
	}
	l, err := d.look(name, seamed{to, f, as})
	return l, errors.Join(err, f.Close())
}

// seamed writes to a file through the seam.
type seamed struct {
	disk *disk
	file *os.File
	name string
}

func (s seamed) Write(b []byte) (n int, err error) {
	err = s.disk.do("write", s.name, func() (err error) { n, err = s.file.Write(b); return err })
	return n, err
}

// write stages what r holds afterwards.
func (s *stager) write(r *row) error {
	if r.After == nil {
		return nil
	}
	r.After.Perm = wanted(r)
	name, perm := strconv.Itoa(r.New), r.After.Perm
	s.staged = append(s.staged, stagedFile{s.new, name})
	switch {
	case r.from > 0:
		l, err := s.last.copyTo(strconv.Itoa(r.from), s.new, name, 0o600)
		if err == nil && !l.is(&side{Mode: l.Mode, Sum: r.After.Sum}, s.NoExec) {
			err = damaged(path.Join(s.last.path, strconv.Itoa(r.from)), "it is not what the journal says")
		}
		if err != nil {
			return err
		}
	case r.After.Mode == tree.Link:
		return s.new.symlink(string(r.data), name)
	case r.After.Mode == tree.Executable && perm == 0:
		return s.new.write(name, r.data, 0o777, false)
	default:
		mode := fs.FileMode(0o666)
		if perm != 0 {
			mode = 0o600 // nobody else reads it before it is as tight as it was
		}
		if err := s.new.write(name, r.data, mode, false); err != nil {
			return err
		}
	}
	if perm == 0 || r.After.Mode == tree.Link || !keepsExec {
		return nil
	}
	return s.new.chmodFile(name, perm)
}

// wanted is the permissions that r's file shall have, 0 for those that a new
// file gets: what it had, but executable or not as the plan says.
func wanted(r *row) fs.FileMode {
	switch {
	case r.After.Perm != 0 || r.Before == nil || r.Before.Mode == tree.Link || r.After.Mode == tree.Link:
		return r.After.Perm
	case r.After.Mode == tree.Executable:
		return r.Before.Perm | r.Before.Perm&0o444>>2
	}
	return r.Before.Perm &^ 0o111
}

// dirs finds out which directories are to be made and which may be empty
// afterwards.
func (s *stager) dirs() error {
	if s.Undone { // the last update knows
		return nil
	}
	make, prune := map[string]dir{}, map[string]dir{}
	for _, r := range s.rows {
		for p := path.Dir(r.Path); p != "." && !own(r.Path); p = path.Dir(p) {
			d, err := s.walker.to(p, nil)
			switch {
			case err == nil && r.After == nil:
				info, err := d.lstat(".")
				if err != nil {
					return at(p, err)
				}
				prune[p] = dir{p, info.Mode().Perm()}
			case err != nil && !stays(err):
				return at(p, err)
			case err != nil && r.After != nil:
				make[p] = dir{Path: p}
			}
		}
	}
	s.Make, s.Prune = sorted(make), sorted(prune)
	return nil
}

func sorted(m map[string]dir) []dir {
	return slices.SortedFunc(maps.Values(m), func(a, b dir) int { return strings.Compare(a.Path, b.Path) })
}

// sync puts what was staged on the disk.
func (s *stager) sync() error {
	if s.NoSync {
		return nil
	}
	if err := each(syncers, s.staged, func(f stagedFile) error { return f.disk.syncFile(f.name) }); err != nil {
		return err
	}
	return s.syncAll(s.new, s.undo)
}

func (s *stager) journalToDisk() error {
	data, err := s.encode()
	if err != nil {
		return err
	}
	if err := s.tx.write(planName, data, 0o666, !s.NoSync); err != nil {
		return err
	}
	return s.syncAll(s.tx, s.own, s.disk)
}

// again looks once more whether everything is as the plan says, and whether it
// can be changed.
func (s *stager) again() error {
	s.walker.back(0)
	var changed diag.List
	asked := map[string]bool{}
	for i := range s.rows {
		r := &s.rows[i]
		ok, err := s.stands(r)
		if dir := path.Dir(r.Path); err == nil && ok && !asked[dir] {
			asked[dir] = true
			err = s.canChange(dir)
		}
		if err != nil && !errors.Is(err, errBlocked) {
			return at(r.Path, err)
		}
		if !ok {
			changed = append(changed, meanwhile(r.Path))
		}
	}
	return changed.Err()
}

// canChange reports whether names can be changed in p, or in what there is of
// it.
func (s *stager) canChange(p string) error {
	d, err := s.walker.to(p, nil)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return s.canChange(path.Dir(p))
	}
	if err != nil {
		return err
	}
	here, err := d.lstat(".")
	if err != nil {
		return err
	}
	if staged, err := s.tx.lstat("."); err != nil || apart(here, staged) {
		return cmp.Or(err, errApart)
	}
	f, err := d.dir()
	if err != nil {
		return err
	}
	return d.do("access", p, func() error { return writable(f) })
}

var errApart = errors.New("it lies on another disk than .gen")
