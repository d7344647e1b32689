package report

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"example.com/gen/internal/merge"
	"example.com/gen/internal/tree"
)

// files reads a tree such as "f=text g=text,755 l=target,link"; ~ is a newline.
func files(t *testing.T, text string) tree.Tree {
	t.Helper()
	var list []tree.File
	for word := range strings.FieldsSeq(text) {
		name, data, _ := strings.Cut(word, "=")
		data, what, _ := strings.Cut(data, ",")
		path, err := tree.ParsePath(strings.ReplaceAll(name, "_", " "))
		if err != nil {
			t.Fatal(err)
		}
		f := tree.File{Path: path, Mode: tree.Regular, Data: []byte(strings.ReplaceAll(data, "~", "\n")), From: name}
		switch what {
		case "755":
			f.Mode = tree.Executable
		case "link":
			f.Mode = tree.Link
		case "bin":
			f.Data = append(f.Data, 0)
		case "big":
			sum := sha256.Sum256(f.Data)
			f.Sum, f.Data = &sum, nil
		default:
			if from, renamed := strings.CutPrefix(what, "from:"); renamed {
				f.From = from
			}
		}
		list = append(list, f)
	}
	made, mistakes := tree.New(list)
	if err := mistakes.Err(); err != nil {
		t.Fatal(err)
	}
	return made
}

// index is git's line of the ids of two contents; "" has none.
func index(before, after string) string {
	id := func(data string) string {
		if data == "" {
			return strings.Repeat("0", 40)
		}
		return fmt.Sprintf("%x", sha1.Sum([]byte(fmt.Sprintf("blob %d\x00%s", len(data), data))))
	}
	return "index " + id(before) + ".." + id(after)
}

func TestPatch(t *testing.T) {
	for _, c := range []struct{ base, ours, theirs, want string }{
		{"", "", "f=a~", "diff --git a/f b/f\nnew file mode 100644\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a\n"},
		{"f=a~", "f=a~", "", "diff --git a/f b/f\ndeleted file mode 100644\n--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"},
		{"f=a~", "f=a~", "f=b~,755", "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"},
		{"f=a~", "f=a~", "f=a~,755", "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n"},
		{"f=a~", "f=a~", "g=a~,from:f", "diff --git a/f b/g\nrename from f\nrename to g\n"},
		{"f_x=a~", "f_x=a~", "f_x=b~", "diff --git a/f x b/f x\n--- a/f x\t\n+++ b/f x\t\n@@ -1 +1 @@\n-a\n+b\n"},
		{"f=a,bin", "f=a,bin", "f=b,bin", "diff --git a/f b/f\n" + index("a\x00", "b\x00") + " 100644\nBinary files a/f and b/f differ\n"},
		{"f=a,bin", "f=c,bin", "f=b,bin", "diff --git a/f.gen-new b/f.gen-new\nnew file mode 100644\n" + index("", "b\x00") + "\nBinary files /dev/null and b/f.gen-new differ\n"},
		{"l=a,link", "l=a,link", "l=b,link", "diff --git a/l b/l\n--- a/l\n+++ b/l\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"},
		{"f=a~", "f=o~", "f=t~", "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1,7 @@\n+<<<<<<< yours\n o\n+||||||| B\n+a\n+=======\n+t\n+>>>>>>> T\n"},
		{"f=a~", "", "f=b~", ""},
		{"", "f=a~", "f=a~", ""},
	} {
		ours := files(t, c.ours)
		p := merge.Trees(merge.Input{Base: files(t, c.base), Ours: ours, Theirs: files(t, c.theirs), Labels: merge.Labels{Base: "B", Theirs: "T"}})
		if got := Patch(p, ours); got != c.want {
			t.Errorf("%s | %s | %s: got\n%swant\n%s", c.base, c.ours, c.theirs, got, c.want)
		}
	}
}

// A conflict in a file that the template moved shows where it was.
func TestMovedConflict(t *testing.T) {
	p := merge.Trees(merge.Input{Base: files(t, "f=a~"), Ours: files(t, "f=b~"), Theirs: files(t, "g=c~,from:f")})
	if got := Rows(p); !strings.HasPrefix(got, "  CONFLICT  f -> g  1 region") {
		t.Errorf("got %s", got)
	}
}

func TestDrift(t *testing.T) {
	base, ours := files(t, "a=1~ b=1~ c=1~ d=1~ e=1~"), files(t, "a=1~ b=2~ elsewhere=1~ d=1~,755 e=x,big own=x")
	moved := map[string]tree.Path{"c": {}}
	moved["c"], _ = tree.ParsePath("elsewhere")
	got := Drift(base, ours, moved, func(p tree.Path) bool { return p.String() != "d" })
	want := "diff --git a/b b/b\n--- a/b\n+++ b/b\n@@ -1 +1 @@\n-1\n+2\n" +
		"diff --git a/c b/elsewhere\nrename from c\nrename to elsewhere\n" +
		"diff --git a/e b/e\n" + index("1\n", "") + " 100644\nBinary files a/e and b/e differ\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestRegions(t *testing.T) {
	ours := files(t, "f=o~ g=o~")
	p := merge.Trees(merge.Input{Base: files(t, "f=a~ g=a,bin"), Ours: ours, Theirs: files(t, "f=t~ g=t,bin")})
	changes := Changes(p)
	if len(changes) != 2 || len(changes[0].Regions) != 1 || changes[0].Regions[0] != (Region{[2]int{1, 2}, [2]int{1, 2}, [2]int{1, 2}}) || changes[1].Left != "g.gen-new" {
		t.Errorf("got %+v", changes)
	}
	if got := Rows(merge.Trees(merge.Input{Base: files(t, "f=a~"), Ours: files(t, "f=a~"), Theirs: files(t, "g=a~,from:f")})); got != "  move      f -> g  the template moved it\n" {
		t.Errorf("got %s", got)
	}
}
