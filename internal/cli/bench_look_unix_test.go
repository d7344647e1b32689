//go:build unix

package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// BenchmarkBarsLook prints what it costs to look at a project of which the
// template and the owner have each changed other files: a tenth of them.
func BenchmarkBarsLook(b *testing.B) {
	dir := b.TempDir()
	gen, bare := filepath.Join(dir, "gen"), filepath.Join(dir, "bare")
	run(b, "make", "-s", "-C", "../..", "build", "BIN="+gen)
	write(b, filepath.Join(dir, "main", "main.go"), "package main\n\nfunc main() {}\n")
	build(b, bare, filepath.Join(dir, "main", "main.go"))
	for _, c := range []struct {
		name, command string
		files, same   int
		bar           float64
	}{
		{"diff-60", "diff", 60, 0, 30},
		{"diff-1000", "diff", 1000, 0, 200},
		{"check-1000-nothing-due", "check", 1000, 1, 50},
	} {
		b.Run(c.name, func(b *testing.B) {
			at := filepath.Join(dir, c.name)
			old, now, project := filepath.Join(at, "old"), filepath.Join(at, "new"), filepath.Join(at, "svc")
			writeTemplate(b, old, c.files)
			writeTemplate(b, now, c.files)
			if c.same == 0 {
				edit(b, filepath.Join(now, "files"), 0, "the template's line\n")
				write(b, filepath.Join(now, "template.yaml"), strings.Replace(manifestOf(b, now), "1.0.0", "1.1.0", 1))
			}
			run(b, gen, "new", "--no-input", "--no-git", "-q", "-t", old, project)
			edit(b, project, 5, "the owner's line\n")
			args := []string{c.command, project, "-q"}
			if c.same == 0 {
				args = append(args, "-t", now)
			}
			floor, ours := medians(b, 15, func() { run(b, bare) }, func() { run(b, gen, args...) })
			b.ReportMetric(ours, fmt.Sprintf("ms(bar:%.0f)", c.bar))
			b.ReportMetric(ours/floor, "times-bare-main")
			b.ReportMetric(peak(b, gen, args...), "MB-peak(bar:60)")
			b.ReportMetric(float64(started(b, gen, args...)), "subprocesses(bar:0)")
		})
	}
}

func manifestOf(b *testing.B, template string) string {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(template, "template.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// edit adds a line to every tenth file below dir, from the first.
func edit(b *testing.B, dir string, first int, line string) {
	b.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "/.gen/") {
			return err
		}
		if n++; n%10 != first {
			return nil
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.WriteString(line)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// peak is the most memory that a command has, in megabytes.
func peak(b *testing.B, name string, args ...string) float64 {
	b.Helper()
	cmd := exec.Command(name, args...)
	_ = cmd.Run()
	return float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1e3
}

// started is how many programs a command starts, -1 where strace, which counts
// them, is missing.
func started(b *testing.B, name string, args ...string) int {
	b.Helper()
	out, err := exec.Command("strace", append([]string{"-f", "-qq", "-e", "trace=execve", name}, args...)...).CombinedOutput()
	if err != nil && len(out) == 0 {
		return -1
	}
	return strings.Count(string(out), "execve(") - 1
}
