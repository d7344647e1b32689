package text

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/gen/internal/diag"
)

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
func result(src string, l Lang) string { return within(little(), src, l) }

// little is a budget of which little is left, so that nothing takes long.
func little() *Budget {
	b := NewBudget()
	b.steps.Store(maxSteps - 50_000)
	return b
}

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
		"a\t{{ if }}":                                    "f:1:3: missing value for if",
		"世界 {{ fail \"x\" }}":                            "f:1:7: fail: x",
		"世界\t{{ .n }}{{ .x }}":                           "f:1:15: unknown variable .x",
		"a\r\n{{ end }}":                                 "f:2:1: unexpected {{end}}",
		"{{- /* it's \"quoted */ -}} {{ end }}":          "f:1:28: unexpected {{end}}",
		"{{/* ' */}}{{ foo }}":                           "f:1:15: unknown function foo",
		"{{/* {{ */}}{{ if }}":                           "f:1:13: missing value for if",
		"{{ .name -}}\n\n{{- end -}}":                    "f:3:1: unexpected {{end}}",
		"a\n\n  {{- fail \"x\" -}}":                      "f:3:7: fail: x",
		"{{ if .name }}\n  {{- range .extras }}\n {{ else }}\n{{ end }}": "f:1:1: if is never ended",
		"{{ $y }}":                                    "f:1:1: undefined variable \"$y\"",
		"{{ (.name }}":                                "f:1:1: unclosed left paren",
		"{{ (.nmae).x }}":                             "f:1:5: unknown variable .nmae",
		"{{ break }}":                                 "f:1:1: {{break}} outside {{range}}",
		"{{ .name\n}}{{ .x\n}}":                       "f:2:6: unknown variable .x",
		"{{ template .name . }}":                      "f:1:1: unexpected \".name\" in template clause",
		"{{ range .public }}{{ end }}":                "f:1:10: range can't iterate over true",
		"{{ with .name }}{{ .foo }}{{ end }}":         "f:1:20: can't evaluate field foo",
		"{{ with $x := .name }}{{ $x.foo }}{{ end }}": "f:1:28: can't evaluate field foo",
		"{{ if eq .name }}{{ end }}":                  "f:1:7: eq: it needs two values",
		"{{ fail \"a>: b\" }}":                        "f:1:4: fail: a>: b",
		"{{ upper (print \"x>: y\" \"z\") 1 }}":       "f:1:4: upper takes 1 arguments",
		"{{ (index (dict \"a>: \" 1) \"a>: \").b }}":  "f:1:27: can't evaluate field b",
		"{{ __turns 1 }}":                             "f:1:4: unknown function __turns",
		"{{ __tick }}":                                "f:1:4: unknown function __tick",
	} {
		if got := result(src, lang()); !strings.HasPrefix(got, want) {
			t.Errorf("%q:\n got %q\nwant %q", src, got, want)
		}
	}
}

// A text within another file: the caller adds the excerpt.
func TestInlineAndFixed(t *testing.T) {
	at := diag.Pos{File: "template.yaml", Line: 7, Col: 12}
	partial := Part{Name: "p", Src: "\n{{ fail .name }}", At: diag.Pos{File: "partials/p.tmpl", Line: 1, Col: 1}}
	inline, fixed, plain := lang(partial), lang(partial), lang(partial)
	inline.Inline, fixed.Fixed = true, true
	for _, c := range []struct {
		src  string
		lang Lang
		want string // and the excerpt
	}{
		{"a {{ .x }}", inline, "template.yaml:7:17: unknown variable .x|"},
		{"a {{ .x }}", fixed, "template.yaml:7:12: unknown variable .x|"},
		{"a {{ .x }}", plain, "template.yaml:7:17: unknown variable .x|a {{ .x }}"},
		{"é {{ if }}", inline, "template.yaml:7:14: missing value for if|"},
		{"a\nb {{ if }}", fixed, "template.yaml:7:12: missing value for if|"},
		{"a\n {{ .x }}", plain, "template.yaml:8:5: unknown variable .x| {{ .x }}"},
		{"é {{ fail .name }}", inline, "template.yaml:7:17: fail: svc|"},
		{"a\n{{ fail .name }}", fixed, "template.yaml:7:12: fail: svc|"},
		{"a\n{{ fail .name }}", plain, "template.yaml:8:4: fail: svc|{{ fail .name }}"},
		{`{{ template "p" . }}`, inline, "partials/p.tmpl:2:4: fail: svc|{{ fail .name }}"},
		{"{{ range 2000000 }}{{ end }}", inline, "template.yaml:7:21: " + steps + "|"},
		{"{{ range 2000000 }}{{ end }}", fixed, "template.yaml:7:12: " + steps + "|"},
	} {
		text, list := Parse(at, c.src, c.lang)
		err := list.Err()
		if err == nil {
			_, err = text.Run(t.Context(), little(), vars)
		}
		if got := err.Error() + "|" + diag.All(err)[0].Line; got != c.want {
			t.Errorf("%q: got %s, want %s", c.src, got, c.want)
		}
	}
}

