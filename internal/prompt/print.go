package prompt

import (
	"fmt"
	"strings"
)

// Print writes lines above the page that is shown, or is shown next. They stay
// when the form is closed, and are safe already.
func (f *Form) Print(text string) {
	if f.program == nil {
		fmt.Fprint(f.out, text)
		return
	}
	f.program.Println(strings.TrimSuffix(text, "\n"))
}
