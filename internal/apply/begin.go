package apply

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/record"
)

// Options are what a [Tx] needs to know. Pending returns the record rec with a
// row more, for a path that somebody changed while an update was carried out.
type Options struct {
	Pending func(rec []byte, late record.Pending) ([]byte, error)
	NoSync  bool // leave out fsync, for tests and benchmarks
}

// A Tx is the right to write to a project that exists, until [Tx.Close]. Only
// one process at a time has it.
type Tx struct {
	Recovered bool             // an update that was interrupted has been finished first
	Late      []record.Pending // conflicts that arose while an update was carried out

	Options
	disk  *disk // the project
	own   *disk // its .gen
	lock  *os.File
	begun bool // the commit point has been passed, and not all is done
}

// Begin takes the lock of the project at root, waiting two seconds for it at
// most, and finishes an update that was interrupted.
func Begin(ctx context.Context, root *os.Root, o Options) (*Tx, error) {
	return begin(ctx, &disk{root: root, top: root, noExec: !keepsExec}, o)
}

func begin(ctx context.Context, d *disk, o Options) (*Tx, error) {
	t, done := &Tx{disk: d, Options: o}, false
	defer func() {
		if !done {
			_ = t.Close()
		}
	}()
	err := t.open(ctx)
	if err == nil {
		err = t.recover()
	}
	if err != nil {
		return nil, t.fail(err)
	}
	done = true
	return t, nil
}

// Close gives the lock back. Of a directory that is no project, because an
// update could not make it one or its making was undone, .gen goes too.
func (t *Tx) Close() error {
	defer t.disk.release()
	if t.own != nil {
		defer t.own.close()
	}
	if t.lock != nil {
		defer t.lock.Close()
		t.leave()
	}
	t.own, t.lock = nil, nil
	return nil
}

// leave removes .gen if it holds nothing that anybody needs. It never fails:
// what cannot be removed hurts nobody.
func (t *Tx) leave() {
	for _, name := range []string{filepath.Base(record.File), txDir} {
		if _, err := t.own.lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return
		}
	}
	undo, err := t.own.into(undoDir)
	if err == nil {
		defer undo.close()
		j, err := readJournal(undo, planName)
		if err == nil && j.Undone {
			if names, err := undo.list("."); err != nil || len(names) > 1 || undo.remove(planName) != nil {
				return
			}
		}
		if t.own.rmdir(undoDir) != nil {
			return
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return
	}
	if names, err := t.own.list("."); err == nil && len(names) == 1 && t.own.remove(filepath.Base(record.Lock)) == nil {
		_ = t.disk.rmdir(record.Dir)
	}
}

// Interrupted reports whether an update of the project at root waits to be
// finished by [Begin]. It writes nothing and takes no lock.
func Interrupted(root *os.Root) (bool, error) {
	return there(root, record.Commit)
}

// there reports whether something lies at name.
func there(root *os.Root, name string) (bool, error) {
	_, err := root.Lstat(filepath.FromSlash(name))
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return err == nil, nil
	}
	return false, &diag.Error{Code: diag.Record, Pos: diag.Pos{File: name}, Msg: "it cannot be read: " + diag.Reason(err)}
}

// open opens .gen, making it if need be, and takes the lock.
func (t *Tx) open(ctx context.Context) error {
	for began := time.Now(); ; {
		err := t.enter()
		taken := false
		if err == nil {
			taken, err = t.take()
			err = at(record.Lock, err)
		}
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist) || taken:
			return err
		case time.Since(began) > wait:
			return &diag.Error{
				Code: diag.Target, Msg: "another gen is at work in " + t.disk.root.Name(),
				Hint: "run the command again when it is done",
			}
		}
		if t.own != nil { // it may go, with the lock
			t.own.close()
			t.own = nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait / 100):
		}
	}
}

// enter opens .gen, making it if need be.
func (t *Tx) enter() (err error) {
	t.own, err = t.disk.into(record.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err = t.disk.mkdir(record.Dir); err == nil || errors.Is(err, fs.ErrExist) {
			t.own, err = t.disk.into(record.Dir)
		}
	}
	return err
}

// wait is how long a run waits for another one.
const wait = 2 * time.Second

// take takes the lock if it is free.
func (t *Tx) take() (bool, error) {
	name := filepath.Base(record.Lock)
	f, err := t.openLock(name)
	if err != nil {
		return false, unless(errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist), err) // somebody was faster
	}
	defer func() {
		if t.lock == nil {
			_ = f.Close()
		}
	}()
	mine, err := f.Stat()
	taken := false
	if err == nil {
		err = t.own.do("lock", name, func() (err error) { taken, err = lock(f); return err })
	}
	if err == nil && taken { // unless somebody cleaned up in between
		there, e := t.own.lstat(name)
		taken = e == nil && os.SameFile(mine, there)
	}
	if err == nil && taken {
		t.lock = f
	}
	return taken, err
}

// openLock opens the lock file. It looks first, because an [os.Root] follows
// links even if it is told not to.
func (t *Tx) openLock(name string) (*os.File, error) {
	switch info, err := t.own.lstat(name); {
	case errors.Is(err, fs.ErrNotExist):
		return t.own.open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL|nonBlocking, 0o666)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, at(record.Lock, errBlocked)
	}
	return t.own.open(name, os.O_RDWR|nonBlocking, 0)
}

// fail says of which project err is, once.
func (t *Tx) fail(err error) error {
	if err, done := told(err); done {
		return err
	}
	at := t.disk.root.Name()
	var where *fs.PathError
	if errors.As(err, &where) {
		at = filepath.Join(at, where.Path)
	}
	again := "run the command again"
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		again = "let gen write there, then " + again
	case errors.Is(err, errBlocked), errors.Is(err, syscall.ENOTDIR):
		again = "move it away, then " + again
	case errors.Is(err, errApart):
		again = "unmount it, then " + again
	case errors.Is(err, syscall.ENOSPC):
		again = "free some space, then " + again
	}
	if t.begun {
		again = "it is half done, and the next gen update finishes it: " + again
	} else {
		again = "nothing was changed: " + again
	}
	return &diag.Error{Code: diag.Target, Msg: at + " cannot be updated: " + diag.Reason(err), Hint: again}
}
