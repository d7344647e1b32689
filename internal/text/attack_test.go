package text

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/gen/internal/diag"
)

// The bars of a hostile text.
const (
	slowest = slower * 2 * time.Second // of processor time
	largest = 256                      // MiB
)

// An attack asks for too much and is refused with these words.
type attack struct{ src, want string }

const (
	steps = "the template takes over 1000000 steps"
	value = "a value of over 1 MiB"
	long  = `{{ $s := repeat 1000000 "x" }}`
	some  = `{{ $s := repeat 20000 "x" }}`
)

// loops go on and on.
var loops = []attack{
	{`{{ range 1000000000 }}{{ end }}`, "f:1:10: " + steps},
	{strings.Repeat("{{ range 10 }}", 200) + strings.Repeat("{{ end }}", 200), steps},
	{"{{ range 1000000 }}" + strings.Repeat("{{ if 1 }}{{ end }}", 50_000) + "{{ end }}", "f:1:10: " + steps},
	{variables(900) + "{{ range 1000000 }}" + strings.Repeat("{{ if $.n }}{{ end }}", 1000) + "{{ end }}", steps},
	{manyKeys() + "{{ range 1000000 }}{{ range $d }}{{ break }}{{ end }}{{ end }}", steps},
	{long + `{{ range 1000000 }}{{ if print $s $s $s $s $s $s $s $s $s }}{{ end }}{{ end }}`, "a call with over 8 MiB of arguments"},
	{`{{ template "p0" . }}`, steps},
	{some + `{{ $t := repeat 20000 "x" }}{{ range 1000000 }}{{ if eq $s $t }}{{ end }}{{ end }}`, steps},
	{some + `{{ range 1000000 }}{{ $x := upper $s }}{{ end }}`, steps},
	{`{{ $l := until 2000 }}{{ range 90 }}{{ $l = list $l }}{{ end }}{{ range 1000 }}{{ if toPrettyJson $l }}{{ end }}{{ end }}`, steps},
	{some + `{{ range 1000000 }}{{ if has $s (list $s) }}{{ end }}{{ end }}`, steps},
	{some + `{{ range 1000000 }}{{ if regexMatch "(x+x+)+y" $s }}{{ end }}{{ end }}`, steps},
	{`{{ range 1000000 }}{{ if regexMatch "(a{1000}b{1000}c{1000})" "x" }}{{ end }}{{ end }}`, steps},
	{some + `{{ range 1000000 }}{{ if split "" $s }}{{ end }}{{ end }}`, steps},
	{`{{ $l := until 60000 }}{{ range 100000 }}{{ without $l 1 2 3 | len }}{{ end }}`, steps},
	{`{{ $l := list }}{{ range 40 }}{{ $l = append $l (until 200) }}{{ end }}{{ range 1000 }}{{ if uniq $l }}{{ end }}{{ end }}`, steps},
	{`{{ $s := repeat 99999 "x" }}{{ range 100 }}{{ $s }}{{ end }}`, "over 4 MiB into one file"},
}

// values grow and grow.
var growing = []attack{
	{`{{ $s := "x" }}{{ range 40 }}{{ $s = print $s $s }}{{ end }}{{ len $s }}`, "over 1 MiB"},
	{`{{ $l := list 1 2 }}{{ range 40 }}{{ $l = list $l $l }}{{ end }}{{ toJson $l }}`, "over 1 MiB"},
	{`{{ $l := list 1 }}{{ range 60000 }}{{ $l = list $l }}{{ end }}{{ toPrettyJson $l }}`, "over 100 lists or dicts within each other"},
	{`{{ $d := dict }}{{ range 40 }}{{ $d = dict "a" $d "b" $d }}{{ end }}{{ print $d }}`, "over 1 MiB"},
	{`{{ until 50000000 | len }}`, value},
	{`{{ until -50000000 | len }}`, value},
	{`{{ untilStep 0 50000000 1 | len }}`, value},
	{`{{ untilStep 50000000 0 -1 | len }}`, value},
	{`{{ seq 50000000 }}`, value},
	{`{{ seq 1 1 50000000 }}`, value},
	{`{{ repeat 100000000 "x" | len }}`, value},
	{`{{ printf "%999999999d" 1 }}`, "a width of over 1 MiB"},
	{`{{ printf "%.999999999f" 1.0 }}`, "a width of over 1 MiB"},
	{`{{ printf "%99999999999999999999d" 1 }}`, "a width of over 1 MiB"},
	{`{{ printf "%*d" 999999999 1 }}`, "write the width into the format"},
	{`{{ printf "%[1]*d" 999999999 }}`, "write the width into the format"},
	{`{{ $f := repeat 100000 "%900d" }}{{ printf $f 1 }}`, value},
	{long + `{{ printf (repeat 200000 "%[1]s") $s }}`, "over 1 MiB"},
	{long + `{{ replace "x" "xxxxxxxxxxxxxxxxxxxx" $s }}`, "over 1 MiB"},
	{long + `{{ replace "" "xxxxxxxxxxxxxxxxxxxx" $s }}`, "over 1 MiB"},
	{some + `{{ regexReplaceAll "x" $s (repeat 1000 "y") }}`, "a replacement makes a value of over 1 MiB"},
	{some + `{{ regexReplaceAllLiteral "" $s (repeat 1000 "y") }}`, "a replacement makes a value of over 1 MiB"},
	{long + `{{ regexMatch "(x{1,100}){1,9}y" $s }}`, steps},
	{`{{ regexMatch (repeat 140 "(a|b)*") (repeat 100000 "a") }}`, steps},
	{`{{ regexMatch (repeat 3300 "a{1000}") "x" }}`, "a pattern of over 1000 bytes"},
	{`{{ indent 1000000 "a\nb\nc" }}`, value},
	{`{{ nindent 999999999 "a" }}`, value},
	{`{{ wrapWith 1 (repeat 1000 "y") (repeat 100000 "x ") }}`, value},
	{`{{ join (repeat 100000 "y") (until 6000) }}`, value},
	{`{{ $l := until 60000 }}{{ uniq $l | len }}`, "a list too long for this function"},
	{long + `{{ cat $s $s $s }}`, "over 1 MiB"},
	{long + `{{ list $s $s | join "" }}`, "over 1 MiB"},
	{`{{ splitList "" (repeat 1000000 "x") | len }}`, "over 1 MiB"},
	{`{{ fromJson (print (repeat 20000 "[") (repeat 20000 "]")) }}`, "exceeded max depth"},
	{`{{ round 1.5 999999999 }}`, "no number of digits"},
	{`{{ substr 5 9 "abc" }}`, "substr: "}, // it panics
	{strings.Repeat(`{{ repeat 100000 "x" }}`, 50), "over 4 MiB into one file"},
}

