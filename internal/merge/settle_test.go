package merge

import (
	"bytes"
	"strings"
	"testing"
)

// A conflict that is settled holds one side, to the byte; those that are left
// stay as they are, whatever the lines end in.
func TestSettle(t *testing.T) {
	for _, ending := range []string{"\n", "\r\n"} {
		lines := func(s string) []byte { return bytes.ReplaceAll([]byte(s), []byte("\n"), []byte(ending)) }
		base, ours, theirs := lines("a\nb\nc\nd\ne\n"), lines("A\nb\nc\nd\n======= \n"), lines("AA\nb\nc\nd\nEE\n")
		m := Text(Sides{Base: base, Ours: ours, Theirs: theirs, Labels: Labels{"t 1", "t 2"}})
		if len(m.Regions) != 2 {
			t.Fatalf("%d conflicts", len(m.Regions))
		}
		for take, want := range map[Take][]byte{TakeOurs: ours, TakeTheirs: theirs, TakeNeither: m.Data} {
			if got, err := Settle(m.Data, m.Marker, func(Dispute) Take { return take }); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%q, take %d: got %q, %v", ending, take, got, err)
			}
		}
		all, err := Disputes(m.Data, m.Marker)
		if err != nil || len(all) != 2 || all[0].Line != 1 || all[0].Ours != "A"+ending || all[0].Base != "a"+ending || all[1].Theirs != "EE"+ending ||
			all[0].Labels != (Labels{"t 1", "t 2"}) {
			t.Errorf("got %+v, %v", all, err)
		}
	}
	for text, want := range map[string]string{
		"a\n<<<<<<< yours\nb\n=======\nc\n>>>>>>> t\n":              "line 2: the markers of this conflict are not whole",
		"a\n<<<<<<< yours\nb\n||||||| t\n":                          "line 2: the markers of this conflict are not whole",
		"a\n>>>>>>> t\n":                                            "line 2: this marker is alone",
		"<<<<<<< yours\n<<<<<<< yours\n":                            "line 1: the markers of this conflict are not whole",
		"\ufeff<<<<<<< yours\n||||||| t\n=======\n>>>>>>> t\nafter": "",
		"=====\n<<<<<<<< yours\n":                                   "",
		"a\n=======\n<<<<<<< y\n||||||| t\n=======\n>>>>>>> t\n":    "", // a heading of Markdown
		"<<<<<<< y\n=======\n||||||| t\n=======\n>>>>>>> t\n":       "line 1: the markers of this conflict are not whole",
	} {
		_, err := Settle([]byte(text), 7, func(Dispute) Take { return TakeOurs })
		if got := ""; err != nil && err.Error() != want || err == nil && want != got {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A line that Markdown underlines a heading with is left of no conflict.
func TestUnsettled(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "a\n=======\nb\n": 0, "a\n=======\nb\n||||||| t\n": 4, "a\r\n>>>>>>> t\r\n": 2, "<<<<<<<": 1, "<<<<<<<< yours": 0,
		"a\n=======\n<<<<<<< yours\n||||||| t\n=======\n>>>>>>> t\n": 3,
	} {
		if got := Unsettled([]byte(text), 7); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

// FuzzSettle holds what settles conflicts to what wrote them.
func FuzzSettle(f *testing.F) {
	f.Add("a\nb\n", "A\nb\n", "AA\nb\n")
	f.Add("<<<<<<< yours\n", "=======\r\n", "")
	f.Fuzz(func(t *testing.T, base, ours, theirs string) {
		if Binary([]byte(base)) || Binary([]byte(ours)) || Binary([]byte(theirs)) {
			return
		}
		s := Sides{Base: []byte(base), Ours: []byte(ours), Theirs: []byte(theirs), Labels: Labels{"t 1", "t 2"}}
		m := Text(s)
		if m.Marker == 0 {
			return
		}
		for _, take := range []Take{TakeOurs, TakeTheirs, TakeNeither} {
			got, err := Settle(m.Data, m.Marker, func(Dispute) Take { return take })
			if err != nil {
				t.Fatalf("%q: %v", m.Data, err)
			}
			s.Take = take
			if want := string(Text(s).Data); plain(string(got)) != plain(want) {
				t.Fatalf("take %d of %q: got %q, want %q", take, m.Data, got, want)
			}
		}
	})
}

// plain is text but for how its lines, and the last one, end.
func plain(text string) string {
	return strings.TrimRight(strings.ReplaceAll(strings.TrimPrefix(text, byteOrderMark), "\r", ""), "\n")
}
