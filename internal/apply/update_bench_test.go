package apply

import (
	"fmt"
	"path/filepath"
	"testing"

	"example.com/gen/internal/merge"
)

// BenchmarkUpdate changes 2 files of 60, durably and not, and prints
// milliseconds for one update.
func BenchmarkUpdate(b *testing.B) {
	for _, changed := range []int{2, 40} {
		for _, o := range []Options{{}, {NoSync: true}} {
			b.Run(fmt.Sprintf("changed=%d/nosync=%v", changed, o.NoSync), func(b *testing.B) {
				dir, state := b.TempDir(), [2]string{}
				for i := range 60 {
					for s := range state {
						state[s] += fmt.Sprintf("0644 d%d/f%d %d %01800d\n", i%6, i, s*min(1, max(0, changed-i)), i)
					}
				}
				put(b, dir, state[0])
				for n := 0; b.Loop(); n++ {
					benchUpdate(b, dir, o, state[n%2], state[(n+1)%2])
				}
				b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/update")
			})
		}
	}
}

// benchUpdate leads dir from the lines before to the lines after.
func benchUpdate(b *testing.B, dir string, o Options, before, after string) {
	b.Helper()
	var steps []merge.Step
	for _, s := range stepsOf(b, before, after) {
		if now := merge.PrintOf(*s.After); now != *s.Before {
			steps = append(steps, s)
		}
	}
	u := Update{Steps: steps, Memory: func() ([]byte, []byte, error) { return []byte(after[:99]), []byte(after), nil }}
	if err := updateOn(b.Context(), &disk{root: open(b, filepath.Clean(dir))}, o, u); err != nil {
		b.Fatal(err)
	}
}
