package apply

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.com/gen/internal/record"
)

// A stage is the sibling directory in which a project is built. Its lock file
// is the marker by which a later run knows a directory that was left: it holds
// the stage's own name, so that it marks nothing once the project has moved to
// its place, and whoever is still building holds the lock.
type stage struct {
	parent *disk
	name   string
	*disk
	lock *os.File
}

// tries is how often a run that clears away can come between us and our lock.
const tries = 8

func newStage(parent *disk, name string) (*stage, error) {
	var err error
	for range tries {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails
		s := &stage{parent: parent, name: "." + name + ".gen-" + hex.EncodeToString(b[:])}
		if err = s.open(); err == nil {
			return s, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
			return nil, errors.Join(err, s.remove())
		}
	}
	return nil, err
}

// open makes the stage and takes its lock. ErrNotExist or ErrExist mean that
// somebody came between.
func (s *stage) open() (err error) {
	opened := false
	defer func() {
		if !opened {
			s.close()
		}
	}()
	if err = s.make(); err == nil {
		opened = true
	}
	return err
}

func (s *stage) make() (err error) {
	if err = s.parent.mkdir(s.name); err != nil {
		return err
	}
	if s.disk, err = s.parent.sub(s.name); err != nil {
		return err
	}
	if err = s.mkdir(record.Dir); err != nil {
		return err
	}
	if s.lock, err = s.disk.open(record.Lock, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666); err != nil {
		return err
	}
	free, err := lock(s.lock)
	if err == nil && !free {
		err = fs.ErrNotExist // it is being cleared away
	}
	if err != nil {
		return err
	}
	mine, err := s.lock.Stat()
	if err != nil {
		return err
	}
	switch there, err := s.lstat(record.Lock); {
	case err != nil:
		return err
	case !os.SameFile(mine, there):
		return fs.ErrNotExist
	}
	if err := s.ask("write", record.Lock); err != nil {
		return err
	}
	_, err = s.lock.WriteString(s.name + "\n")
	return err
}

func (s *stage) path() string { return filepath.Join(s.parent.root.Name(), s.name) }

// rename gives the stage its name, which must be free.
func (s *stage) rename(name string) error {
	if !renamesOpen {
		s.close()
	}
	return s.parent.moveTo(s.name, s.parent, name, false)
}

func (s *stage) close() {
	if s.lock != nil {
		_ = s.lock.Close()
		s.lock = nil
	}
	if s.disk != nil {
		_ = s.disk.root.Close()
	}
}

// remove takes the stage away: its marker last, so that a run that dies in
// between leaves what the next one still knows.
func (s *stage) remove() error {
	defer s.close()
	return sweep(s.parent, s.name)
}

// clean removes what killed runs that were making name left below d. It never
// fails: what cannot be removed hurts nobody.
func clean(d *disk, name string) {
	all, err := d.list(".")
	if err != nil {
		return
	}
	prefix := "." + name + ".gen-"
	for _, n := range all {
		random, found := strings.CutPrefix(n, prefix)
		if b, err := hex.DecodeString(random); found && err == nil && len(b) == 4 && random == strings.ToLower(random) {
			cleanOne(d, n)
		}
	}
}

func cleanOne(d *disk, name string) {
	if info, err := d.lstat(name); err != nil || !info.IsDir() {
		return
	}
	left, err := d.sub(name)
	if err != nil {
		return
	}
	defer left.root.Close()
	f, err := left.open(record.Lock, os.O_RDWR|noFollow, 0)
	if errors.Is(err, fs.ErrNotExist) { // it died before it had a marker, so it holds nothing
		_ = left.remove(record.Dir)
		_ = d.remove(name)
		return
	}
	if err != nil {
		return
	}
	defer f.Close()
	if free, err := lock(f); err != nil || !free || !marks(left, f, name) {
		return
	}
	_ = sweep(d, name)
}

// marks reports whether the lock file f says that name is a stage, or was made
// so lately that there is nothing else in the stage.
func marks(d *disk, f *os.File, name string) bool {
	b := make([]byte, len(name)+2)
	n, _ := f.Read(b)
	if string(b[:n]) == name+"\n" {
		return true
	}
	all, err := d.list(".")
	own, err2 := d.list(record.Dir)
	return n == 0 && err == nil && err2 == nil && len(all) == 1 && len(own) == 1
}

// sweep removes the stage name below d, its marker last.
func sweep(d *disk, name string) error {
	left, err := d.sub(name)
	if err != nil {
		return d.removeAll(name)
	}
	defer left.root.Close()
	all, err := left.list(".")
	if err != nil {
		return err
	}
	for _, n := range all {
		if n != record.Dir {
			if err := left.removeAll(n); err != nil {
				return err
			}
		}
	}
	return d.removeAll(name)
}
