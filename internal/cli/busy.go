package cli

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/term"

	"example.com/gen/internal/diag"
)

// busyAfter is how long a person waits before they are told for what.
const busyAfter = 300 * time.Millisecond

// busy tells a person at a terminal what is being done, if it takes long, until
// done is called.
func (a *app) busy(format string, args ...any) (done func()) {
	if a.show == nil {
		return func() {}
	}
	var mu sync.Mutex
	over, shown := false, false
	timer := time.AfterFunc(busyAfter, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			a.show(fmt.Sprintf(format, args...) + " ...")
			shown = true
		}
	})
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		over = true
		if shown {
			a.show("")
		}
	}
}

// showLine returns what puts one line on the terminal of standard error in
// place of the one before, nil where there is none to be replaced.
func (a *app) showLine() func(string) {
	if !term.IsTerminal(int(a.Err.Fd())) || a.Getenv("TERM") == "dumb" || a.Getenv("CI") != "" {
		return nil
	}
	return func(line string) {
		if !a.quiet {
			fmt.Fprintf(a.err, "\r\x1b[K%s", diag.Safe(line))
		}
	}
}
