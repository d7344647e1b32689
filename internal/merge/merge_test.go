package merge

import (
	"cmp"
	"fmt"
	"maps"
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
	'L': long, 'M': strings.Replace(long, "line 1\n", "line one\n", 1), 'N': strings.Replace(long, "line 8\n", "line eight\n", 1),
	'1': "one", '2': "two", '3': "three",
}

const long = "line 0\nline 1\nline 2\nline 3\nline 4\nline 5\nline 6\nline 7\nline 8\nline 9\n"

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
				f.Mode, f.Data = tree.Blocked, []byte(cmp.Or(value, "a device"))
			case "dir":
				f.Mode, f.Data = tree.Blocked, []byte(ADirectory)
			case "below":
				f.Mode, f.Data = tree.Blocked, []byte(BelowFile)
			}
		}
		list = append(list, f)
	}
	made, mistakes := tree.New(list)
	if err := mistakes.Err(); err != nil && !strings.Contains(text, "blocked") && !strings.Contains(text, ",dir") && !strings.Contains(text, ",below") && !strings.Contains(text, "Foo=x foo") {
		t.Fatal(err)
	}
	return made
}

// TestTable has the rows of the table in docs/updating.md.
func TestTable(t *testing.T) {
	for _, row := range []struct{ base, ours, theirs, want string }{
		{"f=x", "f=x", "f=x", ""},                                                            // 1
		{"f=x", "f=x", "f=t", "modify f"},                                                    // 2
		{"f=x", "f=o", "f=x", ""},                                                            // 3
		{"f=x", "f=o", "f=o", ""},                                                            // 4
		{"f=x", "f=o", "f=t", "merge f"},                                                     // 5
		{"f=x", "f=o", "f=c", "conflict f text"},                                             // 5
		{"f=x", "-", "f=x", ""},                                                              // 6
		{"f=x", "-", "f=t", "skip f"},                                                        // 7
		{"f=x", "f=x", "-", "delete f"},                                                      // 8
		{"f=x", "f=o", "-", "conflict f deleted"},                                            // 9
		{"f=x", "-", "-", ""},                                                                // 10
		{"-", "-", "f=t", "create f"},                                                        // 11
		{"-", "f=o", "-", ""},                                                                // 12
		{"-", "f=t", "f=t", "adopt f"},                                                       // 13
		{"-", "f=o", "f=t", "conflict f added"},                                              // 14
		{"-", "f=b", "f=d", "conflict f added f.gen-new"},                                    // 14
		{"p=x", "p=x", "q=t,from:p", "move p -> q"},                                          // 15
		{"p=x", "p=o", "q=t,from:p", "move p -> q"},                                          // 15
		{"p=x", "p=o", "q=c,from:p", "conflict p -> q text"},                                 // 15
		{"p=x", "p=x", "q=t,was:p", "move p -> q"},                                           // 15, declared
		{"p=x", "-", "q=t,from:p", "skip p"},                                                 // 15, deleted here
		{"p=b", "p=B", "q=d,from:p", "conflict p binary q.gen-new"},                          // 15 and 31
		{"p=x", "p=x q=o", "q=t,from:p", "conflict p added q.gen-new"},                       // 19
		{"d/a=x", "d/a=x d/new=o", "e/a=x,from:d/a", "move d/a -> e/a"},                      // 20
		{"p=x", "p=o", "q=b", "conflict p deleted; create q"},                                // 21
		{"f=x", "f=o", "f=x,exec", "mode f 755"},                                             // 22
		{"f=x", "f=x,exec", "f=t", "modify f 755"},                                           // 23
		{"f=x", "f=x,exec", "-", "delete f"},                                                 // 24
		{"f=x", "f=o", "f=1,link", "conflict f link f.gen-new"},                              // 25
		{"f=1,link", "f=2,link", "f=3,link", "conflict f link f.gen-new"},                    // 26
		{"f=1,link", "f=1,link", "f=3,link", "modify f"},                                     // 26
		{"f=1,link", "f=1,link", "-", "delete f"},                                            // 26
		{"f=x", "f=x f/a=x,below", "f/a=x", "delete f; create f/a"},                          // 27
		{"f=x", "f=o f/a=x,below", "f/a=x", "conflict f deleted; conflict f/a directory"},    // 28
		{"-", "n=x,dir", "n=x", "conflict n directory n.gen-new"},                            // 29
		{"-", "n/a=x,below", "n/a=x", "conflict n/a directory"},                              // 30
		{"f=b", "f=B", "f=d", "conflict f binary f.gen-new"},                                 // 31
		{"f=b", "f=b", "f=d", "modify f"},                                                    // 31
		{"f=x", "f=w", "f=t", "modify f crlf"},                                               // 33
		{"f=x", "f=w", "-", "delete f"},                                                      // 8, by row 33
		{"f=x", "f=x,blocked", "f=t", "conflict f blocked"},                                  // 37
		{"f=x", "f=x,blocked", "f=x", ""},                                                    // 37, nothing new
		{"f=x,until", "f=x", "f=t,until", "modify f"},                                        // 38
		{"f=x,until", "f=x", "-", "delete f"},                                                // 38
		{"f=x,until", "f=o", "f=t,until", "yours f"},                                         // 38b
		{"f=x,until", "f=o", "f=x,until", ""},                                                // 38b
		{"f=x,until", "f=o", "-", "yours f"},                                                 // 38b
		{"f=x,until", "-", "f=t,until", "skip f"},                                            // 38b
		{"f=x,until", "f=o", "q=t,from:f,until", "yours f"},                                  // 15, it stays
		{"-", "f=o", "f=t,until", "yours f"},                                                 // 38b, switched on again
		{"l=1,link", "l=2,link", "m=1,link,from:l", "move l -> m"},                           // 15 and 26
		{"d/x=x", "d/x=x,blocked:a_link", "-", "conflict d/x deleted"},                       // 37
		{"f=x", "f=x,dir", "-", ""},                                                          // 10: deleted, for a directory
		{"d/x=x", "d/x=x,below", "-", ""},                                                    // 10: a file above it, so it is not there
		{"f=b", "f=B", "f=d f.gen-new=x", "conflict f binary f.gen-new-2; create f.gen-new"}, // 31
		{"Foo=x", "Foo=x foo=o", "foo=t", "conflict Foo added foo.gen-new"},                  // 32, where both can be
		{"f=x,replace", "f=o", "f=t,replace", "conflict f replaced f.gen-new"},               // 39
		{"f=x,replace", "f=x", "f=t,replace", "modify f"},                                    // 39
	} {
		in := Input{Base: files(t, row.base), Ours: files(t, row.ours), Theirs: files(t, row.theirs)}
		if got := told(planned(t, in)); got != row.want {
			t.Errorf("%s | %s | %s: got %q, want %q", row.base, row.ours, row.theirs, got, row.want)
		}
	}
}

