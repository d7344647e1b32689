package merge

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// mergedFile merges the texts base, ours and theirs, with lines of two dashes
// between them.
func mergedFile(path, in string) Merged {
	parts := strings.Split(in, "\n--\n")
	return Text(Sides{
		Path: path, Base: []byte(parts[0] + "\n"), Ours: []byte(parts[1] + "\n"), Theirs: []byte(parts[2] + "\n"), Labels: Labels{"old", "new"},
	})
}

func TestRefined(t *testing.T) {
	for _, c := range []struct{ path, in, want string }{
		// sets: both only added
		{".gitignore", "a\n--\na\n*.x\n--\na\n*.y", "a\n*.x\n*.y"},
		{".dockerignore", "a\n--\na\n# mine\n*.x\n--\na\n\n# theirs\n*.x\n*.y", "a\n# mine\n*.x\n\n# theirs\n*.y"},
		{"sub/CODEOWNERS", "a @x\n--\na @x\nb @y\n--\na @x\nc @z", "a @x\nb @y\nc @z"},
		{"requirements-dev.txt", "a==1\n--\na==1\nb>=2\n--\na==1\nc[x]~=3\n-r other.txt\nhttps://host/x.whl", "a==1\nb>=2\nc[x]~=3\n-r other.txt\nhttps://host/x.whl"},
		{"sub/.gitignore", "a\n--\nb\n--\nc", ""},                                      // changed
		{".gitignore", "a\n--\na\n*.x\n--\na\n!b.x", ""},                               // its order matters
		{"CODEOWNERS", "a @x\n--\na @x\nb @y\n--\na @x\nb @z", ""},                     // about the same
		{"CODEOWNERS", "a @x\n--\na @x\n[Docs]\nb @y\n--\na @x\nc @z", ""},             // a section
		{"requirements.txt", "a\n--\na\nB_c==1\n--\na\nb-c==2", ""},                    // the same package
		{"requirements.txt", "a\n--\na\nb \\\n  --hash=x\n--\na\nc", ""},               // one of several lines
		{"requirements.txt", "a\n--\na\nb\n--\na\nc \\\n  --hash=x", ""},               // and in theirs
		{"notes.txt", "a\n--\na\nb\n--\na\nc", ""},                                     // no set
		{"a.toml", "x = 1\n--\nx = 1\na = 2\n--\nx = 1\nb = 3", "x = 1\na = 2\nb = 3"}, // both added a key
		{"a.toml", "x = 1\ny = 1\n--\nx = 2\ny = 1\n--\nx = 1\ny = 3", "x = 2\ny = 3"}, // changed neighbours
		{"a.toml", "[a]\nx = 1\n--\n[a]\nx = 1\n\n[b]\ny = 1\n--\n[a]\nx = 1\nz = 2", "[a]\nx = 1\nz = 2\n\n[b]\ny = 1"},
		{"a.toml", "[a]\nx = 1\n--\n[a]\nx = 1\n\n[b]\ny = 1\n--\n[a]\nx = 1\n\n[c]\nz = 2", "[a]\nx = 1\n\n[b]\ny = 1\n\n[c]\nz = 2"},
		{"a.toml", "[a]\nx = 1\n--\n[a]\nx = 1\n\n[b]\ny = 1\n--\n[a]\nx = 1\n\n[b]\nz = 2", "[a]\nx = 1\n\n[b]\ny = 1\nz = 2"},
		{"a.toml", "x = 1\n--\nx = 1\n# one\na = 2\n--\nx = 1\n# two\nb = [\n  1,\n]", "x = 1\n# one\na = 2\n# two\nb = [\n  1,\n]"},
		{"a.toml", "[a]\nx = 1\n--\n[a]\nx = 1\n\n[a.b]\ny = 1\n--\n[a]\nx = 1\nz = 2", "[a]\nx = 1\nz = 2\n\n[a.b]\ny = 1"}, // below [a.b] it would be another key
		{"a.toml", "x = 1\n--\nx = 2\n--\nx = 3", ""},
		{"a.toml", "x = 1\n--\nx = 1\na = 2\n--\nx = 1\na = 3", ""},
		{"a.toml", "x = 1\ny = 1\n--\nx = 2\n--\nx = 1\ny = 3", ""},                                    // removed here
		{"a.toml", "x = 1\ny = 1\n--\ny = 1\nx = 2\n--\nx = 1\ny = 3\nz = 4", "y = 3\nz = 4\nx = 2"},   // moved here
		{"a.toml", "[[a]]\nx = 1\n--\n[[a]]\nx = 1\n[[a]]\nx = 2\n--\n[[a]]\nx = 1\n[[a]]\nx = 3", ""}, // a list
		{"a.toml", "[[a]]\nx = 1\n--\n[[a]]\nx = 1\n[[a]]\nx = 2\n--\n[[a]]\nx = 1\n[b]\nx = 3", "[[a]]\nx = 1\n[[a]]\nx = 2\n[b]\nx = 3"},
		{"a.toml", "x = 1\nlist = [1]\n--\nx = 2\nlist = [1]\n--\nx = 1\nlist = [2]", "x = 2\nlist = [2]"},
		{"a.toml", "x\n--\nx\na = 1\n--\nx\nb = 2", ""}, // no TOML
		{"a.yaml", "x: 1\n--\nx: 1\na: 2\n--\nx: 1\nb: 3", "x: 1\na: 2\nb: 3"},
		{"a.yml", "x:\n  y: 1\n--\nx:\n  y: 1\n  z: 2\n--\nx:\n  y: 1\nw:\n  v: 3", "x:\n  y: 1\n  z: 2\nw:\n  v: 3"},
		{"a.yml", "x:\n  y: 1\n--\nx:\n  y: 1\nw:\n  v: 3\n--\nx:\n  y: 1\n  z: 2", "x:\n  y: 1\n  z: 2\nw:\n  v: 3"},
		{"a.yml", "x: 1\ny: 1\n--\nx: 1\ny: 2\n--\nx: 3\ny: 1\nz: {a: 1}", "x: 3\ny: 2\nz: {a: 1}"},
		{"a.yml", "x: 1\n--\nx: 1\na: |\n  text\n  # text\n--\nx: 1\nb:\n- 1\n- 2", "x: 1\na: |\n  text\n  # text\nb:\n- 1\n- 2"},
		{"a.yml", "x:\n--\nx:\n  a: 1\n--\nx:\n  b: 1", "x:\n  a: 1\n  b: 1"},
		{"a.yml", "x:\n--\nx:\n  a: 1\n--\nx:\n    b: 1", ""},     // indented in two ways
		{"a.yml", "- x\n--\n- x\n- a\n--\n- x\n- b", ""},          // a list
		{"a.yml", "x: 1\n--\nx: 1\na: &a 2\n--\nx: 1\nb: *a", ""}, // an alias of nothing
		{"a.yml", "x: &x {a: 1}\ny: 1\n--\nx: &x {a: 1}\ny: 2\nz: 1\n--\nx: &x {a: 1}\ny: 1\n---\nw: *x", ""},
		{"a.json", "{\n  \"x\": 1\n}\n--\n{\n  \"x\": 1,\n  \"a\": 2\n}\n--\n{\n  \"x\": 1,\n  \"b\": 3\n}", "{\n  \"x\": 1,\n  \"a\": 2,\n  \"b\": 3\n}"},
		{"a.json", "{\n  \"x\": 1,\n  \"y\": 1\n}\n--\n{\n  \"x\": 2,\n  \"y\": 1\n}\n--\n{\n  \"x\": 1,\n  \"y\": 3,\n  \"z\": 4\n}", "{\n  \"x\": 2,\n  \"y\": 3,\n  \"z\": 4\n}"},
		{
			"a.json", "{\n  \"x\": {}\n}\n--\n{\n  \"x\": {},\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}\n--\n{\n  \"x\": {},\n  \"c\": {\n    \"d\": 1\n  }\n}",
			"{\n  \"x\": {},\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  },\n  \"c\": {\n    \"d\": 1\n  }\n}",
		},
		{"a.json", "{\n  \"x\": 1\n}\n--\n{\n  \"x\": 1,\n  \"a\": 2\n}\n--\n{\n  \"x\": 1,\n  \"a\": 3\n}", ""},
		{
			"a.json", "{\n  \"x\": 1\n}\n--\n{\n  \"x\": 1,\n\n  \"a\": 2\n}\n--\n{\n  \"x\": 1,\n\n  \"b\": 3\n\n}",
			"{\n  \"x\": 1,\n\n  \"a\": 2,\n\n  \"b\": 3\n\n}",
		},
		{"a.json", "[\n  1\n]\n--\n[\n  1,\n  2\n]\n--\n[\n  1,\n  3\n]", ""},
	} {
		m := mergedFile(c.path, c.in)
		if got := strings.TrimSuffix(string(m.Data), "\n"); c.want == "" && len(m.Regions) == 0 || c.want != "" && (got != c.want || len(m.Regions) > 0) {
			t.Errorf("%s\n%s\n== got\n%s\n== want\n%s", c.path, c.in, got, c.want)
		}
	}
}

