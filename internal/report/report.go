// Package report shows a [merge.Plan]: as rows for people, as values for JSON.
package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/tree"
)

// widest is the longest path that still moves the reasons' column.
const widest = 48

// Rows returns one line for each change: its kind, path and reason. Conflicts
// stand out by capitals.
func Rows(p merge.Plan) string {
	width := 0
	for _, c := range p.Changes {
		width = max(width, min(utf8.RuneCountInString(shown(c)), widest))
	}
	b := &strings.Builder{}
	for _, c := range p.Changes {
		kind := string(c.Kind)
		if c.Kind == merge.Conflict {
			kind = strings.ToUpper(kind)
		}
		fmt.Fprintf(b, "  %-8s  %-*s  %s\n", kind, width, diag.Safe(shown(c)), diag.Safe(c.Reason))
	}
	return b.String()
}

// shown is a change's path, and before it the one that it had.
func shown(c merge.Change) string {
	if c.Old != (tree.Path{}) {
		return c.Old.String() + " -> " + c.Path.String()
	}
	return c.Path.String()
}

// past is how a summary speaks of each kind.
var past = map[merge.Kind]string{
	merge.Create: "created", merge.Modify: "modified", merge.Merge: "merged", merge.Move: "moved", merge.Delete: "deleted",
	merge.ModeOnly: "made executable or not", merge.Adopt: "adopted", merge.Skip: "skipped", merge.Conflict: "conflicts", merge.Yours: "yours",
}

// Summary returns the counts in one line, without a newline: "47 created".
func Summary(p merge.Plan) string {
	var parts []string
	for _, k := range merge.Kinds() {
		switch n := p.Count(k); {
		case n == 1 && k == merge.Conflict:
			parts = append(parts, "1 conflict")
		case n > 0:
			parts = append(parts, fmt.Sprintf("%d %s", n, past[k]))
		}
	}
	if p.Unchanged > 0 || len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", p.Unchanged))
	}
	return strings.Join(parts, ", ")
}

// A Change is one element of changes[] in JSON.
type Change struct {
	Path    string     `json:"path"`
	Old     string     `json:"old,omitempty"`
	Kind    merge.Kind `json:"kind"`
	Reason  string     `json:"reason"`
	Regions []Region   `json:"regions,omitempty"`
	Left    string     `json:"left,omitempty"`
}

// A Region is a conflict in a text: its lines on each side, from the first,
// counted from 1, up to and without the second.
type Region struct {
	Ours   [2]int `json:"ours"`
	Base   [2]int `json:"base"`
	Theirs [2]int `json:"theirs"`
}

// Changes returns p's changes as JSON shows them, never nil.
func Changes(p merge.Plan) []Change {
	changes := make([]Change, len(p.Changes))
	for i, c := range p.Changes {
		changes[i] = Change{Path: c.Path.String(), Old: c.Old.String(), Kind: c.Kind, Reason: c.Reason}
		for _, r := range c.Regions {
			changes[i].Regions = append(changes[i].Regions, Region{r.Ours, r.Base, r.Theirs})
		}
		if c.Left != nil {
			changes[i].Left = c.Left.Path.String()
		}
	}
	return changes
}

// Counts returns the summary as JSON shows it: each kind once, and unchanged.
func Counts(p merge.Plan) map[string]int {
	counts := map[string]int{"unchanged": p.Unchanged}
	for _, k := range merge.Kinds() {
		counts[string(k)] = p.Count(k)
	}
	return counts
}

// Size returns n bytes as people read them: "812 B", "1.2 kB".
func Size(n int) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	size, unit := float64(n)/1000, "kB"
	if size >= 999.95 {
		size, unit = size/1000, "MB"
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}
