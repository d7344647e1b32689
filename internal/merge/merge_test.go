package merge

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"example.com/gen/internal/tree"
)

// contents are what the letters of the table stand for.
var contents = map[byte]string{
	'x': "one\ntwo\nthree\nfour\nfive\n",
	'o': "ONE\ntwo\nthree\nfour\nfive\n", // edited at the beginning
	't': "one\ntwo\nthree\nfour\nFIVE\n", // at the end
	'c': "uno\ntwo\nthree\nfour\nfive\n", // at the beginning, otherwise
	'w': "one\r\ntwo\r\nthree\r\nfour\r\nfive\r\n",
	'b': "a\x00b", 'B': "a\x00B", 'd': "a\x00d",
	'1': "one", '2': "two", '3': "three",
}

// files reads a tree such as "f=x g=t,from:old,until l=1,link e=x,exec"; "-" is
// none.
func files(t testing.TB, text string) tree.Tree {
	t.Helper()
	var list []tree.File
	for word := range strings.FieldsSeq(text) {
		name, spec, found := strings.Cut(word, "=")
		if !found {
			continue
		}
		path, err := tree.ParsePath(name)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(spec, ",")
		f := tree.File{Path: path, Mode: tree.Regular, From: name, Data: []byte(contents[parts[0][0]])}
		for _, p := range parts[1:] {
			switch key, value, _ := strings.Cut(p, ":"); key {
			case "from":
				f.From = value
			case "was":
				f.Was = []string{value}
			case "until":
				f.Owner = tree.UntilEdited
			case "replace":
				f.Owner = tree.Replace
			case "link":
				f.Mode = tree.Link
			case "exec":
				f.Mode = tree.Executable
			case "blocked":
				f.Mode, f.Data = tree.Blocked, nil
			}
		}
		list = append(list, f)
	}
	made, mistakes := tree.New(list)
	if err := mistakes.Err(); err != nil && !strings.Contains(text, "blocked") {
		t.Fatal(err)
	}
	return made
}

