package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func at(t testing.TB, s string) Path {
	t.Helper()
	p, err := ParsePath(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return p
}

// files are the paths in words, each with what it holds after "=", or with
// where it leads after "->".
func files(t testing.TB, words string) (all []File) {
	t.Helper()
	for word := range strings.FieldsSeq(words) {
		name, to, link := strings.Cut(word, "->")
		name, data, _ := strings.Cut(name, "=")
		f := File{Path: at(t, name), Mode: Regular, Data: []byte(data)}
		if link {
			f.Mode, f.Data = Link, []byte(to)
		}
		all = append(all, f)
	}
	return all
}

func TestNew(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "",
		"a b/c b/d/e":                       "",
		"a a/b":                             "a: a file, but other files lie in a directory a",
		"A a/b":                             "A: a file, but other files lie in a directory a",
		"a/b->c a/b/d":                      "a/b: a file, but other files lie in a directory a/b", // below a link
		"a a":                               "a: two files have this path",
		"a A":                               "a: some systems take it for A: rename one of them",
		"s ſ":                               "ſ: some systems take it for s: rename one of them",
		"ω Ω":                               "ω: some systems take it for Ω: rename one of them",
		"Src/a src/b":                       "src: some systems take the directory for Src: rename one of them",
		"Src/a src/b src/c":                 "src: some systems take the directory for Src: rename one of them",
		"Src/a src/b/c src/d src/e/f":       "src: some systems take the directory for Src: rename one of them",
		"x/A/1 x/a/2":                       "x/a: some systems take the directory for x/A: rename one of them",
		"ﬁ fi Ａ A":                          "", // lookalikes
		"HEAD objects/a refs/b":             "HEAD: it makes the directory a git repository, with what lies beside it",
		"x/y/HEAD x/y/objects/a x/y/refs/b": "x/y/HEAD: it makes the directory a git repository, with what lies beside it",
		"head OBJECTS/a Refs/b":             "head: it makes the directory a git repository, with what lies beside it",
		"HEAD objects->d refs->d d/x":       "HEAD: it makes the directory a git repository, with what lies beside it",
		"HEAD objects refs":                 "HEAD: it makes the directory a git repository, with what lies beside it",
		"HEAD->refs/x objects/a refs/b":     "HEAD: it makes the directory a git repository, with what lies beside it",
		"a/HEAD a/commondir b/objects/x b/refs/y": "a/HEAD: it makes the directory a git repository, with what lies beside it",
		"HEAD objects/a x/refs/b":                 "",
		"HEAD refs/a":                             "",
		"objects/a refs/b":                        "",
		"HEAD/x objects/a refs/b":                 "",
		"commondir a/HEAD":                        "",
	} {
		_, list := New(files(t, in))
		if got := list.Error(); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, want)
		}
	}
}

func TestLinks(t *testing.T) {
	const out = "the link leads out of the project, to "
	for in, want := range map[string]string{
		"a->b a2->./b c/d->../b c/e->. f->c/d/ l->l": "",
		"c/d->..":                    "",
		"a->.github/x":               "",
		"a->x/.gen":                  "",
		"a->/etc/passwd":             out + "/etc/passwd",
		"a->../x":                    out + "../x",
		"a->..":                      out + "..",
		"a/b->../../x":               out + "../../x",
		"a/b->../../proj/x":          out + "../../proj/x", // by its own name
		"a->../a":                    out + "../a",
		"a->b/../../x":               out + "b/../../x",
		"a->b/../c":                  "the link climbs after a name, to b/../c",
		"d/e/up->../.. d/e/x->up/..": "the link climbs after a name, to up/..", // up is the root
		"a->.git":                    "the link leads to .git: it is git's own directory",
		"a->.GIT/config":             "the link leads to .GIT/config: it is git's own directory",
		"a/b->../.git/hooks":         "the link leads to ../.git/hooks: it is git's own directory",
		"a/u->.. x->a/u/.git/y":      "the link leads to a/u/.git/y: it is git's own directory",
		"a->GIT~1":                   "the link leads to GIT~1: it is git's own directory",
		"a->.g\u200cit":              "the link leads to .g\u200cit: it holds a character that cannot be seen or that reorders text",
		"a->.gen/base":               "the link leads to .gen/base: it is gen's own directory",
		"a->.Gen":                    "the link leads to .Gen: it is gen's own directory",
		`a->b\c`:                     `the link leads to b\c: it holds a backslash, which separates elements on Windows`,
		"a->C:/x":                    "the link leads to C:/x: it holds ':', which Windows does not allow",
		"a->b\x00":                   "the link leads to b\x00: it holds a control character",
		"a->con":                     "the link leads to con: con is a device on Windows",
		"a->":                        "the link leads nowhere",
	} {
		_, list := New(files(t, in))
		got := ""
		if len(list) > 0 {
			got = list[len(list)-1].Msg
		}
		if got != want || len(list) > 1 {
			t.Errorf("%q:\ngot  %+q\nwant %+q", in, list, want)
		}
	}
}

