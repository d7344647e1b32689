package merge

import (
	"path"
	"strings"
)

// A set is a kind of file whose lines say something each, in any order.
type set uint8

const (
	noSet        set = iota
	ignored          // patterns of files to leave out
	owners           // CODEOWNERS: a pattern, and who owns what it matches
	requirements     // what pip installs
)

func setOf(name string) set {
	base := path.Base(name)
	begins, isText := strings.CutSuffix(base, ".txt")
	switch {
	case base == ".gitignore", base == ".dockerignore":
		return ignored
	case base == "CODEOWNERS":
		return owners
	case isText && strings.HasPrefix(begins, "requirements"):
		return requirements
	}
	return noSet
}

// union returns the lines of both sides, ours first, if both only added lines
// that have nothing to do with each other.
func (r *refiner) union(c Chunk) ([]string, bool) {
	if r.set == noSet || len(c.Base) > 0 {
		return nil, false
	}
	ours, about := map[string]bool{}, map[string]bool{}
	for _, l := range c.Ours {
		subject, ok := r.set.subject(l)
		if !ok {
			return nil, false
		}
		ours[l], about[subject] = true, true
	}
	lines := c.Ours[:len(c.Ours):len(c.Ours)]
	for _, l := range c.Theirs {
		subject, ok := r.set.subject(l)
		switch {
		case !ok, subject != "" && about[subject] && !ours[l]:
			return nil, false
		case strings.TrimSpace(l) == "" || !ours[l]:
			lines = append(lines, l)
		}
	}
	return lines, true
}

// subject is what a line is about: two lines about the same thing do not go
// together. It is empty for a comment, and false if the line means something for
// others.
func (s set) subject(line string) (string, bool) {
	text := strings.TrimSpace(line)
	switch {
	case text == "" || text[0] == '#':
		return "", true
	case s == ignored:
		return text, text[0] != '!'
	case s == owners:
		return strings.Fields(text)[0], text[0] != '[' && text[0] != '^'
	case line[0] == ' ' || line[0] == '\t' || strings.HasSuffix(text, `\`): // one of several lines
		return "", false
	case text[0] == '-' || strings.Contains(text, "://") && !strings.Contains(text, "@"):
		return text, true
	}
	name, _, _ := strings.Cut(text, "[")
	if end := strings.IndexAny(name, "<>=!~;@( \t"); end >= 0 {
		name = name[:end]
	}
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("-_.", r) }), "-"), true
}
