// Package apply is the only writer of project files.
//
// A new project is built in a sibling directory, .NAME.gen-XXXXXXXX, and
// appears under its name by one rename that replaces nothing. Whatever fault
// happens, PATH is absent or complete; what a killed run leaves is that
// sibling, which the next run removes.
package apply

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/record"
)

// A Job is what to write: the plan's files, the record and the base, which is
// made while the files are written.
type Job struct {
	Plan   merge.Plan
	Memory func() (rec, base []byte, err error)  // what the project remembers, made while its files are written
	NoSync bool                                  // leave out fsync, for tests and benchmarks
	Init   func(ctx context.Context, dir string) // runs in the finished directory before it gets its name; may be nil
}

// Create makes the project name below parent. If it returns an error, name is
// as it was before and nothing else is left.
func Create(ctx context.Context, parent *os.Root, name string, j Job) error {
	return create(ctx, &disk{root: parent}, name, j)
}

func create(ctx context.Context, d *disk, name string, j Job) error {
	d.top = d.root
	defer d.release()
	clean(d, name)
	if _, err := d.lstat(name); err == nil {
		return taken(d.at(name), "")
	} else if !errors.Is(err, fs.ErrNotExist) {
		return target(d.at(name), err)
	}
	s, err := newStage(d, name)
	if err != nil {
		return target(d.at(name), err)
	}
	defer s.close()
	if err := build(ctx, s, j); err != nil {
		return errors.Join(target(d.at(name), err), s.remove())
	}
	if err := s.rename(name); err != nil {
		if errors.Is(err, fs.ErrExist) { // somebody was faster
			return errors.Join(taken(d.at(name), ""), s.remove())
		}
		return errors.Join(target(d.at(name), err), s.remove())
	}
	if j.NoSync {
		return nil
	}
	return target(d.at(name), d.syncDir("."))
}

// Place returns where the project is to be that a person calls at, an absolute
// path: a link is resolved, once. root is the directory if it is there already,
// which the caller closes; nothing else may be there, and no project.
func Place(at string) (place string, root *os.Root, err error) {
	info, err := os.Lstat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist): // to be made
		return at, nil, nil
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		if place, err = filepath.EvalSymlinks(at); err == nil {
			info, err = os.Stat(place)
		}
	default:
		place = at
	}
	if err == nil && !info.IsDir() || errors.Is(err, fs.ErrNotExist) {
		return "", nil, taken(at, " and is not a directory")
	}
	if err == nil {
		root, err = os.OpenRoot(place)
	}
	if err == nil {
		err = noProject(root)
	}
	if err != nil {
		if root != nil {
			root.Close()
		}
		return "", nil, target(at, err)
	}
	return place, root, nil
}

func taken(at, what string) error {
	return &diag.Error{Code: diag.Target, Msg: at + " already exists" + what, Hint: "choose another PATH, or move what is there away"}
}

// noProject returns an error if the directory at root is a project already, or
// is about to be one.
func noProject(root *os.Root) error {
	stopped, err := there(root, record.Commit)
	made, err2 := there(root, record.File)
	switch {
	case stopped:
		return &diag.Error{
			Code: diag.Record, Msg: "an update of " + root.Name() + " was interrupted", Hint: "run gen update there to finish it",
		}
	case made:
		return &diag.Error{
			Code: diag.Target, Msg: root.Name() + " is a project that gen made already",
			Hint: "run gen update there, or choose another PATH",
		}
	}
	return errors.Join(err, err2)
}

// build fills the stage and syncs it.
func build(ctx context.Context, s *stage, j Job) error {
	memory := make(chan remembered, 1)
	go func() {
		rec, base, err := j.Memory()
		memory <- remembered{rec, base, err}
	}()
	w := newWriter(ctx, s.disk, !j.NoSync)
	if err := w.files(j.Plan.Changes); err != nil {
		return err
	}
	made := <-memory
	if made.err != nil {
		return made.err
	}
	err := w.batch([]job{
		{record.File, made.rec, 0o666},
		{record.Base, made.base, 0o666},
		{record.Ignore, []byte(record.IgnoreText), 0o666},
		{record.Attributes, []byte(record.AttributesText), 0o666},
	})
	if err != nil {
		return err
	}
	if j.Init != nil {
		j.Init(ctx, s.path())
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.syncDirs()
}

type remembered struct {
	rec, base []byte
	err       error
}

// told returns what is no error, says enough by itself, or is a person's wish.
func told(err error) (_ error, done bool) {
	var known *diag.Error
	var list diag.List
	switch {
	case err == nil, errors.As(err, &known), errors.As(err, &list):
		return err, true
	case errors.Is(err, context.Canceled):
		return diag.Stopped(), true
	}
	return nil, false
}

// target says of which project err is, once.
func target(at string, err error) error {
	if err, done := told(err); done {
		return err
	}
	return &diag.Error{Code: diag.Target, Msg: at + " cannot be made: " + diag.Reason(err), Hint: hint(err)}
}

func hint(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "choose a PATH in a directory that you may write to"
	case errors.Is(err, syscall.ENOSPC):
		return "free some space, or choose a PATH on another disk"
	}
	return ""
}

// Parent opens the directory that is to hold the absolute path at, making what
// is missing of it. undo removes what was made, if it is still empty.
func Parent(at string) (root *os.Root, undo func(), err error) {
	dir := filepath.Dir(at)
	var made []string
	for p := dir; ; p = filepath.Dir(p) {
		if _, err := os.Stat(p); err == nil || !errors.Is(err, fs.ErrNotExist) || p == filepath.Dir(p) {
			break
		}
		made = append(made, p)
	}
	undo = func() {
		for _, p := range made {
			_ = os.Remove(p) // not empty: somebody else's by now
		}
	}
	if err = os.MkdirAll(dir, 0o777); err == nil {
		root, err = os.OpenRoot(dir)
	}
	if err != nil {
		undo()
		return nil, nil, &diag.Error{Code: diag.Target, Msg: dir + " cannot be made: " + diag.Reason(err), Hint: hint(err)}
	}
	return root, undo, nil
}
