// Package record turns what a project remembers, .gen/, into bytes and back.
//
// The forms outlive releases of gen: a project that is made today is updated
// in five years. The same values give the same bytes.
package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/tree"
)

// The files below the project's root that gen keeps for itself.
const (
	Dir        = ".gen"
	File       = Dir + "/project.yaml"
	Base       = Dir + "/base.tar.gz"
	Lock       = Dir + "/lock"
	Commit     = Dir + "/tx/COMMIT" // an update that waits to be finished
	Ignore     = Dir + "/.gitignore"
	Attributes = Dir + "/.gitattributes"
)

// IgnoreText and AttributesText are what [Ignore] and [Attributes] hold.
const (
	IgnoreText     = "lock\ntx/\nundo/\n"
	AttributesText = "base.tar.gz binary linguist-generated\n"
)

const (
	format = 1
	head   = "# Written by gen. You may edit the answers and run gen update.\n"
)

// A Record is the memory of one project: the template it was made from, the
// answers, where its owner keeps moved files, and conflicts that are left.
type Record struct {
	Origin
	Base    string // digest of the base
	Created string // the UTC day, 2006-01-02
	Answers []answers.Item
	Moved   map[string]tree.Path // by the path in the template
	Pending []Pending
}

// An Origin says which template, in which version, made what the base holds.
type Origin struct {
	Source  string // builtin:NAME, dir:PATH, or a git source as it was typed
	Version string
	Ref     string // the branch or commit that is followed, of git sources
	Commit  string // 40 hex digits, of git sources
	Digest  string // of the template
	Gen     string // the version of gen that rendered it
}

// A Pending is one conflict that waits for a person.
type Pending struct {
	Path   tree.Path
	Kind   string // text, binary, deleted, added, link, blocked, replaced or directory
	Marker int    // the length of the marker lines, of text
	Left   string // the file that holds the template's side, if one was left
}

// Next returns the record of the project once p is applied: theirs is the new
// base, rendered from origin with a.
func (r Record) Next(origin Origin, a answers.Answers, theirs tree.Tree, p merge.Plan) Record {
	r.Origin, r.Answers, r.Moved, r.Pending = origin, a.Items(), p.Moved, nil
	r.Base = Digest(r.Answers, theirs)
	for _, c := range p.Changes {
		if c.Kind != merge.Conflict {
			continue
		}
		row := Pending{Path: c.Path, Kind: c.About, Marker: c.Marker}
		if c.Left != nil {
			row.Left = c.Left.Path.String()
		}
		r.Pending = append(r.Pending, row)
	}
	return r
}

// Encode returns the text of .gen/project.yaml.
func (r Record) Encode() []byte {
	b := &strings.Builder{}
	b.WriteString(head)
	fmt.Fprintf(b, "format: %d\nsource: %s\nversion: %s\n", format, plain(r.Source), plain(r.Version))
	for _, f := range []struct{ key, value string }{
		{"ref", r.Ref}, {"commit", r.Commit}, {"digest", r.Digest}, {"base", r.Base},
	} {
		if f.value != "" {
			fmt.Fprintf(b, "%s: %s\n", f.key, quote(f.value))
		}
	}
	fmt.Fprintf(b, "gen: %s\ncreated: %s\n", plain(r.Gen), r.Created)
	r.encodeLists(b)
	return []byte(b.String())
}

func (r Record) encodeLists(b *strings.Builder) {
	if len(r.Answers) > 0 {
		b.WriteString("answers:\n")
	}
	for _, a := range r.Answers {
		fmt.Fprintf(b, "  %s: %s\n", a.Name, value(a.Value))
	}
	if len(r.Moved) > 0 {
		b.WriteString("moved:\n")
	}
	for _, from := range slices.Sorted(maps.Keys(r.Moved)) {
		fmt.Fprintf(b, "  %s: %s\n", quote(from), quote(r.Moved[from].String()))
	}
	if len(r.Pending) > 0 {
		b.WriteString("pending:\n")
	}
	pending := slices.SortedFunc(slices.Values(r.Pending), func(x, y Pending) int {
		return strings.Compare(x.Path.String(), y.Path.String())
	})
	for _, p := range pending {
		fmt.Fprintf(b, "  - {path: %s, kind: %s", quote(p.Path.String()), quote(p.Kind))
		if p.Marker > 0 {
			fmt.Fprintf(b, ", marker: %d", p.Marker)
		}
		if p.Left != "" {
			fmt.Fprintf(b, ", left: %s", quote(p.Left))
		}
		b.WriteString("}\n")
	}
}

// plain leaves the quotes out where YAML reads s as the string that it is: it
// begins with a letter or digit, has nothing but those and ._/@~+-, and colons
// within; and it is no number, for which it has too many dots or a colon.
func plain(s string) string {
	const first = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	odd := s == "" || !strings.Contains(first, s[:1]) || strings.Trim(s, first+"._/@~+-:") != "" || strings.HasSuffix(s, ":")
	if odd || !strings.Contains(s, ":") && strings.Count(s, ".") < 2 && s != "dev" {
		return quote(s)
	}
	return s
}

// quote returns s as a JSON string that is a YAML string too: YAML takes a
// byte-order mark for none of its own.
func quote(s string) string { return strings.ReplaceAll(encode(s), "\ufeff", `\ufeff`) }

func value(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case []string:
		return list(v)
	default:
		return fmt.Sprint(v)
	}
}

func list(items []string) string {
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
