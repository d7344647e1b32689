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

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

// recover finishes the update that has a commit point, and removes what one
// without it left.
func (t *Tx) recover() error {
	switch _, err := t.own.lstat(txDir); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	tx, err := t.own.into(txDir)
	if errors.Is(err, errBlocked) || errors.Is(err, syscall.ENOTDIR) {
		return t.own.removeAll(txDir) // a link or file: not a journal
	}
	if err != nil {
		return err
	}
	defer tx.close()
	j, err := readJournal(tx, committed)
	if errors.Is(err, fs.ErrNotExist) {
		return t.own.removeAll(txDir)
	}
	if err != nil {
		return err
	}
	t.begun = true
	if err := t.forward(tx, j); err != nil {
		return err
	}
	t.Recovered = true
	return nil
}

// readJournal reads the journal name below d, which is .gen/tx or .gen/undo.
func readJournal(d *disk, name string) (*journal, error) {
	info, err := d.lstat(name)
	if err != nil {
		return nil, err
	}
	at := path.Join(d.path, name)
	if !info.Mode().IsRegular() || info.Size() > maxJournal {
		return nil, damaged(at, "it is not a file of gen's")
	}
	var data []byte
	err = d.read(name, info, func(f *os.File) (err error) {
		data, err = io.ReadAll(io.LimitReader(f, maxJournal+1))
		return err
	})
	if err != nil {
		return nil, err
	}
	j, err := decode(data)
	if err != nil {
		return nil, damaged(at, err.Error())
	}
	return j, nil
}

func damaged(at, why string) error {
	return &diag.Error{
		Code: diag.Record, Pos: diag.Pos{File: at}, Msg: "the journal of an update is damaged: " + why,
		Hint: "look at what changed last in the project, then remove .gen/tx and .gen/undo",
	}
}

// A run carries a journal out. Each of its steps can be repeated.
type run struct {
	*Tx
	*journal
	tx, staged *disk
	walker     *walker
	touched    map[string]bool // directories to sync
	twins      map[string]int  // by folded path: the row that writes it
	deleted    bool            // all that is to be deleted has been
}

// forward carries j, which has been committed, out. It cannot be interrupted.
func (t *Tx) forward(tx *disk, j *journal) error {
	for _, d := range []*disk{t.disk, t.own, tx} {
		d.noExec = j.NoExec
	}
	staged, err := tx.into(newDir)
	if err != nil {
		return err
	}
	defer staged.close()
	r := &run{Tx: t, journal: j, tx: tx, staged: staged, walker: newWalker(t.disk), touched: map[string]bool{}}
	defer r.walker.close()
	if err := r.all(); err != nil {
		return err
	}
	if err := r.syncDirs(); err != nil {
		return err
	}
	if err := t.finish(tx); err != nil {
		return at(undoPath, err)
	}
	t.begun = false
	return nil
}

// all does the rows: first what goes, then what comes, then gen's own.
func (r *run) all() error {
	if err := r.begun(); err != nil {
		return err
	}
	for i := range r.rows {
		if row := r.rows[i]; row.After == nil && row.Before != nil {
			if err := r.delete(i); err != nil {
				return at(row.Path, err)
			}
		}
	}
	for _, step := range []func() error{r.prune, r.make} {
		if err := step(); err != nil {
			return err
		}
	}
	for _, last := range []bool{false, true} {
		for i := 0; i < len(r.rows); i++ {
			if r.rows[i].After != nil && own(r.rows[i].Path) == last {
				if err := r.write(i); err != nil {
					return at(r.rows[i].Path, err)
				}
			}
		}
	}
	return nil
}

// begun finds out whether a run before this one got as far as writing, and who
// writes what.
func (r *run) begun() error {
	names, err := r.staged.list(".")
	if err != nil {
		return err
	}
	r.twins = map[string]int{}
	for i, row := range r.rows {
		if row.After == nil {
			continue
		}
		if p, err := tree.ParsePath(row.Path); err == nil {
			r.twins[p.Fold()] = i
		}
		r.deleted = r.deleted || !slices.Contains(names, strconv.Itoa(row.New))
	}
	return nil
}

// finish keeps the old bytes for [Tx.Abort] and removes the rest. The commit
// point becomes their table of contents.
func (t *Tx) finish(tx *disk) error {
	switch _, err := tx.lstat(undoDir); {
	case err == nil:
		if err := t.own.removeAll(undoDir); err != nil {
			return err
		}
		if err := tx.moveTo(undoDir, t.own, undoDir, false); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	undo, err := t.own.into(undoDir)
	if err != nil {
		return err
	}
	defer undo.close()
	if err := t.syncAll(t.own); err != nil {
		return err
	}
	switch _, err = undo.lstat(planName); {
	case err == nil: // it came with its own
		err = tx.remove(committed)
	case errors.Is(err, fs.ErrNotExist):
		err = tx.moveTo(committed, undo, planName, false)
	}
	if err != nil {
		return err
	}
	if err := t.syncAll(undo, tx); err != nil {
		return err
	}
	return t.own.removeAll(txDir)
}

// commit is the commit point: from now on the journal that lies in tx is carried
// out.
func (t *Tx) commit(tx *disk) error {
	if err := tx.moveTo(planName, tx, committed, true); err != nil {
		return err
	}
	t.begun = true
	return t.syncAll(tx)
}

// syncAll puts the names in dirs on the disk.
func (t *Tx) syncAll(dirs ...*disk) error {
	if t.NoSync {
		return nil
	}
	return each(len(dirs), dirs, func(d *disk) error { return d.syncDir(".") })
}
