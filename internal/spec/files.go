package spec

import (
	"bytes"
	"cmp"
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

// A fileRule is one item of files: in the manifest.
type fileRule struct {
	node, path  *yaml.Node
	glob        string
	when        *expression
	left, right string
	hits        int
}

// readTree reads files/ and partials/ with the rules for files.
func (l *loader) readTree(raw tree.Tree, n *yaml.Node) {
	var stored []tree.File
	var parts []text.Part
	rules := l.fileRules(n)
	for f := range raw.All() {
		name := f.Path.String()
		dir, rest, _ := strings.Cut(name, "/")
		switch {
		case name == manifest:
		case dir == "files" && rest != "":
			l.t.Files = append(l.t.Files, l.file(f, rest, rules))
		case dir == "partials" && rest != "":
			parts = append(parts, l.partial(f, rest)...)
		default:
			continue
		}
		stored = append(stored, f)
	}
	slices.SortStableFunc(l.t.Files, func(a, b File) int { return strings.Compare(a.From, b.From) })
	partials, errs := text.ParsePartials(parts, l.all)
	l.errs = append(l.errs, errs...)
	l.compileAll(raw, stored, partials)
	l.doubles(rules)
}

// compileAll compiles every file on all cores, beside the template's digest.
func (l *loader) compileAll(raw tree.Tree, stored []tree.File, partials *text.Partials) {
	var wg sync.WaitGroup
	wg.Go(func() {
		if len(stored) != raw.Len() { // something lies beside the template
			raw, _ = tree.New(stored)
		}
		l.t.Digest = raw.Stored()
	})
	errs := make([]diag.List, len(l.t.Files))
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(errs)); i = next.Add(1) - 1 {
				errs[i] = l.compile(&l.t.Files[i], partials)
			}
		})
	}
	wg.Wait()
	l.errs = append(l.errs, slices.Concat(errs...)...)
}

