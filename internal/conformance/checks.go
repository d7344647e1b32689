package conformance

import (
	"fmt"
	"slices"
	"strings"
)

// Checks are all that is checked, in the order of the report.
func Checks() []Check {
	return slices.Concat(
		projectChecks(), problemChecks(), requestChecks(), idChecks(), openAPIChecks(),
		configChecks(), secretChecks(), startupChecks(), logChecks(), privacyChecks(),
		auditChecks(), auditFaultChecks(), verifyChecks(), lazyChecks(), upstreamChecks(),
		lifeChecks(), databaseChecks(),
	)
}

// check is a Check that needs nothing.
func check(id, proves, claim string, run func(*T)) Check {
	return Check{ID: id, Proves: proves, Claim: claim, run: run}
}

// needing says what checks need.
func needing(needs string, list ...Check) []Check {
	for i := range list {
		list[i].Needs = append(strings.Fields(needs), list[i].Needs...)
	}
	return list
}

// proves returns the ids of the promises that c proves.
func (c Check) proves() []string { return strings.Fields(c.Proves) }

// same fails the check unless got is want.
func same[V comparable](t *T, what string, got, want V) {
	if got != want {
		t.Errorf("%s is %s instead of %s", what, show(got), show(want))
	}
}

// only returns the one item of a list; if there is another number of them it
// ends the check.
func only[V any](t *T, what string, list []V) V {
	if len(list) != 1 {
		t.Fatalf("the number of %s is %d instead of 1", what, len(list))
	}
	return list[0]
}

func show(v any) string {
	if text, is := v.(string); is {
		return short(fmt.Sprintf("%q", text))
	}
	return fmt.Sprint(v)
}

// contains fails the check unless text holds part.
func contains(t *T, what, text, part string) {
	if !strings.Contains(text, part) {
		t.Errorf("%s does not hold %q: %s", what, part, short(text))
	}
}

// lacks fails the check if text holds part.
func lacks(t *T, what, text, part string) {
	if strings.Contains(text, part) {
		t.Errorf("%s holds %q: %s", what, part, short(text))
	}
}
