package apply

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strconv"
	"time"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/record"
	"example.com/gen/internal/tree"
)

// Abort takes the last update back: every byte, mode and deleted file is as it
// was before it, and the paths are returned. If somebody has changed a path
// since then, they are listed and nothing is written, unless force is set: then
// their bytes are kept in .gen/undo.
func (t *Tx) Abort(ctx context.Context, force bool) ([]tree.Path, error) {
	restored, err := t.abort(ctx, force)
	if err != nil {
		return nil, t.fail(err)
	}
	return restored, nil
}

func (t *Tx) abort(ctx context.Context, force bool) ([]tree.Path, error) {
	undo, last, err := t.undoable()
	if err != nil {
		return nil, err
	}
	defer undo.close()
	t.disk.noExec = last.NoExec
	w := newWalker(t.disk)
	defer w.close()
	j := &journal{head: head{Undone: true, Make: last.Prune, Prune: last.Make}}
	var changed diag.List
	var restored []tree.Path
	goes := map[string]bool{}
	for _, r := range last.rows {
		goes[r.Path] = r.Before == nil
	}
	for _, r := range last.rows {
		now, err := w.look(r.Path)
		if errors.Is(err, errBlocked) && r.After == nil {
			if all, e := w.vanishes(r.Path, goes); e != nil || all {
				err = e
			}
		}
		if r.Before != nil {
			cover, e := w.cover(r.Path)
			switch {
			case e != nil:
				return nil, at(r.Path, e)
			case goes[cover]: // which this takes away first
				now, err = look{}, nil
			case cover != "":
				changed = append(changed, since(cover, errBlocked))
				continue
			}
		}
		if err != nil && !errors.Is(err, errBlocked) {
			return nil, at(r.Path, err)
		}
		back := row{Path: r.Path, Before: r.After, After: r.Before, from: r.Undo}
		switch {
		case err == nil && now.is(r.Before, last.NoExec): // as it was
			continue
		case err == nil && now.is(r.After, last.NoExec):
		case err != nil || !force:
			changed = append(changed, since(r.Path, err))
			continue
		default:
			back.Before, back.Undo = sideOf(now), 1 // kept
		}
		if j.rows = append(j.rows, back); !own(r.Path) {
			p, err := tree.ParsePath(r.Path)
			if err != nil {
				return nil, err
			}
			restored = append(restored, p)
		}
	}
	if err := changed.Err(); err != nil {
		return nil, err
	}
	return restored, t.stage(ctx, j, undo, nil)
}

func since(p string, err error) *diag.Error {
	if err != nil {
		return &diag.Error{Code: diag.Target, Msg: p + ": " + diag.Reason(err), Hint: "move it away, then run the command again"}
	}
	return &diag.Error{
		Code: diag.Target, Msg: p + " was changed after the update",
		Hint: "run gen update --abort --force to lose the change; its bytes are kept in .gen/undo",
	}
}

// Last returns what [Tx.Abort] would take back: the record from before it, nil
// if the directory was no project then, and when it was.
func (t *Tx) Last() (before []byte, when time.Time, err error) {
	undo, last, err := t.undoable()
	if err != nil {
		return nil, when, t.fail(err)
	}
	defer undo.close()
	b := bytes.NewBuffer([]byte{})
	info, err := undo.lstat(planName)
	for _, r := range last.rows {
		if r.Path == record.File && err == nil {
			if r.Before == nil {
				return nil, info.ModTime(), nil
			}
			_, err = undo.look(strconv.Itoa(r.Undo), b)
		}
	}
	if err != nil {
		return nil, when, t.fail(at(undoPath, err))
	}
	return b.Bytes(), info.ModTime(), nil
}

// undoable is [Tx.last], of which there must be one.
func (t *Tx) undoable() (undo *disk, last *journal, err error) {
	undo, last, err = t.last()
	if err == nil && last == nil {
		err = &diag.Error{
			Code: diag.Target, Msg: "there is no update to undo in " + t.disk.root.Name(),
			Hint: "an update can be undone once, where it ran; in a clone, undo its commit with git",
		}
	}
	return undo, last, err
}

// last returns what the last update kept, and its journal; both are nil if
// there is none, or it has been undone already.
func (t *Tx) last() (undo *disk, last *journal, err error) {
	if undo, err = t.own.into(undoDir); err != nil {
		return nil, nil, unless(errors.Is(err, fs.ErrNotExist), at(undoPath, err))
	}
	last, err = readJournal(undo, planName)
	if err == nil && !last.Undone {
		if err = last.complete(); err == nil {
			return undo, last, nil
		}
	}
	undo.close()
	return nil, nil, unless(errors.Is(err, fs.ErrNotExist), err)
}

const (
	undoPath = record.Dir + "/" + undoDir
	txPath   = record.Dir + "/" + txDir
)

// complete returns an error unless the bytes before every row were kept.
func (j *journal) complete() error {
	for _, r := range j.rows {
		if r.Before != nil && r.Undo == 0 {
			return damaged(undoPath+"/"+planName, r.Path+" was not kept")
		}
	}
	return nil
}
