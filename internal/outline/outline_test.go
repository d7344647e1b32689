package outline

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
)

func TestOf(t *testing.T) {
	for name, want := range map[string]string{
		"a.toml": "TOML", "b/a.yaml": "YAML", "A.YML": "YAML", "a.json": "JSON", "toml": "text", "a.txt": "text", "a.toml.tmpl": "text",
	} {
		if got := Of(name).String(); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if _, ok := Read(None, ""); ok {
		t.Error("text has no outline")
	}
}

// shown writes a document as its keys, with their lines, and its values.
func shown(d Doc) string {
	name := func(path string) string { return strings.ReplaceAll(strings.TrimPrefix(path, "\x00"), "\x00", ".") }
	var keys, values []string
	for _, k := range d.Keys {
		keys = append(keys, fmt.Sprintf("%d:%s", k.Line, name(k.Path)))
	}
	for _, path := range slices.Sorted(maps.Keys(d.Values)) {
		values = append(values, name(path)+"="+strings.ReplaceAll(strings.ReplaceAll(d.Values[path], "\n", ";"), "\x00", "."))
	}
	return strings.Join(keys, " ") + " | " + strings.Join(values, " ")
}

func TestRead(t *testing.T) {
	for in, want := range map[string]string{
		"toml ":                                  " | ",
		"toml # x":                               " | ",
		"toml a = 1\nb.c = 'x' # y":              `0:a 1:b.c | a=Integer"1" b.c=String"x"`,
		"toml [a]\n[a.b]\nc = [\n1,\n2]\nd = {}": `0:a 1:a.b 2:a.b.c 5:a.b.d | a.[= a.b.[= a.b.c=ArrayInteger"1",Integer"2",] a.b.d=InlineTable]`,
		"toml [[a]]\nb = 1\n[a.c]\nd = 2\n[[a]]\n[[a.e]]\n[f]\n": "0:a.#0 4:a.#1 6:f | a=.a.#0;.a.#0.b=Integer\"1\";.a.#0.c;.a.#0.c.d=Integer\"2\";.a.#1;.a.#1.e.#0; f.[=",
		"toml a = {b = 1, c.d = 2}":                              "0:a | a=InlineTable\"\\x00b\"=Integer\"1\",\"\\x00c\\x00d\"=Integer\"2\",]",
		"toml a = 1\na = 2":                                      "no",
		"toml a = {b = 1, b = 2}":                                "no",
		"toml a = [{b = 1, b = 2}]":                              "no",
		"toml [a]\n[a]":                                          "no",
		"toml [a.b]\n[a]":                                        "0:a.b 1:a | a.[= a.b.[=",
		"toml a = 1\n[a]":                                        "no",
		"toml a = 1\n[a.b]":                                      "no",
		"toml a = 1\n[[a]]":                                      "no",
		"toml a = 1\na.b = 2":                                    "no",
		"toml [a]\n[[a]]":                                        "no",
		"toml a = ":                                              "no",
		"toml a":                                                 "no",
		"toml a = 1\r\n":                                         `0:a | a=Integer"1"`,
		"toml " + strings.Repeat("a.", 70) + "b = 1":             "no",
		"toml a = " + strings.Repeat("[", 70) + strings.Repeat("]", 70): "no",
		"yaml ":    " | ",
		"yaml # x": " | ",
		"yaml a: 1\nb:\n  c: x # y\n  d: [1, {e: 2}]": `0:a 1:b 2:b.c 3:b.d | a=Integer"1" b.c=String"x" b.d=[Integer"1",{"e":Integer"2",},]`,
		"yaml a: &x\n  b: 1\nc: *x\nd: !t 1\ne: !u":   `0:a 1:a.b 2:c 3:d 4:e | a.&=x a.b=Integer"1" c=*x d=String"1" d.!=!t e=Null"null" e.!=!u`,
		"yaml - a: &x 1\n  b: *x\n- !t y\n- |\n  z":   ` | =[{"a":&x Integer"1","b":*x,},!t String"y",|"z\n",]`,
		"yaml a: 1\n---\na: 2":                        `0:a 2:---1.a | ---1.a=Integer"2" a=Integer"1"`,
		"yaml a:\n  <<: {b: 1}":                       `0:a 1:a.<< | a.<<={"b":Integer"1",}`,
		"yaml a: |\n  x\nb: {}":                       `0:a 2:b | a=|"x\n" b={}`,
		"yaml a: 1\na: 2":                             "no",
		"yaml a: {b: 1, b: 2}":                        "no",
		"yaml a: [{b: 1, b: 2}]":                      "no",
		"yaml a: *x":                                  "no",
		"yaml a: [*x]":                                "no",
		"yaml a: {b: *x}":                             "no",
		"yaml a: &x 1\n---\nb: *x":                    "no",
		"yaml a: [":                                   "no",
		"yaml a: 'x":                                  "no",
		"yaml a: 1\n b: 2":                            "no",
		"yaml a: \x01":                                "no",
		"yaml ? [a]\n: 1":                             "no",
		"yaml &x a: 1":                                "no",
		"yaml {&x a: 1}":                              "no",
		"yaml a: !t":                                  `0:a | a=Null"null" a.!=!t`,
		"yaml a: {[b]: 1}":                            "no",
		"yaml " + strings.Repeat("[", 70) + strings.Repeat("]", 70): "no",
		"json {}": " | ={}",
		"json 1":  " | =1",
		"json [1, \"x\", null, true, {\"a\": {}}]":                   ` | =[1,"x",null,true,{"a":{},},]`,
		"json {\n\"a\": 1,\n\"b\": {\n\"c\": [\n],\n\"d\": {}\n}\n}": `1:a 2:b 3:b.c 5:b.d 6:b.} 7:} | a=1 b.c=[] b.d={}`,
		"json {\"a\": 1, \"a\": 2}":                                  "no",
		"json {\"a\": [{\"b\": 1, \"b\": 2}]}":                       "no",
		"json {\"a\": 1,}":                                           "no",
		"json {} {}":                                                 "no",
		"json ":                                                      "no",

		"json " + strings.Repeat("[", 70) + strings.Repeat("]", 70):               "no",
		"json " + strings.Repeat("{\"a\":", 70) + "1" + strings.Repeat("}", 70):   "no",
		"json {\"a\": " + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "}": "no",
	} {
		name, text, _ := strings.Cut(in, " ")
		got := "no"
		if d, ok := Read(Of("."+name), text); ok {
			got = shown(d)
		}
		if got != want {
			t.Errorf("%q:\n got %s\nwant %s", in, got, want)
		}
	}
}

// Whether a table or a key is defined twice is what a decoder says too.
func TestTOMLIsReadAsByADecoder(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	yes := 0
	for range 50_000 {
		var b strings.Builder
		key := func() string {
			parts := make([]string, 1+r.IntN(3))
			for i := range parts {
				parts[i] = string(rune('a' + r.IntN(3)))
			}
			return strings.Join(parts, ".")
		}
		for range 1 + r.IntN(6) {
			switch r.IntN(6) {
			case 0:
				fmt.Fprintf(&b, "[%s]\n", key())
			case 1:
				fmt.Fprintf(&b, "[[%s]]\n", key())
			case 2:
				fmt.Fprintf(&b, "%s = {%s = 1, %s = 2}\n", key(), key(), key())
			case 3:
				fmt.Fprintf(&b, "%s = [{%s = 1}, {}]\n", key(), key())
			default:
				fmt.Fprintf(&b, "%s = 1\n", key())
			}
		}
		var v map[string]any
		err := toml.Unmarshal([]byte(b.String()), &v)
		_, ok := Read(TOML, b.String())
		if ok != (err == nil) {
			t.Fatalf("%s\nread: %v, decoded: %v", b.String(), ok, err)
		}
		if ok {
			yes++
		}
	}
	if yes < 5_000 {
		t.Errorf("%d of the texts are TOML", yes)
	}
}

// No text takes long, whatever it holds: what cannot be read in time is refused.
func TestHostileTexts(t *testing.T) {
	keys := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	nested := func(open, shut string, n int) string { return strings.Repeat(open, n) + strings.Repeat(shut, n) }
	for _, in := range []string{
		"toml " + keys(60_000, "k%d = 1\n"),
		"toml " + keys(60_000, "[k%d]\n"),
		"toml " + keys(60_000, "[[k]]\na%d = 1\n"),
		"toml " + keys(8_000, "[a."+strings.Repeat("b.", 60)+"c%d]\n"),
		"toml x = {" + keys(60_000, "k%d = 1, ") + "z = 1}",
		"toml x = " + nested("[", "]", 400_000),
		"toml " + strings.Repeat("a.", 400_000) + "b = 1",
		"yaml " + keys(6_600, "k%d: 1\n"),
		"yaml " + keys(2_400, "k%d: &a%[1]d [*a%[1]d]\n"),
		"yaml " + keys(12_000, "k%d:\n- 1\n"),
		"yaml " + keys(4_900, "---\nk%d: 1\n"),
		"yaml " + strings.Repeat("-\n", 49_000),
		"yaml " + strings.Repeat("- ", 100_000),
		"yaml " + nested("[", "]", 100_000),
		"yaml " + nested("{a: ", "}", 40_000),
		"yaml " + strings.Repeat("\n", 200_000),
		"yaml a: |\n" + strings.Repeat("  text\n", 30_000),
		"yaml a: \"" + strings.Repeat("x\n", 60_000) + "\"",
		"yaml a: " + strings.Repeat("!t ", 10_000),
		"yaml a: " + strings.Repeat("&x ", 10_000),
		"yaml " + strings.Repeat("? ", 10_000),
		"json {" + keys(60_000, "\"k%d\": {},\n") + "\"z\": 1}",
		"json " + nested("[", "]", 400_000),
		"json [" + strings.Repeat("{},", 300_000) + "1]",
	} {
		name, text, _ := strings.Cut(in, " ")
		start := time.Now()
		_, ok := Read(Of("."+name), text)
		d := time.Since(start)
		t.Logf("%-30.30q %4d KB, read: %-5v %v", in, len(in)>>10, ok, d)
		if d > 5*time.Second { // on a busy machine; what grows with the square takes minutes
			t.Errorf("%.30q takes %v", in, d)
		}
	}
}

// FuzzRead: no text makes a reader panic, and keys stand in lines of the text.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"a: 1\nb:\n  c: [1, {d: 2}]\n", "a: &x\n  b: *x\n", "? a\n: b\n", "!t a: !u\n", "- |\n  x\n---\n{}\n", "&a : *a", "<<: *a", "a: >-\n b",
		"a = 1\n[b]\nc = {d = [1]}\n[[e.f]]\n", "{\n\"a\": {\n\"b\": [1]\n}\n}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []Format{TOML, YAML, JSON} {
			d, _ := Read(format, text)
			for _, k := range d.Keys {
				if k.Line < 0 || k.Line > strings.Count(text, "\n") {
					t.Errorf("%s %q: %q is in line %d", format, text, k.Path, k.Line)
				}
			}
		}
	})
}
