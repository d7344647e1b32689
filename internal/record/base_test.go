package record

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"example.com/gen/internal/tree"
)

// archive is a base of members in words: name=data, name->target, name! for a
// directory, name* for an executable; the first is the index.
func archive(t testing.TB, words ...string) []byte {
	t.Helper()
	b := &bytes.Buffer{}
	z, _ := gzip.NewWriterLevel(b, gzip.BestSpeed)
	w := tar.NewWriter(z)
	for _, word := range words {
		name, data, _ := strings.Cut(word, "=")
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}
		switch at, to, link := strings.Cut(name, "->"); {
		case link:
			h.Name, h.Linkname, h.Typeflag = at, to, tar.TypeSymlink
		case strings.HasSuffix(name, "!"):
			h.Name, h.Typeflag = strings.TrimSuffix(name, "!"), tar.TypeDir
		case strings.HasSuffix(name, "*"):
			h.Name, h.Mode = strings.TrimSuffix(name, "*"), 0o755
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, data)
	}
	w.Close()
	z.Close()
	return b.Bytes()
}

// ix is an index of the paths, with more appended to each of its entries.
func ix(more string, paths ...string) string {
	var files []string
	for _, p := range paths {
		files = append(files, fmt.Sprintf(`{"path":%q,"from":"f","owner":"merge"%s}`, p, more))
	}
	return `.gen-index={"format":1,"answers":{},"files":[` + strings.Join(files, ",") + `]}`
}

func TestDecodeBaseRefuses(t *testing.T) {
	for want, data := range map[string][]byte{
		"not a gzip file":                 []byte("x"),
		"not a gzip file: EOF":            nil,
		"it has no index":                 archive(t),
		"it has no index ":                archive(t, "a=1"),
		"its index is damaged":            archive(t, ".gen-index={"),
		"format 2 is not known":           archive(t, `.gen-index={"format":2}`),
		"it names over 20000 files":       archive(t, `.gen-index={"format":1,"files":[`+strings.Repeat(`{},`, 20_000)+`{}]}`),
		"a is missing from it":            archive(t, ix("", "a")),
		"a is missing from it ":           archive(t, ix("", "a"), "b=1"),
		"more files than its index names": archive(t, ix("", "a"), "a=1", "b=2"),
		"../a: \"..\" leads elsewhere":    archive(t, ix("", "../a"), "../a=1"),
		".gen/lock: it is gen's own":      archive(t, ix("", ".gen/lock"), ".gen/lock=1"),
		".git/hooks/x: it is git's own":   archive(t, ix("", ".git/hooks/x"), ".git/hooks/x=1"),
		"a: \"me\" is none of merge,":     archive(t, ix(`,"owner":"me"`, "a"), "a=1"),
		"a is neither a file nor a link":  archive(t, ix("", "a"), "a!"),
		"a: two files have this path":     archive(t, ix("", "a", "a"), "a=1", "a=2"),
		"a: the link leads out":           archive(t, ix("", "a"), "a->../../x"),
		"a: a file, but other files lie":  archive(t, ix("", "a", "a/b"), "a->b", "a/b=2"),
		"it is cut off: unexpected EOF":   cut(archive(t, ix("", "a"), "a=1"), 4),
		"big is cut off: unexpected EOF":  archive(t, ix("", "big"), "big="+strings.Repeat("\x00", maxBytes+1)),
	} {
		made, err := DecodeBase(data)
		if err == nil || !strings.HasPrefix(err.Error(), strings.TrimSpace(want)) || made.Tree.Len() > 0 || made.Digest != "" {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func cut(b []byte, n int) []byte { return b[:len(b)-n] }

func TestDecodeBaseReads(t *testing.T) {
	made, err := DecodeBase(archive(t, ix(`,"was":["g","h"]`, "a", "b", "c"), "a=1", "b*=2", "c->a"))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for f := range made.Tree.All() {
		got += fmt.Sprintf("%s %o %s %s %s %s; ", f.Path, f.Mode, f.Data, f.From, f.Was, f.Owner)
	}
	if got != "a 100644 1 f [g h] merge; b 100755 2 f [g h] merge; c 120000 a f [g h] merge; " {
		t.Errorf("got %s", got)
	}
}

// FuzzDecodeBase holds the law of bases: what is read can be written, and is
// the same when it is read again. The data is what gzip hides.
func FuzzDecodeBase(f *testing.F) {
	for _, data := range [][]byte{
		archive(f, ix("", "a", "b", "c"), "a=1", "b*=2", "c->a"),
		archive(f, ix("", "a/b"), "a/b!"),
	} {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			f.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(plain)
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		b := &bytes.Buffer{}
		z := gzip.NewWriter(b)
		z.Write(plain)
		z.Close()
		made, err := DecodeBase(b.Bytes())
		if err != nil {
			return
		}
		data, err := EncodeBase(nil, made.Tree)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := DecodeBase(data)
		if err != nil || again.Tree.Digest() != made.Tree.Digest() {
			t.Errorf("it comes back different: %v", err)
		}
		for f := range made.Tree.All() {
			if _, err := tree.ParsePath(f.Path.String()); err != nil {
				t.Errorf("%q: %v", f.Path, err)
			}
		}
	})
}
