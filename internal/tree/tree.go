// Package tree holds files in memory. Only safe paths exist here.
package tree

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"iter"
	"path"
	"slices"
	"strings"

	"example.com/gen/internal/diag"
)

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

var owners = [...]string{Merge: "merge", UntilEdited: "until-edited", Replace: "replace"}

// String returns the owner as manifests and records write it.
func (o Owner) String() string { return owners[o] }

// ParseOwner is the inverse of [Owner.String].
func ParseOwner(s string) (Owner, error) {
	if i := slices.Index(owners[:], s); i >= 0 {
		return Owner(i), nil
	}
	return Merge, fmt.Errorf("%q is none of %s", s, strings.Join(owners[:], ", "))
}

// A File is one file: its bytes (of a link: its target; of what is Blocked: what
// it is, in words) and what made it. Of a file that is too large for a template
// Sum, the SHA-256 of its bytes, stands for Data.
type File struct {
	Path  Path
	Mode  Mode
	Data  []byte
	Sum   *[sha256.Size]byte
	From  string   // the path in the template that made it, unrendered, without .tmpl
	Was   []string // earlier template paths of From
	Owner Owner
}

// A Tree is an immutable set of files in the order of their paths.
type Tree struct{ files []File }

// New returns the tree of files, sorted. Paths that are equal or fold alike,
// a file where another path needs a directory, the shape of a bare repository,
// and links that lead outside are mistakes of code Path.
func New(files []File) (Tree, diag.List) {
	sorted := slices.Clone(files)
	byPath := func(a, b File) int { return cmp.Compare(a.Path.s, b.Path.s) }
	if !slices.IsSortedFunc(sorted, byPath) {
		slices.SortStableFunc(sorted, byPath)
	}
	c := checker{files: make(map[string]string, len(sorted)), dirs: map[string]string{}, seen: map[string]bool{}}
	for _, f := range sorted {
		c.add(f)
	}
	for _, f := range sorted {
		c.place(f)
	}
	c.bare(sorted)
	return Tree{sorted}, c.list
}

// A checker finds what cannot lie side by side. Its keys are folded paths, its
// values the paths as they were first given.
type checker struct {
	files, dirs map[string]string
	seen        map[string]bool // the directories, unfolded
	list        diag.List
}

func (c *checker) fail(p Path, format string, args ...any) {
	c.list = append(c.list, &diag.Error{Code: diag.Path, Pos: diag.Pos{File: p.s}, Msg: fmt.Sprintf(format, args...)})
}

func (c *checker) add(f File) {
	key := f.Path.Fold()
	switch first, found := c.files[key]; {
	case found && first == f.Path.s:
		c.fail(f.Path, "two files have this path")
	case found:
		c.fail(f.Path, "some systems take it for %s: rename one of them", first)
	default:
		c.files[key] = f.Path.s
	}
	if f.Mode == Link {
		if err := checkLink(f.Path.s, string(f.Data)); err != nil {
			c.fail(f.Path, "the link %v", err)
		}
	}
	c.addDirs(path.Dir(f.Path.s))
}

func (c *checker) addDirs(dir string) {
	for ; dir != "." && !c.seen[dir]; dir = path.Dir(dir) {
		c.seen[dir] = true
		key := foldSegment(dir)
		if first, found := c.dirs[key]; found {
			c.fail(Path{dir}, "some systems take the directory for %s: rename one of them", first)
		} else {
			c.dirs[key] = dir
		}
	}
}

// place finds a file where another path needs a directory.
func (c *checker) place(f File) {
	if dir, found := c.dirs[f.Path.Fold()]; found {
		c.fail(f.Path, "a file, but other files lie in a directory %s", dir)
	}
}

// bare finds what git takes for a repository, whose configuration it would
// obey: HEAD beside objects and refs, whatever they are, or beside commondir,
// which names the place of the two.
func (c *checker) bare(sorted []File) {
	exists := func(dir, name string) bool {
		key := path.Join(dir, name)
		return c.files[key] != "" || c.dirs[key] != ""
	}
	for _, f := range sorted {
		key := f.Path.Fold()
		dir := path.Dir(key)
		if path.Base(key) == "head" && (exists(dir, "objects") && exists(dir, "refs") || exists(dir, "commondir")) {
			c.fail(f.Path, "it makes the directory a git repository, with what lies beside it")
		}
	}
}

// checkLink reports what is wrong with a link at from with the target to,
// without looking at the disk. It may climb only at its beginning: what comes
// after a name may be a link itself, and .. leads elsewhere from there.
func checkLink(from, to string) error {
	if to == "" {
		return errors.New("leads nowhere")
	}
	below := to
	for strings.HasPrefix(below, "../") || strings.HasPrefix(below, "./") {
		_, below, _ = strings.Cut(below, "/")
	}
	at := path.Join(path.Dir(from), to)
	switch {
	case path.IsAbs(to), at == "..", strings.HasPrefix(at, "../"):
		return fmt.Errorf("leads out of the project, to %s", to)
	case below != ".." && slices.Contains(strings.Split(below, "/"), ".."):
		return fmt.Errorf("climbs after a name, to %s", to)
	case at == ".":
		return nil
	}
	if _, err := ParsePath(at); err != nil {
		return fmt.Errorf("leads to %s: %w", to, err)
	}
	return nil
}

// Len returns the number of files.
func (t Tree) Len() int { return len(t.files) }

// All returns the files in the order of their paths.
func (t Tree) All() iter.Seq[File] { return slices.Values(t.files) }

// Get returns the file at p.
func (t Tree) Get(p Path) (File, bool) {
	i, found := slices.BinarySearchFunc(t.files, p, func(f File, p Path) int { return cmp.Compare(f.Path.s, p.s) })
	if !found {
		return File{}, false
	}
	return t.files[i], true
}

// Digest returns "sha256:" and the hex digest over the tree: for each file its
// path, mode, hex SHA-256 of its bytes, from, owner and every was, each
// followed by NUL, then LF; extra texts (a base's answers) come last, each
// followed by LF.
func (t Tree) Digest(extra ...string) string {
	h := sha256.New()
	h.Write([]byte("gen-tree 1\n"))
	for _, f := range t.files {
		fields(h, f, fmt.Sprintf("%06o", uint32(f.Mode)), append([]string{f.From, f.Owner.String()}, f.Was...))
	}
	for _, e := range extra {
		h.Write([]byte(e + "\n"))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Stored returns the digest of a template's own files: modes, which embedding
// loses, and From, Was and Owner are empty in it.
func (t Tree) Stored() string {
	h := sha256.New()
	h.Write([]byte("gen-tree 1\n"))
	for _, f := range t.files {
		fields(h, f, "", []string{"", "", ""})
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

func fields(h hash.Hash, f File, mode string, rest []string) {
	sum := sha256.Sum256(f.Data)
	b := make([]byte, 0, 256)
	for _, s := range append([]string{f.Path.s, mode, hex.EncodeToString(sum[:])}, rest...) {
		b = append(append(b, s...), 0)
	}
	h.Write(append(b, '\n'))
}
