package merge

import "testing"

// TestSteps has a file to make, one that is there and one in the way: only the
// first is written.
func TestSteps(t *testing.T) {
	for ours, want := range map[string]int{"-": 1, "x": 0, "y": 0} {
		steps := Trees(Input{Ours: one(t, ours), Theirs: one(t, "x")}).Steps()
		if len(steps) != want || want == 1 && (steps[0].Before != nil || PrintOf(*steps[0].After).Mode != steps[0].After.Mode) {
			t.Errorf("ours %s: %v", ours, steps)
		}
	}
}
