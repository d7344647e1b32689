package render_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/diag"
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
  package: "{{ .dir | upper }}"
`

const rules = `
files:
  - {path: "docs/**", when: docs}
  - {path: "bin/*", executable: true}
  - {path: README.md, update: until-edited}
  - {path: Makefile, update: replace, was: [GNUmakefile]}
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
100644 README.md "svc SRC t 1.2.3 2026-01-02" from README.md [] until-edited
100755 bin/run "echo" from bin/run [] merge
100755 hook "#!/bin/sh\n" from hook [] merge
120000 link "bin/run" from link [] merge
100644 src/SRC.txt "plain" from {{.dir}}/{{.package}}.txt [] merge
100644 x.tmpl "src" from x.tmpl [] merge
`
	if got := show(t, template); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := show(t, template, "docs=true"); !strings.Contains(got, "docs/a.txt") {
		t.Errorf("got\n%s", got)
	}
	if got := show(t, template, "dir="); strings.Contains(got, "SRC.txt") {
		t.Errorf("an element is empty, yet it is there:\n%s", got)
	}
}

// refusal is what show says of a mistake, with its hint.
func refusal(t testing.TB, template *spec.Template, set ...string) string {
	t.Helper()
	_, err := render.Render(t.Context(), template, resolve(t, template, set...), "2026-01-02")
	var all []string
	for _, e := range diag.All(err) {
		all = append(all, e.Pos.String()+": "+e.Msg+" | "+e.Hint)
	}
	return strings.Join(all, "\n")
}

func TestRefusedPaths(t *testing.T) {
	template := load(t, questions, "files/{{.dir}}/a.txt", "")
	for set, want := range map[string]string{
		"dir=a/b":       `an element of the path would hold a slash | give dir another value than "a/b"`,
		"dir=/":         `an element of the path would hold a slash | give dir another value than "/"`,
		"dir=../../x":   `an element of the path would hold a slash | give dir another value than "../../x"`,
		"dir=..":        `it would be written to "../a.txt", but ".." leads elsewhere | give dir another value than ".."`,
		"dir=.git":      `it would be written to ".git/a.txt", but it is git's own directory | give dir another value than ".git"`,
		"dir=.GIT":      `it would be written to ".GIT/a.txt", but it is git's own directory | give dir another value than ".GIT"`,
		"dir=GIT~1":     `it would be written to "GIT~1/a.txt", but it is git's own directory | give dir another value than "GIT~1"`,
		"dir=.gen":      `it would be written to ".gen/a.txt", but it is gen's own directory | give dir another value than ".gen"`,
		"dir=a:b":       `it would be written to "a:b/a.txt", but it holds ':', which Windows does not allow | give dir another value than "a:b"`,
		`dir=a\b`:       `it would be written to "a\\b/a.txt", but it holds a backslash, which separates elements on Windows | give dir another value than "a\\b"`,
		"dir=con":       `it would be written to "con/a.txt", but con is a device on Windows | give dir another value than "con"`,
		"dir=a.":        `it would be written to "a./a.txt", but a dot or space ends an element: Windows drops it | give dir another value than "a."`,
		"dir={{.name}}": "",
		"dir=a":         "",
	} {
		if want != "" {
			want = "files/{{.dir}}/a.txt: " + want
		}
		if got, _, _ := strings.Cut(refusal(t, template, set), "\n"); got != want {
			t.Errorf("%s:\n got %s\nwant %s", set, got, want)
		}
	}
	if got := show(t, template, "dir={{.name}}"); !strings.Contains(got, "100644 {{.name}}/a.txt ") {
		t.Errorf("an answer is data, and here it is\n%s", got)
	}
}

// Of a value that is computed, the answers behind it are named.
func TestTheAnswerBehindAComputedValueIsNamed(t *testing.T) {
	template := load(t, questions+"  both: \"{{ .package }}{{ .name }}\"\n", "files/{{.both}}.txt", "")
	for set, want := range map[string]string{
		"dir=a/b": `files/{{.both}}.txt: an element of the path would hold a slash | give dir another value than "a/b"`,
		"dir=a?":  `files/{{.both}}.txt: it would be written to "A?svc.txt", but it holds '?', which Windows does not allow | give dir another value than "a?"`,
	} {
		if got := refusal(t, template, set); got != want {
			t.Errorf("%s: got %s, want %s", set, got, want)
		}
	}
}

// Files that are fine one by one, but not together.
func TestRefusedTogether(t *testing.T) {
	for _, c := range []struct {
		files []string
		set   string
		want  string
	}{
		{
			[]string{"files/a.txt", "", "files/{{.dir}}.txt", ""},
			"dir=a",
			"files/{{.dir}}.txt: it would be written to a.txt, and so would files/a.txt | give one of them a when, or another name",
		},
		{[]string{"files/A/x", "", "files/{{.dir}}/y", ""}, "dir=a", "a: some systems take the directory for A: rename one of them | "},
		{[]string{"files/a", "", "files/{{.dir}}/y", ""}, "dir=a", "a: a file, but other files lie in a directory a | "},
		{[]string{"files/{{.dir}}/y", "", "files/l", "->src/y"}, "dir=a", ""},
		{[]string{"files/a/HEAD", "", "files/{{.dir}}/objects/x", "", "files/a/refs/x", ""}, "dir=a", "a/HEAD: it makes the directory a git repository, with what lies beside it | "},
		{[]string{"files/a.txt", "", "files/{{.dir}}.txt", ""}, "dir=b", ""},
	} {
		if got := refusal(t, load(t, questions, c.files...), c.set); got != c.want {
			t.Errorf("%v with %s:\n got %s\nwant %s", c.files, c.set, got, c.want)
		}
	}
}

