package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

var builtin = fstest.MapFS{
	"go-service/template.yaml":     {Data: []byte("m")},
	"go-service/files/a/.hidden":   {Data: []byte("1")},
	"go-service/files/go.mod.tmpl": {Data: []byte("2")},
	"go-service/partials/p.tmpl":   {Data: []byte("3")},
	"go-service/README.md":         {Data: []byte("no part")},
	"go-service/tests/x.yaml":      {Data: []byte("no part")},
	"python-service/template.yaml": {Data: []byte("m")},
	"bad/template.yaml":            {Data: []byte("m")},
	"bad/files/con":                {Data: []byte("m")},
	"templates.go":                 {Data: []byte("no template")},
	"empty/files/x":                {Data: []byte("no template")},
}

// template is a directory with a manifest and files, each with what it holds
// after "=".
func template(t testing.TB, words ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, word := range append(words, "template.yaml=m") {
		name, data, _ := strings.Cut(word, "=")
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o777), os.WriteFile(at, []byte(data), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// sparse makes a file of n bytes in dir, without writing them.
func sparse(t testing.TB, dir, name string, n int64) {
	t.Helper()
	at := filepath.Join(dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o777), os.WriteFile(at, nil, 0o666), os.Truncate(at, n)); err != nil {
		t.Fatal(err)
	}
}

// read returns the files of the template in dir in words, or the mistake.
func read(t testing.TB, dir string) string {
	t.Helper()
	s, err := Find(dir, builtin, Pin{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.Read(t.Context())
	if err != nil {
		return strings.ReplaceAll(err.Error(), dir, "DIR")
	}
	return words(made.Files)
}

func words(made tree.Tree) string {
	var all []string
	for f := range made.All() {
		sign := map[tree.Mode]string{tree.Regular: "=", tree.Link: "->"}[f.Mode]
		all = append(all, f.Path.String()+sign+string(f.Data))
	}
	return strings.Join(all, " ")
}

func TestFindMistakes(t *testing.T) {
	t.Chdir(template(t, "mine/template.yaml", "file=x"))
	for name, want := range map[string]string{
		"":                `no template is called ""|built in: bad, go-service, python-service; for a directory write ./DIR`,
		"rust-lib":        `no template is called "rust-lib"|built in: bad, go-service, python-service; for a directory write ./DIR`,
		"empty":           `no template is called "empty"|built in: bad, go-service, python-service; for a directory write ./DIR`,
		"go-servce":       `no template is called "go-servce"|did you mean go-service?`,
		"mine":            `no template is called "mine"|for the directory write ./mine`,
		"./none":          "there is no directory ./none|look at the path",
		"../none":         "there is no directory ../none|look at the path",
		"./file":          "./file is not a directory|a template is a directory that holds template.yaml and files/",
		"/nowhere/x.git":  "there is no directory /nowhere/x.git|look at the path",
		"./x.git":         "there is no directory ./x.git|look at the path",
		"http://x/y":      "http://x/y cannot be fetched: only https, ssh, file and local paths are fetched|gen help sources shows how a source is written",
		"ext::sh -c x://": "ext::sh -c x:// cannot be fetched: only https, ssh, file and local paths are fetched|gen help sources shows how a source is written",
		"gh:acme":         "gh:acme cannot be fetched: write it as gh:OWNER/REPO|gen help sources shows how a source is written",
		"gh:":             "gh: cannot be fetched: it names no repository|gen help sources shows how a source is written",
		"gh:a/b//../c":    "gh:a/b//../c cannot be fetched: its directory cannot be: \"..\" leads elsewhere|gen help sources shows how a source is written",
		"ssh://-oProxy/x": "ssh://-oProxy/x cannot be fetched: it names no repository|gen help sources shows how a source is written",
		"gh:a/b@-x":       "gh:a/b@-x cannot be fetched: it names no repository|gen help sources shows how a source is written",
		"http://a:s@h/x":  "http://h/x cannot be fetched: only https, ssh, file and local paths are fetched|gen help sources shows how a source is written",
	} {
		_, err := Find(name, builtin, Pin{})
		e := new(diag.Error)
		if !errors.As(err, &e) || e.Error()+"|"+e.Hint != want || e.Code != diag.Source {
			t.Errorf("%s: got %+v, want %s", name, e, want)
		}
	}
}

// TestGitNames says what is fetched, which directory and version of it, and what
// the record keeps.
func TestGitNames(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"gh:acme/x":                     "https://github.com/acme/x.git||| gh:acme/x",
		"gh:acme/x//svc@v1":             "https://github.com/acme/x.git|svc|v1| gh:acme/x//svc",
		"gh:acme/x@feature/y":           "https://github.com/acme/x.git||feature/y| gh:acme/x",
		"https://example.com/x":         "https://example.com/x||| https://example.com/x",
		"https://me:secret@h/x//a/b@v1": "https://me:secret@h/x|a/b|v1| https://h/x//a/b",
		"https://token@h/x":             "https://token@h/x||| https://h/x",
		"https://h/@scope/x":            "https://h/@scope/x||| https://h/@scope/x",
		"ssh://git@h/x@main":            "ssh://git@h/x||main| ssh://git@h/x",
		"ssh://me:secret@h/x":           "ssh://me:secret@h/x||| ssh://me@h/x",
		"git@h:acme/x.git//s@v1.2":      "git@h:acme/x.git|s|v1.2| git@h:acme/x.git//s",
		"file:///x/y@v1":                "file:///x/y||v1| file:///x/y",
		"x.git":                         here + "/x.git||| " + here + "/x.git",
		"a/x.git//sub@v1.2":             here + "/a/x.git|sub|v1.2| " + here + "/a/x.git//sub",
	} {
		s, err := Find(name, builtin, Pin{})
		g, ok := s.(repository)
		if got := g.url + "|" + g.subdir + "|" + g.ref + "| " + g.typed; err != nil || !ok || got != want || s.Record("/p") != g.typed {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
}

func TestFind(t *testing.T) {
	dir := template(t, "sub/template.yaml", "go-service/template.yaml")
	t.Chdir(filepath.Join(dir, "sub"))
	sub := filepath.Join(dir, "sub")
	for name, want := range map[string]string{
		".": sub, "./": sub, "..": dir, "../": dir, "../sub": sub, "./../sub": sub, sub: sub, dir + "/": dir,
		"go-service": "go-service", // the built-in one, whatever lies here
	} {
		s, err := Find(name, builtin, Pin{})
		if err != nil || s.Name() != want {
			t.Errorf("%s: got %v, %v, want %s", name, s, err, want)
		}
	}
	if got := Builtin(builtin); !slices.Equal(got, []string{"bad", "go-service", "python-service"}) {
		t.Errorf("built in are %s", got)
	}
	for name, want := range map[string]bool{`C:\t`: true, "c:/t": true, "C:t": false, "gh:x": false, "c:": false, `\\s\t`: false} {
		if isDrive(name) != want {
			t.Errorf("%s begins with a drive: %v", name, !want)
		}
	}
}

func TestReadBuiltin(t *testing.T) {
	s, err := Find("go-service", builtin, Pin{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.Read(t.Context())
	const want = "files/a/.hidden=1 files/go.mod.tmpl=2 partials/p.tmpl=3 template.yaml=m"
	if got := words(made.Files); err != nil || got != want || s.Record("/anywhere") != "builtin:go-service" {
		t.Errorf("got %s, %v", got, err)
	}
	bad, _ := Find("bad", builtin, Pin{})
	if _, err := bad.Read(t.Context()); err == nil || err.Error() != "bad/files/con: con is a device on Windows" {
		t.Errorf("got %v", err)
	}
	gone := embedded{builtin, "gone"}
	if _, err := gone.Read(t.Context()); err == nil {
		t.Error("what is not there was read")
	}
}

func TestReadTakesWhatBelongs(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "template.yaml=m",
		"files/a=1 partials/b/c=2": "files/a=1 partials/b/c=2 template.yaml=m",
		"README.md=x .git/config=x con=x tests/a=x templates.yaml=x": "template.yaml=m",
		"files/.github/{{.name}}=1 files/a/b/c.tmpl=2 files/a-b=":    "files/.github/{{.name}}=1 files/a-b= files/a/b/c.tmpl=2 template.yaml=m",
	} {
		if got := read(t, template(t, strings.Fields(in)...)); got != want {
			t.Errorf("%s: got %s", in, got)
		}
	}
}

func TestReadMistakes(t *testing.T) {
	for in, want := range map[string]string{
		"files=x":                                 "files: it is not a directory",
		"partials=x files=x":                      "files: it is not a directory\npartials: it is not a directory",
		"files/.git/config=x":                     "files/.git/config: no file may be called that: it is git's own directory",
		"files/a files/git~1 files/b":             "files/git~1: no file may be called that: it is git's own directory",
		"files/HEAD files/refs/a files/objects/b": "files/HEAD: it makes the directory a git repository, with what lies beside it",
	} {
		if got := read(t, template(t, strings.Fields(in)...)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	dir := template(t)
	os.Rename(filepath.Join(dir, "template.yaml"), filepath.Join(dir, "manifest.yaml"))
	if got := read(t, dir); got != "template.yaml: it is missing" {
		t.Errorf("without a manifest: got %s", got)
	}
	os.Mkdir(filepath.Join(dir, "template.yaml"), 0o777)
	if got := read(t, dir); got != "template.yaml: it is a directory, not a file" {
		t.Errorf("with a directory as the manifest: got %s", got)
	}
	s, _ := Find(dir, builtin, Pin{})
	os.RemoveAll(dir)
	if _, err := s.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "it cannot be read: ") {
		t.Errorf("of a directory that is gone: %v", err)
	}
}

func TestReadLimits(t *testing.T) {
	for in, want := range map[string]string{
		"template.yaml=65536":       "",
		"template.yaml=65537":       "template.yaml: it has 65537 bytes, and a manifest may have 65536",
		"files/a.tmpl=1048576":      "",
		"files/a.tmpl=2000000":      "files/a.tmpl: it has 2000000 bytes, and a text to render may have 1048576",
		"partials/a.tmpl=1048577":   "partials/a.tmpl: it has 1048577 bytes, and a text to render may have 1048576",
		"files/a=17000000":          "files/a: it has 17000000 bytes, and a file to copy may have 16777216",
		"files/template.yaml=70000": "",
		"files/a.tmpl=1048577 files/b/c.tmpl=1048577": "files/a.tmpl: it has 1048577 bytes, and a text to render may have 1048576\n" +
			"files/b/c.tmpl: it has 1048577 bytes, and a text to render may have 1048576",
		"files/a=16777216 files/b=16777216 files/c/d=16777216 files/e=16777215":                        "",
		"files/a=16777216 files/b=16777216 files/c/d=16777216 files/e=16777216":                        "the template's files have over 64 MiB in all",
		"files/a=16777216 files/b=16777216 files/c=16777216 files/d=16777216 files/e=17000000 files/f": "the template's files have over 64 MiB in all",
	} {
		dir := template(t)
		for word := range strings.FieldsSeq(in) {
			name, size, _ := strings.Cut(word, "=")
			n := int64(0)
			fmt.Sscan(size, &n)
			sparse(t, dir, name, n)
		}
		s, _ := Find(dir, builtin, Pin{})
		_, err := s.Read(t.Context())
		if got := diag.All(err).Error(); got != want || err != nil && diag.All(err)[0].Code != diag.Limit {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// TestReadManyFiles reads six names when others were counted before.
func TestReadManyFiles(t *testing.T) {
	root, err := os.OpenRoot(template(t, "files/d/x", "files/e/y", "partials/x"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	os.Mkdir(filepath.Join(root.Name(), "partials", "empty"), 0o777)
	for before, want := range map[int]string{
		0:              "",
		maxEntries - 6: "",
		maxEntries - 5: "the template has over 20000 files, or as many directories",
		maxEntries:     "the template has over 20000 files, or as many directories",
	} {
		r := &reader{ctx: t.Context(), root: root, count: before}
		if r.find(); r.list.Error() != want || before == maxEntries && r.count > maxEntries+2 {
			t.Errorf("%d and six more: got %q after %d", before, r.list.Error(), r.count)
		}
	}
	for before, want := range map[int]string{ // files alone, three and the manifest more
		maxFiles - 3: "",
		maxFiles - 2: "the template has over 20000 files, or as many directories",
	} {
		r := &reader{ctx: t.Context(), root: root, folders: []folder{{files: make([]tree.File, before)}}}
		if r.find(); r.list.Error() != want {
			t.Errorf("%d files and three more: got %q", before, r.list.Error())
		}
	}
}

func TestReadStops(t *testing.T) {
	s, _ := Find(template(t, "files/a=1"), builtin, Pin{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestTheOrderOfReadingDoesNotMatter reads the directories backwards.
func TestTheOrderOfReadingDoesNotMatter(t *testing.T) {
	dir := template(t, "files/a/b=1", "files/c=2", "files/d/e/f=3", "partials/p=4", "files/con=5", "files/d/nul=6")
	names := []string{"files/con", "files/d/nul", ""}
	for _, name := range names {
		var results [2]string
		for i := range results {
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			r := &reader{ctx: t.Context(), root: root}
			r.find()
			if i == 1 {
				slices.Reverse(r.folders)
			}
			r.read()
			root.Close()
			r.list.Sort()
			made, _ := tree.New(r.files)
			results[i] = words(made) + r.list.Error()
		}
		if results[0] != results[1] {
			t.Errorf("got %s and %s", results[0], results[1])
		}
		os.Remove(filepath.Join(dir, filepath.FromSlash(name)))
	}
}

func TestRecord(t *testing.T) {
	dir := template(t, "repo/.git/HEAD", "repo/templates/svc/template.yaml", "repo/own/.git=gitdir: x", "repo/own/template.yaml", "plain/template.yaml")
	for in, want := range map[string]string{
		"repo/templates/svc repo/apps/one": "dir:../../templates/svc",
		"repo/templates/svc repo/one":      "dir:../templates/svc",
		"repo/templates/svc other/one":     "dir:DIR/repo/templates/svc",
		"repo/own repo/one":                "dir:DIR/repo/own", // a work tree of its own
		"repo/own repo/own/x":              "dir:..",
		"plain other/one":                  "dir:DIR/plain",
		"plain repo/one":                   "dir:DIR/plain",
	} {
		name, project, _ := strings.Cut(in, " ")
		s, err := Find(filepath.Join(dir, filepath.FromSlash(name)), builtin, Pin{})
		if err != nil {
			t.Fatal(err)
		}
		got := s.Record(filepath.Join(dir, filepath.FromSlash(project)))
		if got := strings.Replace(got, filepath.ToSlash(dir), "DIR", 1); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
