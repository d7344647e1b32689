package answers

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// types has a question of every type, each switched on by the one before all.
const types = head + `questions:
  - {name: "on", type: bool, default: true}
  - {name: line, type: string, group: G, default: l, when: "on", was: [row]}
  - {name: more, type: text, group: G, default: m, when: "on"}
  - {name: amount, type: int, group: G, default: 1, when: "on"}
  - {name: flag, type: bool, group: G, default: true, when: "on"}
  - {name: only, type: choice, group: G, choices: [{value: a}, {value: b, was: [bee, be]}], default: a, when: "on", was: [single]}
  - {name: some, type: choices, group: G, choices: [{value: a}, {value: b, was: [bee]}], default: [a], when: "on"}
  - {name: still, type: string, default: s, ask: false}
computed:
  whole: "{{ .line }}{{ .more }}{{ .amount }}{{ .flag }}{{ .only }}{{ .some }}"
`

// vars shows what a template sees of the questions of types.
func vars(a Answers) string {
	v := a.Vars()
	return fmt.Sprintf("%#v %#v %#v %#v %#v %#v", v["line"], v["more"], v["amount"], v["flag"], v["only"], v["some"])
}

func items(pairs ...any) (items []Item) {
	for i := 0; i < len(pairs); i += 2 {
		items = append(items, Item{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return items
}

// Each source beats those after it, for a question and for its earlier name.
func TestPrecedenceOfFive(t *testing.T) {
	template := load(t, head+`questions: [{name: a, type: string, default: default, was: [old]}, {name: z, type: string, default: z, group: Z}]`)
	all := Given{
		Name: "svc", Set: items("a", "set"), File: items("a", "file"), Typed: map[string]any{"a": "typed"},
		Recorded: map[string]any{"old": "record"}, AskAll: true, Suggest: map[string]string{"git-user-name": "no"},
	}
	drop := []func(){
		func() {}, func() { all.Set = items("old", "set") }, func() { all.Set = nil },
		func() { all.File = items("old", "file") }, func() { all.File = nil },
		func() { all.Typed = nil }, func() { all.Recorded = nil },
	}
	for i, want := range []string{"set", "set", "file", "file", "typed", "record", "default"} {
		drop[i]()
		a, err := Resolve(t.Context(), template, all, &script{t: t, moves: []string{"-", "-"}})
		if err != nil || a.Vars()["a"] != want {
			t.Errorf("got %v, %v, want %s", a.Vars()["a"], err, want)
		}
	}
}

// A question of any type is answered by a flag, a file, typing and the record,
// by present and by earlier names, with the same result.
func TestEveryTypeFromEverySource(t *testing.T) {
	template := load(t, types)
	const flags = "row=x more=y amount=-7 flag=false single=bee some=bee,a"
	file := items("row", "x", "more", "y", "amount", -7, "flag", false, "single", "be", "some", []string{"bee", "a", "b"})
	recorded := map[string]any{"row": "x", "more": "y", "amount": -7, "flag": false, "single": "bee", "some": []any{"bee", "a"}}
	const want = `"x" "y" -7 false "b" []string{"a", "b"}`
	for name, c := range map[string]struct {
		given Given
		p     Prompter
	}{
		"flag":     {Given{Set: set(flags)}, nil},
		"file":     {Given{File: file}, nil},
		"record":   {Given{Recorded: recorded}, nil},
		"filled":   {Given{Recorded: recorded, AskAll: true}, &script{t: t, moves: []string{"-", "-"}}},
		"typed":    {Given{}, &script{t: t, moves: []string{"-", "line=x more=y amount=-7 flag=false only=be some=bee,a"}}},
		"returned": {Given{}, &fixed{[][]any{{true}, {"x", "y", -7, false, "bee", []any{"b", "bee", "a"}}}}},
	} {
		c.given.Name = "svc"
		a, err := Resolve(t.Context(), template, c.given, c.p)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := vars(a); got != want || a.Vars()["whole"] != "xy-7falseb[a b]" {
			t.Errorf("%s: got %s, computed %v", name, got, a.Vars()["whole"])
		}
	}
}

// What is switched off has its zero value for the template, and no place in the
// record, the command and the review.
func TestSwitchedOff(t *testing.T) {
	template := load(t, types)
	for name, p := range map[string]Prompter{"flags": nil, "asked": &script{t: t}} {
		a, err := Resolve(t.Context(), template, Given{Name: "svc", Set: set("on=false"), Recorded: map[string]any{"line": "old"}}, p)
		if err != nil {
			t.Fatal(name, err)
		}
		if got := vars(a); got != `"" "" 0 false "" []string{}` || a.Vars()["whole"] != "0false[]" {
			t.Errorf("%s: got %s, computed %v", name, got, a.Vars()["whole"])
		}
		given, defaults := a.Split()
		got := strings.Join([]string{shown(a.Items()), shown(a.Chosen()), shown(given), shown(defaults)}, "|")
		if got != "name=svc on=false still=s|on=false|name=svc on=false|still=s" {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

// A given answer to a question that is switched off is refused, every one, with
// the condition that it would need.
func TestGivenToSwitchedOff(t *testing.T) {
	g := Given{Name: "svc", Set: set("on=false row=x amount=2"), File: items("only", "a", "some", []string{})}
	_, err := Resolve(t.Context(), load(t, types), g, nil)
	var want []string
	for _, place := range []string{"--set row=x: line", "--set amount=2: amount", "only", "some"} {
		want = append(want, "answer "+place+" is not asked here: it needs on (leave it out, or change the answers that it depends on)")
	}
	if got := say(err); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s", got)
	}
}

// A suggestion fills a prompt in and is nobody's answer; the record comes
// before it.
func TestSuggestOnlyFillsPrompts(t *testing.T) {
	template := load(t, head+"questions: [{name: a, type: string, default: x, suggest: git-user-name}, {name: b, type: string, suggest: git-user-email}]\n")
	g := Given{Name: "svc", Suggest: map[string]string{"git-user-name": "Ada", "git-user-email": "ada@example.com"}}
	if _, err := Resolve(t.Context(), template, g, nil); say(err) != "answer there is no answer to b (add --set b=...)" {
		t.Errorf("got %v", err)
	}
	s := &script{t: t, moves: []string{"-"}}
	a, err := Resolve(t.Context(), template, g, s)
	if err != nil || s.pages[0] != "t 1/1 a:Ada b:ada@example.com" || shown(a.Chosen()) != "a=Ada b=ada@example.com" {
		t.Errorf("got %q, %s, %v", s.pages, shown(a.Chosen()), err)
	}
	g.Recorded, g.AskAll = map[string]any{"a": "Bob"}, true
	s = &script{t: t, moves: []string{"-"}}
	if _, err := Resolve(t.Context(), template, g, s); err != nil || s.pages[0] != "t 1/1 a:Bob b:ada@example.com" {
		t.Errorf("got %q, %v", s.pages, err)
	}
}

// A question with ask: false is answered by flags and files, and never asked,
// also where it would begin, end or be a page.
func TestNeverAsked(t *testing.T) {
	template := load(t, head+`questions:
  - {name: early, type: string, default: f, ask: false}
  - {name: a, type: string, default: a}
  - {name: late, type: string, default: "{{ .a }}!", ask: false}
`)
	for in, want := range map[string]string{
		"":               "t 1/1 a:a|name=svc early=f a=b late=b!",
		"late=x early=y": "t 1/1 a:a|name=svc early=y a=b late=x",
	} {
		s := &script{t: t, moves: []string{"a=b"}}
		a, err := Resolve(t.Context(), template, Given{Name: "svc", Set: set(in)}, s)
		if got := strings.Join(s.pages, "\n") + "|" + shown(a.Items()); err != nil || got != want {
			t.Errorf("%s: got %s, %v", in, got, err)
		}
	}
}

// Everything that is wrong is told at once: the file's mistakes, the flags',
// and what is missing, in that order.
func TestAllMistakesAtOnce(t *testing.T) {
	template := load(t, head+`questions:
  - {name: who, type: string, prompt: Who owns it?}
  - {name: size, type: choice, choices: [{value: small}, {value: large}]}
  - {name: amount, type: int, default: 1, validate: [{rule: value > 0, message: above zero}], was: [number]}
  - {name: flag, type: bool, default: true}
`)
	file, err := ParseFile("a.yaml", []byte("amount: 0\nnumber: 3\nflg: true\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Resolve(t.Context(), template, Given{Name: "svc", File: file, Set: set("flag=maybe flag=true nobody=x")}, nil)
	const want = `answer a.yaml:2:9: amount is answered twice (amount and number are one question: leave one out)
answer a.yaml:3:6: t has no question "flg" (did you mean flag?)
answer --set flag=true: flag is answered twice (leave one out)
answer --set nobody=x: t has no question "nobody" (its questions: name, who, size, amount, flag)
answer --set flag=maybe: "maybe" is neither true nor false ()
answer there is no answer to who (Who owns it?) (add --set who=...)
answer there is no answer to size (add --set size=... with one of small, large)
answer a.yaml:1:9: amount: above zero ()`
	if got := say(err); got != want {
		t.Errorf("got\n%s", got)
	}
}

// PATH names the project until something else does; the command that it is
// part of gives the name again.
func TestName(t *testing.T) {
	for _, c := range []struct{ question, path, set, want string }{
		{"", "svc", "", "name=svc, chosen "},
		{"", "svc", "name=svc", "name=svc, chosen "},
		{"", "svc", "name=web", "name=web, chosen name=web"},
		{", default: web", "svc", "", "name=svc, chosen "},
		{", default: web", "svc", "name=web", "name=web, chosen name=web"},
		{", default: web", "", "", "name=web, chosen "},
		{", default: web", "", "name=web", "name=web, chosen "},
	} {
		template := load(t, head+"questions: [{name: name, type: string"+c.question+"}]\n")
		a, err := Resolve(t.Context(), template, Given{Name: c.path, Set: set(c.set)}, nil)
		if got := shown(a.Items()) + ", chosen " + shown(a.Chosen()); err != nil || got != c.want {
			t.Errorf("%+v: got %s, %v", c, got, err)
		}
	}
}

// The hint is a name that the template takes.
func TestNameHint(t *testing.T) {
	template := load(t, manifest)
	for name, hint := range map[string]string{
		"My_Svc": "my-svc", "1st Try!": "st-try", "Ünï": "...", "x.Y": "x-y", "__A__": "a", "...": "...", "con.TXT": "con-txt", "s3": "...",
	} {
		_, err := Resolve(t.Context(), template, Given{Name: name}, nil)
		if got := say(err); !strings.HasSuffix(got, " (add --set name="+hint+")") || strings.Contains(got, "\n") {
			t.Errorf("%s: got %s, want %s", name, got, hint)
		}
	}
}

// A recorded answer that nobody chose follows the answers that its default is
// made of; one that somebody chose, or wrote into the record, stays.
func TestRecordedDefaultsFollow(t *testing.T) {
	template := load(t, head+`questions:
- {name: who, type: string, default: Ada, was: [author]}
- {name: mail, type: string, default: "{{ .who }}@example.com"}
- {name: docker, type: bool, default: true}
- {name: registry, type: string, default: "{{ .who }}.local", when: docker}
- {name: size, type: int, default: docker ? 3 : 1}
`)
	made := map[string]any{"name": "svc", "author": "Ada", "mail": "Ada@example.com", "docker": true, "registry": "Ada.local", "size": 3}
	for _, row := range []struct{ set, record, want string }{
		{"", "", "who=Ada mail=Ada@example.com docker=true registry=Ada.local size=3"},
		{"who=Bob", "", "who=Bob mail=Bob@example.com docker=true registry=Bob.local size=3"},
		{"who=Bob docker=false", "", "who=Bob mail=Bob@example.com docker=false size=1"},
		{"", "author=Bob", "who=Bob mail=Bob@example.com docker=true registry=Bob.local size=3"},
		{"who=Bob", "mail=me@here", "who=Bob mail=me@here docker=true registry=Bob.local size=3"},
		{"who=Bob", "mail=Bob@here", "who=Bob mail=Bob@here docker=true registry=Bob.local size=3"},
	} {
		recorded := maps.Clone(made)
		for _, i := range set(row.record) {
			recorded[i.Name] = i.Value
		}
		a, err := Resolve(t.Context(), template, Given{Name: "svc", Set: set(row.set), Recorded: recorded, Made: made}, nil)
		if got := strings.TrimPrefix(shown(a.Items()), "name=svc "); err != nil || got != row.want {
			t.Errorf("%s | %s: got %s, %v, want %s", row.set, row.record, got, err, row.want)
		}
	}
	recorded := map[string]any{"mail": "Ada@example.com", "gone": 1, "also": "x", "author": "Ada"}
	a, err := Resolve(t.Context(), template, Given{Name: "svc", Recorded: recorded, Made: recorded}, nil)
	if err != nil || strings.Join(a.Dropped(), " ") != "also gone" {
		t.Errorf("got %v, %v", a.Dropped(), err)
	}
}
