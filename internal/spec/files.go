package spec

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/text"
	"example.com/gen/internal/tree"
	"example.com/gen/internal/yaml"
	"github.com/bmatcuk/doublestar/v4"
)

// The largest files, in bytes.
const (
	maxRendered = 1 << 20
	maxCopied   = 16 << 20
)

// A fileRule is one item of files: in the manifest.
type fileRule struct {
	path, glob  string
	plain       bool // the path is one file's
	at          diag.Pos
	node        *yaml.Node
	when        *expression
	owner       tree.Owner
	executable  bool
	left, right string
	was         []string
	hits        atomic.Int64
}

// readTree reads files/ and partials/ with the rules for files.
func (l *loader) readTree(raw tree.Tree, n *yaml.Node) {
	var stored, sources []tree.File
	var parts []text.Part
	for f := range raw.All() {
		name := f.Path.String()
		dir, rest, _ := strings.Cut(name, "/")
		switch {
		case name == manifest:
		case dir == "files" && rest != "":
			sources = append(sources, f)
		case dir == "partials" && rest != "":
			parts = append(parts, l.partial(f, rest))
		default:
			continue
		}
		stored = append(stored, f)
	}
	own, errs := tree.New(stored)
	l.errs = append(l.errs, errs...)
	l.t.Digest = own.Stored()
	partials, errs := text.ParsePartials(slices.DeleteFunc(parts, func(p text.Part) bool { return p.Name == "" }), l.all)
	l.errs = append(l.errs, errs...)
	rules := l.fileRules(n)
	l.read(sources, rules, partials)
	l.unused(rules)
}

func (l *loader) partial(f tree.File, rest string) text.Part {
	at := diag.Pos{File: f.Path.String()}
	name, ok := strings.CutSuffix(rest, ".tmpl")
	switch {
	case !ok || name == "" || strings.Contains(name, "/") || f.Mode == tree.Link:
		l.errs = append(l.errs, mistake(at, "call it partials/NAME.tmpl", "a partial is a file NAME.tmpl in partials/ itself"))
	case len(f.Data) > maxRendered:
		l.errs = append(l.errs, tooLarge(at, len(f.Data), maxRendered))
	case !utf8.Valid(f.Data):
		l.errs = append(l.errs, mistake(at, "save it as UTF-8", "the partial is not UTF-8"))
	default:
		at.Line, at.Col = 1, 1
		return text.Part{Name: name, Src: string(f.Data), At: at}
	}
	return text.Part{}
}

func mistake(at diag.Pos, hint, format string, args ...any) *diag.Error {
	return &diag.Error{Code: diag.Template, Pos: at, Msg: fmt.Sprintf(format, args...), Hint: hint}
}

func tooLarge(at diag.Pos, size, limit int) *diag.Error {
	return &diag.Error{
		Code: diag.Limit, Pos: at, Hint: "make it smaller, or several files",
		Msg: fmt.Sprintf("the file has %d bytes; at most %d are allowed", size, limit),
	}
}

// fileRules reads files: in the manifest.
func (l *loader) fileRules(n *yaml.Node) []*fileRule {
	var rules []*fileRule
	for i, item := range l.list(n, "files") {
		if i == maxFileRules {
			l.fail(item.Pos, "join some with {a,b}", "a template has at most %d rules for files", maxFileRules)
			break
		}
		if !l.isMap(item, "file rule") {
			continue
		}
		r := &fileRule{node: item, executable: l.boolean(item, "executable", false), was: l.strings(item, "was")}
		r.when = l.expression(item.Get("when"), "when", reflect.Bool, scope{vars: l.vars})
		r.owner = tree.Owner(max(0, slices.Index(owners, l.oneOf(item, "update", owners...))))
		l.delimiters(r)
		if v := l.need(item, "file rule", "path"); v != nil && l.isString(v, "path") {
			r.path, r.at = v.Text, v.Pos
			if l.glob(r) {
				rules = append(rules, r)
			}
		}
	}
	return rules
}

var owners = []string{"merge", "until-edited", "replace"}

func (l *loader) delimiters(r *fileRule) {
	n := r.node.Get("delimiters")
	if n == nil {
		return
	}
	d := l.strings(r.node, "delimiters")
	if len(d) != 2 || d[0] == d[1] || slices.ContainsFunc(d, func(s string) bool {
		return s == "" || len(s) > 10 || strings.ContainsAny(s, " \t\n\"'`.$")
	}) {
		l.fail(n.Pos, `write two short ones, such as ["<%", "%>"]`, "delimiters must be two different strings without spaces, quotes, dots and dollars")
		return
	}
	r.left, r.right = d[0], d[1]
}

var (
	action = lazy(`\{\{.*?\}\}`)
	meta   = lazy(`[*?\[\]{}\\]`)
)

// glob turns a path into a pattern in which each {{…}} is literal.
func (l *loader) glob(r *fileRule) bool {
	bare := action().ReplaceAllString(r.path, "")
	r.plain = !meta().MatchString(bare)
	r.glob = action().ReplaceAllStringFunc(r.path, func(s string) string { return meta().ReplaceAllString(s, `\$0`) })
	switch {
	case len(r.path) > 1024 || strings.Count(bare, "{") > 3 || strings.Count(bare, ",") > 50 || strings.Count(bare, "*") > 10:
		l.fail(r.at, "split it over several rules", "the pattern is too large to match quickly")
	case !doublestar.ValidatePattern(r.glob):
		l.fail(r.at, "write * ** ? [a-z] {a,b}", "%q is not a pattern", r.path)
	default:
		return true
	}
	return false
}

func (r *fileRule) match(path string) bool {
	if r.plain {
		return r.path == path
	}
	return doublestar.MatchUnvalidated(r.glob, path)
}