// planned makes a plan whose conflicts a record of it may name.
func planned(t testing.TB, in Input) Plan {
	t.Helper()
	p := Trees(in)
	for _, c := range p.Changes {
		left := ""
		if c.Left != nil {
			left = c.Left.Path.String()
		}
		if c.Kind == Conflict && (!slices.Contains(Abouts(), c.About) || !Concerns(in.Theirs, p.Moved, c.About, c.Path.String(), left)) {
			t.Errorf("no record may say this: %s: %s", told(p), c.Path)
		}
	}
	return p
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

// A file that the owner moved is merged where it is now; the record is by whom.
func TestMoved(t *testing.T) {
	for _, row := range []struct{ moved, base, ours, theirs, want, then string }{
		{"p:mine", "p=x", "mine=o", "p=t", "merge mine", "p:mine"},
		{"p:mine", "p=x", "mine=o", "q=t,from:p", "merge mine", "p:mine"},       // 17
		{"p:mine", "p=x", "mine=o", "q=x,from:p", "yours mine", "p:mine"},       // 17, nothing else
		{"p:mine", "p=x", "mine=o", "q=x,from:q,was:p", "yours mine", "q:mine"}, // 17, the template's path changed
		{"p:mine", "p=x", "q=o,from:p", "q=t,from:p", "merge q", ""},            // 18, however small
		{"p:mine", "p=x", "mine=x", "-", "delete mine", ""},                     //
		{"p:mine", "p=x", "p=o", "p=t", "merge p", ""},                          // moved back
		{"p:mine", "p=x", "-", "p=t", "skip p", ""},                             // deleted since
		{"p:mine", "p=x", "mine=o", "p=t mine=c", "merge mine; conflict mine added mine.gen-new", "p:mine"},
		{"p:mine", "p=x mine=c", "mine=o", "p=t mine=x", "skip mine; merge mine", "p:mine"},
		{"", "p=x", "r=x", "p=t", "modify r", "p:r"},                              // 16, the same bytes
		{"", "p=L", "r=M", "p=N", "merge r", "p:r"},                               // 16, much alike
		{"", "p=L", "r=M s=M", "p=N", "skip p", ""},                               // 16, two of them
		{"", "p=L", "r=M s=L", "p=N", "modify s", "p:s"},                          // 16, the same bytes win
		{"", "p=L", "r=o", "p=N", "skip p", ""},                                   // 7
		{"", "p=L", "r=M", "p=L", "", ""},                                         // 6: nothing new, so nobody looks
		{"", "p=L", "r=M", "q=N,from:p", "merge r", "p:r"},                        // 17
		{"", "p=L", "q=M", "q=N,from:p", "merge q", ""},                           // 18
		{"", "p=L", "q=N", "q=N,from:p", "", ""},                                  // 18, done by hand
		{"", "p=x", "q=o", "q=t,from:p", "merge q", ""},                           // 18, however small
		{"", "p=x", "r=o", "q=t,from:p", "skip p", ""},                            // too small to know it again
		{"", "p=L", "q=o", "q=N,from:p", "conflict q added", ""},                  // 14, another file
		{"", "p=L", "q=o", "q=L,from:p", "conflict q added", ""},                  //
		{"", "p=b", "q=d", "q=B,from:p", "conflict q added q.gen-new", ""},        //
		{"", "p=L", "q=o,dir", "q=N,from:p", "skip p", ""},                        //
		{"", "p=L", "q=o r=M", "q=N,from:p", "merge r", "p:r"},                    // 17, and another file at q
		{"", "p=L,until", "q=o", "q=N,from:p,until", "yours q", ""},               // 38b
		{"", "p=L q=o", "q=c", "q=N,from:p", "skip p; conflict q deleted", ""},    // q is known
		{"", "p=b", "p=B", "q=d,from:p", "conflict p binary q.gen-new", "p:p"},    // 31 with 15
		{"", "p=x", "p=x q=o", "q=t,from:p", "conflict p added q.gen-new", "p:p"}, // 19
		{"", "p=x,until", "p=o", "q=t,from:p,until", "yours p", "p:p"},            // 15, it stays
	} {
		in := Input{Base: files(t, row.base), Ours: files(t, row.ours), Theirs: files(t, row.theirs), Moved: map[string]tree.Path{}}
		if from, to, found := strings.Cut(row.moved, ":"); found {
			in.Moved[from], _ = tree.ParsePath(to)
		}
		p := planned(t, in)
		var then []string
		for _, from := range slices.Sorted(maps.Keys(p.Moved)) {
			then = append(then, from+":"+p.Moved[from].String())
		}
		if got := told(p); got != row.want || strings.Join(then, " ") != row.then {
			t.Errorf("%s | %s | %s | %s: got %q %v, want %q %s", row.moved, row.base, row.ours, row.theirs, got, then, row.want, row.then)
		}
	}
}

func TestHomes(t *testing.T) {
	mine, _ := tree.ParsePath("mine")
	homes := Homes(files(t, "a=x b=o p=L q=L gone=1"), files(t, "a=o mine=o p=L new=M dir=x,dir"), map[string]tree.Path{"b": mine, "a": {}})
	var got []string
	for _, from := range slices.Sorted(maps.Keys(homes)) {
		got = append(got, from+":"+homes[from].String())
	}
	if strings.Join(got, " ") != "a:a b:mine p:p q:new" {
		t.Errorf("got %v", got)
	}
}

// A file that the owner moved within a directory that the template leaves is
// told of once.
func TestMovedWithin(t *testing.T) {
	p := planned(t, Input{
		Base: files(t, "d/a=L d/b=x"), Ours: files(t, "d/mine=M d/b=x"), Theirs: files(t, "e/a=N,from:d/a e/b=x,from:d/b"),
		Others: map[string]string{"d": "mine"},
	})
	if got := told(p); got != "merge d/mine; move d/b -> e/b" {
		t.Errorf("got %s", got)
	}
}

// Files of the template that change places, or make place, are no conflict
// where nobody touched them, and one where somebody did.
func TestPlaces(t *testing.T) {
	for _, row := range []struct{ base, ours, theirs, want string }{
		{"a=x b=o", "a=x b=o", "b=x,from:a a=o,from:b", "move b -> a; move a -> b"},
		{"a=x b=o", "a=t b=o", "b=x,from:a a=o,from:b", "move b -> a; move a -> b"},
		{"a=x b=1", "a=x b=2", "b=x,from:a a=3,from:b", "conflict b -> a text; move a -> b"},
		{"a=x b=b", "a=x b=B", "b=x,from:a a=d,from:b", "conflict a added b.gen-new; conflict b added a.gen-new"},
		{"a=x b=o", "a=x b=o", "b=x,from:a", "move a -> b; delete b"},
		{"a=x b=o", "a=x b=c", "b=x,from:a", "conflict a added b.gen-new; conflict b deleted"},
		{"p=x", "p=x", "q=x,from:p p=b,from:new", "create p; move p -> q"},
		{"p=x", "p=o", "q=x,from:p p=b,from:new", "create p; move p -> q"},
		{"p=b", "p=B", "q=d,from:p p=1,from:new", "conflict p binary q.gen-new; conflict p added p.gen-new"},
		{"d/a=x d/b=o", "d/a=x d/b=o d=x,dir", "d=1", "create d; delete d/a; delete d/b"},                                 // 27b
		{"d/a=x d/b=o", "d/a=x d/b=c d=x,dir", "d=1", "conflict d directory d.gen-new; delete d/a; conflict d/b deleted"}, // 27b
		{"d/a=x", "d/a=x d=x,dir", "d=1", "conflict d directory d.gen-new; delete d/a; yours d/mine"},                     // 27b, with Others
		{"f=x", "f=x g=1,dir", "g/a=x,from:f", "move f -> g/a"},
		{"Foo=x", "Foo=o", "foo=t", "move Foo -> foo"},            // 32
		{"p=L", "p=L", "q=M", "move p -> q"},                      // 15, detected
		{"p=L", "p=L", "q=M r=N", "delete p; create q; create r"}, // 15, not unique
		{"old=x new=o", "old=x new=o", "new=t,was:old", "modify new; delete old"},
	} {
		in := Input{Base: files(t, row.base), Ours: files(t, row.ours), Theirs: files(t, row.theirs)}
		if strings.Contains(row.want, "mine") {
			in.Others = map[string]string{"d": "mine"}
		}
		p := planned(t, in)
		if got := told(p); got != row.want {
			t.Errorf("%s | %s | %s: got %q, want %q", row.base, row.ours, row.theirs, got, row.want)
		}
		seen := map[tree.Path]bool{}
		for _, s := range p.Steps() {
			if seen[s.Path] {
				t.Errorf("%s | %s | %s: two steps at %s", row.base, row.ours, row.theirs, s.Path)
			}
			seen[s.Path] = true
		}
	}
}

// --conflict settles every conflict for one side.
func TestTake(t *testing.T) {
	for row, want := range map[string][2]string{
		"f=x | f=o | f=c":                 {"merge f", "merge f"},
		"f=x | f=o | -":                   {"yours f", "delete f"},
		"f=b | f=B | f=d":                 {"yours f", "modify f"},
		"f=x,replace | f=o | f=t,replace": {"yours f", "modify f"},
		"- | f=o | f=c":                   {"merge f", "merge f"},
		"f=x | f=x,blocked | f=t":         {"conflict f blocked", "conflict f blocked"}, // 37 stays one
	} {
		side := strings.Split(row, " | ")
		for i, take := range []Take{TakeOurs, TakeTheirs} {
			in := Input{Base: files(t, side[0]), Ours: files(t, side[1]), Theirs: files(t, side[2]), Take: take}
			if got := told(planned(t, in)); got != want[i] {
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
