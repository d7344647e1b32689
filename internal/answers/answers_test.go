package answers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
	"example.com/gen/internal/tree"
)

const manifest = `format: 1
name: t
version: 1.0.0
questions:
  - name: name
    type: string
    group: Project
    validate: [{rule: 'value matches "^[a-z-]+$"', message: use small letters}]
  - {name: title, type: string, prompt: Title?, group: Project, default: "The {{ .name }}", was: [caption]}
  - {name: notes, type: text, group: Project, default: ""}
  - {name: workers, type: int, group: Run, default: 2, validate: [{rule: value > 0, message: at least one}]}
  - {name: most, type: int, group: Run, default: 9, validate: [{rule: value > workers, message: more than workers}]}
  - {name: public, type: bool, group: Run, default: false}
  - {name: host, type: string, group: Run, default: "{{ .name }}.example.com", when: public}
  - name: database
    type: choice
    group: Data
    choices: [{value: none}, {value: postgres, was: [pg]}]
    default: none
    was: [db]
  - {name: pool, type: int, group: Data, default: workers * 2, when: 'database != "none"'}
  - {name: extras, type: choices, group: Data, choices: [{value: a}, {value: b}], default: [a]}
  - {name: author, type: string, group: Data, suggest: git-user-name, default: nobody}
  - {name: hidden, type: string, default: h, ask: false}
computed:
  package: "{{ .name | upper }}"
  both: "{{ .package }}-{{ .workers }}"
`