// A merge without conflicts must not break the file.
func TestSound(t *testing.T) {
	for _, c := range []struct{ path, in, want string }{
		{
			"a.toml", "x = 1\ny = 1\nz = 1\n--\na = 1\nx = 1\ny = 1\nz = 1\n--\nx = 1\ny = 1\na = 2\nz = 1",
			"<<<<<<< yours\na = 1\nx = 1\ny = 1\n||||||| old\nx = 1\ny = 1\n=======\nx = 1\ny = 1\na = 2\n>>>>>>> new\nz = 1",
		},
		{
			"a.yaml", "x: 1\ny: 1\nz: 1\n--\nx: 1\nw: 2\ny: 1\nz: 1\n--\nx: 1\ny: 1\nw: 3\nz: 1",
			"x: 1\n<<<<<<< yours\nw: 2\ny: 1\n||||||| old\ny: 1\n=======\ny: 1\nw: 3\n>>>>>>> new\nz: 1",
		},
		{ // theirs is not YAML: it is merged as text
			"a.yaml", "x: 1\ny: 1\nz: 1\n--\nx: 1\nw: 2\ny: 1\nz: 1\n--\nx: 1\ny: 1\nw: 3\nz: {",
			"x: 1\nw: 2\ny: 1\nw: 3\nz: {",
		},
		{ // an alias without its anchor
			"a.yml", "a: &x 1\nb: 2\nc: 3\nd: 4\ne: 5\n--\na: &x 1\nb: 2\nc: *x\nd: 4\ne: 5\n--\na: 1\nb: 2\nc: 3\nd: 4\ne: 6",
			"<<<<<<< yours\na: &x 1\nb: 2\nc: *x\n||||||| old\na: &x 1\nb: 2\nc: 3\n=======\na: 1\nb: 2\nc: 3\n>>>>>>> new\nd: 4\ne: 6",
		},
		{ // a comma too few beside a conflict elsewhere
			"a.json", "{\n\"a\": 1,\n\"b\": 1,\n\"c\": [\n1\n]\n}\n--\n{\n\"a\": 2,\n\"b\": 1,\n\"d\": 1,\n\"c\": [\n1\n]\n}\n--\n{\n\"a\": 3,\n\"b\": 1,\n\"c\": [\n1\n],\n\"d\": 2\n}",
			"{\n<<<<<<< yours\n\"a\": 2,\n||||||| old\n\"a\": 1,\n=======\n\"a\": 3,\n>>>>>>> new\n\"b\": 1,\n<<<<<<< yours\n\"d\": 1,\n\"c\": [\n1\n]\n||||||| old\n\"c\": [\n1\n]\n=======\n\"c\": [\n1\n],\n\"d\": 2\n>>>>>>> new\n}",
		},
	} {
		m := mergedFile(c.path, c.in)
		if got := strings.TrimSuffix(string(m.Data), "\n"); got != c.want || (m.Unsound != "") != (len(m.Regions) > 0) {
			t.Errorf("%s\n%s\n== got (%q)\n%s\n== want\n%s", c.path, c.in, m.Unsound, got, c.want)
		}
	}
}