func TestTheOrderOfFilesDoesNotMatter(t *testing.T) {
	in := files(t, "b=1 a/c=2 a/b/d=3 ü=4 z->b A=5 x/y x/Y HEAD objects/o refs/r a-b=6")
	want, mistakes := New(in)
	if len(mistakes) != 3 || want.Len() != len(in) {
		t.Fatalf("got %v", mistakes)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		random.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
		before := in[0].Path
		got, list := New(in)
		if got.Digest() != want.Digest() || list.Error() != mistakes.Error() || in[0].Path != before {
			t.Fatalf("another result: %v", list)
		}
	}
}

func TestGetAndAll(t *testing.T) {
	made, list := New(files(t, "b=1 a/c=2 a=3x"))
	if len(list) != 1 || made.Len() != 3 {
		t.Fatal(list)
	}
	var names []string
	for f := range made.All() {
		names = append(names, f.Path.String())
		if got, ok := made.Get(f.Path); !ok || string(got.Data) != string(f.Data) {
			t.Errorf("%s: got %q", f.Path, got.Data)
		}
	}
	if !slices.Equal(names, []string{"a", "a/c", "b"}) {
		t.Errorf("got %s", names)
	}
	if _, ok := made.Get(at(t, "aa")); ok {
		t.Error("there is no aa")
	}
	if _, ok := (Tree{}).Get(Path{}); ok || (Tree{}).Len() != 0 {
		t.Error("the zero tree is not empty")
	}
}

func TestOwners(t *testing.T) {
	for _, s := range []string{"merge", "until-edited", "replace"} {
		if o, err := ParseOwner(s); err != nil || o.String() != s {
			t.Errorf("%s: got %s, %v", s, o, err)
		}
	}
	if _, err := ParseOwner("Merge"); err == nil || err.Error() != `"Merge" is none of merge, until-edited, replace` {
		t.Errorf("got %v", err)
	}
}

// The digests were made by a shell, with of() { printf '%s\0' "$@"; echo; } and
// the files' own digests, printf hi | sha256sum:
//
//	hi=8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4
//	b=3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
//	none=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
func TestDigest(t *testing.T) {
	some := []File{
		{Path: at(t, "ü"), Mode: Executable, From: "{{.name}}", Owner: UntilEdited, Was: []string{"old", "older"}},
		{Path: at(t, "a/b"), Mode: Regular, Data: []byte("hi"), From: "a/b"},
		{Path: at(t, "link"), Mode: Link, Data: []byte("b"), From: "link", Owner: Replace},
	}
	made, list := New(some)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct{ got, want string }{
		// echo gen-tree 1 | sha256sum
		"empty":         {Tree{}.Digest(), "a1befef4e9dcf97978463b9fda6bfd98b58708c58698da835f67b0b40542b377"},
		"empty, stored": {Tree{}.Stored(), "a1befef4e9dcf97978463b9fda6bfd98b58708c58698da835f67b0b40542b377"},
		// { echo gen-tree 1; of a/b 100644 $hi a/b merge; of link 120000 $b link replace
		//   of ü 100755 $none '{{.name}}' until-edited old older; } | sha256sum
		"tree": {made.Digest(), "40afbcafaeb139b407a4da28e6228a748b74a5ce06f6260366d3fa41722d5894"},
		// the same and echo x
		"tree and extra": {made.Digest("x"), "5ec12ad0168f5b15c80e3875eb7ab55e32d2fd766037adf34b2c629c15e541ba"},
		// { echo gen-tree 1; of a/b '' $hi '' '' ''; of link '' $b '' '' ''; of ü '' $none '' '' ''; } | sha256sum
		"stored": {made.Stored(), "f28c6c9ebd6b534adb1c440e804e2a5e119e0b5c192cd196632da166644072d8"},
	} {
		if row.got != "sha256:"+row.want {
			t.Errorf("%s: got %s", name, row.got)
		}
	}
}

func TestDigestSeesEveryField(t *testing.T) {
	one := File{Path: at(t, "a"), Mode: Regular, Data: []byte("x"), From: "f", Was: []string{"w"}}
	digest := func(change func(*File)) string {
		f := one
		change(&f)
		made, _ := New([]File{f})
		return made.Digest()
	}
	seen := map[string]string{}
	for name, change := range map[string]func(*File){
		"none":  func(*File) {},
		"path":  func(f *File) { f.Path = at(t, "b") },
		"mode":  func(f *File) { f.Mode = Executable },
		"data":  func(f *File) { f.Data = []byte("y") },
		"from":  func(f *File) { f.From = "g" },
		"owner": func(f *File) { f.Owner = Replace },
		"was":   func(f *File) { f.Was = nil },
		"more":  func(f *File) { f.Was = []string{"w", "w"} },
	} {
		d := digest(change)
		if other, found := seen[d]; found {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[d] = name
	}
}

// TestManyFilesClash has 20,000 files in two directories that fold alike: one
// mistake, not ten thousand.
func TestManyFilesClash(t *testing.T) {
	var all []File
	for i := range 10_000 {
		all = append(all, File{Path: at(t, fmt.Sprintf("D/x%d", i))}, File{Path: at(t, fmt.Sprintf("d/y%d", i))})
	}
	if _, list := New(all); len(list) != 1 {
		t.Errorf("got %d mistakes", len(list))
	}
}
