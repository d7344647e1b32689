// Package golden holds what the built-in templates make: TEMPLATE/CASE/tree/
// is exactly the tree that CASE/answers.yaml renders to.
package golden

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/render"
	"example.com/gen/internal/source"
	"example.com/gen/internal/spec"
	"example.com/gen/internal/tree"
	"example.com/gen/templates"
)

var update = flag.Bool("update", false, "write the golden trees anew")

// created is the day on which every golden project was created.
const created = "2000-01-01"

// cases are the directories that hold an answers.yaml.
func cases(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*/*/answers.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("found %d cases: %v", len(files), err)
	}
	dirs := make([]string, len(files))
	for i, f := range files {
		dirs[i] = filepath.Dir(f)
	}
	return dirs
}

func TestGolden(t *testing.T) {
	for _, dir := range cases(t) {
		t.Run(filepath.ToSlash(dir), func(t *testing.T) {
			want := renderCase(t, dir)
			at := filepath.Join(dir, "tree")
			if *update {
				writeTree(t, at, want)
			}
			compare(t, want, readTree(t, at))
		})
	}
}

func renderCase(t *testing.T, dir string) map[string]string {
	t.Helper()
	template := loadTemplate(t, filepath.Dir(dir))
	name := filepath.Join(dir, "answers.yaml")
	data, err := os.ReadFile(name)
	check(t, err)
	items, err := answers.ParseFile(name, data)
	check(t, err)
	a, err := answers.Resolve(t.Context(), template, answers.Given{File: items, Created: created}, nil)
	check(t, err)
	made, err := render.Render(t.Context(), template, a, created)
	check(t, err)
	files := map[string]string{}
	for f := range made.All() {
		files[f.Path.String()] = describe(f.Mode == tree.Executable, string(f.Data))
	}
	return files
}

func loadTemplate(t *testing.T, name string) *spec.Template {
	t.Helper()
	found, err := source.Find(name, templates.FS, source.Pin{})
	check(t, err)
	stored, err := found.Read(t.Context())
	check(t, err)
	template, err := spec.Load(stored.Files, "dev")
	check(t, err)
	return template
}

// A package named like a directory that git, ruff or the service takes for
// its own would not be committed, checked or kept.
func TestNames(t *testing.T) {
	template := loadTemplate(t, "python-service")
	for name, good := range map[string]bool{"my-service": true, "dist": false, "node-modules": false, "tests": false, "var": false, "venv": false} {
		if err := nameError(t, template, name); (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// nameError says why a project may not have a name.
func nameError(t *testing.T, template *spec.Template, name string) error {
	t.Helper()
	_, err := answers.Resolve(t.Context(), template, answers.Given{Name: name, Created: created}, nil)
	return err
}

// TestMirror holds the tests of a generated Python project to the places of
// what they test.
func TestMirror(t *testing.T) {
	for _, dir := range cases(t) {
		files := readTree(t, filepath.Join(dir, "tree"))
		for name := range files {
			below, isSource := strings.CutPrefix(name, "src/")
			_, module, _ := strings.Cut(below, "/") // without the package
			if base := path.Base(module); !isSource || path.Ext(base) != ".py" || strings.HasPrefix(base, "__") {
				continue
			}
			want := path.Join("tests", path.Dir(module), "test_"+path.Base(module))
			if _, found := files[want]; !found {
				t.Errorf("%s: %s has no %s", dir, name, want)
			}
		}
	}
}

var notCode = regexp.MustCompile(`(?ms)^ *""".*?"""$|^ *#[^\n]*$|^executable false$`)

// TestSize holds the default project to the size that somebody reads in an
// afternoon: lines of code are neither blank nor comments nor docstrings.
func TestSize(t *testing.T) {
	const mostCode, mostDependencies = 1300, 6
	files := readTree(t, filepath.Join("python-service", "default", "tree"))
	all, code := 0, 0
	for name, text := range files {
		if strings.HasPrefix(name, "src/") && path.Ext(name) == ".py" {
			all += lines(strings.TrimPrefix(text, "executable false\n"))
			code += lines(notCode.ReplaceAllString(text, ""))
		}
	}
	_, after, _ := strings.Cut(files["pyproject.toml"], "\ndependencies = [\n")
	needed, _, _ := strings.Cut(after, "]")
	t.Logf("%d lines that are not blank, %d of them code; %d dependencies", all, code, lines(needed))
	if code > mostCode || lines(needed) > mostDependencies || code == 0 || needed == "" {
		t.Errorf("want at most %d lines of code and %d dependencies", mostCode, mostDependencies)
	}
}

// lines counts those that are not blank.
func lines(text string) int {
	return len(slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" }))
}

// describe joins what must be equal: the executable bit and the bytes.
func describe(executable bool, data string) string {
	return fmt.Sprintf("executable %v\n%s", executable, data)
}

// readTree reads what lies below dir. Where a file system keeps no executable
// bit, git does.
func readTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		check(t, err)
		info, err := e.Info()
		check(t, err)
		name, err := filepath.Rel(dir, p)
		files[filepath.ToSlash(name)] = describe(info.Mode()&0o100 != 0, string(data))
		return err
	})
	check(t, err)
	return files
}

// compare looks both ways: missing, extra and different files are mistakes.
func compare(t *testing.T, want, got map[string]string) {
	t.Helper()
	for name, w := range want {
		switch g, found := got[name]; {
		case !found:
			t.Errorf("%s: rendered, but not in the golden tree", name)
		case g != w:
			t.Errorf("%s: differs from the golden tree%s", name, firstDifference(w, g))
		}
	}
	for name := range got {
		if _, found := want[name]; !found {
			t.Errorf("%s: in the golden tree, but not rendered", name)
		}
	}
	if t.Failed() {
		t.Log("if this is what you want: make golden, and read the diff")
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf(" at line %d\nrendered %q\ngolden   %q", i, w[i], g[i])
		}
	}
	return " in length"
}

func writeTree(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	check(t, os.RemoveAll(dir))
	for name, text := range files {
		head, data, _ := strings.Cut(text, "\n")
		perm := fs.FileMode(0o644)
		if head == "executable true" {
			perm = 0o755
		}
		at := filepath.Join(dir, filepath.FromSlash(name))
		check(t, os.MkdirAll(filepath.Dir(at), 0o755))
		check(t, os.WriteFile(at, []byte(data), perm))
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
