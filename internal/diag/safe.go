package diag

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest text that reaches a terminal, in bytes.
const (
	maxSafe      = 4_000
	maxSafeLines = 64_000
)

// Safe returns s with everything made visible that could do something to a
// terminal or deceive its reader; newlines and tabs too. Long texts are cut.
func Safe(s string) string { return safe(s, maxSafe, false) }

// SafeLines is [Safe] for text of several lines: newlines and tabs stay.
func SafeLines(s string) string { return safe(s, maxSafeLines, true) }

func safe(s string, limit int, lines bool) string {
	if len(s) > limit {
		end := limit
		for end > 0 && !utf8.RuneStart(s[end]) {
			end--
		}
		return safe(s[:end], limit, lines) + fmt.Sprintf("... (%d bytes more)", len(s)-end)
	}
	clean := func(r rune, size int) bool {
		return r != utf8.RuneError && !dangerous(r) || r == utf8.RuneError && size > 1 || lines && (r == '\n' || r == '\t')
	}
	b := &strings.Builder{}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case clean(r, size):
			b.WriteString(s[i : i+size])
		case r == utf8.RuneError:
			fmt.Fprintf(b, `\x%02x`, s[i])
		default:
			b.WriteString(visible(r))
		}
		i += size
	}
	return b.String()
}

func visible(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	default:
		return fmt.Sprintf(`\U%08x`, r)
	}
}

// dangerous reports whether r could move, hide or reorder text: controls,
// format characters (bidi, zero-width, tags), separators of lines, and what
// shows as nothing. The selectors between the looks of an emoji may stay.
func dangerous(r rune) bool {
	switch {
	case r < 0x7f:
		return r < 0x20
	case r >= 0xfe00 && r <= 0xfe0f:
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
