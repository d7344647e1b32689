package apply

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"example.com/gen/internal/merge"
	"example.com/gen/internal/tree"
)

// errBlocked is a path that cannot hold a file of ours: below a link, or a
// directory, a device.
var errBlocked = errors.New("something is there that is not a file")

// into is d for the directory name right below it. A link is not followed, even
// if it takes the directory's place just now.
func (d *disk) into(name string) (*disk, error) {
	info, err := d.lstat(name)
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: errBlocked}
	case !info.IsDir():
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.ENOTDIR}
	}
	s, err := d.sub(name)
	if err != nil {
		return nil, err
	}
	s.path, s.top = path.Join(d.path, name), d.top
	opened, err := s.lstat(".")
	if err == nil && !os.SameFile(info, opened) {
		err = &fs.PathError{Op: "open", Path: name, Err: errBlocked}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// A walker goes from directory to directory of a project, keeps those open that
// lead to where it is, and follows no link.
type walker struct {
	disks []*disk
	names []string // names[i] leads from disks[i] to disks[i+1]
}

func newWalker(d *disk) *walker { return &walker{disks: []*disk{d}} }

// to returns the directory dir. make makes what is missing on the way.
func (w *walker) to(dir string, make func(d *disk, name string) error) (*disk, error) {
	var want []string
	if dir != "." {
		want = strings.Split(dir, "/")
	}
	same := 0
	for same < min(len(want), len(w.names)) && want[same] == w.names[same] {
		same++
	}
	w.back(same)
	for _, name := range want[same:] {
		d := w.disks[len(w.disks)-1]
		next, err := d.into(name)
		if make != nil && errors.Is(err, fs.ErrNotExist) {
			if err = make(d, name); err == nil || errors.Is(err, fs.ErrExist) {
				next, err = d.into(name)
			}
		}
		if err != nil {
			return nil, err
		}
		w.disks, w.names = append(w.disks, next), append(w.names, name)
	}
	return w.disks[len(w.disks)-1], nil
}

// back closes all directories but the first n below the project.
func (w *walker) back(n int) {
	for _, d := range w.disks[n+1:] {
		d.close()
	}
	w.disks, w.names = w.disks[:n+1], w.names[:n]
}

func (w *walker) close() { w.back(0) }

// A look is what lies at a path. The zero look is nothing.
type look struct {
	merge.Print
	size int64
	perm fs.FileMode
	info fs.FileInfo
}

func (l look) there() bool { return l.info != nil }

// look returns what lies at p. Nothing is there, too, if one of its directories
// is missing or is a file. The error is errBlocked if no file can be there.
func (w *walker) look(p string) (look, error) {
	d, err := w.to(path.Dir(p), nil)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return look{}, nil
	}
	if err != nil {
		return look{}, err
	}
	l, err := d.look(path.Base(p), io.Discard)
	if errors.Is(err, fs.ErrNotExist) {
		return look{}, nil
	}
	return l, err
}

// cover returns what stands above p and is no directory, such as a file or a
// link, "" if nothing does.
func (w *walker) cover(p string) (string, error) {
	for i, c := range p {
		if c != '/' {
			continue
		}
		d, err := w.to(path.Dir(p[:i]), nil)
		if err != nil {
			return "", unless(errors.Is(err, fs.ErrNotExist), err)
		}
		switch info, err := d.lstat(path.Base(p[:i])); {
		case err != nil:
			return "", unless(errors.Is(err, fs.ErrNotExist), err)
		case !info.IsDir():
			return p[:i], nil
		}
	}
	return "", nil
}

// vanishes reports whether p is a directory that holds nothing but files of
// goes, so that nothing is there once they are deleted.
func (w *walker) vanishes(p string, goes map[string]bool) (bool, error) {
	d, err := w.to(p, nil)
	if err != nil {
		return false, unless(stays(err), err)
	}
	names, err := d.list(".")
	if err != nil {
		return false, err
	}
	for _, name := range names {
		if at := path.Join(p, name); !goes[at] {
			if all, err := w.vanishes(at, goes); err != nil || !all {
				return false, err
			}
		}
	}
	return true, nil
}

// unless is err, or nil if expected.
func unless(expected bool, err error) error {
	if expected {
		return nil
	}
	return err
}

// look reads the file or link name, and copies its bytes to w.
func (d *disk) look(name string, w io.Writer) (look, error) {
	info, err := d.lstat(name)
	if err != nil {
		return look{}, err
	}
	l := look{size: info.Size(), perm: info.Mode().Perm(), info: info}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		to, err := d.readlink(name)
		_, _ = io.WriteString(w, to)
		return lookOfLink(info, to), err
	case !info.Mode().IsRegular():
		return look{}, errBlocked
	}
	l.Mode = tree.Regular
	if l.perm&0o100 != 0 && !d.noExec {
		l.Mode = tree.Executable
	}
	err = d.read(name, info, func(f *os.File) error {
		h := sha256.New()
		n, err := io.Copy(io.MultiWriter(h, w), f)
		l.size = n
		h.Sum(l.Sum[:0])
		return err
	})
	return l, err
}

func lookOfLink(info fs.FileInfo, to string) look {
	return look{Print: merge.PrintOf(tree.File{Mode: tree.Link, Data: []byte(to)}), size: int64(len(to)), info: info}
}

// read opens the regular file name, which is the one that was seen, and hands
// it to f.
func (d *disk) read(name string, seen fs.FileInfo, f func(*os.File) error) error {
	file, err := d.open(name, os.O_RDONLY|noFollow|nonBlocking, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	return d.do("read", name, func() error {
		info, err := file.Stat()
		if err != nil {
			return err
		}
		if !os.SameFile(info, seen) {
			return errBlocked
		}
		return f(file)
	})
}
