package merge

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var laws = flag.Bool("laws", false, "check the laws of the merge on as many texts as the documentation promises")

// often is n with -laws, and a sample of it without.
func often(n, sample int) int {
	if *laws {
		return n
	}
	return sample
}

// A triple is a base and two edits of it.
type triple struct{ base, ours, theirs string }

// random makes a triple of up to 20 lines, each one of the first letters.
func random(r *rand.Rand, letters int, forms bool) triple {
	letter := func() string { return string(rune('a'+r.IntN(letters))) + "\n" }
	base := make([]string, r.IntN(20))
	for i := range base {
		base[i] = letter()
	}
	edit := func() string {
		lines := slices.Clone(base)
		for range r.IntN(6) {
			at := r.IntN(len(lines) + 1)
			switch {
			case at == len(lines) || r.IntN(3) == 0:
				lines = slices.Insert(lines, at, letter())
			case r.IntN(2) == 0:
				lines = slices.Delete(lines, at, at+1)
			default:
				lines[at] = letter()
			}
		}
		text := strings.Join(lines, "")
		if forms && r.IntN(4) == 0 {
			text = strings.TrimSuffix(text, "\n")
		}
		if forms && r.IntN(8) == 0 {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		return text
	}
	return triple{strings.Join(base, ""), edit(), edit()}
}

func (x triple) merge() Merged {
	return Text(Sides{Base: []byte(x.base), Ours: []byte(x.ours), Theirs: []byte(x.theirs), Labels: Labels{"b", "t"}})
}

// broken names the law that the merge of x breaks, or is empty.
func (x triple) broken() string {
	clean := func(x triple, want string) bool {
		m := x.merge()
		return len(m.Regions) == 0 && string(m.Data) == want
	}
	m, swapped := x.merge(), triple{x.base, x.theirs, x.ours}.merge()
	switch {
	case !clean(triple{x.base, x.base, x.theirs}, x.theirs):
		return "m(b,b,t) = t"
	case !clean(triple{x.base, x.ours, x.base}, x.ours):
		return "m(b,o,b) = o"
	case !clean(triple{x.base, x.ours, x.ours}, x.ours):
		return "m(b,x,x) = x"
	case len(m.Regions) == 0 && !clean(triple{x.theirs, string(m.Data), x.theirs}, string(m.Data)):
		return "m(t,m,t) = m"
	case !mirrored(m.Chunks, swapped.Chunks):
		return "swapping ours and theirs mirrors every chunk"
	case x.rebuilt(m.Chunks) != x:
		return "the inputs can be rebuilt from the chunks"
	case x.lost(m) != "":
		return "a new line is in the result or in a conflict: " + x.lost(m)
	}
	return ""
}

func mirrored(a, b []Chunk) bool {
	return slices.EqualFunc(a, b, func(x, y Chunk) bool {
		from := x.From
		switch from {
		case Ours:
			from = Theirs
		case Theirs:
			from = Ours
		}
		return y.From == from && slices.Equal(x.Base, y.Base) && slices.Equal(x.Ours, y.Theirs) && slices.Equal(x.Theirs, y.Ours)
	})
}

func (x triple) rebuilt(chunks []Chunk) triple {
	var base, ours, theirs []string
	for _, c := range chunks {
		base, ours, theirs = append(base, c.Base...), append(ours, c.Ours...), append(theirs, c.Theirs...)
	}
	again := func(text string, lines []string) string {
		_, f := split(text)
		return string(f.join(lines))
	}
	return triple{again(x.base, base), again(x.ours, ours), again(x.theirs, theirs)}
}

// lost returns a line that is new in ours or theirs and nowhere in the result.
func (x triple) lost(m Merged) string {
	known := map[string]bool{}
	result, _ := split(string(m.Data))
	base, _ := split(x.base)
	for _, l := range append(result, base...) {
		known[strings.TrimRight(l, "\r")] = true
	}
	for _, text := range []string{x.ours, x.theirs} {
		lines, _ := split(text)
		for _, l := range lines {
			if !known[strings.TrimRight(l, "\r")] {
				return l
			}
		}
	}
	return ""
}

func TestLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	n := often(100_000, 5_000)
	for i := range n {
		x := random(r, []int{2, 4, 26}[i%3], true)
		if law := x.broken(); law != "" {
			t.Fatalf("%q breaks: %s", x, law)
		}
	}
	row(t, fmt.Sprintf("%d triples: laws broken", n), 0, 0, true)
}

func FuzzLaws(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nx\nc\n", "a\nb\nd\n")
	f.Add("a\r\nb", "\ufeffa\n", "<<<<<<< yours\n")
	f.Fuzz(func(t *testing.T, base, ours, theirs string) {
		if law := (triple{base, ours, theirs}).broken(); law != "" {
			t.Errorf("breaks: %s", law)
		}
	})
}

// gitMerge is what git merge-file makes of x.
func gitMerge(t *testing.T, dir string, x triple) (text string, conflicts bool) {
	t.Helper()
	args := []string{"merge-file", "-p", "--diff3"}
	for i, s := range []string{x.ours, x.base, x.theirs} {
		name := filepath.Join(dir, string(rune('0'+i)))
		if err := os.WriteFile(name, []byte(s), 0o666); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	cmd := exec.Command("git", args...)
	out := &bytes.Buffer{}
	cmd.Stdout = out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 127) {
		t.Fatal(err)
	}
	return out.String(), err != nil
}

// TestOracle compares with git merge-file: what is clean there is clean here,
// with the same bytes, and the other way round. Where several edit scripts are
// equally short, the two could choose differently: of few different lines, some
// merges may have another verdict.
func TestOracle(t *testing.T) {
	for _, c := range []struct {
		name      string
		letters   func(*rand.Rand) int
		sample    int
		bar       float64 // percent
		different int
	}{
		{"26 letters", func(*rand.Rand) int { return 26 }, 500, 99.8, 0},
		{"2 to 26 letters", func(r *rand.Rand) int { return 2 + r.IntN(25) }, 300, 98, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			r := rand.New(rand.NewPCG(7, uint64(len(c.name))))
			n, same, here, different := often(20_000, c.sample), 0, 0, 0
			for range n {
				x := random(r, c.letters(r), false)
				m := x.merge()
				text, conflicts := gitMerge(t, dir, x)
				switch {
				case conflicts == (len(m.Regions) > 0):
					same++
					if !conflicts && text != string(m.Data) {
						different++
					}
				case conflicts:
					here++
					t.Errorf("%q is clean here only", x)
				}
			}
			share := 100 * float64(same) / float64(n)
			row(t, c.name+": the verdict of git merge-file", fmt.Sprintf("%d of %d, %.2f %%", same, n, share), fmt.Sprintf("%.1f %%", c.bar), share >= c.bar)
			row(t, c.name+": clean here only", here, 0, here == 0)
			row(t, c.name+": both clean, but different", different, c.different, different <= c.different)
		})
	}
}

// row prints what was measured beside its bar.
func row(t *testing.T, what string, measured, bar any, holds bool) {
	t.Helper()
	t.Logf("| %-52s | %-28v | %-10v |", what, measured, bar)
	if !holds {
		t.Errorf("%s: %v is beyond the bar %v", what, measured, bar)
	}
}
