package diag

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

func at(file string, line, col int, msg string) *Error {
	return &Error{Code: Manifest, Pos: Pos{file, line, col}, Msg: msg}
}

func TestError(t *testing.T) {
	for want, e := range map[string]error{
		"wrong":          at("", 3, 4, "wrong"),
		"a: wrong":       at("a", 0, 4, "wrong"),
		"a:3: wrong":     at("a", 3, 0, "wrong"),
		"a:3:4: wrong":   at("a", 3, 4, "wrong"),
		"a: x\nb:1: y":   List{at("a", 0, 0, "x"), at("b", 1, 0, "y")},
		"":               List{},
		"a:3:4: wrong\n": errors.Join(List{at("a", 3, 4, "wrong")}, errors.New("")),
	} {
		if got := e.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestErr(t *testing.T) {
	if err := (List{}).Err(); err != nil {
		t.Errorf("an empty list is the error %v", err)
	}
	if err := (List{at("a", 0, 0, "x")}).Err(); err == nil || err.Error() != "a: x" {
		t.Errorf("got %v", err)
	}
}

func TestSort(t *testing.T) {
	l := List{at("b", 1, 1, "7"), at("a", 2, 1, "4"), at("a", 2, 1, "5"), at("a", 1, 9, "3"), at("a", 1, 2, "2"), at("a", 0, 0, "1"), at("a", 10, 1, "6"), at("", 9, 9, "0")}
	l.Sort()
	got := ""
	for _, e := range l {
		got += e.Msg
	}
	if got != "01234567" {
		t.Errorf("got the order %s", got)
	}
	var mixed List
	last := map[int]string{}
	for i := range 100 {
		mixed = append(mixed, at("a", i*7%5, 1, fmt.Sprintf("%02d", i)))
	}
	mixed.Sort()
	for _, e := range mixed {
		if e.Msg < last[e.Pos.Line] {
			t.Errorf("%s comes after %s at one place", e.Msg, last[e.Pos.Line])
		}
		last[e.Pos.Line] = e.Msg
	}
}

func TestAll(t *testing.T) {
	a, b, c := at("a", 1, 1, "x"), at("b", 2, 2, "y"), errors.New("plain")
	for want, err := range map[string]error{
		"":                                                      nil,
		"manifest a:1:1: x":                                     a,
		" manifest a:1:1: x":                                    fmt.Errorf("around: %w", a),
		"internal plain":                                        c,
		"internal open: file does not exist":                    fmt.Errorf("open: %w", fs.ErrNotExist),
		"manifest a:1:1: x, manifest b:2:2: y":                  List{a, b},
		" manifest a:1:1: x, manifest b:2:2: y":                 fmt.Errorf("around: %w", List{a, b}),
		"  manifest a:1:1: x, manifest b:2:2: y":                errors.Join(a, b),
		"   manifest a:1:1: x, manifest b:2:2: y":               fmt.Errorf("around: %w", errors.Join(a, b)),
		"manifest a:1:1: x, internal plain, manifest b:2:2: y":  errors.Join(List{a}, errors.Join(c, b)),
		" manifest a:1:1: x, internal plain, manifest b:2:2: y": errors.Join(a, fmt.Errorf("around: %w", errors.Join(c, List{b}))),
		"internal around: plain, manifest b:2:2: y":             errors.Join(fmt.Errorf("around: %w", c), b),
	} {
		var got []string
		for _, e := range All(err) {
			got = append(got, string(e.Code)+" "+e.Error())
		}
		if all := strings.Join(got, ", "); all != strings.TrimLeft(want, " ") {
			t.Errorf("%v: got %q, want %q", err, all, want)
		}
	}
}

func TestData(t *testing.T) {
	got := Data(List{{Code: Answer, Msg: "m", Hint: "h", Pos: Pos{"f", 2, 3}, Of: "t", Line: "not shown"}})
	if len(got) != 1 || got[0] != (Datum{"answer", "m", "f", "t", 2, 3, "h"}) || Data(nil) == nil {
		t.Errorf("got %+v", got)
	}
	got = Data(List{{Code: Path, Msg: "m\u009b31m", Hint: "h\x1b\nh", Pos: Pos{File: "f\u202e"}, Of: "t\x1b"}})
	if got[0] != (Datum{Code: "path", Message: `m\u009b31m`, File: `f\u202e`, Of: `t\x1b`, Hint: "h\\x1b\nh"}) {
		t.Errorf("a terminal would obey %+v", got)
	}
}

func TestLineOf(t *testing.T) {
	const src = "one\r\ntwo\n\nfour"
	for n, want := range map[int]string{-1: "", 0: "", 1: "one", 2: "two", 3: "", 4: "four", 5: ""} {
		if got := LineOf(src, n); got != want {
			t.Errorf("line %d: got %q, want %q", n, got, want)
		}
	}
}

func TestColumn(t *testing.T) {
	const line = "aü世\xff👍z" // at 0, 1, 3, 6, 7, 11
	for offset, want := range map[int]int{-1: 1, 0: 1, 1: 2, 3: 3, 6: 4, 7: 5, 11: 6, 12: 7, 99: 7} {
		if got := Column(line, offset); got != want {
			t.Errorf("offset %d: got %d, want %d", offset, got, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"questions", "version", "name", "files", "requires", "y"}
	for word, want := range map[string]string{
		"question":                     "questions",
		"Qeustions":                    "questions", // a swap is one step
		"verison":                      "version",
		"NAME":                         "name",
		"nam":                          "name",
		"nmae":                         "name",
		"fiels":                        "files",
		"require":                      "requires",
		"x":                            "",
		"nxm":                          "", // of three letters two would differ
		"nxmx":                         "", // nor two of four
		"na":                           "",
		"":                             "",
		"license":                      "",
		strings.Repeat("questions", 9): "",
	} {
		if got := Suggest(word, known); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
	short, long := strings.Repeat("a", 64), strings.Repeat("a", 65)
	if Suggest(short, []string{short}) != short || Suggest(long, []string{short}) != "" || Suggest(short, []string{long}) != "" {
		t.Error("64 letters are compared, and no more: that takes their square")
	}
	if got := Suggest("aa", []string{"ab", "aA"}); got != "aA" {
		t.Errorf("got %q, not the nearest", got)
	}
	if got := Suggest("cats", []string{"cat", "bats"}); got != "cat" {
		t.Errorf("got %q, not the first of the nearest", got)
	}
}

func TestReason(t *testing.T) {
	at := &fs.PathError{Op: "open", Path: "secret", Err: errors.New("no")}
	for want, err := range map[string]error{
		"no":    errors.Join(errors.New("first"), fmt.Errorf("x: %w", at)),
		"plain": fmt.Errorf("a: %w", fmt.Errorf("b: %w", errors.New("plain"))),
	} {
		if got := Reason(err); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
