package answers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/gen/internal/diag"
)

const head = "format: 1\nname: t\nversion: 1.0.0\n"

// say renders the mistakes of err with their hints.
func say(err error) string {
	var lines []string
	for _, e := range diag.All(err) {
		lines = append(lines, fmt.Sprintf("%s %s (%s)", e.Code, e.Error(), e.Hint))
	}
	return strings.Join(lines, "\n")
}

// One mistake is told once: what only follows from it is not.
func TestNoMistakeFollowsFromAnother(t *testing.T) {
	template := load(t, head+`questions:
  - {name: database, type: choice, choices: [{value: none}, {value: postgres}]}
  - {name: pool, type: int, when: 'database == "postgres"'}
  - {name: title, type: string, default: "{{ .database }} {{ .pool }}", validate: [{rule: len(value) > 6, message: longer}]}
  - {name: port, type: int, default: 80, validate: [{rule: value > 0, message: above zero}]}
  - {name: admin, type: int, default: port + 1, validate: [{rule: value > 80, message: above 80}]}
  - {name: debug, type: int, default: admin + 1, validate: [{rule: value > 81, message: above 81}]}
`)
	for in, want := range map[string]string{
		"":                                   "answer there is no answer to database (add --set database=... with one of none, postgres)",
		"database=postgre pool=4":            `answer --set database=postgre: "postgre" is not one of none, postgres; did you mean postgres? ()`,
		"database=postgres":                  "answer there is no answer to pool (add --set pool=...)",
		"database=none pool=x":               `answer --set pool=x: "x" is not a whole number: write it in digits ()`,
		"database=none title=long__ port=-1": "answer --set title=long__: longer ()\nanswer --set port=-1: above zero ()",
	} {
		if _, err := Resolve(t.Context(), template, Given{Name: "svc", Set: set(in)}, nil); say(err) != want {
			t.Errorf("%s: got\n%s\nwant\n%s", in, say(err), want)
		}
	}
}

// What is said about a long value is not pushed off the screen.
func TestLongValuesAreShortened(t *testing.T) {
	long := strings.Repeat("ä", 500_000)
	template := load(t, head+"questions: [{name: a, type: string, default: x}, {name: b, type: bool, default: false}]\n")
	for in, want := range map[string]string{
		"a=" + long: "at most 4096 are allowed", "b=" + long: "is neither true nor false",
		long + "=x": `t has no question "`, "name=" + long: "at most 4096 are allowed",
	} {
		_, err := Resolve(t.Context(), template, Given{Name: "svc", Set: set(in)}, nil)
		if got := say(err); len(got) > 2_500 || !strings.Contains(got, want) || strings.Contains(got, "\ufffd") {
			t.Errorf("%.9s: got %d bytes: %.300s", in, len(got), got)
		}
	}
}

func TestComputedIsNotAsked(t *testing.T) {
	_, err := Resolve(t.Context(), load(t, manifest), Given{Name: "svc", Set: set("package=x")}, nil)
	want := `answer --set package=x: t has no question "package" (package is computed from the answers; its questions: name, `
	if got := say(err); !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	}
}

// A person is not asked page after page before a flag is refused.
func TestRefusedBeforeAsking(t *testing.T) {
	s := &script{t: t}
	_, err := Resolve(t.Context(), load(t, manifest), Given{Name: "svc", Set: set("extras=zzz pool=x")}, s)
	if got := say(err); len(s.pages) > 0 || strings.Count(got, "\n") != 1 {
		t.Errorf("asked %q, got %s", s.pages, got)
	}
}

func TestRecordedIsRefused(t *testing.T) {
	_, err := Resolve(t.Context(), load(t, manifest), Given{Name: "svc", Recorded: map[string]any{"workers": 0}}, nil)
	if got := say(err); got != "answer the recorded answer to workers, 0, is refused: at least one (add --set workers=...)" {
		t.Errorf("got %s", got)
	}
	a, err := Resolve(t.Context(), load(t, manifest), Given{Name: "svc", Set: set("workers=1"), Recorded: map[string]any{"workers": 0}}, nil)
	if err != nil || !strings.Contains(shown(a.Items()), "workers=1 ") {
		t.Errorf("got %v, %v", a, err)
	}
}

func TestResolveIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, p := range []Prompter{nil, &script{t: t}} {
		_, err := Resolve(ctx, load(t, manifest), Given{Name: "svc", Set: set("workers=1")}, p)
		if got := say(err); got != "interrupted interrupted; nothing was written ()" {
			t.Errorf("got %s", got)
		}
	}
}

// A given answer in the middle of a page leaves the page whole.
func TestGivenWithinAPage(t *testing.T) {
	template := load(t, head+`questions:
  - {name: a, type: int, group: G, default: 1}
  - {name: b, type: int, group: G, default: 2, validate: [{rule: value > a, message: more than a}]}
  - {name: hidden, type: string, ask: false, default: h}
  - {name: c, type: string, group: G, default: "c{{ .b }}", validate: [{rule: 'value != string(b)', message: not b}]}
`)
	g := Given{Name: "svc", Set: set("b=5")}
	s := &script{t: t, moves: []string{"c=5", "a=4 c=x"}}
	a, err := Resolve(t.Context(), template, g, s)
	want := "G 1/1 a:1 c:c5|not b|G 1/1 a:1 c:5"
	if got := strings.Join(s.pages, "|"); err != nil || got != want || shown(a.Items()) != "name=svc a=4 b=5 hidden=h c=x" {
		t.Errorf("got %s, %s, %v", got, shown(a.Items()), err)
	}
	s = &script{t: t, moves: []string{"a=9"}}
	if _, err = Resolve(t.Context(), template, g, s); say(err) != "answer --set b=5: more than a ()" {
		t.Errorf("got %v", err)
	}
}

