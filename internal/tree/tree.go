// Package tree holds files in memory. Only safe paths exist here.
package tree

import (
	"iter"

	"example.com/gen/internal/diag"
)

// A Path is a slash-separated path relative to the project's root. The only way
// to get one is [ParsePath]; a Path is therefore always local, clean and
// portable.
type Path struct{ s string }

// Mode says what a file is, in git's numbers.
type Mode uint32

// The modes. Blocked is what cannot be a file of ours: a directory, a device,
// something unreadable.
const (
	Blocked    Mode = 0
	Regular    Mode = 0o100644
	Executable Mode = 0o100755
	Link       Mode = 0o120000
)

// Owner says who a file belongs to after it was generated.
type Owner uint8

// The owners.
const (
	Merge       Owner = iota // both: three-way merge at each update
	UntilEdited              // the user, from the first edit on
	Replace                  // the template
)

// A File is one file: its bytes (of a link: its target) and what made it.
type File struct {
	Path  Path
	Mode  Mode
	Data  []byte
	From  string   // the path in the template that made it, unrendered, without .tmpl
	Was   []string // earlier template paths of From
	Owner Owner
}

// A Tree is an immutable set of files in the order of their paths.
type Tree struct{ files []File }

// ParsePath checks s against every rule for the names that gen writes and
// returns it as a Path. The error names the rule, without the path.
func ParsePath(s string) (Path, error) { panic("unwritten") }

// String returns the path with slashes.
func (p Path) String() string { return p.s }

// Fold returns the key under which file systems may take two paths for one.
func (p Path) Fold() string { panic("unwritten") }

// New returns the tree of files, sorted. Paths that are equal or fold alike,
// a file where another path needs a directory, the shape of a bare repository,
// and links that lead outside are mistakes of code Path.
func New(files []File) (Tree, diag.List) { panic("unwritten") }

// Len returns the number of files.
func (t Tree) Len() int { return len(t.files) }

// All returns the files in the order of their paths.
func (t Tree) All() iter.Seq[File] { panic("unwritten") }

// Get returns the file at p.
func (t Tree) Get(p Path) (File, bool) { panic("unwritten") }

// Digest returns "sha256:" and the hex digest of on-disk.md over the tree;
// extra lines (a base's answers) come last.
func (t Tree) Digest(extra ...string) string { panic("unwritten") }

// Stored returns the digest of a template's own files: modes, From, Was and
// Owner are left out of it.
func (t Tree) Stored() string { panic("unwritten") }
