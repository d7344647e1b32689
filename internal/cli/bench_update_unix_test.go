//go:build unix

package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkBarsUpdate prints what an update of a project costs: the least time
// of some runs, which is the one that other programs disturbed least, and the
// most memory.
func BenchmarkBarsUpdate(b *testing.B) {
	dir := b.TempDir()
	gen := filepath.Join(dir, "gen")
	build(b, gen, "../../cmd/gen")
	for _, c := range []struct {
		name                   string
		files, changed, edited int
		fsync, bars            string
	}{
		{"60-files-durable", 60, 2, 2, "on", "(bar:100)"},
		{"60-files", 60, 2, 2, "off", "(bar:30)"},
		{"1000-files", 1000, 100, 100, "off", "(bar:200)"},
		{"1000-files-durable", 1000, 100, 100, "on", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			at := filepath.Join(dir, c.name)
			for v := 1; v <= 2; v++ {
				writeVersion(b, filepath.Join(at, fmt.Sprint("v", v)), v, c.files, c.changed)
			}
			b.Setenv("GEN_FSYNC", c.fsync)
			run(b, gen, "new", "--no-input", "--no-git", "-q", "-t", filepath.Join(at, "v1"), filepath.Join(at, "was"))
			for i := range c.edited { // half of them are files that the template changes too
				name := filepath.Join(at, "was", fileOf(i*2%c.files))
				data, _ := os.ReadFile(name)
				write(b, name, string(data)+"a line of mine\n")
			}
			var times []time.Duration
			most := 0.0
			for range 12 {
				svc := filepath.Join(at, "svc")
				os.RemoveAll(svc)
				run(b, "cp", "-a", filepath.Join(at, "was"), svc)
				cmd := exec.Command(gen, "update", svc, "-t", filepath.Join(at, "v2"), "--json")
				began := time.Now()
				out, err := cmd.Output()
				times = append(times, time.Since(began))
				if want := fmt.Sprintf(`"merge": %d`, min(c.edited, (c.changed+1)/2)); err != nil || !strings.Contains(string(out), want) {
					b.Fatalf("%v: no %s in %s", err, want, out)
				}
				most = max(most, float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1e3)
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[0].Microseconds())/1000, "ms"+c.bars)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms-median")
			b.ReportMetric(most, "MB-peak(bar:60)")
		})
	}
}

func fileOf(i int) string { return fmt.Sprintf("d%03d/f%05d.txt", i/20, i) }

// writeVersion makes version v of a template: files of 60 lines, of which the
// first so many change from version to version.
func writeVersion(b *testing.B, dir string, v, files, changed int) {
	b.Helper()
	write(b, filepath.Join(dir, "template.yaml"), fmt.Sprintf("format: 1\nname: bench\nversion: %d.0.0\nquestions:\n  - {name: name, type: string, default: svc}\n", v))
	for i := range files {
		text := &strings.Builder{}
		for l := range 60 {
			version := 1
			if i < changed && l == 30 {
				version = v
			}
			fmt.Fprintf(text, "line %d of file %d in version %d\n", l, i, version)
		}
		write(b, filepath.Join(dir, "files", fileOf(i)), text.String())
	}
}