// sources are hard to parse.
var sources = []attack{
	{strings.Repeat("{{ if true }}", 200_000) + strings.Repeat("{{ end }}", 200_000), "over 1000 blocks within each other"},
	{"{{ " + strings.Repeat("(", 500_000) + "1" + strings.Repeat(")", 500_000) + " }}", "max expression depth"},
	{"{{ if 0 }}" + strings.Repeat("{{ else if 0 }}", 60_000) + "{{ fail .name }}{{ end }}{{ fail .name }}", "fail: svc"},
	{variables(40_000) + strings.Repeat("{{ $a39999 }}", 45_000), "over 1000 variables"},
	{strings.Repeat("{{ 1 }}", 140_000) + "\n" + strings.Repeat("{{ 1 }}", 70) + "{{ end }}", "f:2:1: unexpected {{end}}"},
	{strings.Repeat("{{ .x }}", 130_000), "f:1:4: unknown variable .x"},
	{strings.Repeat("{{/*}}", 170_000), "f:1:1: unclosed comment"},
	{strings.Repeat("{{ ` }}", 130_001), "f:1:1: unterminated raw quoted string"},
	{"{{ 1 " + strings.Repeat("| print ", 60_000) + "| fail }}", "fail: 1"},
	{"{{ $x := dict }}{{ $x" + strings.Repeat(".a", 500_000) + " }}", "no entry for key"},
	{"{{ fail" + strings.Repeat(" 1", 100_000) + " }}", "fail takes 1 arguments"},
}

// What goes on and on takes as long as it has steps: a quarter of them shows it.
func TestAttacksOfLoops(t *testing.T)   { hold(t, loops, 4) }
func TestAttacksOfValues(t *testing.T)  { hold(t, growing, 1) }
func TestAttacksOfSources(t *testing.T) { hold(t, sources, 1) }

// variables declares n of them.
func variables(n int) string {
	b := &strings.Builder{}
	for i := range n {
		fmt.Fprintf(b, "{{ $a%d := 1 }}", i)
	}
	return b.String()
}

// manyKeys declares a dict, whose keys take long to sort.
func manyKeys() string {
	b := &strings.Builder{}
	for i := range 30_000 {
		fmt.Fprintf(b, `"%d":1,`, i*7919%30_000)
	}
	return "{{ $d := fromJson `{" + b.String() + "\"x\":1}` }}"
}

// chain is 100 partials, each of which includes the next two: all ways through
// them are more than can be counted.
func chain() (parts []Part) {
	for i := range 100 {
		src := "{{ .name }}"
		if i < 98 {
			src = fmt.Sprintf(`{{ template "p%d" . }}{{ template "p%d" . }}`, i+1, i+2)
		}
		name := fmt.Sprintf("p%d", i)
		parts = append(parts, Part{Name: name, Src: src, At: diag.Pos{File: "partials/" + name + ".tmpl", Line: 1, Col: 1}})
	}
	return parts
}

// hold holds attacks to a part of the bars, with that part of the steps. What
// the process has from the system never shrinks, so that its growth is at least
// what any of them took.
func hold(t *testing.T, attacks []attack, part int64) {
	t.Helper()
	l := lang(chain()...)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, a := range attacks {
		b := NewBudget()
		b.steps.Store(maxSteps - maxSteps/part)
		start := spent()
		got := within(b, a.src, l)
		took := spent() - start
		runtime.ReadMemStats(&after)
		grown := (after.Sys - before.Sys) >> 20
		t.Logf("%5d ms of %d %4d MiB  %-60.60q  %.90q", took.Milliseconds(), slowest.Milliseconds()/part, grown, a.src, got)
		if !strings.Contains(got, a.want) || took > slowest/time.Duration(part) || grown > largest {
			t.Errorf("%.90q: got %.90q after %v and with %d MiB, want %s", a.src, got, took, grown, a.want)
		}
	}
}