// A default that was taken follows the answers before it; what was typed stays,
// a suggestion that was typed over too.
func TestDefaultsFollow(t *testing.T) {
	template := load(t, head+`questions:
  - {name: a, type: string, group: A, default: x}
  - {name: b, type: string, group: B, default: "{{ .a }}!"}
  - {name: c, type: string, group: B, default: "c", suggest: git-user-name}
  - {name: d, type: bool, group: D, default: true}
`)
	g := Given{Name: "svc", Suggest: map[string]string{"git-user-name": "Ada"}}
	s := &script{t: t, moves: []string{"-", "c=c", "<", "<", "a=y", "b=own", "<d=false", "<", "a=z", "-", "-"}}
	a, err := Resolve(t.Context(), template, g, s)
	want := strings.Join([]string{
		"A 1/3 a:x", "B 2/3 b:x! c:Ada", "D 3/3 d:true", "B 2/3 b:x! c:c", "A 1/3 a:x", "B 2/3 b:y! c:c",
		"D 3/3 d:true", "B 2/3 b:own c:c", "A 1/3 a:y", "B 2/3 b:own c:c", "D 3/3 d:false",
	}, "\n")
	if got := strings.Join(s.pages, "\n"); err != nil || got != want {
		t.Errorf("got\n%s\n%v", got, err)
	}
	if got := shown(a.Items()); got != "name=svc a=z b=own c=c d=false" {
		t.Errorf("got %s", got)
	}
	// What is typed is given up by typing the default.
	s = &script{t: t, moves: []string{"-", "b=own", "<", "b=x!", "<", "<", "a=q", "-", "-"}}
	if a, err := Resolve(t.Context(), template, g, s); err != nil || shown(a.Items()) != "name=svc a=q b=q! c=Ada d=true" {
		t.Errorf("got %s, %v", shown(a.Items()), err)
	}
	// After the review: the last page, and back from there.
	g.Typed = a.Typed()
	s = &script{t: t, moves: []string{"<", "<", "-", "-", "-"}}
	again, err := Resolve(t.Context(), template, g, s)
	if got := strings.Join(s.pages, "\n"); err != nil || !strings.HasPrefix(got, "D 3/3 d:false\nB 2/3 b:own c:c\nA 1/3 a:z\n") || shown(again.Items()) != shown(a.Items()) {
		t.Errorf("got\n%s\n%v", got, err)
	}
}

// Git may call a person what the template does not take.
func TestSuggestionIsRefused(t *testing.T) {
	template := load(t, head+"questions: [{name: a, type: string, suggest: git-user-name, default: x, validate: [{rule: len(value) < 4, message: short}]}]\n")
	for name, want := range map[string]string{"Ada": "t 1/1 a:Ada", "Augusta": "t 1/1 a:x", "A\x1b": "t 1/1 a:x"} {
		s := &script{t: t, moves: []string{"-"}}
		_, err := Resolve(t.Context(), template, Given{Name: "svc", Suggest: map[string]string{"git-user-name": name}}, s)
		if err != nil || s.pages[0] != want {
			t.Errorf("%s: got %q, %v", name, s.pages, err)
		}
	}
}

// What was typed on a page that was switched off comes back with it, also
// after the review.
func TestTypedComesBack(t *testing.T) {
	template := load(t, manifest)
	g := Given{Name: "svc"}
	round := func(moves ...string) *script {
		s := &script{t: t, moves: moves}
		a, err := Resolve(t.Context(), template, g, s)
		if err != nil {
			t.Fatal(err)
		}
		g.Typed = a.Typed()
		return s
	}
	round("-", "-", "database=postgres", "pool=7")
	round("<", "database=none", "-")
	s := round("<", "database=postgres", "-")
	if last := s.pages[len(s.pages)-1]; !strings.HasPrefix(last, "Data 4/4 pool:7 ") {
		t.Errorf("got %s", last)
	}
}

// Values that no prompter should return are asked again.
func TestPrompterIsNotTrusted(t *testing.T) {
	template := load(t, head+"questions: [{name: a, type: int, default: 1, validate: [{rule: value > 0, message: above zero}]}]\n")
	returns := [][]any{nil, {}, {"1"}, {0}, {nil}, {1, 2}, {[]string{"x"}}, {5}}
	p := &fixed{returns}
	a, err := Resolve(t.Context(), template, Given{Name: "svc"}, p)
	if err != nil || len(p.returns) > 0 || a.Vars()["a"] != 5 {
		t.Errorf("got %v, %v, left %v", a, err, p.returns)
	}
}

type fixed struct{ returns [][]any }

func (p *fixed) Ask(context.Context, Page) ([]any, bool, error) {
	if len(p.returns) == 0 {
		return nil, false, errors.New("no more")
	}
	next := p.returns[0]
	p.returns = p.returns[1:]
	return next, false, nil
}

func (p *fixed) Review(context.Context, Summary) (bool, error) { return false, nil }

// However much is asked, the defaults' budget lasts.
func TestManyPages(t *testing.T) {
	b := &strings.Builder{}
	b.WriteString(head + "questions:\n")
	for i := range 199 {
		fmt.Fprintf(b, "  - {name: q%d, type: string, group: g%d, default: \"{{ .name }} %d\"}\n", i, i, i)
	}
	s := &script{t: t, moves: slices.Repeat([]string{"-"}, 199)}
	a, err := Resolve(t.Context(), load(t, b.String()), Given{Name: "svc"}, s)
	if err != nil || len(a.Items()) != 200 || len(a.Chosen()) != 0 || !strings.HasPrefix(s.pages[0], "g0 1/199 ") {
		t.Errorf("got %v, %d pages, the first %s", err, len(s.pages), s.pages[0])
	}
}
