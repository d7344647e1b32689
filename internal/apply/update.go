package apply

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/record"
	"example.com/gen/internal/tree"
)

// An Update is a set of changes to a project that exists.
type Update struct {
	Steps  []merge.Step                         // what is written and deleted
	Memory func() (rec, base []byte, err error) // what the project remembers from now on; nil for what stays

	// First says that this makes the directory a project, which it may not be
	// yet.
	First bool
	// Settles says that conflicts of the last update are settled by this one:
	// undoing it undoes both.
	Settles bool
}

// Apply carries u out: all of it, or nothing. If a path does not hold what the
// plan says, nothing is written. After an error, the next [Begin] finds the
// project as it was or finishes the update.
func (t *Tx) Apply(ctx context.Context, u Update) error {
	rec, base, err := u.Memory()
	if err != nil {
		return err
	}
	j := &journal{}
	var undo *disk
	var last *journal
	if u.Settles {
		if undo, last, err = t.last(); err != nil {
			return t.fail(err)
		}
	}
	if last != nil {
		defer undo.close()
	}
	for _, s := range u.Steps {
		r := row{Path: s.Path.String()}
		if s.Before != nil {
			r.Before = &side{Mode: s.Before.Mode, Sum: hex.EncodeToString(s.Before.Sum[:])}
		}
		if s.After != nil {
			if s.After.Sum != nil { // only its hash is known
				return &diag.Error{Code: diag.Limit, Msg: r.Path + " is too large for gen to write", Hint: "move it yourself; nothing was changed"}
			}
			r.After, r.data = sideOfFile(*s.After), s.After.Data
		}
		j.rows = append(j.rows, r)
	}
	if u.First {
		err = noProject(t.disk.root)
	}
	if err == nil {
		err = t.remember(j, rec, base)
	}
	if err == nil {
		err = t.stage(ctx, j, undo, last)
	}
	return t.fail(err)
}

// remember adds rows for gen's own files, those that differ.
func (t *Tx) remember(j *journal, rec, base []byte) error {
	w := newWalker(t.disk)
	defer w.close()
	for _, f := range []struct {
		path string
		data []byte
		once bool // written only if it is missing
	}{
		{record.Base, base, false},
		{record.Ignore, []byte(record.IgnoreText), true},
		{record.Attributes, []byte(record.AttributesText), true},
		{record.File, rec, false},
	} {
		now, err := w.look(f.path)
		if err != nil {
			return at(f.path, err)
		}
		after := sideOfFile(tree.File{Mode: tree.Regular, Data: f.data})
		if f.data == nil || now.is(after, t.disk.noExec) || f.once && now.there() {
			continue
		}
		j.rows = append(j.rows, row{Path: f.path, Before: sideOf(now), After: after, data: f.data})
	}
	return nil
}

// at says which path err is about, unless that has been said.
func at(p string, err error) error {
	if err, done := told(err); done {
		return err
	}
	if known := (*fs.PathError)(nil); errors.As(err, &known) && known.Op == "update" {
		return err
	}
	return &fs.PathError{Op: "update", Path: filepath.FromSlash(p), Err: reason(err)}
}

func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// A stager writes what an update needs to .gen/tx, before anything of the
// user's is touched.
type stager struct {
	*Tx
	*journal
	ctx           context.Context
	tx, new, undo *disk
	last          *disk    // the undo of the last update, if this one takes it back or settles it
	settled       *journal // the last update, if this one settles it
	walker        *walker
	staged        []stagedFile      // what has been written
	deletes       map[string]string // paths that go, by folded path
	goes          map[string]bool   // the same paths
}

// A stagedFile is one that was written to .gen/tx.
type stagedFile struct {
	disk *disk
	name string
}

// stage prepares j in .gen/tx, commits it and carries it out. What lies in last
// is put back by it, or, if it settles an update, kept with what it replaces.
func (t *Tx) stage(ctx context.Context, j *journal, last *disk, settled *journal) error {
	if len(j.rows) == 0 {
		return nil
	}
	s := &stager{
		Tx: t, journal: j, ctx: ctx, last: last, settled: settled, walker: newWalker(t.disk),
		deletes: map[string]string{}, goes: map[string]bool{},
	}
	defer s.close()
	err := at(txPath, s.open())
	if err == nil {
		err = s.prepare()
	}
	if err != nil {
		return errors.Join(err, s.discard())
	}
	return t.forward(s.tx, j)
}

func (s *stager) close() {
	s.walker.close()
	for _, d := range []*disk{s.tx, s.new, s.undo} {
		if d != nil {
			d.close()
		}
	}
}

// discard removes what was staged, unless it has been committed all the same.
func (s *stager) discard() error {
	if s.tx != nil {
		if _, err := s.tx.lstat(committed); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return s.own.removeAll(txDir)
}

func (s *stager) open() (err error) {
	if err = s.own.mkdir(txDir); err != nil {
		return err
	}
	if s.tx, err = s.own.into(txDir); err != nil {
		return err
	}
	for _, d := range []struct {
		name string
		at   **disk
	}{{newDir, &s.new}, {undoDir, &s.undo}} {
		if err = s.tx.mkdir(d.name); err != nil {
			return err
		}
		if *d.at, err = s.tx.into(d.name); err != nil {
			return err
		}
	}
	return nil
}

// prepare does all up to the commit point.
func (s *stager) prepare() error {
	for _, step := range []func() error{
		s.probe, s.rowsToDisk, s.dirs, s.settle, s.sync, s.journalToDisk, s.again, func() error { return s.commit(s.tx) },
	} {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return at(txPath, err)
		}
	}
	return nil
}

// probe finds out whether files have an executable bit here.
func (s *stager) probe() error {
	s.NoExec = !keepsExec
	for _, want := range []fs.FileMode{0o600, 0o700} {
		has, err := s.tx.tryMode("probe", want)
		if err != nil {
			return err
		}
		if has != want&0o100 {
			s.NoExec = true
		}
	}
	for _, d := range []*disk{s.disk, s.own, s.tx, s.new, s.undo} {
		d.noExec = s.NoExec
	}
	return s.tx.remove("probe")
}

// rowsToDisk keeps the bytes before and stages those after.
func (s *stager) rowsToDisk() error {
	first := s.settled.number()
	for i, r := range s.rows {
		if r.After == nil {
			if p, err := tree.ParsePath(r.Path); err == nil {
				s.deletes[p.Fold()], s.goes[p.String()] = p.String(), true
			}
		}
		if r.After != nil {
			s.rows[i].New = first + i
		}
	}
	var changed diag.List
	for i := range s.rows {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		ok, err := s.keep(&s.rows[i], first+i)
		if err != nil {
			return at(s.rows[i].Path, err)
		}
		if !ok {
			changed = append(changed, meanwhile(s.rows[i].Path))
			continue
		}
		if err := s.write(&s.rows[i]); err != nil {
			return at(s.rows[i].Path, err)
		}
	}
	return changed.Err()
}

func meanwhile(p string) *diag.Error {
	return &diag.Error{Code: diag.Target, Msg: p + " was changed meanwhile; nothing was written", Hint: "run the command again"}
}
