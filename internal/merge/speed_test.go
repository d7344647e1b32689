package merge

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gen/internal/outline"
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

// fastest runs f five times: the machine has other things to do.
func fastest(f func()) time.Duration {
	best := time.Hour
	for range 5 {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	return best
}

func text(lines []string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }

// TestSpeedLaws measures merges of pages, and of large texts that have nothing
// to do with each other; without -laws it only shows that it can.
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
	row(t, "texts of 20 KB: median", median, "100µs", !*laws || median <= 100*time.Microsecond)
	row(t, "texts of 20 KB: p99", p99, "5ms", !*laws || p99 <= 5*time.Millisecond)
	unrelated := func(letters int) []byte {
		lines := make([]string, 10_000)
		for i := range lines {
			lines[i] = fmt.Sprint("line ", r.IntN(letters))
		}
		return text(lines)
	}
	for _, letters := range []int{3, 3_000, 1 << 40} {
		s := Sides{Path: "a.go", Base: unrelated(letters), Ours: unrelated(letters), Theirs: unrelated(letters)}
		d := fastest(func() { Text(s) })
		row(t, fmt.Sprintf("unrelated texts of 10,000 lines, of %d", letters), d, "1s", !*laws || d < time.Second)
	}
	for _, name := range []string{"x.toml", "x.yaml", "x.json"} {
		var n node
		for i := range 100 {
			n.pairs = append(n.pairs, pair{fmt.Sprint("k", i), node{pairs: []pair{
				{"name", node{value: fmt.Sprint(i)}}, {"list", node{list: []string{"1", "2", "3"}}}, {"more", node{pairs: []pair{{"x", node{value: "1"}}, {"y", node{value: "2"}}}}},
			}}})
		}
		base := []byte(n.write(name))
		edit := func(at int, key string) []byte {
			e := node{pairs: slices.Clone(n.pairs)}
			e.pairs = slices.Insert(e.pairs, at, pair{key, node{value: "7"}})
			return []byte(e.write(name))
		}
		apart := Sides{Path: name, Base: base, Ours: edit(10, "ours"), Theirs: edit(90, "theirs")}
		d := fastest(func() { Text(apart) })
		row(t, fmt.Sprintf("%s of %d KB, read once", outline.Of(name), len(base)>>10), d, "5ms", !*laws || d < 5*time.Millisecond)
		together := Sides{Path: name, Base: base, Ours: edit(50, "ours"), Theirs: edit(50, "theirs")}
		d = fastest(func() { Text(together) })
		row(t, fmt.Sprintf("%s of %d KB, a conflict settled", outline.Of(name), len(base)>>10), d, "", true)
	}
}

func BenchmarkText(b *testing.B) {
	r := rand.New(rand.NewPCG(11, 12))
	base := page(r)
	s := Sides{Path: "a.go", Base: text(base), Ours: text(edited(r, base, 10)), Theirs: text(edited(r, base, 10))}
	for b.Loop() {
		Text(s)
	}
}
