package diff

import "slices"

// slide moves pure insertions and deletions down as far as they go and joins
// hunks that meet, beginning with the last one: what a hunk can move over is
// settled by then.
func slide(a, b []string, hunks []Hunk) []Hunk {
	var done []Hunk // from the last one to the first
	for _, h := range slices.Backward(hunks) {
		for {
			endA, endB := len(a), len(b)
			if len(done) > 0 {
				endA, endB = done[len(done)-1].A0, done[len(done)-1].B0
			}
			for h.A1 < endA && h.B1 < endB && h.slides(a, b) {
				h = Hunk{h.A0 + 1, h.A1 + 1, h.B0 + 1, h.B1 + 1}
			}
			if len(done) == 0 || h.A1 < endA || h.B1 < endB {
				break
			}
			h.A1, h.B1 = done[len(done)-1].A1, done[len(done)-1].B1
			done = done[:len(done)-1]
		}
		done = append(done, h)
	}
	slices.Reverse(done)
	return done
}

// slides reports whether the line after h is the first one that h inserts or
// deletes.
func (h Hunk) slides(a, b []string) bool {
	switch {
	case h.A0 == h.A1:
		return a[h.A1] == b[h.B0]
	case h.B0 == h.B1:
		return a[h.A0] == b[h.B1]
	}
	return false
}
