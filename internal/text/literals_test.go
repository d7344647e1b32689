package text

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/yaml"
)

// literal runs one of the functions that write a literal.
func literal(t *testing.T, function, s string) string {
	t.Helper()
	text, list := Parse(diag.Pos{}, "{{ "+function+" .s }}", Lang{Vars: map[string]bool{"s": true}})
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	out, err := text.Run(t.Context(), NewBudget(), map[string]any{"s": s})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var literals = []string{
	"", "plain", `it's "x"\`, "a\nb\tc\r", "\x00\x01\x1b\x7f", "\u0085\u00a0\u2028\u2029\ufeff", "\u202e\u200b", "é世\U0001f600\U000e0001",
	"no", "1.10", "<no value>", "${x} {{ y }} %s", "'''", `"""`, "\\u0041", "# c", "- a", "a: b", "\ufffd",
}

// What toYaml writes is JSON, which YAML reads as the same text.
func FuzzToYaml(f *testing.F) {
	for _, s := range literals {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("an answer is valid")
		}
		out := literal(t, "toYaml", s)
		var got string
		if err := json.Unmarshal([]byte(out), &got); err != nil || got != s {
			t.Errorf("%q as %s is read as %q, %v", s, out, got, err)
		}
		if strings.ContainsFunc(out, unicode.IsControl) || strings.Contains(out, "\ufeff") {
			t.Errorf("%q as %q", s, out)
		}
		if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			return // gen's own files hold none
		}
		limits := yaml.Limits{Bytes: 1 << 20, Tokens: 1000, Depth: 9}
		node, list := yaml.Parse("f", []byte("a: "+out+"\n"), limits, diag.Template)
		if err := list.Err(); err != nil {
			t.Fatalf("%q as %s: %v", s, out, err)
		}
		if n := node.Get("a"); n.Kind != yaml.String || n.Text != s {
			t.Errorf("%q as %s is read as %q", s, out, n.Text)
		}
	})
}

// A literal of Python on one line with nothing in it that does not print. Go
// reads the escapes that are written, and these alone, as Python does.
func FuzzPyString(f *testing.F) {
	for _, s := range literals {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("an answer is valid")
		}
		out := literal(t, "pyString", s)
		chars := strings.Split(out, `\\`)
		for i, part := range chars { // \xff is a character in Python, and a byte in Go
			chars[i] = strings.ReplaceAll(part, `\x`, `\u00`)
		}
		got, err := strconv.Unquote(strings.Join(chars, `\\`))
		if err != nil || got != s {
			t.Errorf("%q as %s is read as %q, %v", s, out, got, err)
		}
	})
}

// A basic string of TOML is as JSON has it, but for DEL.
func FuzzToToml(f *testing.F) {
	for _, s := range literals {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("an answer is valid")
		}
		out, got := literal(t, "toToml", s), ""
		if err := json.Unmarshal([]byte(out), &got); err != nil || got != s || strings.ContainsAny(out, "\n\x7f") || strings.Contains(out, `\/`) {
			t.Errorf("%q as %s is read as %q, %v", s, out, got, err)
		}
	})
}

// A text may be run by many at once, each with a result of its own.
func TestRunsAtOnce(t *testing.T) {
	l := lang(Part{Name: "p", Src: `{{ range .extras }}{{ upper . }}{{ end }}`})
	text, list := Parse(diag.Pos{}, `{{ template "p" . }} {{ .n }} {{ regexReplaceAll "a" "banana" "o" }} {{ sortAlpha .extras }}`, l)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	b := NewBudget()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			mine := map[string]any{"n": i, "extras": vars["extras"]}
			want := "BA " + strconv.Itoa(i) + " bonono [a b]"
			for range 50 {
				if got, err := text.Run(context.Background(), b, mine); got != want || err != nil {
					t.Errorf("got %q, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}
