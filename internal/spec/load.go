package spec

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/text"
	"example.com/gen/internal/tree"
	"example.com/gen/internal/yaml"
	"github.com/Masterminds/semver/v3"
)

const manifest = "template.yaml"

// A loader collects the parts and the mistakes of one template.
type loader struct {
	lines    []string
	errs     diag.List
	t        *Template
	byName   map[string]*Question
	all      map[string]bool // the names of all questions and computed values
	vars     map[string]any  // samples of those that are known so far
	count    map[string]int  // of each form
	patterns int             // the size of all of them
	budget   *text.Budget
}

// Load parses and checks a template: template.yaml, files/ and partials/. gen
// is the running version, for requires ("" or "dev" satisfies all). The error
// is a [diag.List] of all mistakes, those of the manifest first.
func Load(raw tree.Tree, gen string) (*Template, error) {
	var src []byte
	for f := range raw.All() {
		if f.Path.String() == manifest && f.Mode != tree.Link {
			src = f.Data
		}
	}
	if src == nil {
		return nil, diag.List{{
			Code: diag.Manifest, Pos: diag.Pos{File: manifest}, Msg: "the template has no such file",
			Hint: "a template is a directory that holds template.yaml and files/",
		}}
	}
	n, errs := yaml.Parse(manifest, src, yaml.Manifest, diag.Manifest)
	if errs != nil {
		return nil, errs
	}
	l := &loader{t: &Template{}, byName: map[string]*Question{}, all: map[string]bool{}, vars: map[string]any{}, count: map[string]int{}, budget: text.NewBudget()}
	l.lines = strings.Split(strings.TrimPrefix(strings.ReplaceAll(string(src), "\r\n", "\n"), "\ufeff"), "\n")
	if l.readable(n, gen) {
		n = l.form(n, "template")
		l.manifest(n)
		l.readTree(raw, n)
	}
	if len(l.errs) > 0 {
		slices.SortStableFunc(l.errs, byPlace)
		return nil, l.errs
	}
	return l.t, nil
}

func byPlace(a, b *diag.Error) int {
	file := func(e *diag.Error) string { return strings.TrimPrefix(e.Pos.File, manifest) } // first
	return cmp.Or(cmp.Compare(file(a), file(b)), a.Pos.Line-b.Pos.Line, a.Pos.Col-b.Pos.Col, cmp.Compare(a.Msg, b.Msg))
}

// readable reports whether this gen can read the manifest at all. If not, its
// other mistakes may be none.
func (l *loader) readable(n *yaml.Node, gen string) bool {
	if n.Kind != yaml.Map {
		l.fail(n.Pos, "begin with format: 1", "the manifest must be a map, not %s", n.Kind)
		return false
	}
	f := n.Get("format")
	switch {
	case f == nil:
		l.fail(n.Pos, "add format: 1", "the template has no format")
	case f.Kind != yaml.Int:
		l.fail(f.Pos, "write format: 1", "the format must be a number")
	case f.Text != "1":
		l.fail(f.Pos, "install a newer gen", "format %s is not known to this gen, which reads format 1", f.Text)
		return false
	}
	return l.requires(get(n, "requires"), gen)
}

// requires checks the versions of gen; a development build has none.
func (l *loader) requires(n *yaml.Node, gen string) bool {
	if n.Kind != yaml.String {
		return true
	}
	l.t.Requires = n.Text
	c, err := semver.NewConstraint(n.Text)
	if err != nil {
		l.fail(n.Pos, `write versions such as ">=0.1.0"`, "%q does not say which versions of gen are needed", n.Text)
		return true
	}
	c.IncludePrerelease = true
	v, err := semver.NewVersion(gen)
	if err != nil || c.Check(v) {
		return true
	}
	l.fail(n.Pos, "install another version of gen, or use another version of the template",
		"the template needs gen %s, this is %s", n.Text, gen)
	return false
}

var (
	templateName = lazy(`^[a-z][a-z0-9-]{0,39}$`)
	varName      = lazy(`^[a-z][a-z0-9_]*$`)
)

// manifest reads all of the manifest but the rules for files.
func (l *loader) manifest(n *yaml.Node) {
	if v := n.Get("name"); v != nil {
		if l.t.Name = v.Text; !templateName().MatchString(v.Text) {
			l.fail(v.Pos, "use up to 40 small letters, digits and dashes, a letter first", "%q cannot name a template", v.Text)
		}
	}
	if v := n.Get("version"); v != nil {
		l.t.Version = v.Text
		if _, err := semver.StrictNewVersion(v.Text); err != nil || len(v.Text) > 100 {
			l.fail(v.Pos, "write a semantic version such as 1.0.0", "%q is not a version", v.Text)
		}
	}
	l.t.Description = get(n, "description").Text
	computed := l.names(n)
	l.questions()
	l.computed(computed)
	if next := n.Get("next"); next != nil {
		l.t.Next = l.text(next, scope{vars: l.vars})
	}
}

// names collects the names of all questions and returns the computed values
// that have a name, so that a text may be told that a name exists elsewhere.
func (l *loader) names(n *yaml.Node) (computed []yaml.Pair) {
	name := &Question{Name: "name", Pos: n.Pos, node: &yaml.Node{Kind: yaml.Map, Pos: n.Pos}}
	for _, item := range l.forms(n, "questions", "question") {
		v := item.Get("name")
		if v == nil || !l.freeName(v.Text, v.Pos, "question %q is asked twice") {
			continue
		}
		q := &Question{Name: v.Text, Pos: v.Pos, node: item}
		l.byName[q.Name], l.all[q.Name] = q, true
		if q.Name == "name" {
			name = q
		} else {
			l.t.Questions = append(l.t.Questions, q)
		}
	}
	l.t.Questions = slices.Insert(l.t.Questions, 0, name)
	l.byName["name"], l.all["name"] = name, true
	c := get(n, "computed")
	if n.Get("computed") != nil && c.Kind != yaml.Map {
		l.fail(c.Pos, "write name: text", "computed must be a map, not %s", c.Kind)
	}
	for _, p := range c.Pairs {
		if l.freeName(p.Key, p.At, "%q is a question already") && l.isString(p.Value, p.Key) {
			l.all[p.Key] = true
			computed = append(computed, p)
		}
	}
	return computed
}

// freeName checks a new name; twice is what to say of one that is taken.
func (l *loader) freeName(name string, at diag.Pos, twice string) bool {
	q, taken := l.byName[name]
	switch {
	case !varName().MatchString(name) || len(name) > maxName:
		l.fail(at, "use small letters, digits and underscores, a letter first", "%q cannot name an answer", name)
	case isReserved(name):
		l.fail(at, "use a longer name", "%q is a word of gen or of its expressions", name)
	case taken:
		l.fail(at, fmt.Sprintf("rename it, or remove the question at %s:%d", manifest, q.Pos.Line), twice, name)
	default:
		return true
	}
	return false
}

// computed compiles the computed values; each sees the answers and those
// before it.
func (l *loader) computed(pairs []yaml.Pair) {
	for _, p := range pairs {
		l.t.Computed = append(l.t.Computed, Computed{p.Key, l.text(p.Value, scope{p.Key, l.vars})})
		l.vars[p.Key] = ""
	}
}

// lazy compiles a pattern when it is first used: most runs use few.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