// A mistake in a text has its place, also when it is found only now.
func TestMistakesInTexts(t *testing.T) {
	for src, want := range map[string]string{
		"{{ fail .name }}":                "files/a.tmpl:1:4: fail: svc",
		"é\n\t{{ first (list) }}":         "files/a.tmpl:2:5: first: the list is empty",
		`{{ get (dict "a" nil) "a" }}`:    "files/a.tmpl:1:1: a value that does not exist would be written as <no value>",
		`{{ repeat 99999999 "x" }}`:       "files/a.tmpl:1:4: a value of over 1 MiB",
		"{{ range 9999999 }}{{ end }}":    "files/a.tmpl:1:10: the template takes over 1000000 steps",
		`{{ template "p" . }}`:            "partials/p.tmpl:2:3: fail: src",
		`<{{ .dir }}>{{ fail "second" }}`: "files/a.tmpl:1:16: fail: second",
	} {
		template := load(t, questions, "partials/p.tmpl", "\n{{fail .dir}}", "files/a.tmpl", src, "files/b.tmpl", "{{ fail \"later\" }}")
		if got := show(t, template); got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
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

// same is a template of n files with one text.
func same(t testing.TB, n int, text string) *spec.Template {
	var files []string
	for i := range n {
		files = append(files, fmt.Sprintf("files/f%04d.tmpl", i), text)
	}
	return load(t, questions, files...)
}

// Neither the tree nor the mistake depends on how many cores there are.
func TestAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	mistakes := []string{}
	for i := range 60 {
		mistakes = append(mistakes, fmt.Sprintf("files/f%02d.tmpl", i), fmt.Sprintf("{{ range %d }}{{ end }}{{ fail \"%d\" }}", (60-i)*20, i))
	}
	for name, c := range map[string]struct {
		template *spec.Template
		want     string // of the mistake
	}{
		"tree":     {many(t, 200, -1, ""), ""},
		"mistake":  {many(t, 200, 150, "{{ fail .name }}"), "files/d03/f0150.tmpl:1:4: fail: svc"},
		"mistakes": {load(t, questions, mistakes...), "files/f00.tmpl:1:29: fail: 0"},
		"steps":    {same(t, 40, `{{ $s := repeat 200000 "x" }}{{ $s = trim $s }}`), "files/f0019.tmpl:1:38: the template takes over 1000000 steps"},
		"limit, then a mistake": {
			load(t, questions, "files/a.tmpl", `{{ $s := repeat 900000 "x" }}{{ range 7 }}{{ $s = trim $s }}{{ end }}`, "files/b.tmpl", "{{ fail .name }}"),
			"files/b.tmpl:1:4: fail: svc",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := resolve(t, c.template)
			want := ""
			for i := range 20 {
				runtime.GOMAXPROCS(1 + i%2*7)
				made, err := render.Render(t.Context(), c.template, a, "2026-01-02")
				got := made.Digest()
				if err != nil {
					got = err.Error()
				}
				if err != nil && got != c.want || want != "" && got != want {
					t.Fatalf("run %d: got %.200s\nwant %.200s%.200s", i, got, c.want, want)
				}
				want = got
			}
		})
	}
}

// All files together write no more than is allowed.
func TestOutputOfAllFiles(t *testing.T) {
	prints := strings.Repeat("{{ $s }}", 10)
	template := same(t, 20, `{{ $s := repeat 360000 "x" }}`+prints)
	if got := show(t, template); !strings.HasSuffix(got, "the template writes over 64 MiB in all") {
		t.Errorf("got %.100s", got)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := many(t, 10, -1, "")
	given := resolve(t, a)
	loop := load(t, questions, "files/a.tmpl", "{{ range 9999999 }}{{ end }}")
	cancel()
	for want, template := range map[string]*spec.Template{
		"context canceled": a,
		"files/a.tmpl:1:10: rendering takes too long, or was interrupted": loop,
	} {
		if _, err := render.Render(ctx, template, given, ""); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestNext(t *testing.T) {
	for next, want := range map[string]string{
		"":             "",
		"next: make\n": "make",
		`next: "make {{ .package }} on {{ .gen.created }}\n"`: "make SRC on 2026-01-02\n",
		`next: "{{ fail .name }}"`:                            "template.yaml:10:11: fail: svc",
	} {
		template := load(t, questions+next)
		got, err := render.Next(t.Context(), template, resolve(t, template), "2026-01-02")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", next, got, want)
		}
	}
}

// A file is there or not, by the last rule that matches it.
func TestConditions(t *testing.T) {
	template := load(t, questions+`
files:
  - {path: "**/*.md", when: docs}
  - {path: "{{.dir}}/b.md", when: dir == "lib"}
`, "files/a.md", "a", "files/{{.dir}}/b.md", "b", "files/{{.dir}}/c.md.tmpl", "{{ fail \"never\" }}", "files/d", "")
	for set, want := range map[string]string{
		"docs=false":          "d",
		"docs=false dir=lib":  "d lib/b.md",
		"docs=false dir=":     "d",
		"docs=true dir=other": "files/{{.dir}}/c.md.tmpl:1:4: fail: never",
		"docs=true dir=":      "a.md d",
	} {
		made, err := render.Render(t.Context(), template, resolve(t, template, strings.Fields(set)...), "2026-01-02")
		var paths []string
		for f := range made.All() {
			paths = append(paths, f.Path.String())
		}
		got := strings.Join(paths, " ")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", set, got, want)
		}
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
