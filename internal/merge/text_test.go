package merge

import (
	"fmt"
	"strings"
	"testing"
)

// merged merges texts whose lines are written as words; a conflict shows as
// (ours|base|theirs).
func merged(in string) string {
	var texts [3]string
	for i, s := range strings.Split(in, "/") {
		texts[i] = strings.ReplaceAll(strings.Join(strings.Fields(s), "\n")+"\n", "_", "")
		if strings.TrimSpace(s) == "" {
			texts[i] = ""
		}
	}
	m := Text(Sides{Base: []byte(texts[0]), Ours: []byte(texts[1]), Theirs: []byte(texts[2]), Labels: Labels{"old", "new"}})
	var parts []string
	for _, c := range m.Chunks {
		if c.From == Disputed {
			parts = append(parts, "("+strings.Join(c.Ours, " ")+"|"+strings.Join(c.Base, " ")+"|"+strings.Join(c.Theirs, " ")+")")
			continue
		}
		parts = append(parts, c.Lines...)
	}
	return strings.Join(parts, " ")
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"a b c / a b c / a b c":             "a b c",
		"a b c / a x c / a b c":             "a x c",
		"a b c / a b c / a y c":             "a y c",
		"a b c / a x c / a x c":             "a x c",
		"a b c / a x c / a y c":             "a (x|b|y) c",
		"a b c d e / x b c d e / a b c d y": "x b c d y",
		"a b c / x b c / a y c":             "(x b|a b|a y) c", // they touch
		"a b c / a c / a b c d":             "a c d",
		"a b c / a c / a y c":               "a (|b|y) c",
		"a / a b / a c":                     "a (b||c)",
		"a / a x b y / a x c y":             "a x (b||c) y", // the common head and tail stand outside
		" / a / b":                          "(a||b)",
		" / a / a":                          "a",
		"a /  / b":                          "(|a|b)",
	} {
		if got := merged(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// What a text is besides its lines is merged apart: a side that changed it wins.
func TestForms(t *testing.T) {
	for in, want := range map[[3]string]string{
		{"a\nb\nc\n", "a\r\nb\r\nc\r\n", "a\nb\ny\n"}: "a\r\nb\r\ny\r\n", // row 33
		{"a\nb\n", "a\nb\n", "a\r\nb\r\n"}:            "a\r\nb\r\n",
		{"a\r\nb\r\n", "a\nb\n", "a\r\ny\r\n"}:        "a\ny\n",
		{"a\nb", "a\nb", "a\nb\n"}:                    "a\nb\n", // row 34
		{"a\nb\n", "a\nb", "x\nb\n"}:                  "x\nb",
		{"a\nb", "a\nb\n", "x\nb"}:                    "x\nb\n",
		{"a\n", "\ufeffa\n", "b\n"}:                   "\ufeffb\n",
		{"\ufeffa\n", "\ufeffa\n", "a\n"}:             "a\n",
		{"a\nb\n", "a\r\nb\nc\n", "a\nb\n"}:           "a\r\nb\nc\n", // endings of both kinds stay
		{"a", "a\r\nb", "a"}:                          "a\r\nb",
		{"a", "b", "c"}:                               "<<<<<<< yours\nb\n||||||| old\na\n=======\nc\n>>>>>>> new\n",
		{"a\r\n", "b\r\n", "c\r\n"}:                   "<<<<<<< yours\r\nb\r\n||||||| old\r\na\r\n=======\r\nc\r\n>>>>>>> new\r\n",
		{"=======\n", "<<<<<<<<\n", ""}:               "<<<<<<<<< yours\n<<<<<<<<\n||||||||| old\n=======\n=========\n>>>>>>>>> new\n",
	} {
		m := Text(Sides{Base: []byte(in[0]), Ours: []byte(in[1]), Theirs: []byte(in[2]), Labels: Labels{"old", "new"}})
		if string(m.Data) != want {
			t.Errorf("%q: got %q, want %q", in, m.Data, want)
		}
		if left := Unsettled(m.Data, m.Marker); m.Marker > 0 && left != m.Regions[0].Line {
			t.Errorf("%q: markers at %v", m.Data, left)
		}
	}
}

// A conflict says where it is in every text, and can be settled for one side.
func TestRegions(t *testing.T) {
	s := Sides{
		Base: []byte("1\n2\n3\n4\n5\n"), Ours: []byte("0\n1\nb\n3\n4\nx\n"), Theirs: []byte("1\nc\nd\n3\n4\ny\n"),
		Labels: Labels{"old", "new"},
	}
	m := Text(s)
	const want = "[{[3 4] [2 3] [2 4] 3} {[6 7] [5 6] [6 7] 13}]"
	if got := fmt.Sprint(m.Regions); got != want || m.Clean != 0 {
		t.Errorf("got %s in\n%s", got, m.Data)
	}
	for take, want := range map[Take]string{TakeOurs: "0 1 b 3 4 x", TakeTheirs: "0 1 c d 3 4 y"} {
		s.Take = take
		if m := Text(s); strings.Join(strings.Fields(string(m.Data)), " ") != want || len(m.Regions) > 0 || m.Marker > 0 || m.Clean != 2 {
			t.Errorf("%d: got %s, %+v", take, m.Data, m)
		}
	}
}

func TestTwoWay(t *testing.T) {
	s := Sides{Ours: []byte("a\nb\nc\n"), Theirs: []byte("a\nx\nc\nd\n"), Labels: Labels{"unknown", "new"}}
	const want = "a\n<<<<<<< yours\nb\n||||||| unknown\n=======\nx\n>>>>>>> new\nc\n<<<<<<< yours\n||||||| unknown\n=======\nd\n>>>>>>> new\n"
	if m := TwoWay(s); string(m.Data) != want || len(m.Regions) != 2 {
		t.Errorf("got %s, %v", m.Data, m.Regions)
	}
	s.Theirs = s.Ours
	if m := TwoWay(s); string(m.Data) != string(s.Ours) || len(m.Regions) != 0 {
		t.Errorf("got %s", m.Data)
	}
}

func TestBinary(t *testing.T) {
	for data, want := range map[string]bool{
		"": false, "text": false, "a\x00b": true, strings.Repeat("x", 8<<10) + "\x00": false,
		strings.Repeat("x", 1<<20): false, strings.Repeat("x", 1<<20+1): true, "\xff\xfe\x41": false,
	} {
		if Binary([]byte(data)) != want {
			t.Errorf("%.20q of %d bytes: want %v", data, len(data), want)
		}
	}
}

// A text with lines of both endings keeps them; what the template adds has the
// ending that most lines have.
func TestMixedEndings(t *testing.T) {
	for in, want := range map[[3]string]string{
		{"a\nb\nc\n", "a\nx\r\nb\nc\n", "a\nb\ny\n"}:                 "a\nx\r\nb\ny\n",
		{"a\r\nb\r\nc\r\n", "a\r\nx\nb\r\nc\r\n", "a\r\nb\r\ny\r\n"}: "a\r\nx\nb\r\ny\r\n", // an LF in a CRLF file
		{"a\nb\nc\n", "a\r\nb\r\nc\n", "a\nb\nc\ny\n"}:               "a\r\nb\r\nc\ny\r\n",
		{"a\nb\n", "a\nx\nb\n", "a\r\nb\ny\n"}:                       "a\r\nx\nb\ny\n", // the template's
		{"a\nb\n", "a\nx\r\nb\n", "a\nx\r\nb\ny\n"}:                  "a\nx\r\nb\ny\n",
		{"a\nb\r\nc\n", "a\nx\r\nc\n", "a\ny\nc\n"}:                  "a\n<<<<<<< yours\nx\r\n||||||| old\nb\r\n=======\ny\n>>>>>>> new\nc\n",
		{"a\nb\nc", "a\r\nb\nc", "a\nb\nc\n"}:                        "a\r\nb\nc\n",
		{"a", "a\r\nb\n", "a\nc\n"}:                                  "a\r\n<<<<<<< yours\nb\n||||||| old\n=======\nc\n>>>>>>> new\n",
	} {
		m := Text(Sides{Base: []byte(in[0]), Ours: []byte(in[1]), Theirs: []byte(in[2]), Labels: Labels{"old", "new"}})
		if string(m.Data) != want {
			t.Errorf("%q: got %q, want %q", in, m.Data, want)
		}
	}
}

// Markers are longer only if a line could be taken for one.
func TestMarkers(t *testing.T) {
	for line, want := range map[string]int{
		"": 7, "====": 7, "========": 7, "=======": 8, "======= x": 7, "<<<<<<< x": 8, "<<<<<<<": 8, "<<<<<<<x": 7, ">>>>>>>\tx": 7, "|||||||": 8, " =======": 7,
	} {
		m := Text(Sides{Base: []byte(line + "\na\n"), Ours: []byte(line + "\nb\n"), Theirs: []byte(line + "\nc\n")})
		if m.Marker != want || Unsettled(m.Data, m.Marker) != m.Regions[0].Line {
			t.Errorf("%q: %d\n%s", line, m.Marker, m.Data)
		}
	}
}
