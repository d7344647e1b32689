package text

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/sprig/v3"

	"example.com/gen/internal/diag"
)

var update = flag.Bool("update", false, "refresh the golden files")

func TestFunctions(t *testing.T) {
	tested := map[string]bool{}
	for src, want := range map[string]string{
		`abbrev 5 "long text"`: "lo...", `abbrevboth 5 10 "1234 5678 9123"`: "...5678...", `adler32sum "x"`: "7929977",
		`all 0 1`: "false", `any 0 1`: "true", `b32enc "x"`: "PA======", `b32dec "PA======"`: "x", `b64enc "x"`: "eA==", `b64dec "eA=="`: "x",
		`base "a/b"`: "b", `dir "a/b"`: "a", `ext "a.go"`: ".go", `clean "a//b/../c"`: "a/c", `isAbs "/a"`: "true",
		`biggest 1 3 2`: "3", `max 1 "08" 2`: "8", `maxf 1 2.5`: "2.5", `min 2 1`: "1", `minf 1 0.5`: "0.5", `ceil 1.2`: "2", `floor 1.8`: "1",
		`add1 1`: "2", `add1f 1.5`: "2.5", `divf 1 2`: "0.5", `mod 7 4`: "3", `mul 2 3`: "6", `mulf 1.5 2`: "3", `sub 3 1`: "2", `subf 3 0.5`: "2.5",
		`ternary 1 2 true`: "1", `add "08" 1`: "9", `addf "1e3" 1`: "1001", `chunk 2 (list 1 2 3)`: "[[1 2] [3]]", `compact (list 1 0 "" 2)`: "[1 2]",
		`contains "v" .name`: "true", `hasPrefix "s" .name`: "true", `hasSuffix "c" .name`: "true", `deepEqual (list 1) (list 1)`: "true",
		`default 1 .empty`: "1", `dig "a" "b" "no" (dict "a" (dict "b" 1))`: "1", `dig "a" "b" "no" (dict)`: "no", `empty ""`: "true",
		`has "a" .extras`: "true", `hasKey (dict "a" 1) "a"`: "true", `initial .extras`: "[b]", `rest .extras`: "[a]", `reverse .extras`: "[a b]",
		`initials "First Try"`: "FT", `kindIs "string" "x"`: "true", `kindOf 1`: "int", `typeOf 1`: "int", `typeIs "int" 1`: "true", `typeIsLike "int" 1`: "true",
		`lower "ÄB"`: "äb", `upper "äb"`: "ÄB", `untitle "First Try"`: "first try", `swapcase "aB"`: "Ab", `nospace "a b"`: "ab",
		`omit (dict "a" 1 "b" 2) "a"`: "map[b:2]", `pick (dict "a" 1 "b" 2) "a"`: "map[a:1]", `pluck "a" (dict "a" 1) (dict "a" 2)`: "[1 2]",
		`plural "one" "many" 2`: "many", `quote "a" 1`: `"a" "1"`, `squote "a" 1`: "'a' '1'", `sha1sum "x" | trunc 7`: "11f6ad8",
		`sha256sum "x" | trunc 7`: "2d71164", `sha512sum "x" | trunc 7`: "a4abd44", `trunc -2 "abc"`: "bc", `split "." "a.b"`: "map[_0:a _1:b]",
		`splitn "." 2 "a.b.c"`: "map[_0:a _1:b.c]", `splitList "." "a.b"`: "[a b]", `trim " a "`: "a", `trimAll "$" "$5$"`: "5", `trimPrefix "-" "-a"`: "a",
		`trimSuffix "-" "a-"`: "a", `tuple 1 2`: "[1 2]", `toRawJson "<"`: `"<"`, `toPrettyJson (list 1)`: "[\n  1\n]", `toString 1`: "1",
		`toStrings (list 1 "a")`: "[1 a]", `urlParse "https://a.b/c?d=e" | pluck "host"`: "[a.b]", `urlJoin (dict "scheme" "https" "host" "a.b" "path" "/c")`: "https://a.b/c",
		`wrap 3 "ab cd"`: "ab\ncd", `cat "a" 1`: "a 1", `concat (list 1) (list 2)`: "[1 2]", `append (list 1) 2`: "[1 2]", `prepend (list 1) 2`: "[2 1]",
		`slice (list 1 2 3) 1 2`: "[2]", `nindent 2 "a"`: "\n  a", `regexQuoteMeta "a.b"`: `a\.b`, `get (dict "a" 1) "a"`: "1", `gt 2 1`: "true",
		`printf "%s is %d%%!" .name .n`: "svc is 3%!", `printf "%s" "%!d"`: "%!d",
		`snakecase "MyService"`: "my_service", `kebabcase "MyService"`: "my-service", `camelcase "a_b"`: "AB",
		`title "it's a day"`: "It's A Day", `int "08"`: "8", `int64 "7"`: "7", `int false`: "0", `untilStep 0 5 0`: "[]", `eq (index (dict) "x") 1`: "false",
		`merge (dict "l" (list 1 (dict "a" 2))) (dict "b" 2) | toJson`: `{"b":2,"l":[1,{"a":2}]}`, `round 1.26 1 | print`: "1.3", `addf 1 2`: "3",
		`coalesce "" "x"`: "x", `repeat 0 "x"`: "", `print (index (list nil) 0)`: "<nil>", `int true`: "1", `int 3.0`: "3", `atoi "5"`: "5",
		`float64 "1.5"`: "1.5", `float64 2`: "2", `toDecimal "0777"`: "511", `add 1 "2"`: "3", `div 7 2`: "3",
		`first .extras`: "b", `last .extras`: "a", `keys (dict "b" 1 "a" 2)`: "[a b]", `values (dict "b" 1 "a" 2)`: "[2 1]",
		`merge (dict "a" 1) (dict "b" 2)`: "map[a:1 b:2]", `join "-" .extras`: "b-a", `sortAlpha .extras`: "[a b]", `sortAlpha (list "b" 1)`: "[1 b]",
		`mergeOverwrite (dict "a" (dict "x" 1)) (dict "a" (dict "x" 2))`: "map[a:map[x:2]]",
		`regexMatch "^s" .name`: "true", `regexFind "[a-z]$" .name`: "c", `regexFindAll "." .name -1`: "[s v c]",
		`regexSplit "v" .name -1`: "[s c]", `regexReplaceAll "(v)" .name "<$1>"`: "s<v>c", `regexReplaceAllLiteral "v" .name "$1"`: "s$1c",
		`eq 1 2 1`: "true", `ne 1 2`: "true", `lt "a" "b"`: "true", `ge 2.5 2.5`: "true", `le 1 0`: "false", `eq true true`: "true",
		`repeat 3 "ab"`: "ababab", `indent 2 "a\nb"`: "  a\n  b", `until 3`: "[0 1 2]", `untilStep 0 5 2`: "[0 2 4]",
		`seq 3`: "1 2 3", `seq 2 3`: "2 3", `seq 5 -2 1`: "5 3 1", `replace "a" "b" "banana"`: "bbnbnb", `wrapWith 3 "|" "ab cd"`: "ab|cd",
		`toToml .quote`: `"it's \"x\"\\"`, `toYaml .quote`: `"it's \"x\"\\"`, `toYaml .extras`: `["b", "a"]`, `toYaml .n`: "3",
		"pyString \"a\\n\\t\\\"\u2028\\x01\U000e0001é\"": `"a\n\t\"\u2028\x01\U000e0001é"`,
		"toToml \"\\x7f<\"": `"\u007f<"`, "toYaml \"\\u0085\\ufeff\"": `"\u0085\ufeff"`,
		`uniq (list 1 1 2)`: "[1 2]", `without .extras "a"`: "[b]", `round 1.26 1`: "1.3", `print "a" 1`: "a1", `println "a"`: "a\n",
		`fromJson "{\"a\":1}" | toJson`: `{"a":1}`, `semverCompare ">=1.0" "1.2.3"`: "true", `substr 0 4 .gen.created`: "2026",
	} {
		text, _ := Parse(diag.Pos{}, "{{ "+src+" }}", lang())
		for _, name := range text.funcs {
			tested[name] = true
		}
		if got := result("{{ "+src+" }}", lang()); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
	for name := range table() {
		if !tested[name] && name != "fail" {
			t.Errorf("no row calls %s", name)
		}
	}
}

// What sprig hides is an error here.
func TestFunctionsReportMistakes(t *testing.T) {
	for src, want := range map[string]string{
		`int "x"`: `"x" is no whole number`, `int 1.5`: "1.5 is no whole number", `int (list)`: "[] is no whole number",
		`atoi "zz"`: "zz", `float64 "x"`: `"x" is no number`, `toDecimal "9"`: "9 is no octal number", `add "x" 1`: `"x" is no whole number`,
		`div 1 0`: "div: the arguments are out of range", `regexMatch "(" "x"`: "the pattern is wrong", `first .empty`: "the list is empty", `last "x"`: "it needs a list",
		`fail "stop"`: "stop", `repeat "x" "y"`: "needs a whole number, and this is a text", `upper .public`: "this is true or false",
		`upper .extras`: "this is a list", `upper (dict)`: "this is a dict", `upper 1.5`: "this is a number", `get 1 "x"`: "needs a dict",
		`add (index (list nil) 0) 1`: "no value", `get (dict) 1`: "needs a text", `int (get (dict) "x")`: "is no whole number",
		`regexFind "(" ""`: "pattern is wrong", `regexFindAll "(" "" 1`: "pattern is wrong", `regexSplit "(" "" 1`: "pattern is wrong",
		`regexReplaceAll "(" "" ""`: "pattern is wrong", `eq .extras 1`: "a list and a whole number cannot be compared",
		`ternary 1 2 "x"`: "needs true or false", `upper 1`: "upper, argument 1: it needs a text, and this is a whole number",
		`upper`: "upper takes 1 arguments, and there are 0", `lt true false`: "no order", `eq 1 "1"`: "cannot be compared", `eq 1`: "two values",
		`sortAlpha 1`: "needs a list", `toYaml (dict)`: "it writes a text", `indent -1 "x"`: "an indentation of -1", `round 1.5 400`: "no number of digits",
		`index .extras 9`: "out of range", `substr 5 9 "abc"`: "substr: ", `fromJson "{"`: "fromJson: ", `.name.x`: "has no fields",
		`(index .extras 0).x`: "can't evaluate field x", `get (dict) "x"`: "", `printf "%*d" 3 4`: "write the width",
		`semverCompare "foo" "1"`: "semverCompare: ", `nil`: "nil is not a command",
		`b64dec "!!"`: "b64dec: illegal base64", `b32dec "!!"`: "b32dec: illegal base32", `dict "a"`: "a key without a value", `add 1.5 1`: "1.5 is no whole number",
		`mul "1e3" 2`: `"1e3" is no whole number`, `.n | printf "%s"`: "the format does not fit its arguments", `printf "%d" 1 2`: "the format does not fit",
		`printf "100%% %d" "x"`: "the format does not fit", `printf "%d"`: "the format does not fit", `chunk 0 .extras`: "chunk: the arguments are out of range", `slice (list 1) 5`: "slice: the arguments are out of range", `divf 1 0`: "divf: decimal division by 0", `int "08x"`: `"08x" is no whole number`,
		`max "x" 1`: `"x" is no whole number`, `ceil ""`: `"" is no number`,
	} {
		if got := result("{{ "+src+" }}", lang()); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

// TestTable pins the functions, so that a change of sprig's shows.
func TestTable(t *testing.T) {
	b := &strings.Builder{}
	for _, name := range slices.Sorted(maps.Keys(table())) {
		fmt.Fprintln(b, name)
	}
	for _, r := range reasons {
		fmt.Fprintf(b, "\n%s\n  not here: %s\n", r.names, r.why)
	}
	if *update {
		os.WriteFile("testdata/functions.txt", []byte(b.String()), 0o666)
	}
	want, _ := os.ReadFile("testdata/functions.txt")
	if b.String() != string(want) {
		t.Error("the functions have changed: go test -update, and read the diff")
	}
}

// What is left out says why, and what to do instead.
func TestLeftOut(t *testing.T) {
	for _, r := range reasons {
		for name := range strings.FieldsSeq(r.names) {
			_, list := Parse(diag.Pos{File: "f", Line: 1, Col: 1}, "{{ "+name+" }}", lang())
			if len(list) != 1 || list[0].Hint != r.why || list[0].Msg != name+" is not a function of templates here" {
				t.Errorf("%s: got %+v", name, list)
			}
		}
	}
	_, list := Parse(diag.Pos{}, "{{ mustMerge }}{{ uper }}{{ zzzzzz }}", lang())
	want := "write merge, which reports mistakes here; did you mean upper?; " +
		"the functions are those of sprig that depend on nothing but their arguments"
	if got := list[0].Hint + "; " + list[1].Hint + "; " + list[2].Hint; got != want {
		t.Errorf("got %s", got)
	}
}

// Every function of sprig is either there or left out for a reason.
func TestNothingOfSprigIsForgotten(t *testing.T) {
	for name := range sprig.TxtFuncMap() {
		if _, there := table()[name]; !there && leftOut(name) == "" {
			t.Errorf("%s is neither there nor left out", name)
		}
	}
}

// No function changes what it is given: the next file sees the same answers.
func TestArgumentsStayAsTheyAre(t *testing.T) {
	for _, src := range []string{
		`merge $d (dict "b" 2)`, `mergeOverwrite $d (dict "a" 2)`, `mergeOverwrite $d (dict "d" (dict "e" 2))`, `merge (dict "d" (dict "f" 2)) $d`,
		`omit $d "a"`, `append $d.l 9`, `append (slice $d.l 0 1) 9`, `prepend $d.l 9`, `concat $d.l $d.l`, `sortAlpha $d.l`, `reverse $d.l`, `uniq $d.l`,
		`without $d.l "x"`, `compact $d.l`, `initial $d.l`, `rest $d.l`, `chunk 1 $d.l`, `append (initial $d.l) 9`, `append (first (chunk 1 $d.l)) 9`,
		`concat (initial $d.l) (list 9)`, `toStrings $d.l`, `add (first $d.l) 1`,
	} {
		const state = "{{ toJson $d }}"
		got := result(`{{ $d := dict "a" 1 "d" (dict "e" 1) "l" (list 2 1 3) }}{{ $x := `+src+` }}`+state, lang())
		if want := `{"a":1,"d":{"e":1},"l":[2,1,3]}`; got != want {
			t.Errorf("%s: %s", src, got)
		}
	}
}
