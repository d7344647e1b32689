package diag

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSafe(t *testing.T) {
	for in, want := range map[string]string{
		"":             "",
		"plain ~ text": "plain ~ text",
		"Grüße, 世界, 👍🏽, ❤\ufe0f, e\u0301": "Grüße, 世界, 👍🏽, ❤\ufe0f, e\u0301",
		"a\nb\tc\rd":                    `a\nb\tc\rd`,
		"\x00\x07\b\x1b[2J\x1f\x7f":     `\x00\x07\x08\x1b[2J\x1f\x7f`,
		"\u0080\u009b31m\u009f":         `\u0080\u009b31m\u009f`, // C1: a CSI in one character
		"\u202egnp.exe\u2066\u2069":     `\u202egnp.exe\u2066\u2069`,
		"\u061c\u200e\u200f":            `\u061c\u200e\u200f`,
		"a\u200bb\u200cc\u200dd":        `a\u200bb\u200cc\u200dd`,
		"\u00ad\u034f\u2060\ufeff":      `\u00ad\u034f\u2060\ufeff`,
		"\u115f\u1160\u3164\uffa0":      `\u115f\u1160\u3164\uffa0`, // Hangul fillers: letters that are blank
		"\u17b4\u17b5\u180e":            `\u17b4\u17b5\u180e`,
		"a\u2028b\u2029c":               `a\u2028b\u2029c`,
		"\U000e0001\U000e0041":          `\U000e0001\U000e0041`, // tags
		"\U000e0100\u180b\u2065":        `\U000e0100\u180b\u2065`,
		"\ufff9x\ufffa":                 `\ufff9x\ufffa`,
		"\u0600\U0001d173":              `\u0600\U0001d173`, // other format characters
		"\xff\xc3(\xe2\x82\xed\xa0\x80": `\xff\xc3(\xe2\x82\xed\xa0\x80`,
		"\xc0\xaf":                      `\xc0\xaf`, // an overlong slash
		"\ufffd":                        "\ufffd",   // itself no damage
	} {
		if got := Safe(in); got != want {
			t.Errorf("%+q: got %+q, want %+q", in, got, want)
		}
	}
}

func TestSafeLinesKeepsNewlinesAndTabsOnly(t *testing.T) {
	for in, want := range map[string]string{
		"a\n\tb\n":     "a\n\tb\n",
		"a\r\nb\vc\fd": "a\\r\nb\\x0bc\\x0cd",
		"a\u2028b\x1b": `a\u2028b\x1b`,
		"\xff\n":       "\\xff\n",
	} {
		if got := SafeLines(in); got != want {
			t.Errorf("%+q: got %+q, want %+q", in, got, want)
		}
	}
}

func TestSafeIsShort(t *testing.T) {
	for in, want := range map[string]string{
		strings.Repeat("a", 4000):        strings.Repeat("a", 4000),
		strings.Repeat("a", 4001):        strings.Repeat("a", 4000) + "... (1 bytes more)",
		strings.Repeat("a", 3999) + "世x": strings.Repeat("a", 3999) + "... (4 bytes more)",
	} {
		if got := Safe(in); got != want {
			t.Errorf("%d bytes: got %d, ending in %q", len(in), len(got), got[len(got)-20:])
		}
	}
	if got := SafeLines(strings.Repeat("a\n", 40_000)); !strings.HasSuffix(got, "a\n... (16000 bytes more)") {
		t.Errorf("lines end in %q", got[len(got)-30:])
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("a\x1b[2J\n\t\u202e\u200b\U000e0041\u2028\xff\u009b")
	f.Fuzz(func(t *testing.T, s string) {
		one, lines := Safe(s), SafeLines(s)
		if i := strings.IndexFunc(one, harmful); i >= 0 || !utf8.ValidString(one) {
			t.Errorf("Safe(%+q) = %+q", s, one)
		}
		if strings.ContainsFunc(strings.NewReplacer("\n", "", "\t", "").Replace(lines), harmful) || !utf8.ValidString(lines) {
			t.Errorf("SafeLines(%+q) = %+q", s, lines)
		}
		if len(one) > 10*4000+40 {
			t.Errorf("%d bytes of %d", len(one), len(s))
		}
		if len(one) <= 4000 && Safe(one) != one {
			t.Errorf("safe text is changed again: %+q", one)
		}
		if strings.Count(lines, "\n") != strings.Count(s, "\n") && len(s) <= maxSafeLines {
			t.Errorf("the lines of %+q are not kept", s)
		}
	})
}

// harmful is what must not reach a terminal, by Unicode's own categories.
func harmful(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Join_Control) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point) && !unicode.Is(unicode.Variation_Selector, r)
}
