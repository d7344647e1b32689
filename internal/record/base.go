package record

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/klauspost/compress/gzip"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/tree"
)

const (
	indexName = ".gen-index"
	level     = 5 // of gzip: at 9 the archive takes longer than the project's files
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

// Digest returns the digest of the base t, rendered from the answers items.
func Digest(items []answers.Item, t tree.Tree) string {
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
	errs := []error{member(w, &tar.Header{Name: indexName, Mode: 0o644}, []byte(encode(ix)))}
	for f := range t.All() {
		h := &tar.Header{Name: f.Path.String(), Mode: int64(f.Mode & 0o777)}
		if f.Mode == tree.Link {
			h.Typeflag, h.Linkname, h.Mode, f.Data = tar.TypeSymlink, string(f.Data), 0o777, nil
		}
		errs = append(errs, member(w, h, f.Data))
	}
	err = errors.Join(append(errs, w.Close(), z.Close())...)
	return out.Bytes(), err
}

func member(w *tar.Writer, h *tar.Header, data []byte) error {
	h.Size = int64(len(data))
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}
