package golden

import (
	"flag"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/gen/internal/spec"
)

var (
	matrix = flag.Bool("matrix", false, "set up and check a project for every row of the covering set")
	draw   = flag.String("draw", "", "only one row, drawn by this text")
)

// TestMatrix checks projects with all answers, so that any two answers to two
// questions meet in one of them: by their own checks, and from outside.
func TestMatrix(t *testing.T) {
	template := loadTemplate(t, "python-service")
	rows := cover(factorsOf(template))
	t.Logf("%d rows hold every pair of answers", len(rows))
	switch {
	case !*matrix:
		t.Log("the projects are checked by make matrix")
		return
	case *draw != "":
		h := fnv.New32a()
		h.Write([]byte(*draw))
		rows = [][]string{rows[h.Sum32()%uint32(len(rows))]}
	}
	gen := buildGen(t)
	for n, row := range rows {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) {
			t.Log(strings.Join(row, ", "))
			project := generate(t, gen, template.Name, row)
			if at := slices.Index(row, "python=3.14"); at >= 0 {
				t.Log("Python 3.14 is not on the machines that build gen: checked with python=3.13")
				row = slices.Replace(slices.Clone(row), at, at+1, "python=3.13")
				project = generate(t, gen, template.Name, row)
			}
			setupAndCheck(t, project)
			t.Log(lastLine(says(t, "..", 0, "make", "-s", "conformance", "SERVICE="+project)))
		})
	}
}

// generate makes a project with the answers of a row.
func generate(t *testing.T, gen, template string, row []string) string {
	t.Helper()
	project := filepath.Join(t.TempDir(), "myservice")
	args := []string{"new", project, "--no-input", "-t", template}
	for _, set := range row {
		args = append(args, "--set", set)
	}
	command(t, ".", gen, args...)
	return project
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// TestCover counts the pairs that the covering set must hold.
func TestCover(t *testing.T) {
	factors := factorsOf(loadTemplate(t, "python-service"))
	held := map[[2]string]bool{}
	rows := cover(factors)
	for _, row := range rows {
		for _, p := range pairs(row) {
			held[p] = true
		}
	}
	want := 0
	for i, f := range factors {
		for _, g := range factors[i+1:] {
			want += len(f) * len(g)
		}
	}
	if len(held) != want || len(rows) > 25 {
		t.Errorf("%d rows hold %d pairs, want %d", len(rows), len(held), want)
	}
}

// factorsOf are the answers that a template lets one choose, as --set takes
// them; for texts an ordinary and a hostile one.
func factorsOf(template *spec.Template) [][]string {
	factors := [][]string{{"description=Answers questions", `description=He said "{{ .name }}": 100 % #'s <b> \n ${x}`}}
	for _, q := range template.Questions {
		var f []string
		switch q.Type {
		case spec.Bool:
			f = []string{q.Name + "=false", q.Name + "=true"}
		case spec.OneOf:
			for _, c := range q.Choices {
				f = append(f, q.Name+"="+c.Value)
			}
		}
		if f != nil {
			factors = append(factors, f)
		}
	}
	return factors
}

// cover returns rows that hold every pair of values of two factors: greedily,
// the row that holds the most pairs not yet held, the first of equals.
func cover(factors [][]string) [][]string {
	all := [][]string{nil}
	for _, f := range factors {
		var longer [][]string
		for _, row := range all {
			for _, value := range f {
				longer = append(longer, append(slices.Clone(row), value))
			}
		}
		all = longer
	}
	held := map[[2]string]bool{}
	var rows [][]string
	for {
		best, most := []string(nil), 0
		for _, row := range all {
			fresh := 0
			for _, p := range pairs(row) {
				if !held[p] {
					fresh++
				}
			}
			if fresh > most {
				best, most = row, fresh
			}
		}
		if best == nil {
			return rows
		}
		for _, p := range pairs(best) {
			held[p] = true
		}
		rows = append(rows, best)
	}
}

func pairs(row []string) [][2]string {
	var all [][2]string
	for i, a := range row {
		for _, b := range row[i+1:] {
			all = append(all, [2]string{a, b})
		}
	}
	return all
}
