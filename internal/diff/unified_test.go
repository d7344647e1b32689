package diff

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnified(t *testing.T) {
	lines := strings.Repeat("same\n", 9)
	for in, want := range map[string]string{
		"a\n=>a\n":                      "",
		"=>a\n":                         "@@ -0,0 +1 @@\n+a\n",
		"a\n=>":                         "@@ -1 +0,0 @@\n-a\n",
		"a=>b":                          "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n",
		"a\nb\n=>a\nc\n":                "@@ -1,2 +1,2 @@\n a\n-b\n+c\n",
		"a\r\nb\r\n=>a\r\nb\n":          "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+b\n",
		"x\n" + lines + "y\n=>" + lines: "@@ -1,4 +1,3 @@\n-x\n same\n same\n same\n@@ -8,4 +7,3 @@\n same\n same\n same\n-y\n",
		"x\n" + lines[:30] + "y\n=>" + lines[:30]: "@@ -1,8 +1,6 @@\n-x\n" + strings.Repeat(" same\n", 6) + "-y\n",
	} {
		a, b, _ := strings.Cut(in, "=>")
		if got := Unified(a, b); got != want {
			t.Errorf("%q: got\n%swant\n%s", in, got, want)
		}
	}
}

// What Unified says of random texts, patch applies.
func TestUnifiedApplies(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	text := func() string {
		b := &strings.Builder{}
		for range r.IntN(40) {
			b.WriteString(string(rune('a'+r.IntN(3))) + "\n")
		}
		return strings.TrimSuffix(b.String(), []string{"", "\n"}[r.IntN(2)])
	}
	dir := t.TempDir()
	for range 60 {
		a, b := text()+"end", text()+"end"
		if a == b {
			continue
		}
		file := filepath.Join(dir, "f")
		if err := os.WriteFile(file, []byte(a), 0o666); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("git", "apply", "--unidiff-zero", "-")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader("--- a/f\n+++ b/f\n"+Unified(a, b))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s\n%q to %q", err, out, a, b)
		}
		if got, _ := os.ReadFile(file); string(got) != b {
			t.Errorf("got %q, want %q", got, b)
		}
	}
}
