package tree

import (
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"example.com/gen/internal/diag"
)

// refused has every rule for paths: a part of the reason, and spellings.
var refused = map[string][]string{
	"is empty":         {""},
	"absolute":         {"/", "/etc/passwd", "//server/share"},
	"leads elsewhere":  {".", "..", "../x", "a/../b", "a/.", "./a", "a/.."},
	"empty element":    {"a//b", "a/"},
	"longer than 1024": {strings.Repeat("abcd/", 205)},
	"longer than 255":  {strings.Repeat("a", 256), "a/" + strings.Repeat("ü", 128)},
	"space begins":     {" a", "a/ b", " .git"},
	"ends an element":  {"a.", "a ", "a./b", "a /b", "a. .", "...", ".git.", ".git ", ".git. .", ".gen.", "CON."},
	"control":          {"a\x00", "a\nb", "\x1b[2J", "a\tb", "a\x7f"},
	"backslash":        {`a\b`, `..\x`, `\\server\share`, `C\x`, `.git\config`},
	"Windows does not": {"C:", "C:/x", "c:x", "a:stream", ".git::$INDEX_ALLOCATION", "a<b", "a>b", `a"b`, "a|b", "a?b", "a*b"},
	"device on Windows": {
		"CON", "con", "Con.txt", "con.tar.gz", "a/nul/b", "NUL", "PRN", "aux.c", "COM1", "com9.x", "LPT1", "lpt9.txt",
		"COM¹", "com².txt", "LPT³", "CONIN$", "conout$.x", "CLOCK$", "con .txt", "com1  .x",
	},
	"not UTF-8": {"\xff", "a/\xc3(", "\xed\xa0\x80"},
	"cannot be seen": {
		"a\u202eb", "a\u2066b", "\u061ca", "a\u200fb", "a\u200bb", "a\ufeffb", "a\u00adb", "a\u2060b", "\U000e0041", "a\u2028b", "a\u2029b",
		"a\u0085b", "a\u009bb", "a\u115fb", "a\u3164b", "a\uffa0b", "a\u034fb", "a\ufe0fb", "a\u180bb", "a\U000e0100b", "a\u2065b", "a\ufff0b",
		".g\u200cit", "\u200d.git", ".git\u200e/x",
	},
	"NFC":       {"e\u0301", "a/\u212b", "\u1100\u1161", "\u2126", "\u212a"},
	"git's own": {".git", ".GIT", ".Git/config", ".git/hooks/x", "a/.gIt/b", "git~1", "GIT~1", "a/git~12/x"},
	"gen's own": {".gen", ".gen/x", ".GEN/project.yaml", ".gEn", "gen~1", "GEN~1/project.yaml"},
}

func TestParsePathRefuses(t *testing.T) {
	for want, paths := range refused {
		for _, s := range paths {
			if _, err := ParsePath(s); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+q: got %v, want %s", s, err, want)
			}
		}
	}
}

func TestParsePathAllows(t *testing.T) {
	for _, s := range []string{
		"a", "a/b/c.txt", "...a", "..a", "a..b", ".a", "~", "-rf", "a b", "a . b", "{{.name}}.tmpl", "$HOME", "'", "#", "%00",
		".gitignore", ".github/x", ".gitmodules", "git", "x.git", "agit~1", "git~1.txt", ".genx", "a/.gen", "gen", "a/gen~1", "gen~1.txt", "xgen~1",
		"console", "conin", "com", "comx", "com0", "com10", "COM1x", "com 2", "com1 2", "COM⁴", "lpt", "nul1", "a.con", "CLOCK",
		"ＣＯＮ", "．git", "ﬁle", "ｃ：", "․git", "K", // lookalikes, which no system takes for another
		"ü", "世界/文.md", "é", "한국", "👍.txt", "a\u00a0", "ſ", "ß", "İ",
		strings.Repeat("a", 255), strings.Repeat("ü", 127), strings.Repeat("abc/", 255) + "abcd",
	} {
		if p, err := ParsePath(s); err != nil || p.String() != s {
			t.Errorf("%+q: got %q, %v", s, p, err)
		}
	}
}

func TestFold(t *testing.T) {
	for _, pair := range []string{
		"README.md readme.MD", "k \u212a", "s ſ", "S ſ", "ω Ω", "σ ς", "ß ẞ", "É é", "a/B A/b", "ǆ ǅ", "ü Ü",
	} {
		a, b, _ := strings.Cut(pair, " ")
		if foldSegment(a) != foldSegment(b) {
			t.Errorf("%s and %s differ", a, b)
		}
	}
	for _, pair := range []string{"a b", "ﬁ fi", "Ａ A", "ß ss", "i İ", "i ı", "² 2", "é e", "a/b ab"} {
		a, b, _ := strings.Cut(pair, " ")
		if foldSegment(a) == foldSegment(b) {
			t.Errorf("%s and %s are the same", a, b)
		}
	}
}

// FuzzParsePath holds the law of paths: what is accepted is local, clean and
// visible, and so are its directories; it differs from its folded form in case
// only.
func FuzzParsePath(f *testing.F) {
	for _, paths := range refused {
		f.Add(paths[0])
		f.Add("a/" + paths[len(paths)-1])
	}
	f.Add("src/über/한국.txt")
	f.Add("ι\u05a6") // folds to two marks in an order that is not normal
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			if p != (Path{}) || strings.Contains(err.Error(), "\x1b") {
				t.Errorf("%q: %q, %v", s, p, err)
			}
			return
		}
		switch {
		case p.String() != s, path.Clean(s) != s:
			t.Errorf("%q became %q", s, p)
		case !fs.ValidPath(s), !filepath.IsLocal(filepath.FromSlash(s)), !utf8.ValidString(s):
			t.Errorf("%q is not local", s)
		case !norm.NFC.IsNormalString(s):
			t.Errorf("%q is not normal", s)
		case diag.Safe(s) != s, strings.ContainsAny(s, "\\:*?\"<>|"):
			t.Errorf("%q holds dangerous characters", s)
		case strings.EqualFold(s, ".git"), strings.Contains("/"+strings.ToLower(s)+"/", "/.git/"):
			t.Errorf("%q is git's", s)
		}
		if d := path.Dir(s); d != "." {
			if _, err := ParsePath(d); err != nil {
				t.Errorf("the directory of %q: %v", s, err)
			}
		}
		if key := p.Fold(); !strings.EqualFold(key, s) || path.Dir(key) != foldSegment(path.Dir(s)) {
			t.Errorf("%q folds to %q", s, key)
		}
	})
}
