// Package project reads what lies in a directory that gen made: its record,
// its base, and those of its files that an update looks at.
//
// It writes nothing and follows no link.
package project

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/record"
	"example.com/gen/internal/tree"
)

// maxRecord and maxBase are the most bytes that are read of each.
const (
	maxRecord = 512 << 10
	maxBase   = 80 << 20
)

// A Project is a directory that gen made.
type Project struct {
	Root   *os.Root
	Dir    string // absolute
	Record record.Record
	Text   []byte // of the record, as it was read
	Base   tree.Tree
}

// Find returns the nearest directory from dir on upwards that holds a record.
func Find(dir string) (string, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for here := at; ; here = filepath.Dir(here) {
		if _, err := os.Lstat(filepath.Join(here, filepath.FromSlash(record.File))); err == nil {
			return here, nil
		}
		if here == filepath.Dir(here) {
			return "", &diag.Error{
				Code: diag.Record, Msg: at + " is not in a project that gen made: there is no " + record.File,
				Hint: "name its directory, or make one with gen new",
			}
		}
	}
}

// Open reads the record and the base of the project in dir. The caller closes
// its Root.
func Open(dir string) (*Project, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &diag.Error{Code: diag.Record, Msg: dir + " cannot be opened: " + diag.Reason(err)}
	}
	p := &Project{Root: root, Dir: dir}
	if err := p.read(); err != nil {
		root.Close()
		return nil, err
	}
	return p, nil
}

func (p *Project) read() (err error) {
	if p.Text, err = p.remembered(record.File, maxRecord); err != nil {
		return err
	}
	if p.Record, err = record.Decode(p.Text); err != nil {
		return err
	}
	data, err := p.remembered(record.Base, maxBase)
	if err != nil {
		return err
	}
	var digest string
	if p.Base, digest, err = record.DecodeBase(data); err != nil {
		return damaged(err.Error())
	}
	if digest != p.Record.Base {
		return damaged("it is not the one that " + record.File + " names")
	}
	return nil
}

func damaged(why string) error {
	return &diag.Error{
		Code: diag.Record, Pos: diag.Pos{File: record.Base}, Msg: "the base cannot be trusted: " + why,
		Hint: "take all of .gen/ from one commit of the project: git checkout COMMIT -- .gen",
	}
}

// remembered reads a file of .gen/.
func (p *Project) remembered(name string, most int64) ([]byte, error) {
	f, err := p.file(name)
	var data []byte
	switch {
	case err == nil && f.Mode != tree.Regular && f.Mode != tree.Executable:
		err = errors.New("it is not a file")
	case err == nil:
		data = f.Data
	}
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("it has over %d bytes", most)
	}
	if err != nil {
		return nil, &diag.Error{
			Code: diag.Record, Pos: diag.Pos{File: name}, Msg: "it cannot be read: " + diag.Reason(err),
			Hint: "restore .gen/ from git: git checkout -- .gen",
		}
	}
	return data, nil
}

// file reads one path below the root. An error is fs.ErrNotExist if nothing is
// there; what is there and is no file is Blocked.
func (p *Project) file(name string) (tree.File, error) {
	info, err := p.Root.Lstat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		if p.behindFile(name) {
			return tree.File{Mode: tree.Blocked}, nil
		}
		return tree.File{}, fs.ErrNotExist
	case errors.Is(err, fs.ErrPermission):
		return tree.File{Mode: tree.Blocked}, nil
	case err != nil && p.behindLink(name):
		return tree.File{Mode: tree.Blocked}, nil
	case err != nil:
		return tree.File{}, err
	case p.behindLink(name):
		return tree.File{Mode: tree.Blocked}, nil
	case info.Mode().Type() == fs.ModeSymlink:
		target, err := p.Root.Readlink(filepath.FromSlash(name))
		return tree.File{Mode: tree.Link, Data: []byte(filepath.ToSlash(target))}, err
	case !info.Mode().IsRegular():
		return tree.File{Mode: tree.Blocked}, nil
	}
	return p.regular(name)
}

// behindFile reports whether something that is no directory is on the way to
// name.
func (p *Project) behindFile(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if info, err := p.Root.Lstat(filepath.FromSlash(dir)); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}

// behindLink reports whether a directory on the way to name is a link.
func (p *Project) behindLink(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if info, err := p.Root.Lstat(filepath.FromSlash(dir)); err == nil && info.Mode().Type() == fs.ModeSymlink {
			return true
		}
	}
	return false
}

func (p *Project) regular(name string) (tree.File, error) {
	f, err := p.Root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|nonBlocking, 0)
	if errors.Is(err, fs.ErrPermission) {
		return tree.File{Mode: tree.Blocked}, nil
	}
	if err != nil {
		return tree.File{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return tree.File{}, err
	}
	if !info.Mode().IsRegular() {
		return tree.File{Mode: tree.Blocked}, nil
	}
	mode := tree.Regular
	if info.Mode()&0o100 != 0 {
		mode = tree.Executable
	}
	data := make([]byte, 0, info.Size()+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return tree.File{Mode: mode, Data: data}, nil
		}
		if err != nil {
			return tree.File{}, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}
