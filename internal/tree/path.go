package tree

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A Path is a slash-separated path relative to the project's root. The only way
// to get one is [ParsePath]; a Path is therefore always local, clean and
// portable.
type Path struct{ s string }

// The longest path, and the longest element of one, in bytes.
const (
	maxPath    = 1024
	maxSegment = 255
)

// ParsePath checks s against every rule for the names that gen writes and
// returns it as a Path. The error names the rule, without the path.
func ParsePath(s string) (Path, error) {
	switch {
	case s == "":
		return Path{}, errors.New("it is empty")
	case len(s) > maxPath:
		return Path{}, fmt.Errorf("it is longer than %d bytes", maxPath)
	case s[0] == '/':
		return Path{}, errors.New("it is absolute")
	}
	for rest, first := s, true; ; first = false {
		segment, after, more := strings.Cut(rest, "/")
		if err := checkSegment(segment, first); err != nil {
			return Path{}, err
		}
		if !more {
			return Path{s}, nil
		}
		rest = after
	}
}

// String returns the path with slashes.
func (p Path) String() string { return p.s }

// checkSegment holds one element of a path against the rules.
func checkSegment(s string, first bool) error {
	switch {
	case s == "":
		return errors.New("it has an empty element: two slashes, or one at the end")
	case s == "." || s == "..":
		return fmt.Errorf("%q leads elsewhere", s)
	case len(s) > maxSegment:
		return fmt.Errorf("an element is longer than %d bytes", maxSegment)
	case s[0] == ' ':
		return errors.New("a space begins an element")
	case s[len(s)-1] == ' ' || s[len(s)-1] == '.':
		return errors.New("a dot or space ends an element: Windows drops it")
	}
	if err := checkRunes(s); err != nil {
		return err
	}
	switch {
	case isDevice(s):
		return fmt.Errorf("%s is a device on Windows", s)
	case isCalled(s, ".git"):
		return errors.New("it is git's own directory")
	case first && isCalled(s, ".gen"):
		return errors.New("it is gen's own directory")
	}
	return nil
}

func checkRunes(s string) error {
	ascii := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < 0x20 || c == 0x7f:
			return errors.New("it holds a control character")
		case c >= utf8.RuneSelf:
			ascii = false
		case c == '\\':
			return errors.New(`it holds a backslash, which separates elements on Windows`)
		case strings.IndexByte(`<>:"|?*`, c) >= 0:
			return fmt.Errorf("it holds %q, which Windows does not allow", c)
		}
	}
	switch {
	case ascii:
		return nil
	case !utf8.ValidString(s):
		return errors.New("it is not UTF-8")
	case strings.ContainsFunc(s, invisible):
		return errors.New("it holds a character that cannot be seen or that reorders text")
	case !norm.NFC.IsNormalString(s):
		return errors.New("it is not in Unicode's normal form NFC: another system would rename it")
	}
	return nil
}

// invisible are controls, format characters (bidi, zero-width, tags),
// separators of lines and paragraphs, and what shows as nothing.
func invisible(r rune) bool {
	return r >= utf8.RuneSelf &&
		unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// isDevice reports whether Windows takes s, with or without an ending, for a
// device.
func isDevice(s string) bool {
	base, _, _ := strings.Cut(s, ".")
	base = strings.TrimRight(base, " ")
	if len(base) < 3 || len(base) > 8 {
		return false
	}
	base = strings.ToUpper(base)
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	port, found := strings.CutPrefix(base, "COM")
	if !found {
		port, found = strings.CutPrefix(base, "LPT")
	}
	return found && utf8.RuneCountInString(port) == 1 && strings.Contains("123456789\u00b9\u00b2\u00b3", port)
}

// isCalled reports whether some file system takes s for dir, three letters
// after a dot: those that fold case, and those that make short names, such as
// GIT~1. Dots and spaces at the end, colons and invisible characters, which
// others drop, do not get here.
func isCalled(s, dir string) bool {
	s = foldSegment(s)
	return s == dir || len(s) <= len("git~12") && strings.HasPrefix(s, dir[1:]+"~")
}

// Fold returns the key under which file systems may take two paths for one:
// Unicode's simple case folding of the path, which is in NFC.
func (p Path) Fold() string { return foldSegment(p.s) }

func foldSegment(s string) string {
	ascii, lower := true, true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < utf8.RuneSelf
		lower = lower && (s[i] < 'A' || s[i] > 'Z')
	}
	switch {
	case ascii && lower:
		return s
	case ascii:
		return strings.ToLower(s)
	}
	return strings.Map(foldRune, s)
}

// foldRune is the least of the runes that fold to r, in lower case if ASCII.
func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if least >= 'A' && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}
