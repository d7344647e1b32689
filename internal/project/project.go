// Package project reads what lies in a directory that gen made: its record,
// its base, and those of its files that an update looks at.
//
// It writes nothing and follows no link.
package project

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/record"
	"example.com/gen/internal/tree"
)

// maxRecord and maxBase are the most bytes that are read of each.
const (
	maxRecord = 512 << 10
	maxBase   = 80 << 20
)

// A Project is a directory that gen made. Its record and base are there after
// [Project.Load].
type Project struct {
	Root   *os.Root
	Dir    string // absolute
	Record record.Record
	Base   tree.Tree
}

// Open opens the nearest directory from dir on upwards that holds a record. The
// caller closes its Root.
func Open(dir string) (*Project, error) {
	at, err := find(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(at)
	if err != nil {
		return nil, &diag.Error{Code: diag.Record, Msg: at + " cannot be opened: " + diag.Reason(err)}
	}
	return &Project{Root: root, Dir: at}, nil
}

func find(dir string) (string, error) {
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

// Load reads the record and the base.
func (p *Project) Load() error {
	text, err := p.remembered(record.File, maxRecord)
	if err != nil {
		return err
	}
	if p.Record, err = record.Decode(text); err != nil {
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
	var f tree.File
	info, err := p.Root.Lstat(filepath.FromSlash(name))
	if err == nil && info.Size() > most {
		err = fmt.Errorf("it has over %d bytes", most)
	}
	if err == nil {
		f, err = p.file(name)
	}
	if err == nil && f.Mode != tree.Regular && f.Mode != tree.Executable {
		err = errors.New("it is not a file")
	}
	if err != nil {
		return nil, &diag.Error{
			Code: diag.Record, Pos: diag.Pos{File: name}, Msg: "it cannot be read: " + diag.Reason(err),
			Hint: "restore .gen/ from git: git checkout -- .gen",
		}
	}
	return f.Data, nil
}

// file reads one path below the root. An error is fs.ErrNotExist if nothing is
// there; what is there and is no file is Blocked.
func (p *Project) file(name string) (tree.File, error) {
	blocked := tree.File{Mode: tree.Blocked}
	if p.blocks(name) {
		return blocked, nil
	}
	info, err := p.Root.Lstat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrPermission):
		return blocked, nil
	case err != nil:
		return tree.File{}, err
	case info.Mode().Type() == fs.ModeSymlink:
		target, err := p.Root.Readlink(filepath.FromSlash(name))
		return tree.File{Mode: tree.Link, Data: []byte(filepath.ToSlash(target))}, err
	case !info.Mode().IsRegular():
		return blocked, nil
	}
	return p.regular(name)
}

// blocks reports whether something that is no directory, such as a link, is on
// the way to name.
func (p *Project) blocks(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if info, err := p.Root.Lstat(filepath.FromSlash(dir)); err == nil && !info.IsDir() {
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
	b := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead)) // its end is found without growing
	_, err = b.ReadFrom(f)
	return tree.File{Mode: mode, Data: b.Bytes()}, err
}
