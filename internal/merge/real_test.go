package merge

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var realTexts = flag.String("real", "", "merge real texts: releases of the packages whose lines hold this, or all")

// releases are packages and two of their releases, one after the other.
const releases = `
pip click 8.1.8 8.2.0
pip flask 3.0.3 3.1.0
pip httpx 0.27.2 0.28.1
pip structlog 24.4.0 25.1.0
npm express 4.21.2 5.0.1
npm commander 12.1.0 13.0.0
npm axios 1.7.9 1.8.1
npm fastify 5.1.0 5.2.0
go github.com/spf13/cobra v1.8.1 v1.9.1
go github.com/go-chi/chi/v5 v5.1.0 v5.2.0
go github.com/stretchr/testify v1.9.0 v1.10.0
go github.com/spf13/pflag v1.0.6 v1.0.9
`

// An edit changes lines as a person would.
type edit struct {
	name string
	of   func(r *rand.Rand, lines []string) []string
}

// The seven kinds of edits. The endings of lines are the caller's.
var edits = []edit{
	{"changed", func(r *rand.Rand, lines []string) []string {
		for range 1 + r.IntN(5) {
			lines[r.IntN(len(lines))] += fmt.Sprint(" changed ", r.IntN(1000))
		}
		return lines
	}},
	{"inserted", func(r *rand.Rand, lines []string) []string {
		for range 1 + r.IntN(3) {
			lines = slices.Insert(lines, r.IntN(len(lines)+1), fmt.Sprint("one ", r.IntN(1000)), fmt.Sprint("two ", r.IntN(1000)))
		}
		return lines
	}},
	{"deleted", func(r *rand.Rand, lines []string) []string {
		for range 1 + r.IntN(3) {
			at := r.IntN(len(lines))
			lines = slices.Delete(lines, at, min(at+1+r.IntN(3), len(lines)))
			if len(lines) == 0 {
				break
			}
		}
		return lines
	}},
	{"moved", func(r *rand.Rand, lines []string) []string {
		at := r.IntN(len(lines))
		end := min(at+2+r.IntN(9), len(lines))
		block := slices.Clone(lines[at:end])
		lines = slices.Delete(lines, at, end)
		return slices.Insert(lines, r.IntN(len(lines)+1), block...)
	}},
	{"indented", func(r *rand.Rand, lines []string) []string {
		at := r.IntN(len(lines))
		for i := at; i < min(at+5+r.IntN(16), len(lines)); i++ {
			if lines[i] != "" {
				lines[i] = "    " + lines[i]
			}
		}
		return lines
	}},
	{"endings", func(r *rand.Rand, lines []string) []string {
		lines[r.IntN(len(lines))] += " changed"
		return lines
	}},
	{"function", func(r *rand.Rand, lines []string) []string {
		at := len(lines)
		for range 20 {
			if i := r.IntN(len(lines)); lines[i] == "" {
				at = i
				break
			}
		}
		name := fmt.Sprint("added", r.IntN(1000))
		return slices.Insert(lines, at, "", "def "+name+"(x):", "    if x is None:", "        return None", "    return "+name+"(x - 1)", "")
	}},
}

// TestRealTexts merges what changed between two releases into the first one with
// edits. No line is lost, and the verdict is that of git merge-file but where a
// reason is known.
func TestRealTexts(t *testing.T) {
	if *realTexts == "" {
		t.Log("real texts are merged by make real-texts")
		return
	}
	dir := t.TempDir()
	var all tally
	packages := 0
	for _, line := range strings.Split(strings.TrimSpace(releases), "\n") {
		if *realTexts != "all" && !strings.Contains(line, *realTexts) {
			continue
		}
		packages++
		f := strings.Fields(line)
		base, theirs := download(t, f[0], f[1], f[2]), download(t, f[0], f[1], f[3])
		var sum tally
		for _, name := range slices.Sorted(maps.Keys(base)) {
			if next, kept := theirs[name]; kept && next != base[name] && base[name] != "" && !Binary([]byte(base[name])) && !Binary([]byte(next)) {
				sum.add(t, dir, line+" "+name, base[name], next)
			}
		}
		t.Logf("%-52s %3d files changed, %4d merges: %4d clean, same verdict in %4d, lines lost: %d", line, sum.files, sum.merges, sum.clean, sum.same, sum.lost)
		all.files, all.merges, all.clean = all.files+sum.files, all.merges+sum.merges, all.clean+sum.clean
		all.same, all.lost, all.different, all.exceptions = all.same+sum.same, all.lost+sum.lost, all.different+sum.different, append(all.exceptions, sum.exceptions...)
	}
	if all.merges == 0 {
		t.Fatal("nothing was merged")
	}
	t.Log("where the verdicts are not the same:\n" + strings.Join(all.exceptions, "\n"))
	share := 100 * float64(all.same) / float64(all.merges)
	row(t, fmt.Sprintf("%d merges of %d files, %d packages: lines lost", all.merges, all.files, packages), all.lost, 0, all.lost == 0)
	row(t, "the verdict of git merge-file", fmt.Sprintf("%d, %.2f %%", all.same, share), "99 %", share >= 99)
	row(t, "both clean, but different", all.different, 0, all.different == 0)
}

