package record

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/klauspost/compress/gzip"

	"example.com/gen/internal/tree"
)

// What a base may hold.
const (
	maxFiles = 20_000
	maxBytes = 80 << 20 // 64 MiB of files, their headers and the index
)

// A Made is what a template made last time, and from which answers. Only the
// record can confirm the digest.
type Made struct {
	Tree    tree.Tree
	Answers map[string]any
	Digest  string
}

// DecodeBase reads what [EncodeBase] wrote. The error names what is damaged.
func DecodeBase(data []byte) (Made, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return Made{}, fmt.Errorf("not a gzip file: %w", err)
	}
	r := tar.NewReader(io.LimitReader(z, maxBytes))
	ix, err := readIndex(r)
	if err != nil {
		return Made{}, err
	}
	files := make([]tree.File, 0, min(len(ix.Files), maxFiles))
	for _, known := range ix.Files {
		f, err := readFile(r, known)
		if err != nil {
			return Made{}, err
		}
		files = append(files, f)
	}
	if _, err := r.Next(); err != io.EOF {
		return Made{}, errors.New("more files than its index names")
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(z, maxBytes)); err != nil { // up to gzip's own checksum
		return Made{}, fmt.Errorf("it is cut off: %w", err)
	}
	t, list := tree.New(files)
	if err := list.Err(); err != nil {
		return Made{}, err
	}
	return Made{t, ix.Answers.plain(), t.Digest(encode(ix.Answers))}, nil
}

// plain returns the answers as a record has them.
func (m members) plain() map[string]any {
	plain := map[string]any{}
	for name, v := range m {
		if n, ok := v.(json.Number); ok {
			i, err := strconv.Atoi(n.String())
			if err != nil { // no answer is such a number
				continue
			}
			v = i
		}
		plain[name] = v
	}
	return plain
}

func readIndex(r *tar.Reader) (index, error) {
	var ix index
	h, err := r.Next()
	if err != nil || h.Name != indexName {
		return ix, errors.New("it has no index")
	}
	d := json.NewDecoder(r)
	d.UseNumber() // an int stays the digits that it was
	switch err := d.Decode(&ix); {
	case err != nil:
		return ix, errors.New("its index is damaged")
	case ix.Format != format:
		return ix, fmt.Errorf("format %d is not known to this version of gen", ix.Format)
	case len(ix.Files) > maxFiles:
		return ix, fmt.Errorf("it names over %d files", maxFiles)
	}
	return ix, nil
}

func readFile(r *tar.Reader, known indexFile) (tree.File, error) {
	f := tree.File{From: known.From, Was: known.Was}
	h, err := r.Next()
	if err != nil || h.Name != known.Path {
		return f, fmt.Errorf("%s is missing from it", known.Path)
	}
	if f.Path, err = tree.ParsePath(h.Name); err != nil {
		return f, fmt.Errorf("%s: %w", h.Name, err)
	}
	if f.Owner, err = tree.ParseOwner(known.Owner); err != nil {
		return f, fmt.Errorf("%s: %w", h.Name, err)
	}
	switch {
	case h.Typeflag == tar.TypeSymlink:
		f.Mode, f.Data = tree.Link, []byte(h.Linkname)
		return f, nil
	case h.Typeflag != tar.TypeReg:
		return f, fmt.Errorf("%s is neither a file nor a link", h.Name)
	case h.Mode&0o100 != 0:
		f.Mode = tree.Executable
	default:
		f.Mode = tree.Regular
	}
	if f.Data, err = io.ReadAll(r); err != nil {
		return f, fmt.Errorf("%s is cut off: %w", h.Name, err)
	}
	return f, nil
}
