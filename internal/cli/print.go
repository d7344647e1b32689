package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"example.com/gen/internal/diag"
)

// A printer writes results to out and everything else to err.
type printer struct {
	out, err io.Writer
	color    bool
	quiet    bool
	verbose  bool
}

// note tells something that is not an error; --quiet leaves it out.
func (p *printer) note(format string, args ...any) {
	if !p.quiet {
		fmt.Fprintf(p.err, "gen: %s\n", diag.SafeLines(fmt.Sprintf(format, args...)))
	}
}

// detail tells what only --verbose shows.
func (p *printer) detail(format string, args ...any) {
	if p.verbose {
		p.note(format, args...)
	}
}

// printJSON writes v as one indented document. What a terminal must not get is
// escaped, which changes nothing for a program.
func (p *printer) printJSON(w io.Writer, v any) {
	b := &strings.Builder{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // plain data
	out := &strings.Builder{}
	for _, r := range b.String() {
		if s := string(r); r == '\n' || diag.Safe(s) == s {
			out.WriteString(s)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(out, `\u%04x`, unit)
		}
	}
	fmt.Fprint(w, out)
}
