package spec

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"example.com/gen/internal/diag"
)

// question loads a template with one question called a, after name.
func question(t testing.TB, yaml string) *Question {
	t.Helper()
	got, err := Load(files(t, "template.yaml", head+"questions:\n  - {name: a, "+yaml+"}\n"), "")
	if err != nil {
		t.Fatalf("%s: %s", yaml, say(err))
	}
	return got.Questions[1]
}

const (
	oneOf  = `type: choice, choices: [{value: none}, {value: postgres, was: [pg]}], default: none`
	someOf = `type: choices, choices: [{value: a}, {value: b, was: [c]}], default: []`
)

func TestParseAndAccept(t *testing.T) {
	for _, c := range []struct {
		question string
		in       any
		want     string
	}{
		{"type: string", "x", "x"},
		{"type: string", "", ""},
		{"type: string", "a\nb", "error: it must be one line"},
		{"type: string", "a\x1b[2J", "error: it holds a control character: remove it"},
		{"type: string", "\xff", "error: it is not UTF-8"},
		{"type: string", strings.Repeat("x", 5000), "error: it has 5000 bytes; at most 4096 are allowed"},
		{"type: string", 7, "error: 7 is not a string: quote it"},
		{"type: string", true, "error: true is not a string: quote it"},
		{"type: string", nil, "error: nothing is not a string: quote it"},
		{"type: text", "a\n\tb", "a\n\tb"},
		{"type: text", strings.Repeat("x", 20000), "error: it has 20000 bytes; at most 16384 are allowed"},
		{"type: int", 7, "7"},
		{"type: int", "7", "error: \"7\" is not a whole number: write it in digits"},
		{"type: int", unreadable("1.5"), "error: 1.5 is not a whole number: write it in digits"},
		{"type: bool", false, "false"},
		{"type: bool", "no", "error: \"no\" is not true or false"},
		{oneOf, "pg", "postgres"},
		{oneOf, "postgre", `error: "postgre" is not one of none, postgres; did you mean postgres?`},
		{oneOf, map[string]any{}, "error: a map is not one of the choices"},
		{someOf, []any{"c", "a", "b"}, "[a b]"},
		{someOf, []string{}, "[]"},
		{someOf, []any{1}, "error: a list is not a list of choices, such as [a, b]"},
		{someOf, []string{"quite else"}, `error: "quite else" is not one of a, b`},
		{someOf, "a", `error: "a" is not a list of choices, such as [a, b]`},
	} {
		q := question(t, c.question)
		if got := result(q.Accept(c.in)); got != c.want {
			t.Errorf("%s: Accept(%v) = %s, want %s", c.question, c.in, got, c.want)
		}
	}
	for _, c := range [][3]string{
		{"type: string", "x", "x"},
		{"type: int", "-12", "-12"},
		{"type: int", "007", "7"},
		{"type: int", "+1", `error: "+1" is not a whole number: write it in digits`},
		{"type: int", "99999999999999999999", `error: "99999999999999999999" is not a whole number: write it in digits`},
		{"type: bool", "true", "true"},
		{"type: bool", "false", "false"},
		{"type: bool", "yes", `error: "yes" is neither true nor false`},
		{oneOf, "pg", "postgres"},
		{someOf, "c, a", "[a b]"},
		{someOf, "", "[]"},
		{someOf, "quite else", `error: "quite else" is not one of a, b`},
	} {
		if got := result(question(t, c[0]).Parse(c[1])); got != c[2] {
			t.Errorf("%s: Parse(%q) = %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

func result(v any, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprint(v)
}

func TestZeroIsAccepted(t *testing.T) {
	for yaml, want := range map[string]any{
		"type: string": "", "type: text": "", "type: int": 0, "type: bool": false, oneOf: "", someOf: []string{},
	} {
		if got := question(t, yaml).Zero(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v", yaml, got)
		}
	}
}

func TestDefaults(t *testing.T) {
	vars := map[string]any{"name": "svc"}
	for yaml, want := range map[string]string{
		"default: x":                         "x",
		"default: 'the {{ .name }}'":         "the svc",
		"type: int, default: 7":              "7",
		"type: int, default: len(name) + 1":  "4",
		"type: bool, default: true":          "true",
		"type: bool, default: name != 'svc'": "false",
		oneOf:                                "none",
		"type: choice, choices: [{value: svc}], default: name":                        "svc",
		"type: choice, choices: [{value: x}], default: lower(name)":                   `error: template.yaml:5:61: the default of a: "svc" is not one of x`,
		"type: choices, choices: [{value: x}, {value: y}], default: '[\"y\", \"x\"]'": "[x y]",
		"type: int, default: int(name)":                                               "error: template.yaml:5:35: the expression fails: invalid operation: int(svc)",
	} {
		if got := result(question(t, yaml).Default(context.Background(), vars)); got != want {
			t.Errorf("%s: %s, want %s", yaml, got, want)
		}
	}
}

func TestActive(t *testing.T) {
	q := question(t, "default: x, when: name != 'svc'")
	for name, want := range map[string]bool{"svc": false, "other": true} {
		if ok, err := q.Active(map[string]any{"name": name}); ok != want || err != nil {
			t.Error(name, ok, err)
		}
	}
	q = question(t, "default: x, when: int(name) > 1")
	if _, err := q.Active(map[string]any{"name": "svc"}); err == nil || diag.All(err)[0].Pos.Line != 5 {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	q := question(t, "validate: [{rule: len(value) < 5, message: too long}, {rule: value != name, message: same}, {rule: int(value) != 7, message: seven}]")
	ctx := context.Background()
	vars := map[string]any{"name": "9"}
	for in, want := range map[string]string{
		"1": "", "123456": "too long", "9": "same", "7": "seven",
		"x": "template.yaml:5:114: the expression fails: invalid operation: int(x)",
	} {
		if got := strings.TrimPrefix(result("", q.Check(ctx, in, vars)), "error: "); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if _, ok := vars["value"]; ok {
		t.Error("the variables were changed")
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	if err := q.Check(over, "1", vars); err != context.Canceled {
		t.Error(err)
	}
}

func TestTheNameHasARuleOfItsOwn(t *testing.T) {
	got, err := Load(files(t, "template.yaml", head+"questions:\n  - {name: a}\n  - {name: name, validate: [{rule: len(value) > 2, message: short}]}\n"), "")
	if err != nil {
		t.Fatal(say(err))
	}
	q := got.Questions[0]
	for in, want := range map[string]string{
		"svc": "", "ab": "short", "a/b": "directory", "../x": "directory", "": "directory", ".git": "directory", "CON": "directory",
		strings.Repeat("x", 101): "at most 100",
	} {
		if err := q.Check(context.Background(), in, nil); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestWhatTheManifestSays(t *testing.T) {
	for yaml, want := range map[string]string{
		"type: string":                  `"" <nil>`,
		"default: x, when: name != 'x'": `"name != 'x'" x`,
		"default: '{{ .name }}'":        `"" {{ .name }}`,
		"type: int, default: len(name)": `"" len(name)`,
		"type: int, default: 7":         `"" 7`,
		oneOf:                           `"" none`,
	} {
		q := question(t, yaml)
		if got := fmt.Sprintf("%q %v", q.WhenText(), q.DefaultText()); got != want {
			t.Errorf("%s: %s, want %s", yaml, got, want)
		}
	}
	got, err := Load(files(t, "template.yaml", head+"files: [{path: a, when: name != 'x'}]\n", "files/a", "", "files/b", ""), "")
	if err != nil {
		t.Fatal(say(err))
	}
	if a, b := got.Files[0].WhenText(), got.Files[1].WhenText(); a != "name != 'x'" || b != "" {
		t.Errorf("%q %q", a, b)
	}
	if gen := fmt.Sprint(got.Gen("2026-11-23")); gen != "map[created:2026-11-23 template:map[name:svc version:1.0.0]]" {
		t.Error(gen)
	}
}