// What would take too long stays a conflict, and the file stays whole.
func TestMuchToRead(t *testing.T) {
	var base, ours, theirs strings.Builder
	for i := range 2_000 {
		fmt.Fprintf(&base, "\"a%d\": 1,\n\"b%[1]d\": 1,\n\"c%[1]d\": 1,\n", i)
		fmt.Fprintf(&ours, "\"a%d\": 2,\n\"b%[1]d\": 1,\n\"c%[1]d\": 1,\n", i)
		fmt.Fprintf(&theirs, "\"a%d\": 1,\n\"b%[1]d\": 2,\n\"c%[1]d\": 1,\n", i)
	}
	whole := func(begin string, b strings.Builder, end string) []byte {
		return []byte("{\n" + begin + b.String() + end + "\"z\": 1\n}\n")
	}
	start := time.Now()
	m := Text(Sides{Path: "a.json", Base: whole("", base, ""), Ours: whole("\"twice\": 1,\n", ours, ""), Theirs: whole("", theirs, "\"twice\": 2,\n")})
	if d := time.Since(start); d > 10*soon {
		t.Errorf("%v", d)
	}
	if n := len(m.Regions); n < 1_500 || n > 2_001 || m.Unsound != "JSON" {
		t.Errorf("%d regions, %q", n, m.Unsound)
	}
	m = Text(Sides{Path: "a.json", Base: whole("", base, ""), Ours: whole("", ours, ""), Theirs: whole("", theirs, "")})
	if n := len(m.Regions); n < 1_500 || n >= 2_000 || m.Unsound != "" {
		t.Errorf("%d regions, %q", n, m.Unsound)
	}
}

// A conflict that keeps a large file whole may be larger than it must be.
func TestMuchToKeepWhole(t *testing.T) {
	var b strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&b, "\"key%d\": 1,\n", i)
	}
	text := func(begin, end string) []byte {
		return []byte("{\n\"a\": 1,\n" + begin + b.String() + end + "\"z\": 1\n}\n")
	}
	s := Sides{Path: "a.json", Base: text("", ""), Ours: text("\"x\": 1,\n", ""), Theirs: text("", "\"x\": 2,\n")}
	m := Text(s)
	if len(m.Regions) != 1 || m.Unsound != "JSON" {
		t.Errorf("%d regions, %q", len(m.Regions), m.Unsound)
	}
	if s.Take = TakeTheirs; string(Text(s).Data) != string(s.Theirs) {
		t.Error("the template's is not taken as it is")
	}
}

func TestEqualSidesAreNoConflict(t *testing.T) {
	c := Chunk{From: Disputed, Base: []string{"a"}, Ours: []string{"b"}, Theirs: []string{"b"}}.trim()
	if len(c) != 1 || c[0].From != Both || len(c[0].Lines) != 1 {
		t.Errorf("%+v", c)
	}
}
