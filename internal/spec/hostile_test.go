package spec

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Hostile manifests are refused at once, each with a place and a next step.
func TestHostileManifests(t *testing.T) {
	many := func(n int, form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	rule := "  - {name: a, type: text, default: '" + strings.Repeat("x", 15000) + "', validate: ["
	for name, c := range map[string]struct{ src, want string }{
		"laughs":         {head + "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "an anchor is not allowed here"},
		"alias to self":  {head + "next: &a [*a]\n", "an anchor is not allowed here"},
		"200,000 keys":   {many(200_000, "k%d: 1\n"), "bytes; at most 65536"},
		"64 KiB of keys": {many(8_000, "%x:\n"), "more than 8000 tokens"},
		"depth 10,000":   {strings.Repeat("[", 10_000), "more than 8000 tokens"},
		"depth 100":      {head + "next: " + strings.Repeat("[", 100), "deeper than 32"},
		"equal keys":     {head + "name: x\n", `the key "name" is already in line 2`},
		"python":         {head + "next: !!python/object:os.system x\n", "a tag is not allowed here"},
		"merge key":      {head + "<<: x\n", "a merge key is not allowed here"},
		"UTF-16":         {"\xff\xfef\x00", "UTF-16"},
		"NUL":            {head + "next: \x00\n", "the control character U+0000"},
		"ESC in a name":  {"format: 1\nname: \"\\e[2J\"\nversion: 1.0.0\n", "the control character U+001B"},
		"two documents":  {head + "---\n" + head, "a second document"},
		"empty":          {"", "the manifest must be a map"},
		"201 questions":  {head + "questions:\n" + many(201, "- {name: a%d}\n"), "at most 200 questions"},
		"1,001 choices":  {head + "questions:\n- name: a\n  type: choice\n  choices:\n" + many(1_001, "  - value: a%d\n"), "at most 1000 choices"},
		"201 rules":      {head + "questions:\n" + rule + strings.Repeat("{rule: 'true', message: m},", 201) + "]}\n", "at most 200 rules"},
		"201 file rules": {head + "files:\n" + many(201, "- {path: a}\n#%d\n"), "at most 200 file rules"},
		"patterns":       {head + "questions:\n" + rule + strings.Repeat("{rule: \"value matches '^(.{900}y)$'\", message: m},", 10) + "]}\n", "too large to match quickly"},
		"catastrophe":    {head + "questions:\n" + strings.Replace(rule, strings.Repeat("x", 15000), strings.Repeat("x", 1000), 1) + "{rule: value matches '^(x+x+)+y$', message: m}]}\n", "breaks a rule"},
		"additions":      {head + "questions:\n" + rule + "{rule: len(" + strings.Repeat("value+", 150) + "value) < 3, message: m}]}\n", "more than 20 calls and additions"},
		"long":           {head + "questions:\n- {name: a, when: '" + strings.Repeat("(", 9000) + "'}\n", "at most 8000"},
		"parentheses":    {head + "questions:\n- {name: a, when: '" + strings.Repeat("(", 8000) + "'}\n", "unexpected token"},
		"calls":          {head + "questions:\n- {name: a, default: x, when: '" + strings.Repeat("upper(lower(", 500) + "name" + strings.Repeat("))", 500) + " == name'}\n", "more than 20 calls"},
		"growth":         {head + "questions:\n- {name: a, when: 'replace(name, \"a\", \"aaaaaaaaaaaaaa\") == name'}\n", "as long or longer"},
		"minus":          {head + "questions:\n- {name: a, when: '" + strings.Repeat("-", 7999) + "1'}\n", "gives an integer, not true or false"},
		"globs":          {head + "files:\n" + many(150, "- {path: '**/*a*a*a*b/%d'}\n"), "no file matches"},
		"circle":         {head + "questions:\n" + many(199, "- {name: a%[1]d, default: '{{ .a%[1]d }}{{ .name }}'}\n"), "refers to itself"},
		"later":          {head + "questions:\n" + many(100, "- {name: a%[1]d, default: '{{ .b%[1]d }}'}\n") + many(99, "- {name: b%[1]d, default: '{{ .a%[1]d }}'}\n"), "is asked later"},
	} {
		raw := files(t, "template.yaml", c.src, "files/"+strings.Repeat("aaaaaaaa/", 20)+"x", "")
		var err error
		best := time.Hour
		for n := 0; n < 20 && best > 100*time.Millisecond*patience; n++ { // the machine may be busy
			start := time.Now()
			_, err = Load(raw, "0.1.0")
			best = min(best, time.Since(start))
		}
		if best > 100*time.Millisecond*patience {
			t.Errorf("%s: %v", name, best)
		}
		if !strings.Contains(say(err), c.want) {
			t.Errorf("%s: %.300s", name, say(err))
		}
	}
}

// FuzzLoad: no manifest makes Load panic or hang; mistakes come in the order of
// their places, and twice the same.
func FuzzLoad(f *testing.F) {
	f.Add(example(f))
	for _, s := range []string{
		"", head, head + "questions:\n- {name: a, type: choice, choices: [{value: x}], default: x, when: name != ''}\n",
		head + "questions:\n- {name: a, validate: [{rule: value matches '^a+$', message: m}], default: aaa, was: [b]}\ncomputed: {c: '{{ .a }}'}\nnext: |\n  {{ .c }}\n",
		head + "files:\n- {path: '{a,b}*', delimiters: ['<%', '%>'], was: [x], update: replace}\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		raw := files(t, "template.yaml", src, "files/a.tmpl", "<% .name %>{{ .name }}", "files/{{.c}}", "x")
		start := time.Now()
		got, err := Load(raw, "0.1.0")
		if d := time.Since(start); d > time.Second*patience {
			t.Fatal(d)
		}
		if (got == nil) == (err == nil) {
			t.Fatal(got, err)
		}
		places := strings.Split(say(err), "\n")
		if _, again := Load(raw, "0.1.0"); say(again) != strings.Join(places, "\n") {
			t.Fatalf("%s\n\n%s", say(err), say(again))
		}
		inOrder(t, err)
	})
}
