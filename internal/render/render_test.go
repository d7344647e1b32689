package render_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/render"
	"example.com/gen/internal/spec"
	"example.com/gen/internal/tree"
)

// load makes a template of a manifest's questions and rules, and of files, a
// path and a text each. A text that begins with -> is a link.
func load(t testing.TB, manifest string, files ...string) *spec.Template {
	t.Helper()
	all := append([]string{"template.yaml", "format: 1\nname: t\nversion: 1.2.3\n" + manifest}, files...)
	var list []tree.File
	for i := 0; i < len(all); i += 2 {
		p, err := tree.ParsePath(all[i])
		if err != nil {
			t.Fatal(err)
		}
		f := tree.File{Path: p, Mode: tree.Regular, Data: []byte(all[i+1])}
		if to, link := strings.CutPrefix(all[i+1], "->"); link {
			f.Mode, f.Data = tree.Link, []byte(to)
		}
		list = append(list, f)
	}
	raw, mistakes := tree.New(list)
	if err := mistakes.Err(); err != nil {
		t.Fatal(err)
	}
	template, err := spec.Load(raw, "dev")
	if err != nil {
		t.Fatal(err)
	}
	return template
}

func resolve(t testing.TB, template *spec.Template, set ...string) answers.Answers {
	t.Helper()
	g := answers.Given{Name: "svc", Created: "2026-01-02"}
	for _, s := range set {
		name, value, _ := strings.Cut(s, "=")
		g.Set = append(g.Set, answers.Item{Name: name, Value: value})
	}
	a, err := answers.Resolve(t.Context(), template, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// show renders and describes the tree, or the mistake.
func show(t testing.TB, template *spec.Template, set ...string) string {
	t.Helper()
	made, err := render.Render(t.Context(), template, resolve(t, template, set...), "2026-01-02")
	if err != nil {
		return err.Error()
	}
	b := &strings.Builder{}
	for f := range made.All() {
		fmt.Fprintf(b, "%o %s %q from %s %v %s\n", f.Mode, f.Path, f.Data, f.From, f.Was, f.Owner)
	}
	return b.String()
}

const questions = `
questions:
  - {name: dir, type: string, default: src}
  - {name: docs, type: bool, default: false}
computed:
  package: "{{ .name | upper }}"
`

const rules = `
files:
  - {path: "docs/**", when: docs}
  - {path: "bin/*", executable: true}
  - {path: README.md, update: until-edited}
  - {path: Makefile, update: replace, was: [GNUmakefile]}
next: "make {{ .package }} on {{ .gen.created }}\n"
`

func TestRender(t *testing.T) {
	template := load(t, questions+rules,
		"files/README.md.tmpl", "{{ .name }} {{ .package }} {{ .gen.template.name }} {{ .gen.template.version }} {{ .gen.created }}",
		"files/Makefile", "all: {{ not rendered }}",
		"files/bin/run", "echo",
		"files/docs/a.txt", "a",
		"files/hook", "#!/bin/sh\n",
		"files/link", "->bin/run",
		"files/{{.dir}}/{{.package}}.txt.tmpl", "plain",
		"files/x.tmpl.tmpl", "{{ .dir }}",
	)
	const want = `100644 Makefile "all: {{ not rendered }}" from Makefile [GNUmakefile] replace
100644 README.md "svc SVC t 1.2.3 2026-01-02" from README.md [] until-edited
100755 bin/run "echo" from bin/run [] merge
100755 hook "#!/bin/sh\n" from hook [] merge
120000 link "bin/run" from link [] merge
100644 src/SVC.txt "plain" from {{.dir}}/{{.package}}.txt [] merge
100644 x.tmpl "src" from x.tmpl [] merge
`
	if got := show(t, template); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := show(t, template, "docs=true"); !strings.Contains(got, "docs/a.txt") {
		t.Errorf("got\n%s", got)
	}
	if got := show(t, template, "dir="); strings.Contains(got, "SVC.txt") {
		t.Errorf("an element is empty, yet it is there:\n%s", got)
	}
	next, err := render.Next(t.Context(), template, resolve(t, template), "2026-01-02")
	if next != "make SVC on 2026-01-02\n" || err != nil {
		t.Errorf("got %q, %v", next, err)
	}
	if next, err := render.Next(t.Context(), load(t, ""), answers.Answers{}, ""); next != "" || err != nil {
		t.Errorf("got %q, %v", next, err)
	}
}

func TestRefused(t *testing.T) {
	paths := load(t, questions, "files/{{.dir}}/a.txt", "", "files/b/{{.package}}.txt", "")
	for set, want := range map[string]string{
		"dir=a/b":   "files/{{.dir}}/a.txt: an element of the path would hold a slash",
		"dir=..":    `files/{{.dir}}/a.txt: it would be written to "../a.txt", but ".." leads elsewhere`,
		"dir=.git":  `files/{{.dir}}/a.txt: it would be written to ".git/a.txt", but it is git's own directory`,
		"dir=.gen":  `files/{{.dir}}/a.txt: it would be written to ".gen/a.txt", but it is gen's own directory`,
		"dir=a:b":   `files/{{.dir}}/a.txt: it would be written to "a:b/a.txt", but it holds ':', which Windows does not allow`,
		"dir=con":   `files/{{.dir}}/a.txt: it would be written to "con/a.txt", but con is a device on Windows`,
		"dir=B":     "b: some systems take the directory for B: rename one of them",
		"dir={{.x}": "",
	} {
		if got := show(t, paths, set); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", set, got, want)
		}
	}
	twice := load(t, questions, "files/{{.dir}}.txt", "", "files/a.txt", "")
	if got, want := show(t, twice, "dir=a"), "files/{{.dir}}.txt: it would be written to a.txt, and so would files/a.txt"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := show(t, load(t, questions, "files/a.tmpl", "{{ fail .name }}")); got != "files/a.tmpl:1:4: fail: svc" {
		t.Errorf("got %s", got)
	}
}

// many is a template of n files, the k-th of which is text.
func many(t testing.TB, n, k int, text string) *spec.Template {
	var files []string
	for i := range n {
		src := "{{ .name }} {{ range 10 }}{{ $.dir | upper }}{{ end }}\nplain\n"
		if i == k {
			src = text
		}
		files = append(files, fmt.Sprintf("files/d%02d/f%04d.tmpl", i%7, i), src)
	}
	return load(t, questions, files...)
}

// Neither the tree nor the mistake depends on how many cores there are.
func TestAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for name, template := range map[string]*spec.Template{
		"tree":    many(t, 300, -1, ""),
		"limit":   many(t, 300, 150, "{{ range 999950 }}{{ end }}"),
		"mistake": many(t, 300, 150, "{{ fail .name }}"),
	} {
		want := ""
		for i := range 4 {
			runtime.GOMAXPROCS(1 + i%2*7)
			switch got := show(t, template); {
			case want == "":
				want = got
			case got != want:
				t.Fatalf("%s: got %.200s\nwant %.200s", name, got, want)
			}
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	template := many(t, 10, -1, "")
	a := resolve(t, template)
	cancel()
	if _, err := render.Render(ctx, template, a, ""); err == nil {
		t.Error("no error")
	}
}

func BenchmarkRender(b *testing.B) {
	template := many(b, 2000, -1, "")
	a := resolve(b, template)
	for b.Loop() {
		if _, err := render.Render(b.Context(), template, a, ""); err != nil {
			b.Fatal(err)
		}
	}
}
