// Package internal_test holds the sources to the drawing in ARCHITECTURE.md:
// who may import whom, who may write, and how large things may be.
//
// It reads the sources itself: go test keeps a result until a file changes that
// the test opened, and does not see what a go command opened for it.
package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "example.com/gen/"

// rows are the layers: a package imports only lower rows. A new package needs
// its row here.
var rows = map[string]int{
	"cmd/gen": 7, "internal/cli": 6,
	"internal/apply": 5, "internal/prompt": 5, "internal/source": 5, "internal/project": 5,
	"internal/record": 4, "internal/report": 4, "internal/render": 4,
	"internal/answers": 3,
	"internal/spec":    2, "internal/merge": 2,
	"internal/text": 1, "internal/yaml": 1, "internal/diff": 1, "internal/outline": 1,
	"internal/tree": 0, "internal/diag": 0, "templates": 0,
}

// beside are the imports within a row.
var beside = map[string]string{"internal/tree": "internal/diag", "internal/outline": "internal/yaml"}

// apart is what judges the services that gen makes: no part of gen, of which it
// imports nothing, and which cannot import it, since it has no row.
const apart = "internal/conformance"

const (
	lastPure = 4 // the row below the packages that have effects

	maxFunction, maxFunctionP90 = 80, 40
	maxFile, maxPackage, maxAll = 500, 3_400, 19_300
	maxInterfaces, maxMethods   = 3, 3
	maxApart                    = 6_250
)

// impure is what makes two runs differ; packages below one are meant too.
var impure = []string{"os", "net", "time", "math/rand", "crypto/rand", "syscall", "golang.org/x/sys"}

// writers are the functions of os, and the methods of os.Root and os.File,
// that change what lies on the disk.
var writers = strings.Fields(`Chmod Chown Chtimes CopyFS Create CreateTemp Lchown Link Mkdir MkdirAll MkdirTemp
	Remove RemoveAll Rename Renameat2 Symlink Truncate WriteFile`)

// A source is one Go file.
type source struct {
	name, pkg string
	test      bool
	lines     int
	ast       *ast.File
	set       *token.FileSet
}

// load parses the Go files of the module at fsys, but those that templates
// hold or make.
func load(t *testing.T, fsys fs.FS) (sources []source) {
	t.Helper()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (base == "testdata" || base != "." && base[0] == '.' || path.Dir(name) == "templates" || path.Dir(name) == "golden"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		s := source{name: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), set: token.NewFileSet()}
		s.lines = strings.Count(string(data), "\n")
		s.ast, err = parser.ParseFile(s.set, name, data, parser.SkipObjectResolution)
		sources = append(sources, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

// check returns what is wrong with the sources, and their sizes in words.
func check(sources []source) (wrong []string, sizes string) {
	c := checker{packages: map[string]int{}}
	for _, s := range sources {
		c.size(s)
		if !s.test {
			c.imports(s)
			c.code(s)
		}
	}
	return c.wrong, c.sum()
}

type checker struct {
	wrong      []string
	packages   map[string]int // lines
	functions  []int          // lines
	interfaces int
}

func (c *checker) fail(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

func isApart(pkg string) bool { return pkg == apart || strings.HasPrefix(pkg, apart+"/") }

func (c *checker) imports(s source) {
	row, found := rows[s.pkg]
	if !found && !isApart(s.pkg) {
		c.fail("%s: package %s has no row", s.name, s.pkg)
		return
	}
	for _, spec := range s.ast.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if spec.Name != nil && row > lastPure && (imported == "os" || imported == "log") {
			c.fail("%s: imports %s under another name: its calls cannot be found", s.name, imported)
		}
		own, ours := strings.CutPrefix(imported, module)
		if isApart(s.pkg) {
			if ours && !isApart(own) {
				c.fail("%s: %s is apart, and imports %s", s.name, s.pkg, own)
			}
			continue
		}
		if ours {
			if to, found := rows[own]; (!found || to >= row) && beside[s.pkg] != own {
				c.fail("%s: %s of row %d imports %s of row %d", s.name, s.pkg, row, own, to)
			}
			continue
		}
		for _, i := range impure {
			if row <= lastPure && (imported == i || strings.HasPrefix(imported, i+"/")) {
				c.fail("%s: the pure package %s imports %s", s.name, s.pkg, imported)
			}
		}
	}
}

// code looks at calls and interfaces.
func (c *checker) code(s source) {
	ast.Inspect(s.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && s.pkg != "cmd/gen" && !(isApart(s.pkg) && s.ast.Name.Name == "main") && (x.Name == "os" && n.Sel.Name == "Exit" || x.Name == "log") {
				c.fail("%s: %s.%s ends the program", s.set.Position(n.Pos()), x.Name, n.Sel.Name)
			}
		case *ast.CallExpr:
			if rows[s.pkg] > lastPure && s.pkg != "internal/apply" && writes(n) {
				c.fail("%s: only internal/apply may write", s.set.Position(n.Pos()))
			}
		case *ast.TypeSpec:
			if i, ok := n.Type.(*ast.InterfaceType); ok {
				c.interfaces++
				if i.Methods.NumFields() > maxMethods {
					c.fail("%s: %s has over %d methods", s.name, n.Name, maxMethods)
				}
			}
		}
		return true
	})
}

