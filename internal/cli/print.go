package cli

import (
	"encoding/json"
	"fmt"
	"io"

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

// printJSON writes v as one indented document.
func (p *printer) printJSON(w io.Writer, v any) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // plain data; a closed pipe has nobody to tell
}