func TestDelimiters(t *testing.T) {
	l := lang()
	l.Left, l.Right = "<%", "%>"
	for src, want := range map[string]string{
		"${{ x }} <% .name %>":         "${{ x }} svc",
		"{{ x }}":                      "{{ x }}",
		"<%/* it's */%>x <%- .n -%> y": "x3y",
		"é <% if .name %>":             "f:1:3: if is never ended",
		"<% \"%>\" %> <% end %>":       "f:1:12: unexpected {{end}}",
		"\t<% .x %>":                   "f:1:5: unknown variable .x",
		"a\n<% fail \"x\" %>":          "f:2:4: fail: x",
		"<% .name }}":                  "f:1:1: unexpected \"}\" in operand",
		"<% range 2000000 %><%end%>":   "f:1:10: " + steps,
	} {
		if got := result(src, l); got != want {
			t.Errorf("%q: got %q, want %q", src, got, want)
		}
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
		`{{ template "b" (print 1) }}`:                         "f:1:13: a partial sees the answers, nothing else",
		`{{ template "b" $.name }}`:                            "f:1:13: a partial sees the answers, nothing else",
		`{{ template "e" . }}`:                                 "f:1:13: there is no partial \"e\"",
	} {
		if got := result(src, lang(parts...)); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
	text, _ := Parse(diag.Pos{}, `{{ template "a" . }}{{ .n }}`, lang(parts...))
	if got := fmt.Sprint(text.Names()); got != "[n name]" {
		t.Errorf("got %s", got)
	}
}

func TestMistakesOfPartials(t *testing.T) {
	deep := make([]string, 0, 402)
	for i := range 201 {
		deep = append(deep, fmt.Sprint(i), fmt.Sprintf(`{{ template "%d" . }}`, i+1))
	}
	deep[401] = "the end"
	for _, c := range []struct {
		parts []string // names and sources
		want  string
	}{
		{[]string{"a", `{{ template "a" . }}`}, `a:1:1: partial "a" includes itself, directly or through others`},
		{[]string{"a", `{{ template "b" . }}`, "b", `{{ template "a" $ }}`, "c", "{{ .n }}"}, `a:1:1: partial "a" includes itself, directly or through others
b:1:1: partial "b" includes itself, directly or through others`},
		{[]string{"a", `{{ template "b" . }}`, "b", `{{ template "b" . }}`}, `a:1:1: partial "a" includes itself, directly or through others
b:1:1: partial "b" includes itself, directly or through others`},
		{[]string{"a", "{{ .x }}", "b", "\n{{ .y }}"}, "a:1:4: unknown variable .x\nb:2:4: unknown variable .y"},
		{[]string{"a", `{{ template "c" . }}`, "b", ""}, `a:1:13: there is no partial "c"`},
		{deep, `0:1:1: partial "0" includes others over 200 deep`},
		{deep[2:], ""},
	} {
		var parts []Part
		for i := 0; i < len(c.parts); i += 2 {
			parts = append(parts, Part{Name: c.parts[i], Src: c.parts[i+1], At: diag.Pos{File: c.parts[i], Line: 1, Col: 1}})
		}
		got := ""
		if _, list := ParsePartials(parts, map[string]bool{"n": true}); len(list) > 0 {
			got = list.Error()
		}
		if got != c.want {
			t.Errorf("%.90q: got %s, want %s", c.parts, got, c.want)
		}
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
	b = NewBudget()
	b.output.Store(maxOutput - 3)
	for _, src := range []string{"four", "{{ .name }}s"} {
		if got := within(b, src, lang()); !strings.HasSuffix(got, "the template writes over 64 MiB in all") {
			t.Errorf("got %q", got)
		}
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

// Whatever a text holds, it is made within its bounds, or each mistake has a
// place in it and words that are not those of the machinery.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"{{ .name }}", "{{ range .extras }}{{ . }}{{ end }}", "{{ printf \"%5d\" .n }}", "{{/* c */}}", "{{ $x := 1 }}{{ $x }}",
		"{{ if }}", "{{ \"", "{{ template \"b\" . }}", "{{ regexReplaceAll \"a*\" .name \"b\" }}", "{{- 'x' -}}", "{{ range 9 }}{{break}}{{end}}",
		"{{ substr 5 9 .name }}", "{{ slice (list 1) 5 }}", "{{ index .extras 9 }}", "{{ range 99 }}{{ range . }}{{ end }}{{ end }}", "世\t{{ .x }}\r\n{{ end }}", "{{ dict 1 }}",
		"{{ block \"x\" . }}{{ end }}", "{{ get (dict) 1 }}", "{{ (dict \"a\" 1).b }}", "{{ fail \"a>: b\" }}", "{{ template \"c\" . }}",
	} {
		f.Add(s)
	}
	l := lang(Part{Name: "b", Src: "{{ .n }}"}, Part{Name: "c", Src: "{{ fail .name }}", At: diag.Pos{File: "c", Line: 1, Col: 1}})
	f.Fuzz(func(t *testing.T, src string) {
		b := NewBudget()
		b.steps.Store(maxSteps - 10_000)
		text, list := Parse(diag.Pos{File: "f", Line: 1, Col: 1}, src, l)
		err := list.Err()
		if err == nil {
			var out string
			if out, err = text.Run(t.Context(), b, vars); len(out) > maxFile {
				t.Errorf("%d bytes", len(out))
			}
		}
		for _, e := range diag.All(err) {
			if e.Pos.File == "c" {
				continue
			}
			line := diag.LineOf(src, e.Pos.Line)
			if e.Line != line || e.Pos.Line < 1 || e.Pos.Col < 1 || e.Pos.Col > utf8.RuneCountInString(line)+2 {
				t.Errorf("%q: there is no %v", src, e.Pos)
			}
			for _, word := range []string{"template: ", "executing ", "runtime error", "goroutine", "reflect", tickName, turnsName} {
				if strings.Contains(e.Msg, word) && !strings.Contains(src, word[:6]) {
					t.Errorf("%q: %s", src, e.Msg)
				}
			}
		}
	})
}