// writes reports whether call may change what lies on the disk. A function of
// apply is called by the package's name.
func writes(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	if x, ok := f.X.(*ast.Ident); ok && x.Name == "apply" {
		return false
	}
	if f.Sel.Name != "OpenFile" {
		return slices.Contains(writers, f.Sel.Name)
	}
	flags := ""
	ast.Inspect(call, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && strings.HasPrefix(id.Name, "O_") {
			flags += id.Name
		}
		return true
	})
	return flags != "O_RDONLY"
}

func (c *checker) size(s source) {
	if s.lines > maxFile {
		c.fail("%s has %d lines, over %d", s.name, s.lines, maxFile)
	}
	for _, d := range s.ast.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || s.test { // tables of tests may be long
			continue
		}
		n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
		if n > maxFunction {
			c.fail("%s: %s has %d lines, over %d", s.name, f.Name, n, maxFunction)
		}
		c.functions = append(c.functions, n)
	}
	if !s.test {
		c.packages[s.pkg] += s.lines
	}
}

// sum holds the sums against their bars.
func (c *checker) sum() string {
	all, beside := 0, 0
	for pkg, n := range c.packages {
		switch {
		case isApart(pkg):
			beside += n
		case n > maxPackage:
			c.fail("%s has %d lines, over %d", pkg, n, maxPackage)
			fallthrough
		default:
			all += n
		}
	}
	if beside > maxApart {
		c.fail("%s has %d lines, over %d", apart, beside, maxApart)
	}
	if all > maxAll {
		c.fail("the program has %d lines, over %d", all, maxAll)
	}
	if c.interfaces > maxInterfaces {
		c.fail("there are %d interfaces, over %d", c.interfaces, maxInterfaces)
	}
	slices.Sort(c.functions)
	p90 := c.functions[len(c.functions)*9/10]
	if p90 > maxFunctionP90 {
		c.fail("a tenth of the functions has %d lines or more, over %d", p90, maxFunctionP90)
	}
	return fmt.Sprintf("%d lines of Go without tests; %d functions: p90 %d, max %d lines; %d interfaces",
		all, len(c.functions), p90, c.functions[len(c.functions)-1], c.interfaces)
}

func TestSources(t *testing.T) {
	sources := load(t, os.DirFS(".."))
	wrong, sizes := check(sources)
	t.Log(sizes)
	for _, w := range wrong {
		t.Error(w)
	}
	for pkg := range rows {
		if !slices.ContainsFunc(sources, func(s source) bool { return s.pkg == pkg }) {
			t.Errorf("%s has a row but no sources", pkg)
		}
	}
}

