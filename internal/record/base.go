package record

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/tree"
)

const (
	indexName = ".gen-index"
	level     = 5 // of gzip: at 9 the archive takes longer than the project's files

	maxFiles = 20_000
	maxBytes = 80 << 20 // 64 MiB of files, their headers and the index
)

// index is the first member of the archive: what tar cannot say of a file.
type index struct {
	Format  int         `json:"format"`
	Answers members     `json:"answers"`
	Files   []indexFile `json:"files"`
}

type indexFile struct {
	Path  string   `json:"path"`
	From  string   `json:"from"`
	Owner string   `json:"owner"`
	Was   []string `json:"was,omitempty"`
}

// members are answers as a JSON object.
type members map[string]any

func newMembers(items []answers.Item) members {
	m := members{}
	for _, a := range items {
		m[a.Name] = a.Value
	}
	return m
}

// encode returns compact JSON with sorted keys; <, > and & stay readable.
func encode(v any) string {
	b := &strings.Builder{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // answers are plain data
	return strings.TrimSuffix(b.String(), "\n")
}

func baseDigest(items []answers.Item, t tree.Tree) string {
	return t.Digest(encode(newMembers(items)))
}

// EncodeBase returns .gen/base.tar.gz: t as it was rendered from the answers
// items, without times, owners or anything else that differs between two runs.
func EncodeBase(items []answers.Item, t tree.Tree) ([]byte, error) {
	ix := index{Format: format, Answers: newMembers(items), Files: make([]indexFile, 0, t.Len())}
	size := 0
	for f := range t.All() {
		ix.Files = append(ix.Files, indexFile{f.Path.String(), f.From, f.Owner.String(), f.Was})
		size += len(f.Data)
	}
	out := bytes.NewBuffer(make([]byte, 0, size/3+512))
	z, err := gzip.NewWriterLevel(out, level)
	if err != nil {
		return nil, err
	}
	z.OS = 255 // unknown: the same bytes on every system
	w := tar.NewWriter(z)
	if err := member(w, &tar.Header{Name: indexName, Mode: 0o644}, []byte(encode(ix))); err != nil {
		return nil, err
	}
	for f := range t.All() {
		h := &tar.Header{Name: f.Path.String(), Mode: int64(f.Mode & 0o777)}
		if f.Mode == tree.Link {
			h.Typeflag, h.Linkname, h.Mode, f.Data = tar.TypeSymlink, string(f.Data), 0o777, nil
		}
		if err := member(w, h, f.Data); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func member(w *tar.Writer, h *tar.Header, data []byte) error {
	h.Size = int64(len(data))
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}

// DecodeBase reads what [EncodeBase] wrote: the tree, and its digest, which
// only the record can confirm. The error names what is damaged.
func DecodeBase(data []byte) (t tree.Tree, digest string, err error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return tree.Tree{}, "", fmt.Errorf("not a gzip file: %w", err)
	}
	r := tar.NewReader(io.LimitReader(z, maxBytes))
	ix, err := readIndex(r)
	if err != nil {
		return tree.Tree{}, "", err
	}
	files := make([]tree.File, 0, min(len(ix.Files), maxFiles))
	for _, known := range ix.Files {
		f, err := readFile(r, known)
		if err != nil {
			return tree.Tree{}, "", err
		}
		files = append(files, f)
	}
	if _, err := r.Next(); err != io.EOF {
		return tree.Tree{}, "", errors.New("more files than its index names")
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(z, maxBytes)); err != nil { // up to gzip's own checksum
		return tree.Tree{}, "", fmt.Errorf("it is cut off: %w", err)
	}
	t, list := tree.New(files)
	if err := list.Err(); err != nil {
		return tree.Tree{}, "", err
	}
	return t, t.Digest(encode(ix.Answers)), nil
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
