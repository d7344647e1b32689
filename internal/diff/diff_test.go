package diff

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// laws is a flag of the tests of merge, which run together with these.
var _ = flag.Bool("laws", false, "")

func TestLines(t *testing.T) {
	for in, want := range map[string]string{
		"|":               "",
		"|a":              "[0:0]a",
		"a|":              "[0:1]",
		"a b c|a b c":     "",
		"a b c|a x c":     "[1:2]x",
		"a b c|b c d":     "[0:1] [3:3]d",
		"a b|a b b":       "[2:2]b", // as far down as it goes
		"a b b c|a b c":   "[2:3]",
		"a c|a b c b c":   "[1:1]b c b",
		"x a x|a":         "[0:1] [2:3]",
		"a b c d|c d a b": "[0:2] [4:4]a b",
		"a b|c d":         "[0:2]c d",
	} {
		a, b, _ := strings.Cut(in, "|")
		var got []string
		y := strings.Fields(b)
		for _, h := range Lines(strings.Fields(a), y) {
			got = append(got, fmt.Sprintf("[%d:%d]%s", h.A0, h.A1, strings.Join(y[h.B0:h.B1], " ")))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: got %s, want %s", in, s, want)
		}
	}
}

// check applies the hunks of a and b, and returns how many lines they change.
func check(t testing.TB, a, b []string) int {
	t.Helper()
	var made []string
	at, changed := 0, 0
	for i, h := range Lines(a, b) {
		if h.A0 < at || h.A1 < h.A0 || h.A0 == h.A1 && h.B0 == h.B1 || i > 0 && h.A0 == at {
			t.Fatalf("hunk %d of %q and %q is %v", i, a, b, h)
		}
		made = append(append(made, a[at:h.A0]...), b[h.B0:h.B1]...)
		if len(made) != h.B1 {
			t.Fatalf("hunk %d of %q and %q ends at %d, is %v", i, a, b, len(made), h)
		}
		at, changed = h.A1, changed+h.A1-h.A0+h.B1-h.B0
	}
	if made = append(made, a[at:]...); !slices.Equal(made, b) {
		t.Fatalf("%q and %q: got %q", a, b, made)
	}
	return changed
}

// distance is the length of the shortest edit script, the slow and simple way.
func distance(a, b []string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0]++
		for j := range b {
			best := min(row[j+1], row[j]) + 1
			if a[i] == b[j] {
				best = diagonal
			}
			diagonal, row[j+1] = row[j+1], best
		}
	}
	return row[len(b)]
}

// Hunks rebuild the other text, and small texts get a shortest script.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	lines := func(n, letters int) []string {
		text := make([]string, n)
		for i := range text {
			text[i] = string(rune('a' + r.IntN(letters)))
		}
		return text
	}
	for range 20_000 {
		letters := 2 + r.IntN(25)
		a, b := lines(r.IntN(20), letters), lines(r.IntN(20), letters)
		if got, want := check(t, a, b), distance(a, b); got != want {
			t.Fatalf("%q and %q: %d lines change, %d would do", a, b, got, want)
		}
	}
	for range 200 {
		check(t, lines(500+r.IntN(500), 600), lines(500+r.IntN(500), 600))
	}
}

// What two texts make of the same base is what each makes of it alone.
func TestBoth(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2_000 {
		var texts [3][]string
		for i := range texts {
			for range r.IntN(20) {
				texts[i] = append(texts[i], string(rune('a'+r.IntN(6))))
			}
		}
		ours, theirs := Both(texts[0], texts[1], texts[2])
		if !slices.Equal(ours, Lines(texts[0], texts[1])) || !slices.Equal(theirs, Lines(texts[0], texts[2])) {
			t.Fatalf("%q: %v, %v", texts, ours, theirs)
		}
	}
}

// A change stays in its own one of several equal blocks, also where a line
// between them moved.
func TestBlocks(t *testing.T) {
	var a, b []string
	block := []string{"begin", "one", "two", "three", "end", ""}
	for i := range 100 {
		a = append(append(a, fmt.Sprint("title ", i)), block...)
		b = append(append(b, fmt.Sprint("other ", i)), block...)
	}
	a, b = append([]string{"moved"}, a...), append(b, "moved")
	if h := Lines(a, b); len(h) != 101 {
		t.Errorf("%d hunks: %v", len(h), h)
	}
}

// Texts without a common line, and texts that share all lines in another
// order, are done soon; what is left is still right.
func TestHard(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	a, b := make([]string, 10_000), make([]string, 10_000)
	for i := range a {
		a[i], b[i] = fmt.Sprint("a", i), fmt.Sprint("b", i)
	}
	check(t, a, b)
	copy(b, a)
	r.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
	check(t, a, b)
	for i := range a {
		a[i], b[i] = fmt.Sprint(r.IntN(3)), fmt.Sprint(r.IntN(3))
	}
	check(t, a, b)
}

func FuzzLines(f *testing.F) {
	f.Add("a\nb\nc", "b\nc\nd")
	f.Fuzz(func(t *testing.T, a, b string) { check(t, strings.Split(a, "\n"), strings.Split(b, "\n")) })
}

func BenchmarkUnrelated(b *testing.B) {
	x, y := make([]string, 10_000), make([]string, 10_000)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range x {
		x[i], y[i] = fmt.Sprint(r.IntN(3000)), fmt.Sprint(r.IntN(3000))
	}
	for b.Loop() {
		Lines(x, y)
	}
}
