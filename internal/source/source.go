// Package source finds a template and reads it into a tree.
//
// A template may come from anybody: no link in it is followed, no device is
// opened, and sizes are capped before anything is read.
package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

// A Source is a place that a template can be read from.
type Source interface {
	// Read returns what is stored there.
	Read(ctx context.Context) (Stored, error)
	// Name is how --template names it.
	Name() string
	// Record is what a project at the absolute path project remembers of it.
	Record(project string) string
}

// A Stored is a template as its source has it. Version, Ref and Commit are of
// git only.
type Stored struct {
	Files   tree.Tree // template.yaml, files/, partials/
	Version string    // the tag's, "" if the manifest's holds
	Ref     string    // the branch or commit that is followed, "" if the newest version is
	Commit  string
	Note    string // what is worth telling, such as that the cache was used
}

// A Pin says what of a git repository is wanted, and where copies are kept.
type Pin struct {
	Version string // this one
	Ref     string // the branch or commit that is followed
	Cache   string // a directory
}

// isDrive reports whether name begins as an absolute path does on Windows.
func isDrive(name string) bool {
	return len(name) > 2 && name[1] == ':' && (name[2] == '\\' || name[2] == '/')
}

// Find returns the source called name: a directory if name begins with a dot,
// a slash or a drive, a git repository if it looks like one, else a template of
// builtin.
func Find(name string, builtin fs.FS, pin Pin) (Source, error) {
	switch {
	case filepath.IsAbs(name), isDrive(name), name == ".", name == "..",
		strings.HasPrefix(filepath.ToSlash(name), "./"), strings.HasPrefix(filepath.ToSlash(name), "../"):
		return newDir(name)
	case IsGit(name):
		return newRepository(name, pin)
	}
	names := Builtin(builtin)
	if slices.Contains(names, name) {
		return embedded{builtin, name}, nil
	}
	e := &diag.Error{Code: diag.Source, Msg: fmt.Sprintf("no template is called %q", name)}
	switch near := diag.Suggest(name, names); {
	case near != "":
		e.Hint = "did you mean " + near + "?"
	case isDir(name):
		e.Hint = "for the directory write ./" + filepath.ToSlash(name)
	default:
		e.Hint = "built in: " + strings.Join(names, ", ") + "; for a directory write ./DIR"
	}
	return nil, e
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// Builtin returns the names of the templates in builtin, sorted.
func Builtin(builtin fs.FS) []string {
	found, _ := fs.Glob(builtin, "*/template.yaml") // the pattern is a good one
	for i, f := range found {
		found[i] = path.Dir(f)
	}
	return found
}

// embedded is a template that is built into gen. It was checked when gen was
// built, so it is read without limits.
type embedded struct {
	fs   fs.FS
	name string
}

func (e embedded) Name() string         { return e.name }
func (e embedded) Record(string) string { return "builtin:" + e.name }

func (e embedded) Read(context.Context) (Stored, error) {
	var files []tree.File
	err := fs.WalkDir(e.fs, e.name, func(p string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(strings.TrimPrefix(p, e.name), "/")
		switch {
		case err != nil:
			return err
		case d.IsDir() || !belongs(name):
			return nil
		}
		at, err := tree.ParsePath(name)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		data, err := fs.ReadFile(e.fs, p)
		files = append(files, tree.File{Path: at, Mode: tree.Regular, Data: data})
		return err
	})
	if err != nil {
		return Stored{}, err
	}
	t, list := tree.New(files)
	return Stored{Files: t}, list.Err()
}

// belongs reports whether name is part of a template; its tests and its
// documentation are not.
func belongs(name string) bool {
	return name == "template.yaml" || strings.HasPrefix(name, "files/") || strings.HasPrefix(name, "partials/")
}

// a dir is a template in a directory.
type dir struct{ path string } // absolute

func newDir(name string) (Source, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &diag.Error{Code: diag.Source, Msg: fmt.Sprintf("there is no directory %s", name), Hint: "look at the path"}
	case err != nil:
		return nil, unreadable(name, err)
	case !info.IsDir():
		return nil, &diag.Error{
			Code: diag.Source, Msg: name + " is not a directory",
			Hint: "a template is a directory that holds template.yaml and files/",
		}
	}
	return dir{abs}, nil
}

func (d dir) Name() string { return d.path }

// Record returns dir:PATH, relative if the project lies in the same git work
// tree as the template, so that a clone finds it.
func (d dir) Record(project string) string {
	if top := workTree(d.path); top != "" && top == workTree(filepath.Dir(project)) {
		if rel, err := filepath.Rel(project, d.path); err == nil {
			return "dir:" + filepath.ToSlash(rel)
		}
	}
	return "dir:" + filepath.ToSlash(d.path)
}

// workTree returns the nearest directory at or above p that holds .git, or "".
func workTree(p string) string {
	for {
		if _, err := os.Lstat(filepath.Join(p, ".git")); err == nil {
			return p
		}
		up := filepath.Dir(p)
		if up == p {
			return ""
		}
		p = up
	}
}

func unreadable(name string, err error) *diag.Error {
	return &diag.Error{Code: diag.Source, Pos: diag.Pos{File: name}, Msg: "it cannot be read: " + diag.Reason(err)}
}