func load(t testing.TB, manifest string) *spec.Template {
	t.Helper()
	p, err := tree.ParsePath("template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := tree.New([]tree.File{{Path: p, Mode: tree.Regular, Data: []byte(manifest)}})
	template, err := spec.Load(raw, "dev")
	if err != nil {
		t.Fatal(err)
	}
	return template
}

// set turns "a=b c=d" into --set items.
func set(s string) []Item {
	var items []Item
	for f := range strings.FieldsSeq(s) {
		name, value, _ := strings.Cut(f, "=")
		items = append(items, Item{Name: name, Value: value})
	}
	return items
}

func shown(items []Item) string {
	var parts []string
	for _, i := range items {
		parts = append(parts, i.Name+"="+i.String())
	}
	return strings.Join(parts, " ")
}

func TestPrecedence(t *testing.T) {
	template := load(t, manifest)
	file := []Item{{Name: "workers", Value: 3}, {Name: "caption", Value: "file"}}
	for _, c := range []struct {
		given Given
		want  string
	}{
		{Given{Name: "svc"}, "name=svc title=The svc workers=2"},
		{Given{Name: "svc", Recorded: map[string]any{"workers": 4, "db": "pg"}}, "name=svc title=The svc workers=4"},
		{Given{Name: "svc", File: file, Recorded: map[string]any{"workers": 4}}, "name=svc title=file workers=3"},
		{Given{Name: "svc", File: file, Set: set("workers=5 name=other")}, "name=other title=file workers=5"},
	} {
		a, err := Resolve(t.Context(), template, c.given, nil)
		if err != nil {
			t.Fatal(err)
		}
		v := a.Vars()
		if got := fmt.Sprintf("name=%v title=%v workers=%v", v["name"], v["title"], v["workers"]); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestVars(t *testing.T) {
	template := load(t, manifest)
	a, err := Resolve(t.Context(), template, Given{Name: "svc", Set: set("db=pg extras=b,a author=Ada"), Created: "2026-01-02"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	const all = "name=svc title=The svc notes= workers=2 most=9 public=false database=postgres pool=4 extras=a,b author=Ada hidden=h"
	if got := shown(a.Items()); got != all {
		t.Errorf("got %s", got)
	}
	if got := shown(a.Chosen()); got != "database=postgres extras=a,b author=Ada" {
		t.Errorf("chosen: %s", got)
	}
	given, defaults := a.Split()
	if got := shown(given) + " | " + shown(defaults); !strings.HasPrefix(got, "name=svc database=postgres extras=a,b author=Ada | title=") {
		t.Errorf("split: %s", got)
	}
	v := a.Vars()
	if v["host"] != "" || v["package"] != "SVC" || v["both"] != "SVC-2" || fmt.Sprint(v["extras"]) != "[a b]" {
		t.Errorf("got %v", v)
	}
	v["name"] = "changed"
	if a.Vars()["name"] != "svc" {
		t.Error("the answers can be changed from outside")
	}
}

func TestRefused(t *testing.T) {
	template := load(t, manifest)
	at := diag.Pos{File: "a.yaml", Line: 2, Col: 3}
	for _, c := range []struct {
		given Given
		want  string
	}{
		{Given{Name: "svc", Set: set("titel=x wrokers=1")}, `--set titel=x: t has no question "titel" (did you mean title?)
--set wrokers=1: t has no question "wrokers" (did you mean workers?)`},
		{Given{Name: "svc", File: []Item{{Name: "zzz", Value: 1, Pos: at}}}, "a.yaml:2:3: t has no question \"zzz\" (its questions: name, title, notes, workers, most, public, host, database, pool, extras, author, hidden)"},
		{Given{Name: "svc", Set: set("db=none database=none")}, "--set database=none: database is answered twice (db and database are one question: leave one out)"},
		{Given{Name: "svc", Set: set("workers=x most=1 public=y db=z extras=a,c")}, `--set workers=x: "x" is not a whole number: write it in digits ()
--set public=y: "y" is neither true nor false ()
--set db=z: "z" is not one of none, postgres ()
--set extras=a,c: "c" is not one of a, b ()`},
		{Given{Name: "svc", Set: set("workers=0 most=0")}, "--set workers=0: at least one ()\n--set most=0: more than workers ()"},
		{Given{Name: "svc", Set: set("most=2")}, "--set most=2: more than workers ()"},
		{Given{Name: "svc", File: []Item{{Name: "workers", Value: "3", Pos: at}}}, `a.yaml:2:3: workers: "3" is not a whole number: write it in digits ()`},
		{Given{Name: "svc", Set: set("host=h pool=1")}, `--set host=h: host is not asked here: it needs public (leave it out, or change the answers that it depends on)
--set pool=1: pool is not asked here: it needs database != "none" (leave it out, or change the answers that it depends on)`},
		{Given{Name: "My_Svc"}, `"My_Svc", the last element of PATH, cannot be the name: use small letters (add --set name=my-svc)`},
		{Given{Name: "42"}, `"42", the last element of PATH, cannot be the name: use small letters (add --set name=...)`},
		{Given{}, "there is no answer to name (add --set name=...)"},
		{Given{Name: "svc", Set: set("workers=10")}, "the default of most, 9, is refused: more than workers (add --set most=...)"},
		{Given{Name: "svc", Recorded: map[string]any{"workers": "x"}}, `the recorded answer to workers, x, is refused: "x" is not a whole number: write it in digits (add --set workers=...)`},
	} {
		_, err := Resolve(t.Context(), template, c.given, nil)
		var lines []string
		for _, e := range diag.All(err) {
			lines = append(lines, fmt.Sprintf("%s (%s)", e.Error(), e.Hint))
		}
		if got := strings.Join(lines, "\n"); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}

// A script plays a person: each entry is what a page is answered with, "<" for
// back, or names and values that replace what is filled in.
type script struct {
	t     *testing.T
	moves []string
	pages []string
}

func (s *script) Ask(_ context.Context, p Page) ([]any, bool, error) {
	var fields []string
	typed := make([]any, len(p.Fields))
	for i, f := range p.Fields {
		fields = append(fields, fmt.Sprintf("%s:%v", f.Question.Name, f.Value))
		typed[i] = f.Value
	}
	s.pages = append(s.pages, fmt.Sprintf("%s %d/%d %s", p.Title, p.Number, p.Of, strings.Join(fields, " ")))
	if len(s.moves) == 0 {
		return nil, false, errors.New("no more moves")
	}
	move := s.moves[0]
	s.moves = s.moves[1:]
	if move == "<" {
		return nil, true, nil
	}
	for _, item := range set(strings.TrimLeft(move, "<!")) {
		for i, f := range p.Fields {
			if f.Question.Name == item.Name {
				v, err := f.Question.Parse(item.Value.(string))
				if err == nil {
					err = f.Check(v)
				}
				if err != nil && !strings.Contains(move, "!") {
					s.pages = append(s.pages, err.Error())
				}
				typed[i] = v
			}
		}
	}
	return typed, strings.HasPrefix(move, "<"), nil
}

func (s *script) Review(context.Context, Summary) (bool, error) { return false, nil }

func TestPages(t *testing.T) {
	template := load(t, manifest)
	for name, c := range map[string]struct {
		moves []string
		given Given
		want  string
	}{
		"defaults": {[]string{"-", "-", "-", "-"}, Given{Name: "svc"}, `Project 1/4 title:The svc notes:
Run 2/4 workers:2 most:9 public:false
Data 3/4 database:none
Data 4/4 extras:[a] author:nobody
=> `},
		"conditions follow what was answered": {[]string{"-", "public=true", "-", "database=postgres", "extras=b"}, Given{Name: "svc"}, `Project 1/4 title:The svc notes:
Run 2/4 workers:2 most:9 public:false
Run 3/5 host:svc.example.com
Data 4/5 database:none
Data 5/5 pool:4 extras:[a] author:nobody
=> public=true database=postgres extras=b`},
		"back keeps what was typed, and nothing comes before the first page": {
			[]string{"title=x", "workers=3", "<database=pg", "<", "<", "-", "-", "-", "-"}, Given{Name: "svc"}, `Project 1/4 title:The svc notes:
Run 2/4 workers:2 most:9 public:false
Data 3/4 database:none
Run 2/4 workers:3 most:9 public:false
Project 1/4 title:x notes:
Project 1/4 title:x notes:
Run 2/4 workers:3 most:9 public:false
Data 3/4 database:postgres
Data 4/4 pool:6 extras:[a] author:nobody
=> title=x workers=3 database=postgres`,
		},
		"what is given is not asked": {
			[]string{"-"}, Given{Name: "svc", Set: set("title=x notes=y db=none extras=a author=b")}, `Run 1/1 workers:2 most:9 public:false
=> title=x notes=y author=b`,
		},
		"the record and git fill in": {
			[]string{"-", "-", "-", "-"},
			Given{Name: "svc", AskAll: true, Recorded: map[string]any{"title": "old"}, Suggest: map[string]string{"git-user-name": "Ada"}},
			`Project 1/4 title:old notes:
Run 2/4 workers:2 most:9 public:false
Data 3/4 database:none
Data 4/4 extras:[a] author:Ada
=> author=Ada`,
		},
		"what is recorded is not asked again": {
			[]string{"workers=1", "-"},
			Given{Name: "svc", Recorded: map[string]any{"title": "old", "notes": "", "workers": 0, "most": 9, "public": false, "database": "none", "extras": []any{"a"}}},
			`Run 1/2 workers:0
Data 2/2 author:nobody
=> workers=1`,
		},
		"after the review the last page comes first": {
			[]string{"extras=b"}, Given{Name: "svc", Typed: map[string]any{
				"title": "x", "notes": "", "workers": 2, "most": 9, "public": false, "database": "none", "extras": []string{"a"}, "author": "me",
			}}, `Data 4/4 extras:[a] author:me
=> title=x extras=b author=me`,
		},
		"a rule sees the fields before it on its page": {
			[]string{"-", "workers=9 most=10", "-", "-"}, Given{Name: "svc"}, `Project 1/4 title:The svc notes:
Run 2/4 workers:2 most:9 public:false
Data 3/4 database:none
Data 4/4 extras:[a] author:nobody
=> workers=9 most=10`,
		},
		"and refuses what does not go with them": {
			[]string{"-", "workers=9 most=8", "workers=7", "-", "-"}, Given{Name: "svc"}, `Project 1/4 title:The svc notes:
Run 2/4 workers:2 most:9 public:false
more than workers
Run 2/4 workers:9 most:8 public:false
Data 3/4 database:none
Data 4/4 extras:[a] author:nobody
=> workers=7 most=8`,
		},
		"a value that a rule refuses is asked again": {
			[]string{"-", "!workers=0", "workers=1", "-", "-"}, Given{Name: "svc"}, `Project 1/4 title:The svc notes:
Run 2/4 workers:2 most:9 public:false
Run 2/4 workers:0 most:9 public:false
Data 3/4 database:none
Data 4/4 extras:[a] author:nobody
=> workers=1`,
		},
		"a mistake in a flag is told before anything is asked": {nil, Given{Name: "svc", Set: set("workres=1")}, `
=>  --set workres=1: t has no question "workres"`},
	} {
		s := &script{t: t, moves: c.moves}
		a, err := Resolve(t.Context(), template, c.given, s)
		got := strings.Join(s.pages, "\n") + "\n=> " + shown(a.Chosen())
		if err != nil {
			got += " " + err.Error()
		}
		if got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// A page of questions without a group is the template's.
func TestTitle(t *testing.T) {
	template := load(t, "format: 1\nname: t\nversion: 1.0.0\nquestions:\n  - {name: a, type: int, default: 1}\n  - {name: b, type: int, group: B, default: 1}\n")
	s := &script{t: t, moves: []string{"-", "-"}}
	if _, err := Resolve(t.Context(), template, Given{Name: "svc"}, s); err != nil || strings.Join(s.pages, "; ") != "t 1/2 a:1; B 2/2 b:1" {
		t.Errorf("got %q, %v", s.pages, err)
	}
}

// Asking and flags lead to the same answers.
func TestAskedEqualsGiven(t *testing.T) {
	template := load(t, manifest)
	for _, choices := range []string{
		"title=x workers=4 public=true host=h database=pg pool=3 extras= author=me",
		"notes=n most=20 extras=b,a", "public=true", "database=postgres",
	} {
		s := &script{t: t, moves: []string{choices, choices, choices, choices, choices}}
		asked, err := Resolve(t.Context(), template, Given{Name: "svc"}, s)
		if err != nil {
			t.Fatal(err)
		}
		given, err := Resolve(t.Context(), template, Given{Name: "svc", Set: set(choices)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Resolve(t.Context(), template, Given{Name: "svc", Set: toSet(asked.Chosen())}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a, g, c := shown(asked.Items()), shown(given.Items()), shown(again.Items()); a != g || a != c {
			t.Errorf("%s:\nasked %s\ngiven %s\nagain %s", choices, a, g, c)
		}
	}
}

func toSet(items []Item) []Item {
	for i := range items {
		items[i].Value = items[i].String()
	}
	return items
}

// A template whose own texts fail says so, whoever answers.
func TestTemplateFails(t *testing.T) {
	for questions, want := range map[string]string{
		`questions: [{name: a, type: string, default: '{{ fail "stop" }}'}]`:                  "stop",
		`computed: {a: '{{ fail "stop" }}'}`:                                                  "stop",
		`questions: [{name: a, type: int, default: "int(name)"}]`:                             "the expression fails",
		`questions: [{name: a, type: bool, default: true, when: int(name) == 1}]`:             "the expression fails",
		`questions: [{name: a, type: choice, choices: [{value: x}], default: "name + name"}]`: "is not one of x",
	} {
		template := load(t, "format: 1\nname: t\nversion: 1.0.0\n"+questions+"\n")
		for _, p := range []Prompter{nil, &script{t: t, moves: []string{"-"}}} {
			if _, err := Resolve(t.Context(), template, Given{Name: "svc"}, p); err == nil || p == nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %s", questions, err, want)
			}
		}
	}
}
