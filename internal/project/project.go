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
	"example.com/gen/internal/merge"
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
	Made   map[string]any // the answers that base was rendered from
	Damage string         // why the base cannot be trusted, and is empty; "" if it can
}

// Open opens the nearest directory from dir on upwards that holds a record, or
// the commit point of an update that may be about to make one. The caller
// closes its Root.
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
		for _, name := range []string{record.File, record.Commit} {
			if _, err := os.Lstat(filepath.Join(here, filepath.FromSlash(name))); err == nil {
				return here, nil
			}
		}
		if here == filepath.Dir(here) {
			return "", &diag.Error{
				Code: diag.Record, Msg: at + " is not in a project that gen made: there is no " + record.File,
				Hint: "name its directory, or make one with gen new",
			}
		}
	}
}

// Load reads the record and the base. That the base is missing, damaged or
// another project's is no error: Damage says so then, and Base is empty.
func (p *Project) Load() error {
	p.Base, p.Made, p.Damage = tree.Tree{}, nil, ""
	text, err := p.Remembered()
	if err != nil {
		return err
	}
	if p.Record, err = record.Decode(text); err != nil {
		return err
	}
	data, err := p.remembered(record.Base, maxBase)
	if why := damage(""); errors.As(err, &why) {
		p.Damage = string(why)
		return nil
	}
	if err != nil {
		return err
	}
	made, err := record.DecodeBase(data)
	switch {
	case err != nil:
		p.Damage = err.Error()
	case made.Digest != p.Record.Base:
		p.Damage = "it is not the one that " + record.File + " names"
	default:
		p.Base, p.Made = made.Tree, made.Answers
		return p.checkPending()
	}
	return nil
}

// checkPending refuses conflicts in files that the template does not make: they
// are another project's.
func (p *Project) checkPending() error {
	for _, row := range p.Record.Pending {
		if !merge.Concerns(p.Base, p.Record.Moved, row.Kind, row.Path.String(), row.Left) {
			return &diag.Error{
				Code: diag.Record, Pos: diag.Pos{File: record.File},
				Msg: "pending names " + row.Path.String() + ", which the template does not make", Hint: "remove the row, or " + fromGit,
			}
		}
	}
	return nil
}

const fromGit = "take .gen/ from git: git checkout -- .gen"

// Remembered returns the text of the record.
func (p *Project) Remembered() ([]byte, error) {
	data, err := p.remembered(record.File, maxRecord)
	if why := damage(""); errors.As(err, &why) {
		return nil, &diag.Error{Code: diag.Record, Pos: diag.Pos{File: record.File}, Msg: "the record cannot be read: " + string(why), Hint: fromGit}
	}
	return data, err
}

// damage says why a file of .gen/ is none.
type damage string

func (d damage) Error() string { return string(d) }

// remembered reads a file of .gen/. An error is a damage if reading it again
// makes no difference.
func (p *Project) remembered(name string, most int64) ([]byte, error) {
	f, err := p.read(name, most)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, damage("it is missing")
	case err != nil:
		return nil, &diag.Error{Code: diag.Record, Pos: diag.Pos{File: name}, Msg: "it cannot be read: " + diag.Reason(err)}
	case f.Sum != nil:
		return nil, damage(fmt.Sprintf("it has over %d bytes", most))
	case f.Mode == tree.Blocked:
		return nil, damage("it is " + string(f.Data) + ", not a file")
	case f.Mode == tree.Link:
		return nil, damage("it is a link, not a file")
	}
	return f.Data, nil
}

// file reads one path of the owner's.
func (p *Project) file(name string) (tree.File, error) { return p.read(name, maxKept) }

// read reads one path below the root. An error is fs.ErrNotExist if nothing is
// there; what is there and is no file is Blocked; of more than most bytes only
// the sum is kept.
func (p *Project) read(name string, most int64) (tree.File, error) {
	if above := p.blocks(name); above != "" {
		return blocked(above), nil
	}
	info, err := p.Root.Lstat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrPermission):
		return blocked(noAccess), nil
	case err != nil:
		return tree.File{}, err
	case info.Mode().Type() == fs.ModeSymlink:
		target, err := p.Root.Readlink(filepath.FromSlash(name))
		return tree.File{Mode: tree.Link, Data: []byte(filepath.ToSlash(target))}, err
	case info.IsDir():
		return blocked(merge.ADirectory), nil
	case !info.Mode().IsRegular():
		return blocked(aDevice), nil
	}
	return p.regular(name, most)
}

// What a Blocked file is, beside what merge asks for.
const (
	noAccess = "something unreadable"
	aDevice  = "a device or socket"
)

func blocked(what string) tree.File { return tree.File{Mode: tree.Blocked, Data: []byte(what)} }

// blocks returns what on the way to name is no directory, such as a link; ""
// if nothing is in the way.
func (p *Project) blocks(name string) string {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		switch info, err := p.Root.Lstat(filepath.FromSlash(dir)); {
		case err != nil || info.IsDir():
		case info.Mode().IsRegular():
			return merge.BelowFile
		case info.Mode().Type() == fs.ModeSymlink:
			return "the link " + dir
		default:
			return aDevice + " above it"
		}
	}
	return ""
}

func (p *Project) regular(name string, most int64) (tree.File, error) {
	f, err := p.Root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|nonBlocking, 0)
	if errors.Is(err, fs.ErrPermission) {
		return blocked(noAccess), nil
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
		return blocked(aDevice), nil
	}
	file := tree.File{Mode: tree.Regular}
	if info.Mode()&0o100 != 0 {
		file.Mode = tree.Executable
	}
	if info.Size() > most {
		file.Sum, err = hash(f)
		return file, err
	}
	b := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead)) // its end is found without growing
	_, err = b.ReadFrom(f)
	file.Data = b.Bytes()
	return file, err
}