// TestTable has the rows of the table in docs/updating.md.
func TestTable(t *testing.T) {
	for _, row := range []struct{ base, ours, theirs, want string }{
		{"f=x", "f=x", "f=x", ""},                                                         // 1
		{"f=x", "f=x", "f=t", "modify f"},                                                 // 2
		{"f=x", "f=o", "f=x", ""},                                                         // 3
		{"f=x", "f=o", "f=o", ""},                                                         // 4
		{"f=x", "f=o", "f=t", "merge f"},                                                  // 5
		{"f=x", "f=o", "f=c", "conflict f text"},                                          // 5
		{"f=x", "-", "f=x", ""},                                                           // 6
		{"f=x", "-", "f=t", "skip f"},                                                     // 7
		{"f=x", "f=x", "-", "delete f"},                                                   // 8
		{"f=x", "f=o", "-", "conflict f deleted"},                                         // 9
		{"f=x", "-", "-", ""},                                                             // 10
		{"-", "-", "f=t", "create f"},                                                     // 11
		{"-", "f=o", "-", ""},                                                             // 12
		{"-", "f=t", "f=t", "adopt f"},                                                    // 13
		{"-", "f=o", "f=t", "conflict f added"},                                           // 14
		{"-", "f=b", "f=d", "conflict f added f.gen-new"},                                 // 14
		{"p=x", "p=x", "q=t,from:p", "move p -> q"},                                       // 15
		{"p=x", "p=o", "q=t,from:p", "move p -> q"},                                       // 15
		{"p=x", "p=o", "q=c,from:p", "conflict p -> q text"},                              // 15
		{"p=x", "p=x", "q=t,was:p", "move p -> q"},                                        // 15, declared
		{"p=x", "-", "q=t,from:p", "skip p"},                                              // 15, deleted here
		{"p=b", "p=B", "q=d,from:p", "conflict p binary q.gen-new"},                       // 15 and 31
		{"p=x", "p=x q=o", "q=t,from:p", "conflict p added q.gen-new"},                    // 19
		{"d/a=x", "d/a=x d/new=o", "e/a=x,from:d/a", "move d/a -> e/a"},                   // 20
		{"p=x", "p=o", "q=b", "conflict p deleted; create q"},                             // 21
		{"f=x", "f=o", "f=x,exec", "mode f 755"},                                          // 22
		{"f=x", "f=x,exec", "f=t", "modify f 755"},                                        // 23
		{"f=x", "f=x,exec", "-", "delete f"},                                              // 24
		{"f=x", "f=o", "f=1,link", "conflict f link f.gen-new"},                           // 25
		{"f=1,link", "f=2,link", "f=3,link", "conflict f link f.gen-new"},                 // 26
		{"f=1,link", "f=1,link", "f=3,link", "modify f"},                                  // 26
		{"f=1,link", "f=1,link", "-", "delete f"},                                         // 26
		{"f=x", "f=x f/a=x,blocked", "f/a=x", "delete f; create f/a"},                     // 27
		{"f=x", "f=o f/a=x,blocked", "f/a=x", "conflict f deleted; conflict f/a blocked"}, // 28
		{"-", "n=x,blocked", "n=x", "conflict n blocked"},                                 // 29
		{"f=b", "f=B", "f=d", "conflict f binary f.gen-new"},                              // 31
		{"f=b", "f=b", "f=d", "modify f"},                                                 // 31
		{"f=x", "f=w", "f=t", "modify f crlf"},                                            // 33
		{"f=x", "f=w", "-", "delete f"},                                                   // 8, by row 33
		{"f=x", "f=x,blocked", "f=t", "conflict f blocked"},                               // 37
		{"f=x", "f=x,blocked", "f=x", ""},                                                 // 37, nothing new
		{"f=x,until", "f=x", "f=t,until", "modify f"},                                     // 38
		{"f=x,until", "f=x", "-", "delete f"},                                             // 38
		{"f=x,until", "f=o", "f=t,until", "yours f"},                                      // 38b
		{"f=x,until", "f=o", "f=x,until", ""},                                             // 38b
		{"f=x,until", "f=o", "-", ""},                                                     // 38b
		{"f=x,until", "-", "f=t,until", "skip f"},                                         // 38b
		{"f=x,until", "f=o", "q=t,from:f,until", "yours f"},                               // 15, it stays
		{"f=x,replace", "f=o", "f=t,replace", "conflict f replaced f.gen-new"},            // 39
		{"f=x,replace", "f=x", "f=t,replace", "modify f"},                                 // 39
	} {
		in := Input{Base: files(t, row.base), Ours: files(t, row.ours), Theirs: files(t, row.theirs)}
		if got := told(Trees(in)); got != row.want {
			t.Errorf("%s | %s | %s: got %q, want %q", row.base, row.ours, row.theirs, got, row.want)
		}
	}
}