// A tally counts merges.
type tally struct {
	files, merges, clean, same, lost, different int
	exceptions                                  []string
}

// add merges one file once for each kind of edit.
func (s *tally) add(t *testing.T, dir, name, base, theirs string) {
	s.files++
	seed := uint64(len(base) + 1)
	for _, e := range edits {
		lines, f := split(base)
		f.odd = ""
		ours := form.join(f, e.of(rand.New(rand.NewPCG(seed, uint64(len(e.name)))), slices.Clone(lines)))
		if e.name == "endings" {
			f.ending = lf + crlf - max(f.ending, lf)
			ours = f.join(e.of(rand.New(rand.NewPCG(seed, 1)), slices.Clone(lines)))
		}
		x := triple{base, string(ours), theirs}
		s.merge(t, dir, name, e.name, x)
	}
}

func (s *tally) merge(t *testing.T, dir, name, kind string, x triple) {
	s.merges++
	m := Text(Sides{Path: name, Base: []byte(x.base), Ours: []byte(x.ours), Theirs: []byte(x.theirs), Labels: Labels{"old", "new"}})
	plain := func(text string) string {
		return strings.ReplaceAll(strings.TrimPrefix(text, byteOrderMark), "\r\n", "\n")
	}
	text, conflicts := gitMerge(t, dir, triple{plain(x.base), plain(x.ours), plain(x.theirs)})
	if l := x.lost(m); l != "" && !slices.ContainsFunc(m.Chunks, func(c Chunk) bool { return c.From == Settled }) || x.rebuilt(m.Chunks) != x {
		s.lost++
		t.Errorf("%s, %s: lost %q", name, kind, l)
	}
	if len(m.Regions) == 0 {
		s.clean++
	}
	switch settled := slices.ContainsFunc(m.Chunks, func(c Chunk) bool { return c.From == Settled }); {
	case conflicts == (len(m.Regions) > 0):
		s.same++
		if got := plain(string(m.Data)); !conflicts && !settled && strings.TrimSuffix(text, "\n") != strings.TrimSuffix(got, "\n") {
			s.different++
			t.Errorf("%s, %s: another result\n%s", name, kind, difference(got, text))
		}
	case settled:
		s.except(name, kind, "clean here: the keys or lines of both sides have nothing to do with each other")
	case m.Unsound != "":
		s.except(name, kind, "a conflict here: merged, it would be no "+m.Unsound)
	case strings.HasSuffix(x.base, "\n") != strings.HasSuffix(x.theirs, "\n"):
		s.except(name, kind, "the final newline, which is merged apart here")
	case conflicts:
		s.except(name, kind, "clean here only")
	case !slices.ContainsFunc(m.Chunks, func(c Chunk) bool { return c.From == Disputed && len(c.Base) > 0 }):
		s.except(name, kind, "a conflict here: both sides add lines at one place, which could also be two")
	default:
		s.except(name, kind, "a conflict here only")
	}
}

// difference shows where two texts begin to differ.
func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf("%.200q\n%.200q", a[max(i-60, 0):], b[max(i-60, 0):])
}

func (s *tally) except(name, kind, why string) {
	s.exceptions = append(s.exceptions, fmt.Sprintf("%s, lines %s: %s", name, kind, why))
}

// download returns the texts of a release by their names, without the name of
// the folder that holds them all.
func download(t *testing.T, client, name, version string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	run := func(args ...string) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOMODCACHE="+filepath.Join(dir, "mod"), "GOFLAGS=-modcacherw")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	switch client {
	case "go":
		run("go", "mod", "download", name+"@"+version)
		return folder(t, filepath.Join(dir, "mod", filepath.FromSlash(name)+"@"+version))
	case "npm":
		run("npm", "pack", "--ignore-scripts", name+"@"+version)
	default:
		run("python3", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", name+"=="+version)
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*gz"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("%s %s: %v %v", name, version, archives, err)
	}
	return unpacked(t, archives[0])
}

func folder(t *testing.T, root string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(root, name))
		texts[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func unpacked(t *testing.T, archive string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		_, name, _ := strings.Cut(path.Clean(h.Name), "/")
		texts[name] = string(data)
	}
}
