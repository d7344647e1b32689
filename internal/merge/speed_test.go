package merge

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// page makes a text of about 20 KB: 500 lines, of which some come often.
func page(r *rand.Rand) []string {
	lines := make([]string, 500)
	for i := range lines {
		switch r.IntN(10) {
		case 0:
		case 1, 2:
			lines[i] = []string{"\t}", "\treturn nil", "\tif err != nil {", "}"}[r.IntN(4)]
		default:
			lines[i] = fmt.Sprintf("\tline %d says something of %x and no more", i, r.Uint32())
		}
	}
	return lines
}

// edited changes a page in n places of up to 8 lines.
func edited(r *rand.Rand, page []string, n int) []string {
	lines := slices.Clone(page)
	for range n {
		at := r.IntN(len(lines))
		end := min(at+r.IntN(8), len(lines))
		fresh := make([]string, r.IntN(8))
		for i := range fresh {
			fresh[i] = fmt.Sprintf("\tnew %d", r.IntN(1000))
		}
		lines = slices.Replace(lines, at, end, fresh...)
	}
	return lines
}

// fastest runs f three times: the machine has other things to do.
func fastest(f func()) time.Duration {
	best := time.Hour
	for range 3 {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	return best
}

func text(lines []string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }

// TestSpeedLaws measures merges of pages, and of large texts that have nothing
// to do with each other.
func TestSpeedLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	n := often(1_000, 20)
	times := make([]time.Duration, n)
	for i := range times {
		base := page(r)
		s := Sides{Path: "a.go", Base: text(base), Ours: text(edited(r, base, 1+r.IntN(20))), Theirs: text(edited(r, base, 1+r.IntN(20)))}
		times[i] = fastest(func() { Text(s) })
	}
	slices.Sort(times)
	median, p99 := times[n/2], times[n*99/100]
	t.Logf("%-44s median %v (bar 100µs), p99 %v (bar 5ms)", "text merge of 20 KB", median, p99)
}

func BenchmarkText(b *testing.B) {
	r := rand.New(rand.NewPCG(11, 12))
	base := page(r)
	s := Sides{Path: "a.go", Base: text(base), Ours: text(edited(r, base, 10)), Theirs: text(edited(r, base, 10))}
	for b.Loop() {
		Text(s)
	}
}
