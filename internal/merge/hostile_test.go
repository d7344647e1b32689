package merge

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// soon is how long the merge of any texts may take; a machine that is busy gets
// ten times as much: what grows with the square takes minutes.
const soon = time.Second

// No text of the size that is merged takes long, whatever it holds, and no law
// is broken on the way.
func TestHostileTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	lines := func(n int, line func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(line(i) + "\n")
		}
		return b.String()
	}
	of := func(letters string) func(int) string {
		return func(int) string { i := r.IntN(len(letters)); return letters[i : i+1] }
	}
	own := func(name string) func(int) string { return func(i int) string { return fmt.Sprint(name, i) } }
	shuffled := func(n int) string {
		order := r.Perm(n)
		return lines(n, func(i int) string { return fmt.Sprint(order[i]) })
	}
	every := func(n int, line string) func(int) string {
		return func(i int) string {
			if i%n == 0 {
				return line
			}
			return "x"
		}
	}
	for name, x := range map[string]triple{
		"empty lines":       {strings.Repeat("\n", 1<<20), strings.Repeat("\n", 1<<19), strings.Repeat("\n", 3<<18)},
		"two lines":         {lines(1<<19, of("ab")), lines(1<<19, of("ab")), lines(1<<19, of("ab"))},
		"a period":          {strings.Repeat("a\nb\n", 1<<17), strings.Repeat("b\na\n", 1<<17), strings.Repeat("a\nb\nb\n", 1<<17)},
		"gaps":              {lines(1<<18, every(1000, "a")), lines(1<<18, every(999, "a")), lines(1<<18, every(1001, "b"))},
		"nothing in common": {lines(100_000, own("a")), lines(100_000, own("b")), lines(100_000, own("c"))},
		"another order":     {shuffled(100_000), shuffled(100_000), shuffled(100_000)},
		"few words":         {lines(1<<18, of("abcdefgh")), lines(1<<18, of("abcdefgh")), lines(1<<18, of("abcdefgh"))},
		"markers":           {lines(1000, func(i int) string { return strings.Repeat("<", i) }), lines(1000, func(i int) string { return strings.Repeat("=", i) }), "x\n"},
		"both endings":      {strings.Repeat("a\nb\r\n", 1<<17), strings.Repeat("a\r\nb\n", 1<<17), strings.Repeat("a\nc\n", 1<<17)},
	} {
		start := time.Now()
		m := x.merge()
		if d := time.Since(start); d > 10*soon {
			t.Errorf("%s: %v", name, d)
		} else {
			t.Logf("%s: %v, %d regions", name, d, len(m.Regions))
		}
		if x.rebuilt(m.Chunks) != x {
			t.Errorf("%s: the inputs cannot be rebuilt", name)
		}
	}
}
