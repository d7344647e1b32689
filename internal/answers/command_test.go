package answers

import (
	"os/exec"
	"strings"
	"testing"

	"example.com/gen/internal/diag"
)

func TestCommand(t *testing.T) {
	g := Given{Name: "svc", File: []Item{{Name: "notes", Value: "it's\n two\n"}}, Set: set("author=a,b extras=b,a pool=2 db=pg workers=2")}
	a, err := Resolve(t.Context(), load(t, manifest), g, nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = "gen new 'a b' --set 'notes=it'\\''s\n two\n' --set database=postgres --set pool=2 --set extras=a,b --set author=a,b"
	if got := a.Command("gen", "new", "a b"); got != want {
		t.Errorf("got %s", got)
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"":             "''",
		"a=b,c:/d@e+f": "a=b,c:/d@e+f",
		"a b":          "'a b'",
		"$HOME `x` !":  "'$HOME `x` !'",
		"it's":         `'it'\''s'`,
		"ä":            "'ä'",
		"\u202e":       `''"$(printf '\342\200\256')"''`,
		"a\tb":         `'a'"$(printf '\011')"'b'`,
		"\xff":         `''"$(printf '\377')"''`,
	} {
		if got := Quote(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// A quoted word is one word of the shell, with the same bytes, and shows
// nothing that a terminal must not get.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", "a b\n", "\n\n", "\t\n'", "'\u200d\n\u200d'", "\x1b[2J\r\n", "\\011%s", "👩\u200d💻", "-n", "\xff\n"} {
		f.Add(s)
	}
	sh, err := exec.LookPath("sh")
	f.Fuzz(func(t *testing.T, s string) {
		quoted := Quote(s)
		if clean := strings.ReplaceAll(quoted, "\t", "T"); clean != diag.SafeLines(quoted) && len(quoted) < 4_000 {
			t.Errorf("%q shows %q", s, quoted)
		}
		if err != nil || strings.Contains(s, "\x00") || len(s) > 4<<10 { // no line is longer, and dash dies of some that are
			return
		}
		out, err := exec.Command(sh, "-c", `printf %s/%s `+quoted+" $#").Output()
		if err != nil || string(out) != s+"/0" {
			t.Errorf("%q: the shell reads %q (%v)", s, out, err)
		}
	})
}

// The command's flags alone give the same answers again.
func FuzzCommand(f *testing.F) {
	f.Add("x", "a\n", 3, true, "pg", "b,a")
	f.Add("The svc", "", 2, false, "none", "a")
	f.Add("\u200b", "'\t'", 0, true, "postgres", "")
	template := load(f, manifest)
	f.Fuzz(func(t *testing.T, title, notes string, workers int, public bool, database, extras string) {
		g := Given{Name: "svc", File: []Item{
			{Name: "title", Value: title},
			{Name: "notes", Value: notes},
			{Name: "workers", Value: workers},
			{Name: "public", Value: public},
			{Name: "db", Value: database},
			{Name: "extras", Value: strings.Split(extras, ",")},
		}}
		a, err := Resolve(t.Context(), template, g, nil)
		if err != nil {
			if say(err) != say(func() error { _, err := Resolve(t.Context(), template, g, nil); return err }()) {
				t.Error("another error the second time")
			}
			return
		}
		again, err := Resolve(t.Context(), template, Given{Name: "svc", Set: toSet(a.Chosen())}, nil)
		if err != nil || shown(again.Items()) != shown(a.Items()) || a.Command() != again.Command() {
			t.Errorf("%s (%v)\n%s", shown(a.Items()), err, shown(again.Items()))
		}
	})
}
