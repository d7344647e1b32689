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

// dangerous reports whether r could move, hide or reorder text: controls
// (C0, DEL, C1), bidi controls, zero-width and other invisible characters,
// tags, line and paragraph separators.
func dangerous(r rune) bool {
	if r < 0x7f {
		return r < 0x20
	}
	switch {
	case r <= 0x9f, r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0:
		return true
	case r >= 0x180b && r <= 0x180f, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r == 0xfeff, r >= 0xfff0 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return unicode.Is(unicode.Cf, r)
}
