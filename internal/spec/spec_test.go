package spec

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

// files builds a raw template from names and contents.
func files(t testing.TB, pairs ...string) tree.Tree {
	t.Helper()
	var list []tree.File
	for i := 0; i < len(pairs); i += 2 {
		p, err := tree.ParsePath(pairs[i])
		if err != nil {
			t.Fatalf("%s: %v", pairs[i], err)
		}
		list = append(list, tree.File{Path: p, Mode: tree.Regular, Data: []byte(pairs[i+1])})
	}
	raw, errs := tree.New(list)
	if errs != nil {
		t.Fatal(errs)
	}
	return raw
}

// say writes mistakes one a line: place and message.
func say(err error) string {
	if err == nil {
		return ""
	}
	var list diag.List
	if !errors.As(err, &list) {
		return err.Error()
	}
	var lines []string
	for _, e := range list {
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s", strings.TrimPrefix(e.Pos.File, "template."), e.Pos.Line, e.Pos.Col, e.Msg))
	}
	return strings.Join(lines, "\n")
}

const head = "format: 1\nname: svc\nversion: 1.0.0\n"

// example is the format's page, word by word.
func example(t testing.TB) string {
	b, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheExampleOfTheFormat(t *testing.T) {
	raw := files(t, "template.yaml", example(t),
		"files/README.md.tmpl", "# {{ .name }}", "files/docs/a.md", "x", "files/scripts/run.sh", "echo",
		"files/src/{{.package}}/db.py.tmpl", "import {{ .package }}", "files/src/{{.package}}/logging.py", "pass",
		"files/.github/ci.yml.tmpl", "a: ${{ x }} <% .name %>", "files/bin/tool", "#!/bin/sh\n", "files/x.tmpl.tmpl", "no action",
		"tests/a/answers.yaml", "name: x")
	got, err := Load(raw, "0.1.0")
	if err != nil {
		t.Fatal(say(err))
	}
	if got.Name != "python-service" || got.Version != "1.0.0" || got.Requires != ">=0.1.0" || got.Next == nil || got.Description == "" || !strings.HasPrefix(got.Digest, "sha256:") {
		t.Errorf("%+v", got)
	}
	var lines []string
	for _, q := range got.Questions {
		lines = append(lines, fmt.Sprint(q.Name, " ", q.Type, " ", q.Required, q.Ask, q.Needs(), q.Was, len(q.Choices), " ", q.Suggest))
	}
	for _, f := range got.Files {
		lines = append(lines, fmt.Sprint(f.From, " ", f.Name != nil, f.Body != nil, f.Executable, f.Owner, f.Was, " ", f.Pos.File))
	}
	want := `name string true true [] [] 0 
description string false true [name] [] 0 
database choice false true [] [db] 2 
migrations bool false true [database] [] 0 
devcontainer bool false false [] [] 0 
author string false true [name] [] 0 git-user-name
.github/ci.yml false true false merge [] files/.github/ci.yml.tmpl
README.md false true false until-edited [] files/README.md.tmpl
bin/tool false false true merge [] files/bin/tool
docs/a.md false false false until-edited [] files/docs/a.md
scripts/run.sh false false true merge [] files/scripts/run.sh
src/{{.package}}/db.py true true false merge [] files/src/{{.package}}/db.py.tmpl
src/{{.package}}/logging.py true false false merge [src/{{.package}}/log.py] files/src/{{.package}}/logging.py
x.tmpl false false false merge [] files/x.tmpl.tmpl`
	if s := strings.Join(lines, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
	for db, want := range map[string]bool{"postgres": true, "none": false} {
		if ok, err := got.Files[5].Active(map[string]any{"database": db}); ok != want || err != nil {
			t.Error(db, ok, err)
		}
	}
	if got.Computed[0].Name != "package" {
		t.Errorf("%+v", got.Computed)
	}
}

func TestTenMistakesAtOnce(t *testing.T) {
	src := `format: 1
name: Svc
version: 1.10
colour: red
questions:
  - name: database
    type: choice
    choices: [{value: none}, {value: postgres}, {value: none}]
    default: postgre
  - name: migrations
    type: bool
    when: databse != "none"
    default: 1
  - name: database
    default: x
  - name: author
    prompt: {}
    default: "{{ .later }}"
  - name: later
    default: "{{ .author }}"
files:
  - path: READM.md
    update: never
`
	want := `yaml:2:7: "Svc" cannot name a template
yaml:3:10: version must be a string, but YAML reads 1.10 as a number with a fraction
yaml:4:1: a template has no key "colour"
yaml:8:57: choice "none" is there twice
yaml:9:14: the default of database: "postgre" is not one of none, postgres; did you mean postgres?
yaml:12:11: there is no answer called "databse"
yaml:13:14: the default of migrations: 1 is not true or false
yaml:14:11: question "database" is asked twice
yaml:17:13: prompt must be a string, not a map
yaml:18:18: "author" refers to "later", which is asked later
yaml:22:11: no file matches "READM.md"
yaml:23:13: update cannot be "never"
files/{{.nam}}.md:0:0: unknown variable .nam`
	raw := files(t, "template.yaml", src, "files/README.md", "x", "files/{{.nam}}.md", "x")
	_, err := Load(raw, "dev")
	if got := say(err); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	lines := strings.Split(src, "\n")
	for _, e := range diag.All(err) {
		if e.Hint == "" {
			t.Errorf("no hint: %v", e)
		}
		if e.Pos.File == "template.yaml" && e.Line != lines[e.Pos.Line-1] {
			t.Errorf("%v: the excerpt is %q", e, e.Line)
		}
	}
	if hint := diag.All(err)[5].Hint; hint != "did you mean database?" {
		t.Error(hint)
	}
}

// Each manifest has one mistake, or none; the places are of the manifest.
func TestMistakes(t *testing.T) {
	q := func(s string) string { return head + "questions:\n" + s }
	for src, want := range map[string]string{
		// the head
		"":                                `yaml:1:1: the manifest must be a map, not nothing`,
		"[a]":                             `yaml:1:1: the manifest must be a map, not a list`,
		"format: 2\nfoo: bar\n":           `yaml:1:9: format 2 is not known to this gen, which reads format 1`,
		"format: x\n":                     "yaml:1:1: the template has no name\nyaml:1:1: the template has no version\nyaml:1:9: the format must be a number",
		"name: a\n":                       "yaml:1:1: the template has no format\nyaml:1:1: the template has no version",
		head + "requires: '>=9'\nfoo: x":  `yaml:4:11: the template needs gen >=9, this is 0.5.0`,
		head + "requires: x y":            `yaml:4:11: "x y" does not say which versions of gen are needed`,
		head + "requires: '>=0.5.0-rc.1'": "",
		head + "description: 1":           `yaml:4:14: description must be a string, but YAML reads 1 as an integer`,
		head + "description:":             `yaml:4:1: description has no value`,
		head + "description: |\n  a\n  b": `yaml:4:1: description must be one line`,
		head + "next: \"{{ .nam }}\"":     `yaml:4:11: unknown variable .nam`,
		head + "next: |\n  {{ .nam }}":    `yaml:4:1: unknown variable .nam`,
		head + "next: \"\\t{{ .nam }}\"":  `yaml:4:7: unknown variable .nam`,
		head + "next: '{{ .name }} {{ .gen.created }}'": "",
		head + "files: {}": `yaml:4:8: files must be a list, not a map`,

		// names
		q("  - {name: Db, default: x}"):      `yaml:5:12: "Db" cannot name an answer`,
		q("  - {name: gen, default: x}"):     `yaml:5:12: "gen" is a word of gen or of its expressions`,
		q("  - {name: len, default: x}"):     `yaml:5:12: "len" is a word of gen or of its expressions`,
		q("  - {name: matches, default: x}"): `yaml:5:12: "matches" is a word of gen or of its expressions`,
		q("  - {prompt: x}"):                 `yaml:5:5: the question has no name`,
		q("  - x"):                           `yaml:5:5: a question must be a map, not a string`,
		q("  - {name: a, was: [b], default: x}\n  - {name: c, was: [a, b, B], default: x}"): "yaml:6:21: \"a\" is a name of question \"a\"\nyaml:6:24: \"b\" is a name of question \"a\"\nyaml:6:27: \"B\" cannot name an answer",
		q("  - {name: a, was: [b, b], default: x}"):                                         `yaml:5:24: "b" is a name of question "a"`,
		q("  - {name: a, default: x}\ncomputed:\n  a: b\n  Q: c\n  d: d"):                   "yaml:7:3: \"a\" is a question already\nyaml:8:3: \"Q\" cannot name an answer",

		// the question name
		q("  - name: name\n    validate: [{rule: len(value) < 9, message: too long}]"): "",
		q("  - {name: a, default: '{{ .name }}'}\n  - {name: name, default: svc}"):     "",
		q("  - {name: name, when: 'true', was: [n], type: int}"):                       "yaml:5:24: the question name is always asked\nyaml:5:37: the question name was never called anything else\nyaml:5:48: the question name is a string",
		q("  - {name: name, default: ../x}"):                                           `yaml:5:27: the default breaks a rule: it cannot name a directory: ".." leads elsewhere`,

		// types
		q("  - {name: a, type: integer}"):                                     `yaml:5:21: type cannot be "integer"`,
		q("  - {name: a, default: 1.10}"):                                     `yaml:5:24: the default must be a string, but YAML reads 1.10 as a number with a fraction`,
		q("  - {name: a, default: no}"):                                       "",
		q("  - {name: a, default: }"):                                         `yaml:5:15: the default has no value`,
		q("  - {name: a, type: int, default: 1.5}"):                           `yaml:5:35: the default of a: 1.5 is not a whole number: write it in digits`,
		q("  - {name: a, type: int, default: 99999999999999999999}"):          `yaml:5:35: the default of a: 99999999999999999999 is not a whole number: write it in digits`,
		q("  - {name: a, type: int, default: 010}"):                           `yaml:5:35: the default of a: "010" is not a whole number: write it in digits`,
		q("  - {name: a, type: bool, default: }"):                             `yaml:5:27: the default of a: nothing is not true or false`,
		q("  - {name: a, type: bool, default: no}"):                           `yaml:5:36: the default of a: "no" is not true or false`,
		q("  - {name: a, type: bool, default: {b: c}}"):                       `yaml:5:36: the default of a: a map is not true or false`,
		q("  - {name: a, type: bool, default: name == 'x'}"):                  "",
		q("  - {name: a, type: int, default: name}"):                          `yaml:5:35: the expression gives a string, not an integer`,
		q("  - {name: a, default: \"x\\ny\"}"):                                `yaml:5:24: the default of a: it must be one line`,
		q("  - {name: a, choices: [{value: b}], default: x}"):                 `yaml:5:24: a question of type string has no choices`,
		q("  - {name: a, type: bool, default: true, suggest: git-user-name}"): `yaml:5:51: only a question of type string can suggest something`,
		q("  - {name: a, ask: false}"):                                        `yaml:5:20: question "a" is never asked and has no default`,
		q("  - {name: a, ask: no, default: x}"):                               `yaml:5:20: ask must be true or false`,

		// choices
		q("  - {name: a, type: choice}"):                                                                  `yaml:5:12: question "a" has no choices`,
		q("  - {name: a, type: choice, choices: [{value: 1}]}"):                                           `yaml:5:47: value must be a string, but YAML reads 1 as an integer`,
		q("  - {name: a, type: choice, choices: [{value: 'x,y'}]}"):                                       `yaml:5:47: "x,y" cannot be the value of a choice: commas separate values`,
		q("  - {name: a, type: choice, choices: [{label: x}]}"):                                           `yaml:5:39: the choice has no value`,
		q("  - {name: a, type: choice, choices: [{value: x}, {value: y, was: [x]}], default: y}"):         `yaml:5:59: choice "x" is there twice`,
		q("  - {name: a, type: choice, choices: [{value: x, was: [y]}], default: y}"):                     "",
		q("  - {name: a, type: choice, choices: [{value: name}], default: name}"):                         "",
		q("  - {name: a, type: choice, choices: [{value: x}], default: 'name == \"x\" ? \"x\" : \"y\"'}"): "",
		q("  - {name: a, type: choice, choices: [{value: x}], default: 'true ? \"y\" : \"x\"'}"):          `yaml:5:61: the default of a: "y" is not one of x`,
		q("  - {name: a, type: choices, choices: [{value: x}], default: [x, z]}"):                         `yaml:5:62: the default of a: "z" is not one of x`,
		q("  - {name: a, type: choices, choices: [{value: x}], default: [1]}"):                            `yaml:5:62: the default of a: a list is not a list of choices, such as [a, b]`,
		q("  - {name: a, type: choices, choices: [{value: x}], default: 'name == \"x\" ? [\"x\"] : []'}"): "",
		q("  - {name: a, type: choices, choices: [{value: x}], default: x}"):                              `yaml:5:62: the default of a: "x" is not a list of choices, such as [a, b]`,

		q("  - {name: a, type: choice, default: x}"):              `yaml:5:12: question "a" has no choices`,
		q("  - {name: a, type: choice, choices: {}, default: x}"): `yaml:5:38: choices must be a list, not a map`,
		q("  - {name: a, type: choice, choices: []}"):             `yaml:5:12: question "a" has no choices`,
		q("  - {name: a, type: int, default: len(name) / 2}"):     `yaml:5:35: the expression gives something else, not an integer`,

		// rules
		q("  - {name: a, default: abc, validate: [{rule: len(value) < 3, message: too long}]}"):           `yaml:5:24: the default breaks a rule: too long`,
		q("  - {name: a, default: abc, validate: [{rule: value != name, message: same}]}"):                "",
		q("  - {name: a, default: '{{ .name }}', validate: [{rule: len(value) < 3, message: too long}]}"): "",
		q("  - {name: a, type: int, default: 7, validate: [{rule: value startsWith 'a', message: m}]}"):   `yaml:5:62: invalid operation: startsWith (mismatched types int and string)`,
		q("  - {name: a, validate: [{rule: len(value), message: m}]}"):                                    `yaml:5:33: the expression gives an integer, not true or false`,
		q("  - {name: a, validate: [{rule: value, mesage: m}]}"):                                          "yaml:5:26: the rule has no message\nyaml:5:33: the expression gives a string, not true or false\nyaml:5:40: a rule has no key \"mesage\"",
		q("  - {name: a, validate: [x]}"):                                                                 `yaml:5:26: a rule must be a map, not a string`,
		q("  - {name: a, validate: [{rule: a == '', message: m}]}"):                                       `yaml:5:33: "a" refers to itself`,

		// expressions
		q("  - {name: a, default: x, when: nam == 'x'}"):              `yaml:5:33: there is no answer called "nam"`,
		q("  - name: a\n    when: \"nam == 'x'\"\n"):                  `yaml:6:12: there is no answer called "nam"`,
		q("  - name: a\n    when: 'name == ''x'' and nam'\n"):         `yaml:6:11: there is no answer called "nam"`,
		q("  - name: a\n    when: >\n      nam\n"):                    `yaml:6:5: there is no answer called "nam"`,
		q("  - {name: a, when: name ==}"):                             `yaml:5:27: unexpected token EOF`,
		q("  - {name: a, when: name}"):                                `yaml:5:21: the expression gives a string, not true or false`,
		q("  - {name: a, when: true}"):                                `yaml:5:21: when must be a string, but YAML reads true as true or false`,
		q("  - {name: a, when: now() != nil}"):                        `yaml:5:21: there is no function now in expressions`,
		q("  - {name: a, when: lenn(name) > 1}"):                      `yaml:5:21: there is no function lenn in expressions`,
		q("  - {name: a, when: name.Foo() == 1}"):                     `yaml:5:26: there is no function name.Foo in expressions`,
		q("  - {name: a, when: 'let x = name; x == \"\"'}"):           `yaml:5:26: an expression has no variables of its own`,
		q("  - {name: a, when: 'any([1], {# > 0})'}"):                 `yaml:5:22: there is no function any in expressions`,
		q("  - {name: a, when: name matches '('}"):                    "yaml:5:34: the pattern is wrong: missing closing ): `(`",
		q("  - {name: a, when: name matches name}"):                   `yaml:5:26: a pattern must be constant`,
		q("  - {name: a, when: name matches '^(a+)+$'}"):              "",
		q("  - name: a\n    when: name matches '.{900}.{900}.{900}'"): `yaml:6:24: the patterns of this template are too large to match quickly`,
		q("  - {name: a, when: $env != nil}"):                         `yaml:5:21: there is no answer called "$env"`,
		q("  - {name: a, type: int, default: int('x')}"):              `yaml:5:35: the expression fails: invalid operation: int(x)`,

		q("  - {name: a, when: 'replace(name, name, \"\") == name'}"):      `yaml:5:22: replace must put a constant text for one that is as long or longer`,
		q("  - {name: a, when: 'replace(name, \"-\", \"_\") in [\"x\"]'}"): "",

		// order
		q("  - {name: a, default: '{{ .b }}'}\n  - {name: b, default: x}"):                                              `yaml:5:28: "a" refers to "b", which is asked later`,
		q("  - {name: a, default: x, when: b == ''}\n  - {name: b, default: x}"):                                        `yaml:5:33: "a" refers to "b", which is asked later`,
		q("  - {name: a, default: '{{ .a }}'}"):                                                                         `yaml:5:28: "a" refers to itself`,
		q("  - {name: a, default: '{{ .b }}'}\n  - {name: b, default: '{{ .c }}'}\n  - {name: c, default: '{{ .a }}'}"): "yaml:5:28: \"a\" refers to \"b\", which is asked later\nyaml:6:28: \"b\" refers to \"c\", which is asked later",
		q("  - {name: a, default: '{{ .b }}'}\ncomputed: {b: x}"):                                                       `yaml:5:28: "a" refers to "b", which is computed later`,
		q("  - {name: a, default: '{{ .gen.created }}'}"):                                                               "",
		head + "computed: {a: '{{ .a }}'}":                                                                              `yaml:4:19: "a" refers to itself`,
		head + "computed: {a: '{{ .b }}', b: x}":                                                                        `yaml:4:19: "a" refers to "b", which is computed later`,
		head + "computed: {a: '{{ .name }}', b: '{{ .a }}'}":                                                            "",
		head + "computed: {a: '{{ .gen.created }}'}":                                                                    "",
		head + "computed: x": `yaml:4:11: computed must be a map, not a string`,

		// files
		head + "files: [{path: a, update: replace}]":                 "",
		head + "files: [{path: '**/b', update: replace}]":            "",
		head + "files: [{path: '{a,d/*}', executable: true}]":        "",
		head + "files: [{path: 'd/{{ .name }}'}]":                    `yaml:4:16: no file matches "d/{{ .name }}"`,
		head + "files: [{path: 'd/{{.name}}'}]":                      "",
		head + "files: [{path: '*/{{.name}}'}]":                      "",
		head + "files: [{path: bb}]":                                 `yaml:4:16: no file matches "bb"`,
		head + "files: [{path: '[a'}]":                               `yaml:4:16: "[a" is not a pattern`,
		head + "files: [{path: '{a,b}{a,b}{a,b}{a,b}'}]":             `yaml:4:16: the pattern is too large to match quickly`,
		head + "files: [{update: merge}]":                            `yaml:4:9: the file rule has no path`,
		head + "files: [{path: a, when: nam}]":                       `yaml:4:25: there is no answer called "nam"`,
		head + "files: [{path: a, delimiters: ['<%', '<%']}]":        `yaml:4:31: delimiters must be two different strings without spaces, quotes, dots and dollars`,
		head + "files: [{path: a, was: [b]}, {path: d/b, was: [b]}]": `yaml:4:48: "b" is already an earlier path at template.yaml:4`,
		head + "files: [{path: a, was: [d/b]}]":                      `yaml:4:25: "d/b" is already a file of this template`,
		head + "files: [{path: a, was: [../b]}]":                     `yaml:4:25: "../b" is not a path: ".." leads elsewhere`,
		head + "files: [{path: '**', was: [z]}]":                     `yaml:4:27: 3 files match "**", but only one can have been there`,
	} {
		_, err := Load(files(t, "template.yaml", src, "files/a", "x", "files/d/b.tmpl", "y", "files/d/{{.name}}", "z"), "0.5.0")
		if got := say(err); got != want {
			t.Errorf("%s\n got %s\nwant %s", src, got, want)
		}
	}
}

// inOrder checks that mistakes are sorted by their places.
func inOrder(t *testing.T, err error) {
	t.Helper()
	var list diag.List
	if !errors.As(err, &list) {
		return
	}
	for i := 1; i < len(list); i++ {
		a, b := list[i-1].Pos, list[i].Pos
		if a.File == b.File && (a.Line > b.Line || a.Line == b.Line && a.Col > b.Col) {
			t.Fatalf("%v comes before %v", a, b)
		}
	}
}

func TestRequires(t *testing.T) {
	for in, want := range map[string]bool{
		">=0.1.0|0.1.0": true, ">=0.2.0|0.1.0": false, ">=0.2.0|0.3.0-rc.1": true, ">=0.2.0|0.2.0-rc.1": false,
		"<1|1.0.0-rc.1": true, ">=9|": true, ">=9|dev": true, ">=9|(devel)": true, "^0.1|v0.1.5": true,
	} {
		requires, gen, _ := strings.Cut(in, "|")
		_, err := Load(files(t, "template.yaml", head+"requires: '"+requires+"'\n"), gen)
		if (err == nil) != want {
			t.Errorf("%s: %s", in, say(err))
		}
	}
}
