package spec

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

func TestMistakesOfFiles(t *testing.T) {
	for _, c := range []struct {
		pairs []string
		want  string
	}{
		{[]string{"files/a", "x", "files/a.tmpl", "y"}, "files/a.tmpl:0:0: files/a and this file both make a"},
		{[]string{"files/{{if .name}}x", "x"}, "files/{{if .name}}x:0:0: a name may hold plain variables only"},
		{[]string{"files/{{ .name }}/a", "x", "files/{{.gen.created}}", ""}, "files/{{.gen.created}}:0:0: a name may hold plain variables only"},
		{[]string{"files/.tmpl", "x", "files/d/.tmpl", ""}, "files/.tmpl:0:0: without .tmpl nothing is left of the name\nfiles/d/.tmpl:0:0: without .tmpl nothing is left of the name"},
		{[]string{"files/x}}", "x"}, "files/x}}:0:0: a name may hold plain variables only"},
		{[]string{"files/a.tmpl", "\xff{{"}, "files/a.tmpl:0:0: the file is not UTF-8"},
		{[]string{"files/a", "\xff{{ .nothing"}, ""},
		{[]string{"files/a.tmpl", "x\n{{ .nam }}\n", "files/b.tmpl", "{{ .nam }}"}, "files/a.tmpl:2:*\nfiles/b.tmpl:1:*"},
		{[]string{"partials/a", "x"}, "partials/a:0:0: a partial is a file NAME.tmpl in partials/ itself"},
		{[]string{"partials/d/a.tmpl", "x"}, "partials/d/a.tmpl:0:0: a partial is a file NAME.tmpl in partials/ itself"},
		{[]string{"partials/a.tmpl", "\xff"}, "partials/a.tmpl:0:0: the partial is not UTF-8"},
		{[]string{"partials/a.tmpl", "{{ .nam }}"}, "partials/a.tmpl:1:*"},
		{[]string{"partials/a.tmpl", "hi {{ .name }}", "files/a.tmpl", `{{ template "a" . }}`}, ""},
		{[]string{"other/a.tmpl", "{{ .nam }}", "tests/x/tree/{{if}}", ""}, ""},
	} {
		_, err := Load(files(t, append(c.pairs, "template.yaml", head)...), "")
		got := strings.Split(say(err), "\n")
		for i, want := range strings.Split(c.want, "\n") {
			prefix, wild := strings.CutSuffix(want, "*")
			if len(got) <= i || got[i] != want && (!wild || !strings.HasPrefix(got[i], prefix)) {
				t.Errorf("%.60q:\n got %.300s\nwant %s", c.pairs, got, want)
			}
		}
	}
}

func TestLinks(t *testing.T) {
	var list []tree.File
	for name, target := range map[string]string{"template.yaml": "", "files/a.tmpl": "b", "files/b": ""} {
		p, err := tree.ParsePath(name)
		if err != nil {
			t.Fatal(err)
		}
		f := tree.File{Path: p, Mode: tree.Regular, Data: []byte(head)}
		if target != "" {
			f.Mode, f.Data = tree.Link, []byte(target)
		}
		list = append(list, f)
	}
	raw, _ := tree.New(list)
	got, err := Load(raw, "")
	if err != nil {
		t.Fatal(say(err))
	}
	if f := got.Files[0]; !f.Link || f.From != "a.tmpl" || string(f.Data) != "b" || f.Body != nil {
		t.Errorf("%+v", f)
	}
	for i := range list {
		list[i].Mode, list[i].Data = tree.Link, []byte("files")
	}
	raw, _ = tree.New(list)
	if _, err := Load(raw, ""); say(err) != "yaml:0:0: the template has no such file" {
		t.Error(say(err))
	}
}

func TestTheDigestIsOfTheTemplateOnly(t *testing.T) {
	digest := func(pairs ...string) string {
		got, err := Load(files(t, append(pairs, "template.yaml", head)...), "")
		if err != nil {
			t.Fatal(say(err))
		}
		return got.Digest
	}
	plain := digest("files/a", "x")
	if plain != digest("files/a", "x", "tests/a/answers.yaml", "y", "README.md", "z") {
		t.Error("tests and README count")
	}
	if plain == digest("files/a", "y") || plain == digest("files/a", "x", "partials/p.tmpl", "") {
		t.Error("files and partials do not count")
	}
}

func TestForEachKeyTheLastMatchingRuleWins(t *testing.T) {
	src := head + `
files:
  - {path: "**", update: replace, executable: true}
  - {path: "d/*", update: until-edited}
  - {path: "d/{a,b}.sh", executable: false, when: name == "x"}
  - {path: "d/b.sh", update: merge, delimiters: ["[[", "]]"], was: [old.sh]}
`
	got, err := Load(files(t, "template.yaml", src, "files/a", "", "files/d/a.sh", "#!/bin/sh", "files/d/b.sh.tmpl", "{{ x }} [[ .name ]]", "files/d/c", ""), "")
	if err != nil {
		t.Fatal(say(err))
	}
	var lines []string
	for _, f := range got.Files {
		ok, _ := f.Active(map[string]any{"name": "y"})
		lines = append(lines, fmt.Sprint(f.From, " ", f.Owner, f.Executable, ok, f.Was, f.Body != nil))
	}
	want := []string{"a replace true true [] false", "d/a.sh until-edited false false [] false", "d/b.sh merge false false [old.sh] true", "d/c until-edited true true [] false"}
	if !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
}

// Many files are compiled in parallel; their mistakes keep their order.
func TestMistakesOfManyFilesAreInOrder(t *testing.T) {
	pairs := []string{"template.yaml", head}
	for i := range 500 {
		pairs = append(pairs, fmt.Sprintf("files/%03d.tmpl", i), "a\n{{ .nothing }}")
	}
	raw := files(t, pairs...)
	_, first := Load(raw, "")
	if list := diag.All(first); len(list) != 500 || list[499].Pos.File != "files/499.tmpl" {
		t.Fatalf("%d mistakes", len(list))
	}
	for range 3 {
		if _, err := Load(raw, ""); say(err) != say(first) {
			t.Fatal("the mistakes differ")
		}
	}
}
