package answers

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"example.com/gen/internal/diag"
)

// Command returns the words and, as --set flags, the answers that differ from
// what would come out without them: pasted into a POSIX shell, it runs without
// asking and gives the same answers. The result may go to a terminal.
func (a Answers) Command(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = Quote(w)
	}
	for _, i := range a.Chosen() {
		quoted = append(quoted, "--set", Quote(i.Name+"="+i.String()))
	}
	return strings.Join(quoted, " ")
}

// Quote quotes s for a POSIX shell where it needs to be. What a terminal must
// not get is written as octal digits, for the shell to turn back.
func Quote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	b := &strings.Builder{}
	for n := 0; s != ""; s = s[n:] {
		var r rune
		switch r, n = utf8.DecodeRuneInString(s); {
		case r == '\'':
			b.WriteString(`'\''`)
		case hidden(r):
			b.WriteString(`'"$(printf '`)
			for _, c := range []byte(s[:n]) {
				fmt.Fprintf(b, `\%03o`, c)
			}
			b.WriteString(`')"'`)
		default:
			b.WriteString(s[:n])
		}
	}
	return "'" + b.String() + "'"
}

// hidden reports whether a terminal must not get r, but for a newline, which a
// quoted word may hold. A tab would ask the shell to complete a word.
func hidden(r rune) bool {
	return r == utf8.RuneError || r != '\n' && diag.Safe(string(r)) != string(r)
}
