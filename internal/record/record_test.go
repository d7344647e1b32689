package record

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/tree"
)

func path(t testing.TB, s string) tree.Path {
	t.Helper()
	p, err := tree.ParsePath(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func example(t testing.TB) tree.Tree {
	t.Helper()
	made, list := tree.New([]tree.File{
		{Path: path(t, "README.md"), Mode: tree.Regular, Data: []byte("# svc <&>\n"), From: "README.md", Owner: tree.UntilEdited},
		{Path: path(t, "bin/run"), Mode: tree.Executable, Data: []byte("#!/bin/sh\n"), From: "bin/run", Owner: tree.Replace},
		{Path: path(t, "link"), Mode: tree.Link, Data: []byte("bin/run"), From: "link"},
		{Path: path(t, "src/svc/über.txt"), Mode: tree.Regular, From: "src/{{.name}}/über.txt", Was: []string{"src/old.txt"}},
		{Path: path(t, strings.Repeat("a", 90)+"/"+strings.Repeat("b", 120)), Mode: tree.Regular, Data: []byte("x"), From: "long"},
	})
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return made
}

var items = []answers.Item{
	{Name: "name", Value: "svc"},
	{Name: "docker", Value: true},
	{Name: "workers", Value: 3},
	{Name: "extras", Value: []string{"a", "b"}},
	{Name: "empty", Value: []string{}},
	{Name: "odd", Value: "a \"b\" <c> \u2028\ufeff \U0001f600 \\ # : '\n\ttab"},
}

func full(t testing.TB) Record {
	return Record{
		Origin: Origin{
			Source: "gh:acme/templates//svc", Version: "1.3.0", Ref: "main", Commit: "1f2e3d4c5b6a79808f9e0d1c2b3a495867768594",
			Digest: "sha256:aa", Gen: "0.3.0",
		},
		Base: "sha256:bb", Created: "2026-11-23", Answers: items[:4],
		Moved: map[string]tree.Path{"src/{{.package}}/log.py": path(t, "src/svc/mylog.py"), "a": path(t, "b")},
		Pending: []Pending{
			{Path: path(t, "src/svc/app.py"), Kind: "text", Marker: 7},
			{Path: path(t, "logo.png"), Kind: "binary", Left: "logo.png.gen-new"},
		},
	}
}

const text = `# Written by gen. You may edit the answers and run gen update.
format: 1
source: gh:acme/templates//svc
version: 1.3.0
ref: "main"
commit: "1f2e3d4c5b6a79808f9e0d1c2b3a495867768594"
digest: "sha256:aa"
base: "sha256:bb"
gen: 0.3.0
created: 2026-11-23
answers:
  name: "svc"
  docker: true
  workers: 3
  extras: ["a", "b"]
moved:
  "a": "b"
  "src/{{.package}}/log.py": "src/svc/mylog.py"
pending:
  - {path: "logo.png", kind: "binary", left: "logo.png.gen-new"}
  - {path: "src/svc/app.py", kind: "text", marker: 7}
`

func TestEncode(t *testing.T) {
	if got := string(full(t).Encode()); got != text {
		t.Errorf("got\n%s", got)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, source := range []string{
		"builtin:python-service", "dir:/home/ada/my templates", "dir:../x", "dir:C:/t", "dir:/a: b #c", "dir:/ü", "gh:a/b//c",
	} {
		r := full(t)
		r.Source, r.Answers = source, items
		back, err := Decode(r.Encode())
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if back.Source != source || !bytes.Equal(back.Encode(), r.Encode()) {
			t.Errorf("got\n%s\nwant\n%s", back.Encode(), r.Encode())
		}
		crlf := bytes.ReplaceAll(r.Encode(), []byte("\n"), []byte("\r\n"))
		if back, err := Decode(crlf); err != nil || !bytes.Equal(back.Encode(), r.Encode()) {
			t.Errorf("with CRLF: %v", err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for change, want := range map[string]string{
		"format: 1=>format: 2":                 "format is not known",
		"format: 1\n=>":                        "format is not known",
		"source: gh:acme/templates//svc\n=>":   "source is missing",
		"version: 1.3.0=>version: [1]":         "version must be a text",
		"created: 2026-11-23=>craeted: x":      "unknown key \"craeted\"",
		"kind: \"text\"=>kind: \"txet\"":       "unknown kind of conflict",
		"path: \"logo.png\"=>path: \"../x\"":   "is not a path of the project",
		"\"a\": \"b\"=>\"a\": \"../b\"":        "is not a path of the project",
		"left: \"logo.png=>left: \"/etc/logo":  "is not a path of the project",
		"marker: 7=>markre: 7":                 "unknown key \"markre\"",
		"path: \"src/svc/app.py\", =>":         "without a path",
		"docker: true=>docker: &a true":        "anchor",
		"docker: true=>docker: {a: 1}":         "docker",
		"answers:\n=><<<<<<< ours\nanswers:\n": "conflict markers",
		text + "=>":                            "empty or not a map",
		"answers:\n=>answers: 3\nother:\n":     "answers must be a map",
	} {
		from, to, _ := strings.Cut(change, "=>")
		changed := strings.Replace(text, from, to, 1)
		if changed == text {
			t.Fatalf("%q changes nothing", change)
		}
		if _, err := Decode([]byte(changed)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", change, err, want)
		}
	}
}

func TestBase(t *testing.T) {
	theirs := example(t)
	data, err := EncodeBase(items, theirs)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := EncodeBase(items, theirs)
	if !bytes.Equal(data, again) {
		t.Error("two runs, different bytes")
	}
	back, err := DecodeBase(data)
	if err != nil {
		t.Fatal(err)
	}
	digest := back.Digest
	if digest != Digest(items, theirs) || back.Answers["workers"] != 3 || back.Answers["docker"] != true {
		t.Error("another digest comes back")
	}
	if got, want := slices.Collect(back.Tree.All()), slices.Collect(theirs.All()); len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
	if other := Digest(items[1:], theirs); other == digest {
		t.Error("the answers are not part of the digest")
	}
}

func TestDamagedBase(t *testing.T) {
	data, err := EncodeBase(items, example(t))
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := DecodeBase(data)
	for i := range data {
		flipped := bytes.Clone(data)
		flipped[i] ^= 0x10
		if got, err := DecodeBase(flipped); err == nil && got.Digest != whole.Digest {
			t.Errorf("byte %d flipped: another tree and no error", i)
		}
		if _, err := DecodeBase(data[:i]); err == nil {
			t.Errorf("cut at %d: no error", i)
		}
	}
}

func TestNext(t *testing.T) {
	theirs := example(t)
	ours, _ := tree.New([]tree.File{{Path: path(t, "link"), Mode: tree.Regular, Data: []byte("mine")}})
	plan := merge.Trees(merge.Input{Ours: ours, Theirs: theirs})
	next := Record{Created: "2026-01-01"}.Next(Origin{Source: "builtin:x", Version: "1.0.0"}, answers.Answers{}, theirs, plan)
	if next.Created != "2026-01-01" || next.Base == "" || len(next.Pending) != 1 || next.Pending[0].Path.String() != "link" {
		t.Errorf("got %+v", next)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(text))
	f.Add([]byte("format: 1\nanswers: {a: [1, {}]}\npending: [1]\nmoved: []\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Decode(data)
		if err != nil {
			return
		}
		back, err := Decode(r.Encode())
		if err != nil {
			t.Fatalf("what was read cannot be written: %v\n%s", err, r.Encode())
		}
		if !bytes.Equal(back.Encode(), r.Encode()) {
			t.Errorf("got %s\nwant %s", back.Encode(), r.Encode())
		}
	})
}
