package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkBars prints the speed and size of the built program, each as a
// ratio to a floor in the same run. Nothing here fails: a machine's load is no
// mistake of ours.
func BenchmarkBars(b *testing.B) {
	dir := b.TempDir()
	gen, bare := filepath.Join(dir, "gen"), filepath.Join(dir, "bare")
	run(b, "make", "-s", "-C", "../..", "build", "BIN="+gen)
	os.Mkdir(filepath.Join(dir, "main"), 0o777)
	os.WriteFile(filepath.Join(dir, "main", "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o666)
	build(b, bare, filepath.Join(dir, "main", "main.go"))
	rewrite(b, gen)
	rewrite(b, bare)

	b.Run("version", func(b *testing.B) {
		floor, ours := medians(b, 50,
			func() { run(b, bare) },
			func() { run(b, gen, "--version") })
		b.ReportMetric(ours/floor, "times-bare-main(bar:2.6)")
		b.ReportMetric(ours, "ms")
	})
	b.Run("size", func(b *testing.B) {
		info, err := os.Stat(gen)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/1e6, "MB-stripped(bar:13)")
	})
	for _, c := range []struct {
		name        string
		files, runs int
		env, dir    string
	}{
		{"new-40", 40, 50, "GEN_FSYNC=off", dir},
		{"new-40-durable", 40, 50, "GEN_FSYNC=on", dir},
		{"new-2000-tmpfs", 2000, 15, "GEN_FSYNC=off", "/dev/shm"},
		{"new-20000-tmpfs", 20_000, 5, "GEN_FSYNC=off", "/dev/shm"},
	} {
		b.Run(c.name, func(b *testing.B) { benchNew(b, gen, c.files, c.runs, c.env, c.dir) })
	}
}

// rewrite writes a program anew and in one go, as who unpacks a release does.
// What the linker wrote bit by bit takes longer to start, until it is read from
// the disk again.
func rewrite(b *testing.B, name string) {
	b.Helper()
	program, err := os.ReadFile(name)
	if err == nil {
		err = os.Remove(name)
	}
	if err == nil {
		err = os.WriteFile(name, program, 0o777)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func benchNew(b *testing.B, gen string, files, runs int, env, place string) {
	dir, err := os.MkdirTemp(place, "gen-bench-")
	if err != nil {
		b.Skipf("no place for it: %v", err)
	}
	defer os.RemoveAll(dir)
	template := filepath.Join(dir, "template")
	writeTemplate(b, template, files)
	made, copied, result := filepath.Join(dir, "made"), filepath.Join(dir, "copied"), filepath.Join(dir, "result")
	args := []string{"new", "--no-input", "--no-git", "-q", "-t", template}
	run(b, gen, append(args, result)...)
	b.Setenv("GEN_FSYNC", env[len("GEN_FSYNC="):])
	floor, ours := medians(b, runs,
		func() { run(b, "cp", "-r", result, copied) },
		func() { run(b, gen, append(args, made)...) },
		copied, made)
	b.ReportMetric(ours/floor, "times-cp-r")
	b.ReportMetric(ours-floor, "ms-over-cp-r")
	b.ReportMetric(ours, "ms")
}

// writeTemplate makes a template of n light files, half of them rendered.
func writeTemplate(b *testing.B, dir string, n int) {
	b.Helper()
	manifest := "format: 1\nname: bench\nversion: 1.0.0\nquestions:\n  - name: author\n    type: string\n    default: Ada\n"
	write(b, filepath.Join(dir, "template.yaml"), manifest)
	for i := range n {
		name := filepath.Join(dir, "files", fmt.Sprintf("d%03d", i/20), fmt.Sprintf("f%05d.txt", i))
		text := fmt.Sprintf("file %d\n", i) + string(slices.Repeat([]byte("some line of a file\n"), 20))
		if i%2 == 0 {
			name, text = name+".tmpl", "{{ .name }} by {{ .author | upper }}\n"+text
		}
		write(b, name, text)
	}
}

func write(b *testing.B, name, text string) {
	b.Helper()
	os.MkdirAll(filepath.Dir(name), 0o777)
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		b.Fatal(err)
	}
}

// medians runs the two in turn, n times each, and returns the median of each
// in milliseconds. What they made is removed after each round.
func medians(b *testing.B, n int, floor, ours func(), made ...string) (float64, float64) {
	b.Helper()
	var times [2][]float64
	for range n {
		for i, f := range []func(){floor, ours} {
			start := time.Now()
			f()
			times[i] = append(times[i], float64(time.Since(start).Microseconds())/1000)
		}
		for _, m := range made {
			os.RemoveAll(m)
		}
	}
	slices.Sort(times[0])
	slices.Sort(times[1])
	return times[0][n/2], times[1][n/2]
}

func run(b *testing.B, name string, args ...string) {
	b.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		b.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func build(b *testing.B, to, what string) {
	b.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", to, what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
}
