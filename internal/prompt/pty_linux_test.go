package prompt

import (
	"strings"
	"testing"
)

// A terminal cuts a line of over 4 KiB without a word, so none is an answer.
func TestCutLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 6_000)
	got, code, screen := onTerminal(t, long+"\n", "x\n", "one\n", long+"\n", ".\n", "two\n", ".\n", "\n", "\n", "\n", "\n", "\n")
	if got != "--set title=x --set notes=two" || code != 0 || strings.Count(screen, "  the terminal may have cut a line") != 2 {
		t.Errorf("exit %d, got %.300s", code, got)
	}
}
