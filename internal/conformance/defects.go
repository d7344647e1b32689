package conformance

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// A Defect is a mistake that can be put into a service.
type Defect struct {
	Name    string `yaml:"name"`
	Breaks  string `yaml:"breaks"`  // in words
	Promise string `yaml:"promise"` // the id of what is broken
	Edits   []Edit `yaml:"edits"`
}

// An Edit replaces a text that stands once in a file, or wherever it stands.
type Edit struct {
	File    string `yaml:"file"` // below the source directory
	Find    string `yaml:"find"`
	Replace string `yaml:"replace"`
	All     bool   `yaml:"all"`
}

// ReadDefects reads a list of defects.
func ReadDefects(file string) (list []Defect, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := yaml.UnmarshalWithOptions(text, &list, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

// Draw returns n of the defects, which depend on text alone.
func Draw(list []Defect, text string, n int) []Defect {
	place := func(d Defect) uint64 {
		h := fnv.New64a()
		_, _ = h.Write([]byte(text + "\x00" + d.Name)) // never fails
		return h.Sum64()
	}
	drawn := slices.Clone(list)
	slices.SortFunc(drawn, func(a, b Defect) int { return cmp.Compare(place(a), place(b)) })
	return drawn[:min(n, len(drawn))]
}

// seeded returns the contents of the files that the defect changes, below dir.
func (d Defect) seeded(dir string) (files map[string][]byte, err error) {
	files = map[string][]byte{}
	for _, e := range d.Edits {
		name := filepath.Join(dir, e.File)
		data, known := files[name]
		if !known {
			if data, err = os.ReadFile(name); err != nil {
				return nil, err
			}
		}
		if n := bytes.Count(data, []byte(e.Find)); n == 0 || n > 1 && !e.All {
			return nil, fmt.Errorf("%s: %s has %d times %q", d.Name, e.File, n, e.Find)
		}
		files[name] = bytes.ReplaceAll(data, []byte(e.Find), []byte(e.Replace))
	}
	return files, nil
}

// A Catch says who has found a defect.
type Catch struct {
	Defect
	Own   string // the project's own test that failed first, or ""
	Suite string // the check that failed first, or ""
	Took  time.Duration
}

// Caught reports whether anybody has.
func (c Catch) Caught() bool { return c.Own != "" || c.Suite != "" }

// Seed puts each defect into the service, asks its own tests and the suite, and
// takes it out again. The service must be set up, and without defects.
func Seed(ctx context.Context, o Options, list []Defect, tell func(Catch)) error {
	name, err := o.Description.ServiceName(o.Dir)
	if err != nil {
		return err
	}
	s := &Suite{Options: o, name: name}
	source := filepath.Join(o.Dir, s.fill(o.Description.Source))
	if failed, err := s.ownTests(ctx); err != nil {
		return err
	} else if failed != "" {
		return fmt.Errorf("without a defect the project's own tests fail: %s", failed)
	}
	for _, d := range list {
		c, err := s.seed(ctx, d, source)
		if err != nil {
			return err
		}
		tell(c)
	}
	return nil
}

func (s *Suite) seed(ctx context.Context, d Defect, source string) (c Catch, err error) {
	began := time.Now()
	files, err := d.seeded(source)
	if err != nil {
		return c, err
	}
	for name, data := range files {
		before, err := os.ReadFile(name)
		if err != nil {
			return c, err
		}
		defer func() { // whatever happened, the next defect stands alone
			if bad := os.WriteFile(name, before, 0o644); bad != nil && err == nil {
				err = bad
			}
		}()
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return c, err
		}
	}
	c = Catch{Defect: d}
	near, err := s.near(d)
	if err != nil {
		return c, err
	}
	if len(near) > 0 {
		c.Own, err = s.ownTests(ctx, near...)
	}
	if err == nil {
		c.Suite, err = s.caughtBy(ctx, d)
	}
	if err == nil && !c.Caught() { // it takes the longest, and is the last hope
		c.Own, err = s.ownTests(ctx)
	}
	c.Took = time.Since(began)
	return c, err
}

// near are the tests of the sources that the defect changes.
func (s *Suite) near(d Defect) (list []string, err error) {
	m := s.Description.Mirror
	if m == nil {
		return nil, nil
	}
	re, err := regexp.Compile(s.fill(m.Source))
	if err != nil {
		return nil, err
	}
	for _, e := range d.Edits {
		file := path.Join(s.fill(s.Description.Source), e.File)
		test := re.ReplaceAllString(file, m.Test)
		if _, err := os.Stat(filepath.Join(s.Dir, test)); err == nil && test != file {
			list = append(list, test)
		}
	}
	return list, nil
}

// ownTests runs the project's own tests, or some of them, and names the first
// that fails, twice: what was only too slow has caught nothing.
func (s *Suite) ownTests(ctx context.Context, files ...string) (failed string, err error) {
	if s.Description.Tests == nil {
		return "", nil
	}
	if failed, err = s.ownTestsOnce(ctx, files...); err != nil || failed == "" || failed == hang {
		return failed, err
	}
	alone, _, _ := strings.Cut(failed, "[") // the name, without its parameters
	again, err := s.ownTestsOnce(ctx, alone)
	if err != nil || again == "" {
		return "", err
	}
	return alone, nil
}

// hang stands for the name of a test that does not end.
const hang = "a test that does not end"

func (s *Suite) ownTestsOnce(ctx context.Context, files ...string) (string, error) {
	t := s.Description.Tests
	limited, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	argv := slices.Concat(t.Command, files)
	cmd := exec.CommandContext(limited, argv[0], argv[1:]...)
	cmd.Dir = s.Dir
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { killGroup(cmd.Process.Pid); return nil }
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return "", nil
	case limited.Err() != nil && ctx.Err() == nil:
		return hang, nil
	}
	re, bad := regexp.Compile(t.Failed)
	if bad != nil {
		return "", bad
	}
	if found := re.FindSubmatch(out); len(found) > 1 {
		return string(found[1]), nil
	}
	return "", fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, short(string(out)))
}

