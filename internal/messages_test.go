package internal_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/messages.md anew")

// verb is where a format fills something in.
var verb = regexp.MustCompile(`%[-+#0-9.]*[a-zA-Z]`)

// A maker is a function that makes an error from a format and a hint: the
// places of these among its parameters, -1 if there is none, and its code.
type maker struct {
	format, hint, code int
	fixed              string
}

// A message is what gen may say when something goes wrong.
type message struct{ code, text, hint string }

// TestMessages keeps the list of all messages, made from the sources.
func TestMessages(t *testing.T) {
	dirs, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	var all []message
	for _, dir := range dirs {
		if !isApart("internal/" + dir) {
			all = append(all, messagesIn(t, dir)...)
		}
	}
	slices.SortFunc(all, func(a, b message) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	all = slices.Compact(all)
	if len(all) < 150 {
		t.Fatalf("only %d messages", len(all))
	}
	messages, reasons := "| code | message | hint |\n|---|---|---|\n", ""
	for _, m := range all {
		if m.code == "" && m.hint == "" {
			reasons += "- " + cell(m.text) + "\n"
		} else {
			messages += fmt.Sprintf("| %s | %s | %s |\n", m.code, cell(m.text), cell(m.hint))
		}
	}
	want := "# What gen says when something is wrong\n\nMade from the sources by `go test ./internal -run TestMessages -update`. " +
		"`…` stands for what the case fills in.\n\n## Codes\n\n`--json` gives them as `code`. *file* is the code of the file that is read: " +
		"manifest, answer or record.\n\n" + codes(t) + "\n## Messages\n\n" + messages +
		"\n## Reasons\n\nThey stand after a message and a colon, or below a question.\n\n" + reasons
	const file = "../docs/messages.md"
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile(file); string(got) != want {
		t.Errorf("%s is old: go test ./internal -run TestMessages -update", file)
	}
}

// codes is the table of the codes, from where they are declared.
func codes(t *testing.T) string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "diag/diag.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	table := "| code | exit | about |\n|---|---|---|\n"
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if ok && fmt.Sprint(v.Type) == "Code" {
			exit, about, _ := strings.Cut(strings.TrimSpace(v.Comment.Text()), ": ")
			table += fmt.Sprintf("| %s | %s | %s |\n", words(v.Values[0]), exit, about)
		}
		return true
	})
	return table
}

// cell is text as a cell of a table takes it.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ", "*", `\*`).Replace(s)
}

func messagesIn(t *testing.T, dir string) []message {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	makers := map[string]maker{"Errorf": {0, -1, -1, ""}, "New": {0, -1, -1, ""}}
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				if m, ok := makerOf(fn); ok {
					makers[fn.Name.Name] = m
				}
			}
		}
	}
	var all []message
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			var m message
			switch n := n.(type) {
			case *ast.CompositeLit:
				m = fromLiteral(n)
			case *ast.CallExpr:
				m = fromCall(n, makers)
			}
			if strings.Trim(m.text, "…: ") != "" && m.text != "back" { // which a person types, and never sees
				all = append(all, m)
			}
			return true
		})
	}
	return all
}

// makerOf recognises a maker by its parameters and by the error that it makes.
func makerOf(fn *ast.FuncDecl) (maker, bool) {
	m, n := maker{-1, -1, -1, ""}, 0
	for _, field := range fn.Type.Params.List {
		for _, name := range field.Names {
			switch name.Name {
			case "format", "msg":
				m.format = n
			case "hint":
				m.hint = n
			case "code":
				m.code = n
			}
			n++
		}
	}
	if m.format < 0 || fn.Body == nil {
		return m, false
	}
	makes := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if l, ok := n.(*ast.CompositeLit); ok && isError(l) {
			makes, m.fixed = true, codeOf(value(l, "Code"))
		}
		return true
	})
	return m, makes
}

func isError(l *ast.CompositeLit) bool {
	switch t := l.Type.(type) {
	case *ast.SelectorExpr:
		return t.Sel.Name == "Error"
	case *ast.Ident: // in diag itself
		return t.Name == "Error"
	}
	return false
}

func value(l *ast.CompositeLit, key string) ast.Expr {
	for _, e := range l.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == key {
			return kv.Value
		}
	}
	return nil
}

func fromLiteral(l *ast.CompositeLit) message {
	if !isError(l) {
		return message{}
	}
	return message{codeOf(value(l, "Code")), words(value(l, "Msg")), words(value(l, "Hint"))}
}

func fromCall(call *ast.CallExpr, makers map[string]maker) message {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
		if x, ok := f.X.(*ast.Ident); ok && (name == "New" || name == "Errorf") && x.Name != "errors" && x.Name != "fmt" {
			return message{}
		}
	}
	m, ok := makers[name]
	arg := func(i int) ast.Expr {
		if i < 0 || i >= len(call.Args) {
			return nil
		}
		return call.Args[i]
	}
	if !ok || arg(m.format) == nil {
		return message{}
	}
	code := m.fixed
	if m.code >= 0 {
		code = codeOf(arg(m.code))
	}
	return message{code, words(arg(m.format)), words(arg(m.hint))}
}

// codeOf is the code that an expression such as diag.Answer stands for.
func codeOf(e ast.Expr) string {
	name := ""
	switch e := e.(type) {
	case *ast.SelectorExpr:
		name = e.Sel.Name
	case *ast.Ident: // in diag itself
		name = e.Name
	}
	switch name {
	case "InputEnded":
		return "input-ended"
	case "code": // a field
		return "*file*"
	}
	return strings.ToLower(name)
}

// words is what an expression says, with … for what is not known before.
func words(e ast.Expr) string {
	switch e := e.(type) {
	case nil:
		return ""
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return verb.ReplaceAllString(s, "…")
	case *ast.BinaryExpr:
		return strings.ReplaceAll(words(e.X)+words(e.Y), "……", "…")
	case *ast.CallExpr:
		if s, ok := e.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Sprintf" {
			return words(e.Args[0])
		}
	}
	return "…"
}
