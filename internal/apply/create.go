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
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	if err := absent(d, name); err != nil {
		return err
	}
	s, err := newStage(d, name)
	if err != nil {
		return target(d, name, err)
	}
	defer s.close()
	if err := build(ctx, s, j); err != nil {
		return errors.Join(target(d, name, err), s.remove())
	}
	if err := s.rename(name); err != nil {
		if errors.Is(err, fs.ErrExist) { // somebody was faster
			return errors.Join(exists(d, name), s.remove())
		}
		return errors.Join(target(d, name, err), s.remove())
	}
	if j.NoSync {
		return nil
	}
	return target(d, name, d.syncDir("."))
}

// Free returns an error unless nothing lies at the absolute path at, so that
// nobody answers questions for a project that cannot be made.
func Free(at string) error {
	root, err := os.OpenRoot(filepath.Dir(at))
	switch {
	case errors.Is(err, fs.ErrNotExist): // to be made
		return nil
	case err != nil:
		return &diag.Error{Code: diag.Target, Msg: at + " cannot be made: " + diag.Reason(err), Hint: hint(err)}
	}
	defer root.Close()
	return absent(&disk{root: root}, filepath.Base(at))
}

// absent returns an error that shows what is there unless name is free.
func absent(d *disk, name string) error {
	switch _, err := d.lstat(name); {
	case err == nil:
		return exists(d, name)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return target(d, name, err)
	}
}

// shown is how many entries of an existing directory an error names.
const shown = 3

func exists(d *disk, name string) error {
	at := filepath.Join(d.root.Name(), name)
	e := &diag.Error{Code: diag.Target, Hint: "choose another PATH, or move what is there away"}
	info, err := d.root.Stat(name)
	switch {
	case err != nil || !info.IsDir():
		e.Msg = at + " already exists and is not a directory"
	default:
		e.Msg = at + " already exists and " + entries(d, name)
	}
	return e
}

func entries(d *disk, name string) string {
	dir, err := d.root.Open(name)
	if err != nil {
		return "cannot be read"
	}
	defer dir.Close()
	list, _ := dir.ReadDir(-1)
	if len(list) == 0 {
		return "is empty"
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name()
	}
	slices.Sort(names)
	if more := len(names) - shown; more > 0 {
		return fmt.Sprintf("holds %s and %d more", strings.Join(names[:shown], ", "), more)
	}
	return "holds " + strings.Join(names, ", ")
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

// target says of which project err is, once.
func target(d *disk, name string, err error) error {
	var known *diag.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled):
		return diag.Stopped()
	}
	return &diag.Error{
		Code: diag.Target, Msg: filepath.Join(d.root.Name(), name) + " cannot be made: " + diag.Reason(err), Hint: hint(err),
	}
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
