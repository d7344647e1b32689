package apply

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"

	"example.com/gen/internal/record"
	"example.com/gen/internal/tree"
)

// late is for a path that somebody has changed since the plan was made: their
// bytes stay, the template's are left as NAME.gen-new, and the record gets a
// row for it. All this goes into the journal first, so that it is repeated, and
// undone, like the rest.
func (r *run) late(i int) error {
	if own(r.rows[i].Path) {
		return r.readopt(i)
	}
	p, err := tree.ParsePath(r.rows[i].Path)
	if err != nil {
		return err
	}
	late := record.Pending{Path: p, Kind: "deleted"}
	if r.rows[i].After == nil {
		r.rows[i].Before = nil
		return r.amend(late)
	}
	left, err := r.free(p.String())
	if err != nil {
		return err
	}
	switch {
	case left == "": // no place for it
		late.Kind = "blocked"
		r.rows[i].Before, r.rows[i].After = nil, nil
		return r.amend(late)
	case r.rows[i].Before == nil:
		late.Kind = "added"
	default:
		late.Kind = "replaced"
	}
	late.Left, r.rows[i].Path, r.rows[i].Before = left, left, nil
	if err := r.amend(late); err != nil {
		return err
	}
	return r.write(i)
}

// lefts is how many names are tried for what is left.
const lefts = 100

// free returns a name next to p for the template's side, "" if there is none.
func (r *run) free(p string) (string, error) {
	for n := range lefts {
		name := p + ".gen-new"
		if n > 0 {
			name += "-" + strconv.Itoa(n+1)
		}
		if _, err := tree.ParsePath(name); err != nil {
			return "", nil // too long
		}
		taken := slices.ContainsFunc(r.rows, func(r row) bool { return r.Path == name })
		_, err := r.walker.to(path.Dir(name), nil)
		switch l, e := r.walker.look(name); {
		case err != nil && stays(err):
			return "", nil
		case err != nil || e != nil && !errors.Is(e, errBlocked):
			return "", errors.Join(err, e)
		case !taken && e == nil && !l.there():
			return name, nil
		}
	}
	return "", nil
}

// readopt takes the bytes that a file of gen's own has now for those before.
func (r *run) readopt(i int) error {
	row := &r.rows[i]
	undo, err := r.tx.into(undoDir)
	if err != nil {
		return err
	}
	defer undo.close()
	b := &bytes.Buffer{}
	d, err := r.walker.to(path.Dir(row.Path), nil)
	if err != nil {
		return err
	}
	now, err := d.look(path.Base(row.Path), b)
	if errors.Is(err, fs.ErrNotExist) {
		now, err = look{}, nil
	}
	if err != nil {
		return err
	}
	if row.Before = sideOf(now); row.Before != nil {
		row.Undo = r.number()
		if err := r.renew(undo, strconv.Itoa(row.Undo), b.Bytes()); err != nil {
			return err
		}
	}
	if err := r.recommit(); err != nil {
		return err
	}
	if row.After == nil {
		return r.delete(i)
	}
	return r.write(i)
}

// amend adds a row to the record that is about to be written, and commits the
// journal as it is now.
func (r *run) amend(late record.Pending) error {
	r.Late = append(r.Late, late)
	i := slices.IndexFunc(r.rows, func(r row) bool { return r.Path == record.File })
	if i < 0 || r.rows[i].After == nil {
		return r.recommit()
	}
	row, b := &r.rows[i], &bytes.Buffer{}
	if _, err := r.staged.look(strconv.Itoa(row.New), b); err != nil {
		return err
	}
	rec, err := r.Pending(b.Bytes(), late)
	if err != nil {
		return err
	}
	row.New = r.number()
	if err := r.renew(r.staged, strconv.Itoa(row.New), rec); err != nil {
		return err
	}
	perm := row.After.Perm
	row.After = sideOfFile(tree.File{Mode: tree.Regular, Data: rec})
	if row.After.Perm = perm; perm != 0 && keepsExec {
		if err := r.staged.chmodFile(strconv.Itoa(row.New), perm); err != nil {
			return err
		}
	}
	return r.recommit()
}

// renew writes name anew.
func (r *run) renew(d *disk, name string, data []byte) error {
	if err := d.remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := d.write(name, data, 0o666, !r.NoSync); err != nil {
		return err
	}
	return r.syncAll(d)
}

// recommit puts the journal as it is now in the place of the one that was
// committed.
func (r *run) recommit() error {
	data, err := r.encode()
	if err != nil {
		return err
	}
	if err := r.renew(r.tx, planName, data); err != nil {
		return err
	}
	return r.commit(r.tx)
}