// caughtBy runs the checks that prove what the defect breaks, and if they find
// nothing all others. A check that fails because something took too long must
// fail again, alone: on a busy machine it may have caught nothing.
func (s *Suite) caughtBy(ctx context.Context, d Defect) (string, error) {
	proving := exactly(provers(d.Promise)...)
	for _, only := range []*regexp.Regexp{proving, nil} {
		v, err := s.again(ctx, only)
		if err != nil {
			return "", err
		}
		first := cmp.Or(v.First, v.Broken)
		switch {
		case v.Green():
			continue
		case !v.late():
			return first, nil
		}
		if v, err = s.again(ctx, exactly(first)); err != nil || !v.Green() {
			return first, err
		}
	}
	return "", nil
}

// late reports whether the first failure is one of time.
func (v Verdict) late() bool {
	for _, r := range v.Results {
		if r.ID == v.First {
			text := strings.Join(r.Happened, " ")
			return strings.Contains(text, "within") || strings.Contains(text, "deadline exceeded")
		}
	}
	return false
}

// exactly matches ids.
func exactly(ids ...string) *regexp.Regexp {
	return regexp.MustCompile("^(" + strings.Join(ids, "|") + ")$")
}

func (s *Suite) again(ctx context.Context, only *regexp.Regexp) (Verdict, error) {
	o := s.Options
	o.Only, o.NoSetup, o.FirstOnly, o.Parallel = only, true, true, 3
	return Run(ctx, o)
}

// Table is a table of who has caught what.
func Table(list []Catch) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| mistake | what it breaks | promise | own tests | suite |\n|---|---|---|---|---|\n")
	for _, c := range list {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", c.Name, c.Breaks, c.Promise, cmp.Or(c.Own, "-"), cmp.Or(c.Suite, "-"))
	}
	return b.String()
}