// told is a plan in a few words.
func told(p Plan) string {
	var rows []string
	for _, c := range p.Changes {
		row := string(c.Kind) + " " + c.Path.String()
		if c.Old != (tree.Path{}) {
			row = string(c.Kind) + " " + c.Old.String() + " -> " + c.Path.String()
		}
		if c.About != "" {
			row += " " + c.About
		}
		if c.Left != nil {
			row += " " + c.Left.Path.String()
		}
		if c.File.Mode == tree.Executable {
			row += " 755"
		}
		if strings.Contains(string(c.File.Data), "\r\n") {
			row += " crlf"
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, "; ")
}

// A file that the owner moved is merged where it is now.
func TestMoved(t *testing.T) {
	mine, _ := tree.ParsePath("mine")
	in := Input{Base: files(t, "p=x"), Moved: map[string]tree.Path{"p": mine}}
	for _, row := range [][3]string{
		{"mine=o", "p=t", "merge mine"},
		{"mine=o", "q=t,from:p", "merge mine"}, // 17
		{"q=o,from:p", "q=t,from:p", "skip mine"},
		{"mine=x", "-", "delete mine"},
	} {
		in.Ours, in.Theirs = files(t, row[0]), files(t, row[1])
		if got := told(Trees(in)); got != row[2] {
			t.Errorf("%s | %s: got %q, want %q", row[0], row[1], got, row[2])
		}
	}
}

// --conflict settles every conflict for one side.
func TestTake(t *testing.T) {
	for row, want := range map[string][2]string{
		"f=x | f=o | f=c":                 {"merge f", "merge f"},
		"f=x | f=o | -":                   {"", "delete f"},
		"f=b | f=B | f=d":                 {"yours f", "modify f"},
		"f=x,replace | f=o | f=t,replace": {"yours f", "modify f"},
		"- | f=o | f=c":                   {"merge f", "merge f"},
		"f=x | f=x,blocked | f=t":         {"conflict f blocked", "conflict f blocked"}, // 37 stays one
	} {
		side := strings.Split(row, " | ")
		for i, take := range []Take{TakeOurs, TakeTheirs} {
			in := Input{Base: files(t, side[0]), Ours: files(t, side[1]), Theirs: files(t, side[2]), Take: take}
			if got := told(Trees(in)); got != want[i] {
				t.Errorf("%s for %d: got %q, want %q", row, take, got, want[i])
			}
		}
	}
}

// carry carries steps out on a tree, and fails where one does not find what it
// was planned for.
func carry(t *testing.T, ours tree.Tree, steps []Step) tree.Tree {
	t.Helper()
	now := map[string]tree.File{}
	for f := range ours.All() {
		now[f.Path.String()] = f
	}
	for _, s := range steps {
		f, there := now[s.Path.String()]
		if there != (s.Before != nil) || there && PrintOf(f) != *s.Before {
			t.Fatalf("%s is not as planned", s.Path)
		}
		delete(now, s.Path.String())
		if s.After != nil {
			after := *s.After
			after.Path = s.Path
			now[s.Path.String()] = after
		}
	}
	made, list := tree.New(slices.Collect(maps.Values(now)))
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return made
}

func sameTrees(a, b tree.Tree) bool {
	return slices.EqualFunc(slices.Collect(a.All()), slices.Collect(b.All()), func(x, y tree.File) bool {
		return x.Path == y.Path && equal(&x, &y)
	})
}

func list(t tree.Tree) (all string) {
	for f := range t.All() {
		all += fmt.Sprintf("%s %o %.8q ", f.Path, f.Mode, f.Data)
	}
	return all
}

// history makes versions of a template: files come, go, change and are renamed.
func history(t *testing.T, r *rand.Rand, versions int) []tree.Tree {
	now := map[string]string{}
	var trees []tree.Tree
	for range versions {
		for i := range 6 {
			name := fmt.Sprintf("f%d=", i)
			path := fmt.Sprintf("f%d", i)
			if r.IntN(3) == 0 {
				path = fmt.Sprintf("d%d/g%d", r.IntN(2), i)
			}
			switch spec, there := now[name]; {
			case !there && r.IntN(2) == 0, there && r.IntN(4) == 0:
				now[name] = path + "=" + string("xotcw12"[r.IntN(7)]) + ",from:" + name
			case there && r.IntN(8) == 0:
				delete(now, name)
			case there && r.IntN(6) == 0 && !strings.Contains(spec, ",exec"):
				now[name] = spec + ",exec"
			}
		}
		trees = append(trees, files(t, strings.Join(slices.Collect(maps.Values(now)), " ")))
	}
	return trees
}

// On an untouched project, one update over two versions is two updates; and an
// update that was carried out has nothing left to do.
func TestHistories(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for range 1_000 {
		v := history(t, r, 3)
		update := func(base, ours, theirs tree.Tree) tree.Tree {
			p := Trees(Input{Base: base, Ours: ours, Theirs: theirs})
			if p.Count(Conflict) > 0 {
				t.Fatalf("a conflict in an untouched project: %s", told(p))
			}
			return carry(t, ours, p.Steps())
		}
		straight := update(v[0], v[0], v[2])
		stepwise := update(v[1], update(v[0], v[0], v[1]), v[2])
		if !sameTrees(straight, stepwise) || !sameTrees(straight, v[2]) {
			t.Fatalf("v1 to v3 is not v1 to v2 to v3: %s, not %s: %s", list(straight), list(v[2]), told(Trees(Input{Base: v[0], Ours: v[0], Theirs: v[2]})))
		}
		if p := Trees(Input{Base: v[2], Ours: straight, Theirs: v[2]}); len(p.Changes) > 0 {
			t.Fatalf("something is left to do: %s", told(p))
		}
	}
}