// read compiles the files, a worker a core, and keeps their mistakes in order.
func (l *loader) read(sources []tree.File, rules []*fileRule, partials *text.Partials) {
	files := make([]File, len(sources))
	errs := make([]diag.List, len(sources))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(sources)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(sources); i = int(next.Add(1)) - 1 {
				files[i], errs[i] = l.file(sources[i], rules, partials)
			}
		})
	}
	workers.Wait()
	l.errs = append(l.errs, slices.Concat(errs...)...)
	slices.SortStableFunc(files, func(a, b File) int { return strings.Compare(a.From, b.From) })
	for i := 1; i < len(files); i++ {
		if files[i].From == files[i-1].From {
			l.errs = append(l.errs, mistake(files[i].Pos, "remove or rename one of them", "%s and this file both make %s", files[i-1].Pos.File, files[i].From))
		}
	}
	l.t.Files = files
}

// file compiles one file below files/.
func (l *loader) file(src tree.File, rules []*fileRule, partials *text.Partials) (File, diag.List) {
	from := strings.TrimPrefix(src.Path.String(), "files/")
	f := File{From: from, Data: src.Data, Link: src.Mode == tree.Link, Pos: diag.Pos{File: src.Path.String()}}
	rendered := false
	if !f.Link {
		f.From, rendered = strings.CutSuffix(from, ".tmpl")
		f.Executable = bytes.HasPrefix(f.Data, []byte("#!"))
	}
	for _, r := range rules {
		if r.match(f.From) {
			r.apply(&f)
		}
	}
	errs := l.fileName(&f)
	switch {
	case rendered && len(f.Data) > maxRendered:
		errs = append(errs, tooLarge(f.Pos, len(f.Data), maxRendered))
	case len(f.Data) > maxCopied:
		errs = append(errs, tooLarge(f.Pos, len(f.Data), maxCopied))
	case rendered && !utf8.Valid(f.Data):
		errs = append(errs, mistake(f.Pos, "save it as UTF-8, or remove .tmpl from its name to copy it", "the file is not UTF-8"))
	case rendered:
		errs = append(errs, l.body(&f, partials)...)
	}
	return f, errs
}

// apply gives the file what the rule says; later rules overrule earlier ones.
func (r *fileRule) apply(f *File) {
	r.hits.Add(1)
	if r.when != nil {
		f.when = r.when
	}
	if r.node.Get("update") != nil {
		f.Owner = r.owner
	}
	if r.node.Get("executable") != nil {
		f.Executable = r.executable
	}
	if r.left != "" {
		f.left, f.right = r.left, r.right
	}
	if r.was != nil {
		f.Was = r.was
	}
}

// body compiles a file's text unless there is nothing to do in it.
func (l *loader) body(f *File, partials *text.Partials) diag.List {
	left := f.left
	if left == "" {
		left = "{{"
	}
	if !bytes.Contains(f.Data, []byte(left)) {
		return nil
	}
	at := diag.Pos{File: f.Pos.File, Line: 1, Col: 1}
	t, errs := text.Parse(at, string(f.Data), text.Lang{Left: f.left, Right: f.right, Vars: l.all, Partials: partials})
	f.Body, f.Data = t, nil
	return errs
}

var variable = lazy(`\{\{ ?\.([a-zA-Z_][a-zA-Z0-9_]*) ?\}\}`)

// fileName compiles a name, which may hold plain variables only.
func (l *loader) fileName(f *File) diag.List {
	rest := variable().ReplaceAllString(f.From, "")
	if f.From == "" || strings.HasSuffix(f.From, "/") {
		return diag.List{mistake(f.Pos, "give it a name before .tmpl", "without .tmpl nothing is left of the name")}
	}
	if strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		return diag.List{mistake(f.Pos, "write {{.variable}}; a condition belongs in the manifest: files: - path: … when: …",
			"a name may hold plain variables only")}
	}
	if rest == f.From {
		return nil
	}
	var errs diag.List
	for _, m := range variable().FindAllStringSubmatch(f.From, -1) {
		if !l.all[m[1]] {
			errs = append(errs, mistake(f.Pos, suggestion(m[1], l.known(), "name an answer or a computed value"), "the name holds .%s, which is neither a question nor computed", m[1]))
		}
	}
	if errs == nil {
		f.Name, errs = text.Parse(f.Pos, f.From, text.Lang{Vars: l.all, Inline: true, Fixed: true})
	}
	return errs
}

// unused reports the rules that do nothing, and earlier paths that more than one
// file would have.
func (l *loader) unused(rules []*fileRule) {
	var paths []string
	lines := map[string]int{} // of paths that files have or had
	for _, f := range l.t.Files {
		paths = append(paths, f.From)
		lines[f.From] = 0
	}
	for _, r := range rules {
		hits := r.hits.Load()
		if hits == 0 {
			hint := suggestion(r.path, paths, "write a path below files/, without .tmpl")
			l.fail(r.at, hint, "no file matches %q", r.path)
		}
		if len(r.was) > 0 && hits > 1 {
			l.fail(r.node.Get("was").Pos, "write a rule for each file", "%d files match %q, but only one can have been there", hits, r.path)
		}
		for i, w := range r.was {
			at := r.node.Get("was").Items[i].Pos
			if _, err := tree.ParsePath(w); err != nil {
				l.fail(at, "write an earlier path below files/, without .tmpl", "%q is not a path: %s", w, err)
			}
			switch line, taken := lines[w]; {
			case taken && line == 0:
				l.fail(at, "remove it", "%q is a file of this template", w)
			case taken:
				l.fail(at, fmt.Sprintf("remove it here or at %s:%d", manifest, line), "%q was two files", w)
			}
			lines[w] = at.Line
		}
	}
}
