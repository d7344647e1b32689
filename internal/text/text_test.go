package text

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/gen/internal/diag"
)

var update = flag.Bool("update", false, "refresh the golden files")

var vars = map[string]any{
	"name": "svc", "n": 3, "public": true, "extras": []string{"b", "a"}, "empty": []string{}, "quote": `it's "x"\`,
	"gen": map[string]any{"created": "2026-01-02", "template": map[string]any{"name": "t", "version": "1.2.3"}},
}

func lang(parts ...Part) Lang {
	names := map[string]bool{}
	for name := range vars {
		names[name] = name != "gen"
	}
	l := Lang{Vars: names}
	if len(parts) > 0 {
		l.Partials, _ = ParsePartials(parts, names)
	}
	return l
}

// result runs src and returns what comes out, or the mistake.
func result(src string, l Lang) string { return within(NewBudget(), src, l) }

func within(b *Budget, src string, l Lang) string {
	t, list := Parse(diag.Pos{File: "f", Line: 1, Col: 1}, src, l)
	if err := list.Err(); err != nil {
		return err.Error()
	}
	out, err := t.Run(context.Background(), b, vars)
	if err != nil {
		return err.Error()
	}
	return out
}

func TestRun(t *testing.T) {
	for src, want := range map[string]string{
		"":                     "",
		"plain } text":         "plain } text",
		"{{ .name }}":          "svc",
		"{{ $.name | upper }}": "SVC",
		"{{ range .extras }}{{ . }},{{ $.name }};{{ end }}":                       "b,svc;a,svc;",
		"{{ range $i, $e := .extras }}{{ $i }}{{ $e }}{{ else }}none{{ end }}":    "0b1a",
		"{{ range .empty }}x{{ else }}none{{ end }}":                              "none",
		"{{ range 3 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}":     "02",
		"{{ range .n }}{{ if gt . 0 }}{{ break }}{{ end }}{{ . }}{{ end }}":       "0",
		"{{ with .name }}{{ . }}{{ end }}":                                        "svc",
		"{{ if and .public (not .empty) }}y{{ end }}":                             "y",
		"{{ .gen.created }} {{ .gen.template.name }} {{ .gen.template.version }}": "2026-01-02 t 1.2.3",
		"{{- /* it's a comment {{ */ -}} x":                                       "x",
		"{{ index .extras 1 }}{{ len .extras }}":                                  "a2",
		"{{ printf \"%03d|%-4s|\" .n .name }}":                                    "003|svc |",
		"{{ default \"x\" \"\" }}{{ ternary 1 2 .public }}":                       "x1",
	} {
		if got := result(src, lang()); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

func TestFunctions(t *testing.T) {
	for src, want := range map[string]string{
		`snakecase "MyService"`: "my_service", `kebabcase "MyService"`: "my-service", `camelcase "a_b"`: "AB",
		`title "it's a day"`: "It's A Day", `int "08"`: "8", `int64 "7"`: "7", `int false`: "0", `untilStep 0 5 0`: "[]", `eq (index (dict) "x") 1`: "false",
		`merge (dict "l" (list 1 (dict "a" 2))) (dict "b" 2) | toJson`: `{"b":2,"l":[1,{"a":2}]}`, `round 1.26 1 | print`: "1.3", `addf 1 2`: "3",
		`coalesce "" "x"`: "x", `repeat 0 "x"`: "", `print (index (list nil) 0)`: "<nil>", `int true`: "1", `int 3.0`: "3", `atoi "5"`: "5",
		`float64 "1.5"`: "1.5", `float64 2`: "2", `toDecimal "0777"`: "511", `add 1 "2"`: "3", `div 7 2`: "3",
		`first .extras`: "b", `last .extras`: "a", `keys (dict "b" 1 "a" 2)`: "[a b]", `values (dict "b" 1 "a" 2)`: "[2 1]",
		`merge (dict "a" 1) (dict "b" 2)`: "map[a:1 b:2]", `join "-" .extras`: "b-a", `sortAlpha .extras`: "[a b]", `sortAlpha (list "b" 1)`: "[1 b]",
		`mergeOverwrite (dict "a" (dict "x" 1)) (dict "a" (dict "x" 2))`: "map[a:map[x:2]]",
		`regexMatch "^s" .name`: "true", `regexFind "[a-z]$" .name`: "c", `regexFindAll "." .name -1`: "[s v c]",
		`regexSplit "v" .name -1`: "[s c]", `regexReplaceAll "(v)" .name "<$1>"`: "s<v>c", `regexReplaceAllLiteral "v" .name "$1"`: "s$1c",
		`eq 1 2 1`: "true", `ne 1 2`: "true", `lt "a" "b"`: "true", `ge 2.5 2.5`: "true", `le 1 0`: "false", `eq true true`: "true",
		`repeat 3 "ab"`: "ababab", `indent 2 "a\nb"`: "  a\n  b", `until 3`: "[0 1 2]", `untilStep 0 5 2`: "[0 2 4]",
		`seq 3`: "1 2 3", `seq 2 3`: "2 3", `seq 5 -2 1`: "5 3 1", `replace "a" "b" "banana"`: "bbnbnb", `wrapWith 3 "|" "ab cd"`: "ab|cd",
		`toToml .quote`: `"it's \"x\"\\"`, `toYaml .quote`: `"it's \"x\"\\"`, `toYaml .extras`: `["b", "a"]`, `toYaml .n`: "3",
		"pyString \"a\\n\\t\\\"\u2028\\x01\U000e0001é\"": `"a\n\t\"\u2028\x01\U000e0001é"`,
		"toToml \"\\x7f<\"": `"\u007f<"`, "toYaml \"\\u0085\\ufeff\"": `"\u0085\ufeff"`,
		`uniq (list 1 1 2)`: "[1 2]", `without .extras "a"`: "[b]", `round 1.26 1`: "1.3", `print "a" 1`: "a1", `println "a"`: "a\n",
		`fromJson "{\"a\":1}" | toJson`: `{"a":1}`, `semverCompare ">=1.0" "1.2.3"`: "true", `substr 0 4 .gen.created`: "2026",
	} {
		if got := result("{{ "+src+" }}", lang()); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

// What sprig hides is an error here.
func TestFunctionsReportMistakes(t *testing.T) {
	for src, want := range map[string]string{
		`int "x"`: `"x" is no whole number`, `int 1.5`: "1.5 is no whole number", `int (list)`: "[] is no whole number",
		`atoi "zz"`: "zz", `float64 "x"`: `"x" is no number`, `toDecimal "9"`: "9 is no octal number", `add "x" 1`: `"x" is no number`,
		`div 1 0`: "div: ", `regexMatch "(" "x"`: "the pattern is wrong", `first .empty`: "the list is empty", `last "x"`: "it needs a list",
		`fail "stop"`: "stop", `repeat "x" "y"`: "needs a whole number, and this is a text", `upper .public`: "this is true or false",
		`upper .extras`: "this is a list", `upper (dict)`: "this is a dict", `upper 1.5`: "this is a number", `get 1 "x"`: "needs a dict",
		`add (index (list nil) 0) 1`: "no value", `get (dict) 1`: "needs a text", `int (get (dict) "x")`: "is no whole number",
		`regexFind "(" ""`: "pattern is wrong", `regexFindAll "(" "" 1`: "pattern is wrong", `regexSplit "(" "" 1`: "pattern is wrong",
		`regexReplaceAll "(" "" ""`: "pattern is wrong", `eq .extras 1`: "a list and a whole number cannot be compared",
		`ternary 1 2 "x"`: "needs true or false", `upper 1`: "upper, argument 1: it needs a text, and this is a whole number",
		`upper`: "upper takes 1 arguments, and there are 0", `lt true false`: "no order", `eq 1 "1"`: "cannot be compared", `eq 1`: "two values",
		`sortAlpha 1`: "needs a list", `toYaml (dict)`: "it writes a text", `indent -1 "x"`: "an indentation of -1", `round 1.5 400`: "no number of digits",
		`index .extras 9`: "out of range", `substr 5 9 "abc"`: "substr: ", `fromJson "{"`: "fromJson: ", `.name.x`: "has no fields",
		`(index .extras 0).x`: "can't evaluate field x", `get (dict) "x"`: "", `printf "%*d" 3 4`: "write the width",
		`semverCompare "foo" "1"`: "semverCompare: ", `nil`: "nil is not a command",
	} {
		if got := result("{{ "+src+" }}", lang()); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

func TestPositions(t *testing.T) {
	for src, want := range map[string]string{
		"{{ .nmae }}":                                    "f:1:4: unknown variable .nmae",
		"a\n\tüü {{ .nmae }}":                            "f:2:8: unknown variable .nmae",
		"{{ $.nmae }}":                                   "f:1:5: unknown variable .nmae",
		"{{ if .public }}{{ .nmae }}{{ end }}":           "f:1:20: unknown variable .nmae",
		"{{ range .extras }}{{ .x }}{{ end }}":           "f:1:23: can't evaluate field x in type string",
		"{{ range .extras }}{{ else }}{{ .x }}{{ end }}": "f:1:33: unknown variable .x",
		"{{ uper .name }}":                               "f:1:4: unknown function uper",
		"{{ now }}":                                      "f:1:4: now is not a function of templates here",
		"{{ mustRegexMatch \"a\" \"b\" }}":               "f:1:4: mustRegexMatch is not a function of templates here",
		"{{ . }}":                                        "f:1:4: the answers cannot be used as a whole",
		"{{ index . \"name\" }}":                         "f:1:10: the answers cannot be used as a whole",
		"{{ $x := $ }}":                                  "f:1:10: the answers cannot be used as a whole",
		"{{ .gen }}":                                     "f:1:4: there is no .gen",
		"{{ .gen.version }}":                             "f:1:8: there is no .gen.version",
		"{{ define \"x\" }}{{ end }}":                    "f:1:17: a text cannot define a template of its own",
		"a\n{{ if .public }}\nb":                         "f:2:1: if is never ended",
		"{{ if .public }}{{ range .extras }}{{ end }}":   "f:1:1: if is never ended",
		"{{ end }}":                                      "f:1:1: unexpected {{end}}",
		"ok {{ .name }} {{ .name | 3 }} {{ .n }}":        "f:1:16: non executable command in pipeline stage 2",
		"{{ \"}}\" }} {{ 1x }}":                          "f:1:12: bad number syntax: \"1x\"",
		"a\nb {{ .name":                                  "f:2:3: unclosed action",
		"ü {{ .name.x }}":                                "f:1:11: .name is an answer",
		"ü {{ fail \"no\" }}":                            "f:1:6: fail: no",
		"{{ template \"x\" . }}":                         "f:1:13: there is no partial \"x\"",
		"a\n {{ range 2000000 }}{{ end }}":               "f:2:11: the template takes over 1000000 steps",
		"{{ .name":                                       "f:1:1: unclosed action",
		"{{ \"a\nb\" }}":                                 "f:1:1: unterminated quoted string",
		"{{ \"a\\\"b\" }}{{ end }}":                      "f:1:13: unexpected {{end}}",
		"{{ template \"x\" }}":                           "f:1:13: a partial must be given the answers",
		"{{ __tick }}":                                   "f:1:4: unknown function __tick",
	} {
		if got := result(src, lang()); !strings.HasPrefix(got, want) {
			t.Errorf("%q:\n got %q\nwant %q", src, got, want)
		}
	}
}

// A text within another file: the caller adds the excerpt.
func TestInlineAndFixed(t *testing.T) {
	at := diag.Pos{File: "template.yaml", Line: 7, Col: 12}
	l := lang()
	l.Inline = true
	_, list := Parse(at, "a {{ .x }}", l)
	l.Fixed = true
	_, fixed := Parse(at, "a\nb {{ .x }}", l)
	if got := list[0].Pos.String() + " " + fixed[0].Pos.String() + list[0].Line; got != "template.yaml:7:17 template.yaml:7:12" {
		t.Errorf("got %s", got)
	}
	_, list = Parse(diag.Pos{File: "f", Line: 1, Col: 1}, "a\n {{ .x }}", lang())
	if list[0].Line != " {{ .x }}" || list[0].Hint == "" {
		t.Errorf("got %+v", list[0])
	}
}

func TestDelimiters(t *testing.T) {
	l := lang()
	l.Left, l.Right = "<%", "%>"
	if got := result("${{ x }} <% .name %>", l); got != "${{ x }} svc" {
		t.Errorf("got %q", got)
	}
	if got := result("<% if .name %>", l); !strings.Contains(got, "if is never ended") {
		t.Errorf("got %q", got)
	}
}

func TestPartials(t *testing.T) {
	parts := []Part{
		{Name: "a", Src: `<{{ template "b" . }}>`, At: diag.Pos{File: "partials/a.tmpl", Line: 1, Col: 1}},
		{Name: "b", Src: `{{ .name }}`, At: diag.Pos{File: "partials/b.tmpl", Line: 1, Col: 1}},
		{Name: "c", Src: `constant`},
		{Name: "0", Src: `zero `},
		{Name: "d", Src: "x\n{{ fail .name }}", At: diag.Pos{File: "partials/d.tmpl", Line: 1, Col: 1}},
	}
	for src, want := range map[string]string{
		`{{ template "a" . }}{{ template "a" $ }}{{ template "c" . }}`: "<svc><svc>constant",
		`{{ range .extras }}{{ template "b" $ }}{{ end }}`:             "svcsvc",
		`{{ range .extras }}{{ template "b" . }}{{ end }}`:             "f:1:32: a partial sees the answers, and here the dot is something else",
		`{{ template "b" }}`:                                   "f:1:13: a partial must be given the answers",
		`{{ template "b" .name }}`:                             "f:1:13: a partial sees the answers, nothing else",
		`{{ template "bb" . }}`:                                `f:1:13: there is no partial "bb"`,
		`{{ template "d" . }}`:                                 "partials/d.tmpl:2:4: fail: svc",
		`{{ with $x := .name }}{{ template "b" $x }}{{ end }}`: "f:1:35: a partial sees the answers, nothing else",
		`{{ template "0" . }}{{ .name }}`:                      "zero svc",
	} {
		if got := result(src, lang(parts...)); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
	text, _ := Parse(diag.Pos{}, `{{ template "a" . }}{{ .n }}`, lang(parts...))
	if got := fmt.Sprint(text.Names()); got != "[n name]" {
		t.Errorf("got %s", got)
	}
	_, list := ParsePartials([]Part{{Name: "a", Src: `{{ template "b" . }}`}, {Name: "b", Src: `{{ template "a" . }}`}}, nil)
	if len(list) != 2 || !strings.Contains(list[0].Msg, "includes itself") {
		t.Errorf("got %v", list)
	}
}

// TestTable pins the functions, so that a change of sprig's shows.
func TestTable(t *testing.T) {
	b := &strings.Builder{}
	for _, name := range slices.Sorted(maps.Keys(table())) {
		fmt.Fprintln(b, name)
	}
	for _, r := range reasons {
		fmt.Fprintf(b, "\n%s\n  not here: %s\n", r.names, r.why)
	}
	if *update {
		os.WriteFile("testdata/functions.txt", []byte(b.String()), 0o666)
	}
	want, _ := os.ReadFile("testdata/functions.txt")
	if b.String() != string(want) {
		t.Error("the functions have changed: go test -update, and read the diff")
	}
}

func TestBudgetIsShared(t *testing.T) {
	b := NewBudget()
	text, _ := Parse(diag.Pos{File: "f", Line: 1, Col: 1}, "{{ range 400000 }}{{ end }}", lang())
	constant, _ := Parse(diag.Pos{File: "g"}, "x", lang())
	for range 2 {
		if _, err := text.Run(t.Context(), b, vars); err != nil {
			t.Fatal(err)
		}
	}
	_, err := text.Run(t.Context(), b, vars)
	if e := diag.All(err); len(e) != 1 || e[0].Code != diag.Limit {
		t.Errorf("got %v", err)
	}
	if _, err := constant.Run(t.Context(), b, vars); err == nil {
		t.Error("a constant costs nothing")
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	text, _ := Parse(diag.Pos{File: "f", Line: 1, Col: 1}, "{{ range 400000 }}{{ end }}", lang())
	if _, err := text.Run(ctx, NewBudget(), vars); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v", err)
	}
}

// A value that does not exist reaches no file; the words themselves do.
func TestNoValue(t *testing.T) {
	for src, want := range map[string]string{
		`{{ get (dict "a" 1) "b" }}`:           "",
		`{{ dict "a" 1 | pluck "b" | first }}`: "f:1:29: first: the list is empty",
		`{{ index (dict "a" 1) "b" }}`:         "f:1:1: a value that does not exist would be written as <no value>",
		`<no value> {{ .name }}`:               "<no value> svc",
		`{{ (dict "a" 1).b }}`:                 "f:1:14: map has no entry for key \"b\"",
	} {
		if got := result(src, lang()); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{
		"{{ .name }}", "{{ range .extras }}{{ . }}{{ end }}", "{{ printf \"%5d\" .n }}", "{{/* c */}}", "{{ $x := 1 }}{{ $x }}",
		"{{ if }}", "{{ \"", "{{ template \"b\" . }}", "{{ regexReplaceAll \"a*\" .name \"b\" }}", "{{- 'x' -}}", "{{ range 9 }}{{break}}{{end}}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if out := result(src, lang(Part{Name: "b", Src: "{{ .n }}"})); len(out) > maxFile+1000 {
			t.Errorf("%d bytes", len(out))
		}
	})
}
