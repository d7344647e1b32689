package answers

import (
	"fmt"
	"strings"
	"testing"

	"example.com/gen/internal/yaml"
)

func TestParseFileTakes(t *testing.T) {
	for src, want := range map[string]string{
		"":              "[]",
		"# nothing":     "[]",
		"---\n":         "[]",
		"{}":            "[]",
		"null":          "[]",
		"a: -3":         `[{"a" -3 1:4 "a: -3"}]`,
		"a: no":         `[{"a" "no" 1:4 "a: no"}]`,
		"a: 'true'":     `[{"a" "true" 1:4 "a: 'true'"}]`,
		"a: []":         `[{"a" []string{} 1:4 "a: []"}]`,
		"a: \"\u00e4\"": `[{"a" "ä" 1:4 "a: \"ä\""}]`,
		"a:\n- x\n- y":  `[{"a" []string{"x", "y"} 2:1 "- x"}]`,
		"{\"a\": \"x\",\n \"b\": true, \"c\": [\"y\"], \"d\": 0}\n": `[{"a" "x" 1:7 "{\"a\": \"x\","} ` +
			`{"b" true 2:7 " \"b\": true, \"c\": [\"y\"], \"d\": 0}"} {"c" []string{"y"} 2:18 " \"b\": true, \"c\": [\"y\"], \"d\": 0}"} ` +
			`{"d" 0 2:30 " \"b\": true, \"c\": [\"y\"], \"d\": 0}"}]`,
		"a: 0x10": `[{"a" "0x10" 1:4 "a: 0x10"}]`, // a word; an int question refuses it
	} {
		list, err := ParseFile("f", []byte(src))
		got := make([]string, len(list))
		for i, item := range list {
			got[i] = fmt.Sprintf("{%q %#v %d:%d %q}", item.Name, item.Value, item.Pos.Line, item.Pos.Col, item.Line)
		}
		if shown := "[" + strings.Join(got, " ") + "]"; err != nil || shown != want {
			t.Errorf("%q: got %s, %v", src, shown, err)
		}
	}
}

// A text of several lines, as people write it.
func TestParseFileTakesBlocks(t *testing.T) {
	list, err := ParseFile("f", []byte("a: |\n  x\n\n  y\nb: >-\n  one\n  line\n"))
	if got := fmt.Sprintf("%q", list[0].Value) + fmt.Sprintf("%q", list[1].Value); err != nil || got != `"x\n\ny\n""one line"` {
		t.Errorf("got %s, %v", got, err)
	}
}

// Every kind that is no answer is refused at its place, all of them at once.
func TestParseFileRefuses(t *testing.T) {
	for src, want := range map[string]string{
		"- a": "f:1:1: an answers file maps questions to answers (write it as name: value, one a line)",
		"[]":  "f:1:1: an answers file maps questions to answers (write it as name: value, one a line)",
		`"a"`: "f:1:1: an answers file maps questions to answers (write it as name: value, one a line)",
		"3":   "f:1:1: an answers file maps questions to answers (write it as name: value, one a line)",
		"a: 1.5\nb: ~\nc: {}\nd: [true]\ne: [[x]]\nf: 99999999999999999999": `f:1:4: a: 1.5 is not an integer: quote it if it is a text ()
f:2:4: b: it has no value: leave the line out, or write "" ()
f:3:4: c: a map is no answer ()
f:4:4: d: item 1 of the list is not a string: quote it ()
f:5:4: e: item 1 of the list is not a string: quote it ()
f:6:4: f: 99999999999999999999 is not a decimal integer: quote it if it is a text ()`,
		`{"a": 1e3, "b": null, "c": {"d": 1}, "e": ["x", 2]}`: `f:1:7: a: 1e3 is not an integer: quote it if it is a text ()
f:1:17: b: it has no value: leave the line out, or write "" ()
f:1:28: c: a map is no answer ()
f:1:43: e: item 2 of the list is not a string: quote it ()`,
	} {
		_, err := ParseFile("f", []byte(src))
		if got := strings.ReplaceAll(say(err), "answer f:", "f:"); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", src, got, want)
		}
	}
	for _, src := range []string{
		"a: 1\na: 2", `{"a": 1, "a": 2}`, "a: *x", "a: !!str 1", "? [a]\n: b", "a: 1\n--- \nb: 2", "a: \xff", "a: [x", `{"a": 1`,
		"a: " + strings.Repeat("[", 20), "a: " + strings.Repeat("x", yaml.Answers.Bytes), strings.Repeat("a: b\n", yaml.Answers.Tokens),
	} {
		if items, err := ParseFile("f", []byte(src)); err == nil || !strings.HasPrefix(say(err), "answer f") {
			t.Errorf("%.40q: got %v, %v", src, items, err)
		}
	}
}
