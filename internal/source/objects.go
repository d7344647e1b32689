package source

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

// A blob is one file of a commit.
type blob struct {
	file tree.File
	id   string
	size int64
}

// read reads the template's files of commit. The limits hold before anything is
// read.
func (c clone) read(commit string) (tree.Tree, error) {
	at := commit + "^{tree}"
	if c.subdir != "" {
		at = commit + ":" + c.subdir
	}
	out, err := c.run(nil, "--git-dir="+c.dir, "ls-tree", "-r", "-z", "-l", "--full-tree", "--end-of-options", at)
	if err != nil && c.subdir != "" && c.ctx.Err() == nil {
		return tree.Tree{}, &diag.Error{Code: diag.Source, Msg: fmt.Sprintf("%s has no directory %s", c.url, c.subdir), Hint: "look at the part after //"}
	}
	if err != nil {
		return tree.Tree{}, err
	}
	blobs, list := parseTree(out)
	if len(list) == 0 {
		list = tooMuch(blobs)
	}
	if len(list) > 0 {
		list.Sort()
		return tree.Tree{}, list
	}
	if err := c.contents(blobs); err != nil {
		return tree.Tree{}, err
	}
	files := make([]tree.File, len(blobs))
	for i, b := range blobs {
		files[i] = b.file
	}
	t, list := tree.New(files)
	return t, list.Err()
}

// parseTree reads what ls-tree prints: mode, type, id, size, a tab and a path,
// each entry ended by NUL.
func parseTree(out []byte) (blobs []blob, list diag.List) {
	manifest := false
	for entry := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		head, name, _ := strings.Cut(string(entry), "\t")
		what := strings.Fields(head)
		if len(what) != 4 || !belongs(name) {
			continue
		}
		manifest = manifest || name == "template.yaml"
		b := blob{id: what[2], file: tree.File{Mode: tree.Regular}}
		b.size, _ = strconv.ParseInt(what[3], 10, 64)
		var err error
		switch b.file.Path, err = tree.ParsePath(name); {
		case err != nil:
			list = append(list, badName(name, err))
		case what[1] == "commit":
			list = append(list, mistake(name, diag.Source, "put the files themselves there", "it is a submodule, and those are not read"))
		case what[0] == "120000" && !strings.HasPrefix(name, "files/"):
			list = append(list, linkOutside(name))
		case what[0] == "120000":
			b.file.Mode = tree.Link
		}
		blobs = append(blobs, b)
	}
	if !manifest {
		return nil, diag.List{noManifest()}
	}
	return blobs, list
}

// tooMuch holds the files to the limits of a template.
func tooMuch(blobs []blob) (list diag.List) {
	total := int64(0)
	for _, b := range blobs {
		if e := overLimit(b.file.Path.String(), b.size); e != nil {
			list = append(list, e)
		}
		total += b.size
	}
	switch {
	case len(blobs) > maxFiles+1:
		return diag.List{tooManyFiles()}
	case total > maxTotal:
		return diag.List{tooManyBytes()}
	}
	return list
}

// contents reads the bytes of all blobs in one run of git.
func (c clone) contents(blobs []blob) error {
	ids := &bytes.Buffer{}
	for _, b := range blobs {
		fmt.Fprintln(ids, b.id)
	}
	out, err := c.run(ids.Bytes(), "--git-dir="+c.dir, "cat-file", "--batch")
	if err != nil {
		return err
	}
	for i := range blobs {
		head, rest, _ := bytes.Cut(out, []byte{'\n'})
		if string(head) != fmt.Sprintf("%s blob %d", blobs[i].id, blobs[i].size) || int64(len(rest)) <= blobs[i].size {
			return mistake(blobs[i].file.Path.String(), diag.Source, "remove "+c.dir, "the cache is damaged")
		}
		blobs[i].file.Data, out = rest[:blobs[i].size:blobs[i].size], rest[blobs[i].size+1:]
	}
	return nil
}
