package cli

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// Work is shown once it takes longer than 300 ms, and no longer than it takes.
func TestBusyAfter(t *testing.T) {
	for after, want := range map[time.Duration][]string{
		busyAfter - 1: nil,
		busyAfter + 1: {"writing 3 files ...", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			var shown []string
			a := &app{show: func(line string) { shown = append(shown, line) }}
			done := a.busy("writing %d files", 3)
			time.Sleep(after)
			done()
			time.Sleep(time.Minute)
			if !slices.Equal(shown, want) {
				t.Errorf("after %v: got %q, want %q", after, shown, want)
			}
		})
	}
	(&app{}).busy("nobody is there")()
}
