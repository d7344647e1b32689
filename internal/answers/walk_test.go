package answers

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// A walker answers each question with the value that it has for it, but not
// straight on: it goes back, leaves fields out and tries wrong values.
type walker struct {
	t      *testing.T
	rand   *rand.Rand
	values map[string]string
	typed  map[string]any // what was typed that was not filled in
	detour int            // how many times it may still leave the straight way
}

func (w *walker) Ask(_ context.Context, p Page) ([]any, bool, error) {
	if p.Number < 1 || p.Of < p.Number || len(p.Fields) == 0 {
		w.t.Errorf("page %d of %d with %d fields", p.Number, p.Of, len(p.Fields))
	}
	typed, leave := make([]any, len(p.Fields)), w.detour > 0 && w.rand.IntN(3) == 0
	back := leave && w.rand.IntN(2) == 0
	for i, f := range p.Fields {
		name := f.Question.Name
		if v, found := w.typed[name]; found && !reflect.DeepEqual(f.Value, v) {
			w.t.Errorf("%s is filled in with %v, typed was %v", name, f.Value, v)
		}
		if cmp.Or(f.Question.Group, "t") != p.Title || !f.Question.Ask {
			w.t.Errorf("%s is on the page %q", name, p.Title)
		}
		if leave && w.rand.IntN(2) == 0 {
			continue
		}
		v, err := f.Question.Parse(w.values[name])
		if err != nil {
			w.t.Fatal(err)
		}
		typed[i] = v
	}
	if leave {
		w.detour--
	}
	if leave && !back {
		typed[w.rand.IntN(len(typed))] = []any{nil, 1.5, "\x00", []any{1}}[w.rand.IntN(4)]
	}
	for i, f := range p.Fields {
		if v, err := f.Question.Accept(typed[i]); err == nil && !reflect.DeepEqual(f.Value, v) {
			w.typed[f.Question.Name] = v
		}
	}
	return typed, back, nil
}

func (w *walker) Review(context.Context, Summary) (bool, error) { return false, nil }

// values returns a good answer to every question of manifest, now and then the
// default.
func values(r *rand.Rand) map[string]string {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	return map[string]string{
		"title": pick("The svc", "x", "it's", "", "\u202e$HOME"), "notes": pick("", "a\nb\n", "\t'"),
		"workers": pick("1", "2", "5"), "most": pick("6", "9", "10"), "public": pick("true", "false"),
		"host": pick("svc.example.com", "h", ""), "database": pick("none", "postgres", "pg"),
		"pool": pick("4", "-1", "10"), "extras": pick("", "a", "b", "b,a"), "author": pick("nobody", "Ada L", ""),
	}
}

// However one goes through the pages, the answers are those that the same
// values give as flags, and that the equivalent command gives.
func FuzzWalk(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	template := load(f, manifest)
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		w := &walker{t: t, rand: r, values: values(r), typed: map[string]any{}, detour: 12}
		g := Given{Name: "svc", Suggest: map[string]string{"git-user-name": "Git"}}
		asked, err := Resolve(t.Context(), template, g, w)
		if err != nil {
			t.Fatal(err)
		}
		g.Typed = asked.Typed() // and once more, after the review
		w.detour = 12
		again, err := Resolve(t.Context(), template, g, w)
		if err != nil {
			t.Fatal(err)
		}
		var all []Item
		for _, i := range asked.Items() {
			if v, found := w.values[i.Name]; found {
				all = append(all, Item{Name: i.Name, Value: v})
			}
		}
		var file []Item
		for _, i := range asked.Items() {
			file = append(file, Item{Name: i.Name, Value: i.Value})
		}
		for what, given := range map[string]Given{"flags": {Set: all}, "file": {File: file}, "command": {Set: toSet(asked.Chosen())}} {
			given.Name = "svc"
			b, err := Resolve(t.Context(), template, given, nil)
			if err != nil || !reflect.DeepEqual(b.Vars(), asked.Vars()) || b.Command() != asked.Command() {
				t.Errorf("%s: %v\n%s\n%s\n%v", what, err, shown(asked.Items()), shown(b.Items()), w.values)
			}
		}
		if !reflect.DeepEqual(again.Vars(), asked.Vars()) {
			t.Errorf("after the review: %s\n%s", shown(asked.Items()), shown(again.Items()))
		}
	})
}

// Of is where the pages end if nothing changes; a condition changes it.
func TestNumberOf(t *testing.T) {
	template := load(t, head+`questions:
  - {name: a, type: bool, group: A, default: false}
  - {name: b, type: bool, group: B, default: true, when: a}
  - {name: c, type: int, group: C, default: 1, when: b}
  - {name: d, type: int, group: C, default: c + 1}
  - {name: e, type: int, group: C, default: 5}
`)
	for moves, want := range map[string]string{
		"- - -":                       " A 1/2 C 2/2",
		"a=true - - -":                " A 1/2 B 2/4 C 3/4 C 4/4",
		"a=true b=false - - -":        " A 1/2 B 2/4 C 3/3",
		"a=true - - < < < a=false -":  " A 1/2 B 2/4 C 3/4 C 4/4 C 3/4 B 2/4 A 1/4 C 2/2",
		"a=true - c=8 d=7 - - - - - ": " A 1/2 B 2/4 C 3/4 C 4/4",
	} {
		s := &script{t: t, moves: strings.Fields(moves)}
		if _, err := Resolve(t.Context(), template, Given{Name: "svc"}, s); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, page := range s.pages {
			got += " " + strings.Join(strings.Fields(page)[:2], " ")
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", moves, got, want)
		}
	}
}

// A group that comes again is another page, and so is none.
func TestGroups(t *testing.T) {
	template := load(t, head+`questions:
  - {name: a, type: int, group: A, default: 1}
  - {name: b, type: int, group: B, default: 1}
  - {name: c, type: int, group: A, default: 1}
  - {name: d, type: int, default: 1}
  - {name: e, type: int, default: 1}
  - {name: f, type: int, default: 1, group: A}
`)
	s := &script{t: t, moves: []string{"-", "-", "-", "-", "-"}}
	_, err := Resolve(t.Context(), template, Given{Name: "svc"}, s)
	if got := fmt.Sprintf("%q", s.pages); err != nil || got != `["A 1/5 a:1" "B 2/5 b:1" "A 3/5 c:1" "t 4/5 d:1 e:1" "A 5/5 f:1"]` {
		t.Errorf("got %s, %v", got, err)
	}
}

// A required question has nothing filled in, and is asked until it is answered,
// also when a later answer brings a person back there.
func TestRequiredInsists(t *testing.T) {
	template := load(t, head+`questions:
  - {name: a, type: string, group: A}
  - {name: b, type: choice, group: B, choices: [{value: x}]}
`)
	s := &script{t: t, moves: []string{"-", "a=1", "-", "<", "<", "a=2", "b=x"}}
	a, err := Resolve(t.Context(), template, Given{Name: "svc"}, s)
	const want = "A 1/2 a:<nil>|A 1/2 a:<nil>|B 2/2 b:<nil>|B 2/2 b:<nil>|A 1/2 a:1|A 1/2 a:1|B 2/2 b:<nil>"
	if got := strings.Join(s.pages, "|"); err != nil || got != want || shown(a.Chosen()) != "a=2 b=x" {
		t.Errorf("got %s, %s, %v", got, shown(a.Chosen()), err)
	}
}