func (l *loader) mistake(at diag.Pos, hint, format string, args ...any) {
	l.errs = append(l.errs, &diag.Error{Code: diag.Template, Pos: at, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

func (l *loader) partial(f tree.File, rest string) []text.Part {
	at := diag.Pos{File: f.Path.String()}
	name, ok := strings.CutSuffix(rest, ".tmpl")
	switch {
	case !ok || name == "" || strings.Contains(name, "/") || f.Mode == tree.Link:
		l.mistake(at, "call it partials/NAME.tmpl", "a partial is a file NAME.tmpl in partials/ itself")
	case !utf8.Valid(f.Data):
		l.mistake(at, "save it as UTF-8", "the partial is not UTF-8")
	default:
		at.Line, at.Col = 1, 1
		return []text.Part{{Name: name, Src: string(f.Data), At: at}}
	}
	return nil
}

// fileRules reads files: in the manifest.
func (l *loader) fileRules(n *yaml.Node) []*fileRule {
	var rules []*fileRule
	for _, item := range l.forms(n, "files", "file rule") {
		r := &fileRule{node: item, path: item.Get("path"), when: l.expression(item.Get("when"), reflect.Bool, scope{vars: l.vars})}
		l.delimiters(r)
		if r.path != nil && l.glob(r) {
			rules = append(rules, r)
		}
	}
	return rules
}

func (l *loader) delimiters(r *fileRule) {
	n := r.node.Get("delimiters")
	if n == nil {
		return
	}
	d := texts(n)
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
	path := r.path.Text
	bare := action().ReplaceAllString(path, "")
	r.glob = action().ReplaceAllStringFunc(path, func(s string) string { return meta().ReplaceAllString(s, `\$0`) })
	switch {
	case len(path) > 1024 || strings.Count(bare, "{") > 3 || strings.Count(bare, ",") > 50 || strings.Count(bare, "*") > 10:
		l.fail(r.path.Pos, "split it over several rules", "the pattern is too large to match quickly")
	case !doublestar.ValidatePattern(r.glob):
		l.fail(r.path.Pos, "write * ** ? [a-z] {a,b}", "%q is not a pattern", path)
	default:
		return true
	}
	return false
}

// file reads one file below files/; its text is compiled later.
func (l *loader) file(src tree.File, from string, rules []*fileRule) File {
	f := File{From: from, Data: src.Data, Link: src.Mode == tree.Link, Pos: diag.Pos{File: src.Path.String()}}
	if !f.Link {
		f.From = strings.TrimSuffix(from, ".tmpl")
		f.rendered = f.From != from
		f.Executable = bytes.HasPrefix(f.Data, []byte("#!"))
	}
	for _, r := range rules {
		if doublestar.MatchUnvalidated(r.glob, f.From) {
			r.apply(&f)
		}
	}
	l.fileName(&f)
	return f
}

// apply gives the file what the rule says; later rules overrule earlier ones.
func (r *fileRule) apply(f *File) {
	r.hits++
	if r.when != nil {
		f.when = r.when
	}
	if n := r.node.Get("update"); n != nil {
		f.Owner, _ = tree.ParseOwner(n.Text)
	}
	if n := r.node.Get("executable"); n != nil {
		f.Executable = isTrue(n)
	}
	if r.left != "" {
		f.left, f.right = r.left, r.right
	}
	if n := r.node.Get("was"); n != nil {
		f.Was = texts(n)
	}
}

var variable = lazy(`\{\{ ?\.[a-zA-Z_][a-zA-Z0-9_]* ?\}\}`)

// fileName compiles a name, which may hold plain variables only.
func (l *loader) fileName(f *File) {
	rest := f.From
	if strings.Contains(rest, "{{") { // the pattern is slow, and most names have none
		rest = variable().ReplaceAllString(rest, "")
	}
	switch {
	case f.From == "" || strings.HasSuffix(f.From, "/"):
		l.mistake(f.Pos, "give it a name before .tmpl", "without .tmpl nothing is left of the name")
	case strings.Contains(rest, "{{") || strings.Contains(rest, "}}"):
		l.mistake(f.Pos, "write {{.variable}}; a condition belongs in the manifest: files: - path: … when: …", "a name may hold plain variables only")
	case rest != f.From:
		var errs diag.List
		f.Name, errs = text.Parse(f.Pos, f.From, text.Lang{Vars: l.all, Inline: true, Fixed: true})
		l.errs = append(l.errs, errs...)
	}
}

// compile compiles a file's text unless there is nothing to do in it.
func (l *loader) compile(f *File, partials *text.Partials) (errs diag.List) {
	switch {
	case !f.rendered:
	case !utf8.Valid(f.Data):
		return diag.List{{
			Code: diag.Template, Pos: f.Pos, Msg: "the file is not UTF-8",
			Hint: "save it as UTF-8, or remove .tmpl from its name to copy it",
		}}
	case bytes.Contains(f.Data, []byte(cmp.Or(f.left, "{{"))):
		at := diag.Pos{File: f.Pos.File, Line: 1, Col: 1}
		f.Body, errs = text.Parse(at, string(f.Data), text.Lang{Left: f.left, Right: f.right, Vars: l.all, Partials: partials})
		f.Data = nil
	}
	return errs
}

// doubles reports paths that two files have or had, and rules that do nothing.
func (l *loader) doubles(rules []*fileRule) {
	var paths []string
	owner := map[string]string{} // of paths that files have or had
	for i, f := range l.t.Files {
		if i > 0 && f.From == paths[i-1] {
			l.mistake(f.Pos, "remove or rename one of them", "%s and this file both make %s", l.t.Files[i-1].Pos.File, f.From)
		}
		paths = append(paths, f.From)
		owner[f.From] = "a file of this template"
	}
	for _, r := range rules {
		if r.hits == 0 {
			l.fail(r.path.Pos, suggestion(r.path.Text, paths, "write a path below files/, without .tmpl"), "no file matches %q", r.path.Text)
		}
		was := get(r.node, "was")
		if len(was.Items) > 0 && r.hits > 1 {
			l.fail(was.Pos, "write a rule for each file", "%d files match %q, but only one can have been there", r.hits, r.path.Text)
		}
		for _, v := range was.Items {
			if _, err := tree.ParsePath(v.Text); err != nil {
				l.fail(v.Pos, "write an earlier path below files/, without .tmpl", "%q is not a path: %s", v.Text, err)
			}
			if owner[v.Text] != "" {
				l.fail(v.Pos, "remove one of them", "%q is already %s", v.Text, owner[v.Text])
			}
			owner[v.Text] = fmt.Sprintf("an earlier path at %s:%d", manifest, v.Pos.Line)
		}
	}
}
