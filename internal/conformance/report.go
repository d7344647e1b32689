package conformance

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Text writes the verdict for people: every check with all, else what failed.
func (v Verdict) Text(w io.Writer, all bool) {
	if v.Broken != "" {
		fmt.Fprintf(w, "%s cannot be judged: %s\n", v.Service, visible(v.Broken))
		return
	}
	group := ""
	for _, r := range v.Results {
		if r.Outcome == Passed && !all {
			continue
		}
		if g, _, _ := strings.Cut(r.ID, "/"); g != group && r.Outcome != Absent {
			group = g
			fmt.Fprintf(w, "\n%s\n", strings.ToUpper(g[:1])+g[1:])
		}
		switch r.Outcome {
		case Passed:
			fmt.Fprintf(w, "  ok      %-32s %s (%.1f s)\n", r.ID, r.Promised, r.Seconds)
		case Failed:
			fmt.Fprintf(w, "  FAILED  %s\n    promised: %s\n", r.ID, r.Promised)
			for _, what := range r.Happened {
				fmt.Fprintf(w, "    happened: %s\n", visible(what))
			}
			for _, what := range r.Noted {
				fmt.Fprintf(w, "    noted:    %s\n", visible(what))
			}
			fmt.Fprintf(w, "    again:    %s\n", r.Again)
		}
	}
	counts := v.Counts()
	fmt.Fprintf(w, "\n%s: %d checks passed, %d failed, %d not run, in %.0f s\n", v.Service, counts[Passed], counts[Failed], counts[Absent], v.Seconds)
	for _, name := range slices.Sorted(maps.Keys(v.Absent)) {
		var ids []string
		for _, r := range v.Results {
			if r.Outcome == Absent && strings.HasPrefix(r.Happened[0], name+": ") {
				ids = append(ids, r.ID)
			}
		}
		if len(ids) > 0 {
			fmt.Fprintf(w, "not run without %s (%s): %d: %s\n", name, v.Absent[name], len(ids), strings.Join(ids, " "))
		}
	}
}

// Counts are the numbers of results by outcome.
func (v Verdict) Counts() map[Outcome]int {
	counts := map[Outcome]int{}
	for _, r := range v.Results {
		counts[r.Outcome]++
	}
	return counts
}

// visible keeps what a service says from acting on a terminal.
func visible(text string) string {
	var b strings.Builder
	for _, c := range text {
		if c == '\n' || c == '\t' || unicode.IsPrint(c) {
			b.WriteRune(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return strings.ReplaceAll(b.String(), "\n", "\n              ")
}

// JSON writes the verdict for programs.
func (v Verdict) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type testSuite struct {
	XMLName  xml.Name   `xml:"testsuite"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Skipped  int        `xml:"skipped,attr"`
	Time     float64    `xml:"time,attr"`
	Cases    []testCase `xml:"testcase"`
}

type testCase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Time    float64  `xml:"time,attr"`
	Failure *message `xml:"failure"`
	Skipped *message `xml:"skipped"`
	Output  string   `xml:"system-out,omitempty"`
}

type message struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the verdict as JUnit's XML.
func (v Verdict) JUnit(w io.Writer) error {
	counts := v.Counts()
	suite := testSuite{Name: "conformance of " + v.Service, Tests: len(v.Results), Failures: counts[Failed], Skipped: counts[Absent], Time: v.Seconds}
	for _, r := range v.Results {
		group, name, _ := strings.Cut(r.ID, "/")
		c := testCase{Class: group, Name: name, Time: r.Seconds}
		text := strings.Join(slices.Concat(r.Happened, r.Noted), "\n")
		switch r.Outcome {
		case Failed:
			c.Failure = &message{r.Promised, visible(text) + "\nagain: " + r.Again}
		case Absent:
			c.Skipped = &message{Message: text}
		default:
			c.Output = visible(text)
		}
		suite.Cases = append(suite.Cases, c)
	}
	if v.Broken != "" {
		suite.Tests, suite.Failures = 1, 1
		suite.Cases = []testCase{{Class: "setup", Name: "setup", Failure: &message{Message: visible(v.Broken)}}}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	return e.Encode(suite)
}
