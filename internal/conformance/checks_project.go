package conformance

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// verbs are what make can do in every service.
var verbs = strings.Fields("help setup run dev test lint format check config-check audit-verify upgrade security clean")

func projectChecks() []Check {
	return append([]Check{
		check("project/verbs", "source.verbs", "make alone lists the verbs, which are the same in every service", func(t *T) {
			r := t.ran(t.Dir, t.environment(t.dir()), "make")
			t.ended(r, 0)
			for _, verb := range slices.Concat(verbs, t.Description.Verbs) {
				if !regexp.MustCompile(`(?m)^\s*` + verb + `\b`).MatchString(r.Stdout) {
					t.Errorf("%s is not listed: %s", verb, r.Stdout)
				}
			}
		}),
		check("project/config-check", "startup.offline source.verbs", "make config-check passes with nothing at hand", func(t *T) {
			t.ended(t.ran(t.Dir, t.environment(t.dir()), "make", "config-check"), 0)
		}),
		check("project/ignored", "secrets.names audit.file", "neither secrets nor the audit log are committed", func(t *T) {
			text := "\n" + string(readOrEmpty(filepath.Join(t.Dir, t.Description.Ignored)))
			for _, name := range []string{".env", "var"} {
				if !regexp.MustCompile(`\n/?` + regexp.QuoteMeta(name) + `/?\n`).MatchString(text) {
					t.Errorf("%s does not name %s", t.Description.Ignored, name)
				}
			}
		}),
	}, needing("mirror",
		check("project/mirror", "source.tests", "each source has its test, where the source's place says", func(t *T) {
			m := t.Description.Mirror
			re, err := regexp.Compile(t.fill(m.Source))
			if err != nil {
				t.Fatalf("%v", err)
			}
			n := 0
			for _, file := range t.files() {
				if !re.MatchString(file) || slices.Contains(m.Except, filepath.Base(file)) {
					continue
				}
				n++
				test := re.ReplaceAllString(file, m.Test)
				if _, err := os.Stat(filepath.Join(t.Dir, test)); err != nil {
					t.Errorf("%s has no %s", file, test)
				}
			}
			if n == 0 {
				t.Errorf("no source was found")
			}
			t.Logf("%d sources", n)
		}),
	)...)
}

// files are the files of the service, hidden directories left out.
func (t *T) files() (list []string) {
	err := filepath.WalkDir(t.Dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != t.Dir && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.Type().IsRegular():
			rel, _ := filepath.Rel(t.Dir, path) // it lies below
			list = append(list, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return list
}
