package merge

import (
	"strings"
	"testing"
)

// Settling a conflict for a side gives what that side has, and leaves all else
// to the byte; broken markers are named.
func TestSettle(t *testing.T) {
	const text = "a\n<<<<<<< yours\no\n||||||| t 1\nb\n=======\nt\n>>>>>>> t 2\nz\n<<<<<<< yours\n||||||| t 1\n=======\nlast\n>>>>>>> t 2"
	for in, want := range map[string]string{
		"neither=" + text:              text,
		"ours=" + text:                 "a\no\nz\n",
		"theirs=" + text:               "a\nt\nz\nlast\n",
		"ours=" + byteOrderMark + text: byteOrderMark + "a\no\nz\n",
		"ours=" + strings.ReplaceAll(text, "\n", "\r\n"):      "a\r\no\r\nz\r\n",
		"ours=no conflict\n======\n<<<<<<\n":                  "no conflict\n======\n<<<<<<\n",
		"ours=a\n<<<<<<< yours\no\n":                          "line 2: the markers of this conflict are not whole",
		"ours=a\n>>>>>>> t 2\n":                               "line 2: this marker is alone",
		"ours=<<<<<<< yours\n=======\n||||||| t 1\n>>>>>>> t": "line 1: the markers of this conflict are not whole",
	} {
		side, data, _ := strings.Cut(in, "=")
		got, err := Settle([]byte(data), 7, func(Dispute) Take {
			return map[string]Take{"neither": TakeNeither, "ours": TakeOurs, "theirs": TakeTheirs}[side]
		})
		if result := string(got); result != want && (err == nil || err.Error() != want) {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
	all, err := Disputes([]byte(text), 7)
	if err != nil || len(all) != 2 || all[0] != (Dispute{2, "o\n", "b\n", "t\n", Labels{"t 1", "t 2"}}) || all[1].Line != 10 {
		t.Errorf("got %+v, %v", all, err)
	}
}