// TestOneWriter shows that the search for writers finds one.
func TestOneWriter(t *testing.T) {
	found := 0
	for _, s := range load(t, os.DirFS("..")) {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && !s.test && s.pkg == "internal/apply" && writes(call) {
				found++
			}
			return true
		})
	}
	if found < 5 {
		t.Errorf("apply writes in %d places only: are they called otherwise now?", found)
	}
}

func TestMistakesAreFound(t *testing.T) {
	long := strings.Repeat("\n", 90)
	for in, want := range map[string]string{
		"internal/tree: import _ `example.com/gen/internal/diag`":  "",
		"internal/diag: import _ `example.com/gen/internal/tree`":  "imports internal/tree",
		"internal/spec: import _ `example.com/gen/internal/yaml`":  "",
		"internal/spec: import _ `example.com/gen/internal/merge`": "imports internal/merge",
		"internal/spec: import _ `example.com/gen/internal/cli`":   "imports internal/cli",
		"internal/spec: import _ `example.com/gen/internal/other`": "imports internal/other",
		"internal/other: ":                                                                     "has no row",
		"internal/merge: import _ `os`":                                                        "pure package internal/merge imports os",
		"internal/merge: import _ `os/exec`":                                                   "imports os/exec",
		"internal/merge: import _ `math/rand/v2`":                                              "imports math/rand/v2",
		"internal/merge: import _ `net/http`":                                                  "imports net/http",
		"internal/merge: import _ `time`":                                                      "imports time",
		"internal/merge: import _ `crypto/rand`":                                               "imports crypto/rand",
		"internal/cli: import _ `time`":                                                        "",
		"internal/cli: func g() { os.Exit(1) }":                                                "os.Exit ends the program",
		"internal/cli: import sys `os`":                                                        "os under another name",
		"internal/cli: func g() { log.Fatal(1) }":                                              "log.Fatal ends the program",
		"cmd/gen: func g() { os.Exit(1) }":                                                     "",
		"internal/cli: func g() { os.WriteFile(``) }":                                          "only internal/apply may write",
		"internal/source: func g() { r.root.Mkdir(1) }":                                        "only internal/apply may write",
		"internal/source: func g() { root.OpenFile(p, os.O_RDONLY|x, 0) }":                     "",
		"internal/source: func g() { root.OpenFile(p, os.O_RDWR, 0) }":                         "only internal/apply may write",
		"internal/source: func g() { root.OpenFile(p, flags, 0) }":                             "only internal/apply may write",
		"internal/apply: func g() { os.WriteFile(``) }":                                        "",
		"internal/cli: type I interface { A(); B(); C() }":                                     "",
		"internal/cli: type I interface { A(); B(); C(); D() }":                                "over 3 methods",
		"internal/cli: type (A interface{}; B A; C interface{}; D interface{}; E interface{})": "4 interfaces",
		"internal/cli: import _ `example.com/gen/internal/conformance`":                        "imports internal/conformance",
		"internal/conformance: import _ `example.com/gen/internal/tree`":                       "is apart, and imports internal/tree",
		"internal/conformance/cmd: import (_ `net/http`; _ `example.com/gen/" + apart + "`)":   "",
		"internal/cli: func g() {" + long + "}":                                                "g has 91 lines",
		"internal/cli: func g() {" + long[:40] + "}\nfunc f() {" + long[:41] + "}":             "a tenth of the functions has 42",
		"internal/cli: " + strings.Repeat(long, 6):                                             "has 543 lines",
	} {
		pkg, code, _ := strings.Cut(in, ": ")
		fsys := fstest.MapFS{pkg + "/a.go": {Data: []byte("package p\n" + code + "\nfunc one() {}\n")}}
		got, _ := check(load(t, fsys))
		if all := strings.Join(got, "\n"); want == "" && all != "" || !strings.Contains(all, want) || len(got) > 2 {
			t.Errorf("%.80s: got %q, want %q", in, all, want)
		}
	}
}
