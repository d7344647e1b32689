package spec

import (
	"cmp"
	"fmt"
	"maps"
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

// The limits of a manifest beyond those of [yaml.Manifest].
const (
	maxQuestions = 200
	maxChoices   = 1_000 // in all
	maxRules     = 10    // of a question
	maxFileRules = 200
)

// A loader collects the parts and the mistakes of one template.
type loader struct {
	lines    []string
	gen      string
	errs     diag.List
	t        *Template
	byName   map[string]*Question
	all      map[string]bool // the names of all questions and computed values
	vars     map[string]any  // samples of those that are known so far
	edges    []edge
	choices  int
	patterns int // the size of all of them
	budget   *text.Budget
}

// Load parses and checks a template: template.yaml, files/ and partials/. gen
// is the running version, for requires ("" or "dev" satisfies all). The error
// is a [diag.List] of all mistakes, those of the manifest first.
func Load(raw tree.Tree, gen string) (*Template, error) {
	at := diag.Pos{File: manifest}
	f, ok := lookup(raw, manifest)
	if !ok || f.Mode == tree.Link {
		return nil, diag.List{{
			Code: diag.Manifest, Pos: at, Msg: "the template has no such file",
			Hint: "a template is a directory that holds template.yaml and files/",
		}}
	}
	n, errs := yaml.Parse(manifest, f.Data, yaml.Manifest, diag.Manifest)
	if errs != nil {
		return nil, errs
	}
	l := &loader{gen: gen, t: &Template{}, byName: map[string]*Question{}, all: map[string]bool{}, vars: map[string]any{}, budget: text.NewBudget()}
	l.lines = strings.Split(strings.TrimPrefix(strings.ReplaceAll(string(f.Data), "\r\n", "\n"), "\ufeff"), "\n")
	if l.fits(n) {
		l.manifest(n)
		l.readTree(raw, n)
	}
	slices.SortStableFunc(l.errs, byPlace)
	if len(l.errs) > 0 {
		return nil, l.errs
	}
	return l.t, nil
}

func lookup(t tree.Tree, name string) (tree.File, bool) {
	p, err := tree.ParsePath(name)
	if err != nil {
		return tree.File{}, false
	}
	return t.Get(p)
}

func byPlace(a, b *diag.Error) int {
	file := func(e *diag.Error) string { return strings.TrimPrefix(e.Pos.File, manifest) } // first
	return cmp.Or(cmp.Compare(file(a), file(b)), a.Pos.Line-b.Pos.Line, a.Pos.Col-b.Pos.Col, cmp.Compare(a.Msg, b.Msg))
}

// fits reports whether this gen can read the manifest at all. If not, its other
// mistakes may be none.
func (l *loader) fits(n *yaml.Node) bool {
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
		l.fail(f.Pos, "install a newer gen", "format %s is not known to this gen%s, which reads format 1", f.Text, l.version())
		return false
	}
	return l.requires(n.Get("requires"))
}

func (l *loader) version() string {
	if l.gen == "" {
		return ""
	}
	return " (" + l.gen + ")"
}

// requires checks the versions of gen; a development build has none.
func (l *loader) requires(n *yaml.Node) bool {
	if n == nil || !l.isString(n, "requires") {
		return true
	}
	l.t.Requires = n.Text
	c, err := semver.NewConstraint(n.Text)
	if err != nil || len(n.Text) > 200 {
		l.fail(n.Pos, `write versions such as ">=0.1.0"`, "%q does not say which versions of gen are needed", n.Text)
		return true
	}
	c.IncludePrerelease = true
	v, err := semver.NewVersion(l.gen)
	if err != nil || c.Check(v) {
		return true
	}
	l.fail(n.Pos, "install another version of gen, or use another version of the template",
		"the template needs gen %s, this is %s", n.Text, l.gen)
	return false
}

var (
	templateName = lazy(`^[a-z][a-z0-9-]{0,39}$`)
	varName      = lazy(`^[a-z][a-z0-9_]*$`)
)

// manifest reads all of the manifest but the rules for files.
func (l *loader) manifest(n *yaml.Node) {
	l.isMap(n, "template")
	if v := l.need(n, "template", "name"); v != nil && l.isString(v, "name") {
		if l.t.Name = v.Text; !templateName().MatchString(v.Text) {
			l.fail(v.Pos, "use up to 40 small letters, digits and dashes, a letter first", "%q cannot name a template", v.Text)
		}
	}
	if v := l.need(n, "template", "version"); v != nil && l.isString(v, "version") {
		if l.t.Version = v.Text; len(v.Text) > 100 || !strict(v.Text) {
			l.fail(v.Pos, "write a semantic version such as 1.0.0", "%q is not a version", v.Text)
		}
	}
	l.t.Description = l.words(n, "description")
	l.names(n)
	l.questions()
	l.computed(n.Get("computed"))
	l.t.Next = l.text(n.Get("next"), "next", scope{})
}

func strict(s string) bool {
	_, err := semver.StrictNewVersion(s)
	return err == nil
}

// names collects the names of all questions and computed values, so that a
// text may be told that a name exists elsewhere.
func (l *loader) names(n *yaml.Node) {
	for i, item := range l.list(n, "questions") {
		if i == maxQuestions {
			l.fail(item.Pos, "ask fewer", "a template has at most %d questions", maxQuestions)
			break
		}
		if !l.isMap(item, "question") {
			continue
		}
		v := l.need(item, "question", "name")
		if v == nil || !l.isString(v, "name") || !l.freeName(v.Text, v.Pos, "question %q is asked twice") {
			continue
		}
		q := &Question{Name: v.Text, Pos: v.Pos, node: item}
		l.byName[q.Name], l.all[q.Name] = q, true
		l.t.Questions = append(l.t.Questions, q)
	}
	i := slices.IndexFunc(l.t.Questions, func(q *Question) bool { return q.Name == "name" })
	name := &Question{Name: "name", Pos: n.Pos, node: &yaml.Node{Kind: yaml.Map, Pos: n.Pos}}
	if i >= 0 {
		name = l.t.Questions[i]
		l.t.Questions = slices.Delete(l.t.Questions, i, i+1)
	}
	l.t.Questions = slices.Insert(l.t.Questions, 0, name)
	l.byName["name"], l.all["name"] = name, true
	if c := n.Get("computed"); c != nil && c.Kind == yaml.Map {
		for _, p := range c.Pairs {
			if l.freeName(p.Key, p.At, "%q is a question already") {
				l.all[p.Key] = true
			}
		}
	}
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
func (l *loader) computed(n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Kind != yaml.Map {
		l.fail(n.Pos, "write name: text", "computed must be a map, not %s", n.Kind)
		return
	}
	for _, p := range n.Pairs {
		if !l.all[p.Key] || l.byName[p.Key] != nil {
			continue
		}
		t := l.text(p.Value, p.Key, scope{l.vars, func(name string, at diag.Pos) bool {
			switch {
			case name == p.Key:
				l.fail(at, "use the answers and the values before it", "%q is made from itself", name)
			case name == "gen":
				l.fail(at, "use it in a file", ".gen is known only while files are rendered")
			default:
				l.fail(at, "move "+name+" up", "%q is made after %q", name, p.Key)
			}
			return true
		}})
		l.vars[p.Key] = ""
		l.t.Computed = append(l.t.Computed, Computed{p.Key, t})
	}
}

// known returns the names of all questions and computed values, sorted.
func (l *loader) known() []string { return slices.Sorted(maps.Keys(l.all)) }

// lazy compiles a pattern when it is first used: most runs use few.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
