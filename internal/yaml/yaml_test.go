package yaml

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/gen/internal/diag"
)

// show writes a node in one line: a letter for the kind, then the text.
func show(n *Node) string {
	var parts []string
	switch n.Kind {
	case List:
		for _, v := range n.Items {
			parts = append(parts, show(v))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case Map:
		for _, p := range n.Pairs {
			parts = append(parts, p.Key+": "+show(p.Value))
		}
		return "{" + strings.Join(parts, " ") + "}"
	case Null:
		return "null"
	}
	return fmt.Sprintf("%c%q", "-sifb"[n.Kind], n.Text)
}

// places writes the places of a node's keys, items and scalars.
func places(n *Node) string {
	s := fmt.Sprintf("%d:%d", n.Pos.Line, n.Pos.Col)
	for _, v := range n.Items {
		s += " -" + places(v)
	}
	for _, p := range n.Pairs {
		s += fmt.Sprintf(" %s@%d:%d=%s", p.Key, p.At.Line, p.At.Col, places(p.Value))
	}
	return s
}

func say(errs diag.List) string {
	var lines []string
	for _, e := range errs {
		lines = append(lines, fmt.Sprintf("%d:%d %s", e.Pos.Line, e.Pos.Col, e.Msg))
	}
	return strings.Join(lines, "; ")
}

func TestPlainScalarsHaveNoSurprises(t *testing.T) {
	for in, want := range map[string]string{
		"": "null", "~": "null", "null": "null", "Null": "null", "''": `s""`, `"null"`: `s"null"`,
		"true": `b"true"`, "True": `b"True"`, "FALSE": `b"FALSE"`, "'true'": `s"true"`,
		"no": `s"no"`, "yes": `s"yes"`, "on": `s"on"`, "off": `s"off"`, "y": `s"y"`, "NO": `s"NO"`,
		"0": `i"0"`, "-7": `i"-7"`, "99999999999999999999": `i"99999999999999999999"`, "'1'": `s"1"`,
		"010": `s"010"`, "0x10": `s"0x10"`, "0o10": `s"0o10"`, "0b1": `s"0b1"`, "1_000": `s"1_000"`, "+1": `s"+1"`, "1:30": `s"1:30"`,
		"1.10": `f"1.10"`, "1e3": `f"1e3"`, "-0.5E-2": `f"-0.5E-2"`, ".5": `s".5"`, "1.": `s"1."`, ".inf": `s".inf"`, ".nan": `s".nan"`, "-.inf": `s"-.inf"`,
		"1.2.3": `s"1.2.3"`, "2026-11-23": `s"2026-11-23"`, "a b": `s"a b"`, "-x": `s"-x"`, "http://x/y": `s"http://x/y"`,
		"a # b": `s"a"`, "a#b": `s"a#b"`, "'it''s'": `s"it's"`, `"\u00e9\t\ud83d\ude00\/\x41\\"`: `s"é\t😀/A\\"`, `"\U0001F600"`: `s"😀"`,
	} {
		n, errs := Parse("f", []byte("k: "+in+"\n"), Manifest, diag.Manifest)
		if errs != nil || show(n) != "{k: "+want+"}" {
			t.Errorf("%s: got %v %v, want %s", in, n, say(errs), want)
		}
	}
}

func TestStructures(t *testing.T) {
	for in, want := range map[string][2]string{
		"":                                   {"null", "1:1"},
		"# only a comment\n":                 {"null", "1:1"},
		"---\n":                              {"null", "1:1"},
		"---\na: 1\n":                        {`{a: i"1"}`, "1:1 a@2:1=2:4"},
		"\ufeffa: 1":                         {`{a: i"1"}`, "1:1 a@1:1=1:4"},
		"a: b\r\n# c\r\nd: e\r\n":            {`{a: s"b" d: s"e"}`, "1:1 a@1:1=1:4 d@3:1=3:4"},
		"a: |\r\n  b\r\n  c\r\n":             {`{a: s"b\nc\n"}`, "1:1 a@1:1=1:1"},
		"é: ü # x\nb:   foo   \n  bar\n":     {`{é: s"ü" b: s"foo bar"}`, "1:1 é@1:1=1:4 b@2:1=2:6"},
		"a:\tb\n":                            {`{a: s"b"}`, "1:1 a@1:1=1:4"},
		"a: \"x\n  y\"\n":                    {`{a: s"x y"}`, "1:1 a@1:1=1:4"},
		"a: |\n  x\n   y\nb: >-\n  q\n  r\n": {`{a: s"x\n y\n" b: s"q r"}`, "1:1 a@1:1=1:1 b@4:1=4:1"},
		"- |\n  x\n- y\n":                    {`[s"x\n" s"y"]`, "1:1 -1:1 -3:3"},
		"a:\n- b\n-\n- - c\n":                {`{a: [s"b" null [s"c"]]}`, "1:1 a@1:1=2:1 -2:3 -3:1 -4:3 -4:5"},
		"- c: d\n  e: {f: [g]}\n":            {`[{c: s"d" e: {f: [s"g"]}}]`, "1:1 -1:1 c@1:3=1:6 e@2:3=2:6 f@2:7=2:10 -2:11"},
		"a:\nb: {}\nc: []\n":                 {`{a: null b: {} c: []}`, "1:1 a@1:1=1:1 b@2:1=2:4 c@3:1=3:4"},
		"a: {b}\n":                           {`{a: {b: null}}`, "1:1 a@1:1=1:4 b@1:5=1:5"},
		"1: a\ntrue: b\n":                    {`{1: s"a" true: s"b"}`, "1:1 1@1:1=1:4 true@2:1=2:7"},
		`{"a":[1,"b",{"c":null}],"d":-2}`:    {`{a: [i"1" s"b" {c: null}] d: i"-2"}`, "1:1 a@1:2=1:6 -1:7 -1:9 -1:13 c@1:14=1:18 d@1:25=1:29"},
		"{\n\t\"a\": \"x\",\n\t\"b\": 2\n}":  {`{a: s"x" b: i"2"}`, "1:1 a@2:2=2:7 b@3:2=3:7"},
	} {
		n, errs := Parse("f", []byte(in), Manifest, diag.Manifest)
		if errs != nil {
			t.Errorf("%q: %s", in, say(errs))
			continue
		}
		if show(n) != want[0] || places(n) != want[1] {
			t.Errorf("%q: got %s %s, want %s", in, show(n), places(n), want)
		}
	}
}

func TestMistakesHaveAPlaceAndPlainWords(t *testing.T) {
	for in, want := range map[string]string{
		"a: &x b\nc: *x\n":       "1:4 an anchor is not allowed here; 2:4 an alias is not allowed here",
		"a: *a\n":                "1:4 an alias is not allowed here",
		"a: &a [*a]\n":           "1:4 an anchor is not allowed here; 1:8 an alias is not allowed here",
		"a: !!python/object x\n": "1:4 a tag is not allowed here",
		"a: !x":                  "1:4 a tag is not allowed here",
		"<<: x\n":                "1:1 a merge key is not allowed here",
		"%YAML 1.2\n":            "1:1 a directive is not allowed here",
		"? a\n: b\n":             "1:1 a ? key is not allowed here",
		"a: 1\n...\n":            "2:1 an end of document is not allowed here",
		"a: 1\n---\nb: 2\n":      "2:1 a second document",
		"---\n---\n":             "2:1 a second document",
		"a: 1\nb: 2\na: 3\n":     `3:1 the key "a" is already in line 1`,
		"a: 1\nb: 2\nb: 3\n":     `3:1 the key "b" is already in line 2`,
		"a: {b: 1, 'b': 2}\n":    `1:11 the key "b" is already in line 1`,
		"a: 1\n\"a\": 2\na: 3\n": `2:1 the key "a" is already in line 1; 3:1 the key "a" is already in line 1`,
		"\ta: b\n":               "1:2 a tab where YAML wants spaces",
		"a:\n\tb: c\n":           "2:1 a tab where YAML wants spaces",
		"a: 'x\n":                "1:4 a quote is opened and never closed",
		"a: \"x\n":               "1:4 a quote is opened and never closed",
		"a: b\tc\n":              "1:4 a tab in a value without quotes",
		"a: @x\n":                "1:4 a value cannot begin with this character",
		"a: [1,\n":               "1:4 a [ is never closed",
		"a: {b: 1\n":             "1:4 a { is never closed",
		"a: ]":                   "1:4 a ] without a [",
		"- b: c\n d\n":           "2:2 this does not belong to the value before it",
		"a: {{ .x }}\n":          "1:5 this is not YAML that can be read",
		"a: b: c\n":              "1:4 this does not belong to the value before it",
		"a: \"x\" y":             "1:8 this does not belong to the value before it",
		"a\nb: c\n":              "1:1 a key: value is expected here",
		": x":                    "1:1 a key: value is expected here",
		"~: x":                   "1:1 a key is missing",
		`a: "\uZZZZ"`:            "1:4 a broken escape in a quoted string",
		`a: "\xZZ"`:              "1:4 a broken escape in a quoted string",
		`a: "\ude00"`:            "1:4 a broken escape in a quoted string",
		`a: "\ud83d\u0041"`:      "1:4 a broken escape in a quoted string",
		`a: "\U00110000"`:        "1:4 a broken escape in a quoted string",
		"a: \"ok\n  \\uZZZZ\"":   "1:4 a broken escape in a quoted string",
		`a: "\q"`:                "1:4 a broken escape in a quoted string",
		`a: "\u001b[2J"`:         "1:4 the string holds the control character U+001B",
		`"\0": x`:                "1:1 the string holds the control character U+0000",
		"a: \x00\nb: \x1b\n":     "1:4 the control character U+0000; 2:4 the control character U+001B",
		"a: b\rc: d\n":           "1:5 the control character U+000D",
		"a: \u0085":              "1:4 the control character U+0085",
		"é: \xff":                "1:4 a byte that is not UTF-8",
		"\xff\xfea\x00":          "0:0 the file is UTF-16",
		"\xfe\xff\x00a":          "0:0 the file is UTF-16",
		"a: |\n     \n  x\n":     "3:3 a text over several lines is indented in a way that YAML does not know",
	} {
		_, errs := Parse("f", []byte(in), Manifest, diag.Manifest)
		if say(errs) != want {
			t.Errorf("%q:\n got %s\nwant %s", in, say(errs), want)
		}
		for _, e := range errs {
			if e.Hint == "" || e.Code != diag.Manifest || e.Pos.File != "f" || e.Pos.Line > 0 && !strings.Contains(in, e.Line) {
				t.Errorf("%q: %+v", in, e)
			}
		}
	}
}

// timed parses a text until it is quick, or 20 times: the machine may be busy.
func timed(src string) (errs diag.List, best time.Duration) {
	best = time.Hour
	for n := 0; n < 20 && best > 100*time.Millisecond*patience; n++ {
		start := time.Now()
		_, errs = Parse("f", []byte(src), Manifest, diag.Manifest)
		best = min(best, time.Since(start))
	}
	return errs, best
}

// Each of these is slow in the library, or far too large for it.
func TestHostileTextsAreRefusedAtOnce(t *testing.T) {
	const k = 64 << 10
	keys := func(n int, form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	fill := func(unit string) string { return strings.Repeat(unit, k/len(unit)) }
	deep := ""
	for i := range 300 {
		deep += strings.Repeat(" ", i) + "a:\n"
	}
	for name, c := range map[string]struct{ in, want string }{
		"brackets":          {fill("["), "0:0 the file has more than 8000 tokens"},
		"depth of brackets": {fill("[")[:100], "1:33 values are nested deeper than 32"},
		"depth of dashes":   {fill("- ")[:10000], "1:65 values are nested deeper than 32"},
		"depth of keys":     {deep, "33:33 values are nested deeper than 32"},
		"depth 10,000":      {fill("[")[:10000], "0:0 the file has more than 8000 tokens"},
		"keys":              {keys(8000, "%x:\n"), "0:0 the file has more than 8000 tokens"},
		"200,000 keys":      {keys(200_000, "%x:\n"), "0:0 the file has 1330096 bytes; at most 65536 are allowed"},
		"anchors":           {keys(1000, "a%d: &a [1]\n"), ""},
		"laughs":            {"a: &a [x,x]\n" + keys(60, "b%d: &b [*a,*a]\n"), ""},
		"equal keys":        {strings.Repeat("a: 1\n", 2600), ""},
		"empty lines":       {"a: |\n  x" + fill("\n")[:1000], ""},
		"tabs":              {`a: "` + fill("\tx")[:60000] + `"`, "1:1 a line with a tab is longer than 1000 bytes"},
		"angles":            {fill("<")[:60000], "1:1 200 times < in a row"},
		"binary":            {fill("\x01\n"), ""},
	} {
		errs, d := timed(c.in)
		if d > 100*time.Millisecond*patience {
			t.Errorf("%s: %v", name, d)
		}
		if len(errs) == 0 || len(errs) > enough || c.want != "" && say(errs) != c.want {
			t.Errorf("%s: %s", name, say(errs))
		}
	}
}

// The largest texts within the limits that are slow in the library.
func TestTheLargestTextsAreReadAtOnce(t *testing.T) {
	blocks, nulls := "", ""
	for i := 0; len(blocks) < Manifest.Bytes-200; i++ {
		blocks += fmt.Sprintf("k%d: |\n  x%s", i, strings.Repeat("\n", maxEmpty))
	}
	for i := range Manifest.Tokens / 2 {
		nulls += fmt.Sprintf("a%d:\n", i)
	}
	for _, in := range []string{blocks, nulls, strings.Repeat("-\n", Manifest.Tokens), strings.Repeat("[", 31) + strings.Repeat("[],", 2600) + strings.Repeat("]", 31)} {
		if errs, d := timed(in); errs != nil || d > 500*time.Millisecond*patience {
			t.Errorf("%.20q: %v %s", in, d, say(errs))
		}
	}
}

func TestGetFindsAKey(t *testing.T) {
	n, _ := Parse("f", []byte("a: 1\nb: 2\n"), Manifest, diag.Manifest)
	if n.Get("b").Text != "2" || n.Get("c") != nil {
		t.Error(show(n))
	}
	if got := Null.String() + Map.String(); got != "nothinga map" {
		t.Error(got)
	}
}

// FuzzParse: no text makes the parser panic, hang or lose its place; what is
// read stands where its position says.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: b\n", "- {a: [1, 'x']}\n", "a: |\n  x\n\n", "a: \"\\u00e9\"\n", "a:\tb", "? x", "{\"a\":[1]}", "a: b\n  -c\n", "a: >-\n b\n\n c\n# d"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		start := time.Now()
		n, errs := Parse("f", src, Manifest, diag.Manifest)
		if d := time.Since(start); d > time.Second*patience {
			t.Fatal(d)
		}
		if (n == nil) != (len(errs) > 0) {
			t.Fatal(n, say(errs))
		}
		lines := strings.Split(strings.ReplaceAll(strings.TrimPrefix(string(src), "\ufeff"), "\r\n", "\n"), "\n")
		for i, e := range errs {
			if e.Pos.Line > len(lines) || i > 0 && byPlace(errs[i-1], e) > 0 {
				t.Fatal(say(errs))
			}
		}
		if n != nil {
			standsThere(t, lines, n)
		}
	})
}

func standsThere(t *testing.T, lines []string, n *Node) {
	if n.Pos.Line < 1 || n.Pos.Line > len(lines) || n.Pos.Col < 1 || n.Pos.Col > utf8.RuneCountInString(lines[n.Pos.Line-1])+1 {
		t.Fatalf("%+v is nowhere", n)
	}
	if rest, _ := skip(lines[n.Pos.Line-1], n.Pos.Col-1); n.Kind == String && !n.Quoted && !strings.ContainsAny(n.Text, " \n") && !strings.HasPrefix(rest, n.Text) {
		t.Fatalf("%q is not at %v: %q", n.Text, n.Pos, rest)
	}
	for _, v := range n.Items {
		standsThere(t, lines, v)
	}
	for _, p := range n.Pairs {
		standsThere(t, lines, p.Value)
	}
}
