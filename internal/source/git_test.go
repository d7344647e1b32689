package source

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A repo is a git repository of a test.
type repo struct {
	t   *testing.T
	dir string
}

func newRepo(t *testing.T) repo {
	t.Helper()
	r := repo{t, filepath.Join(t.TempDir(), "repo")}
	r.git("init", "--quiet", "--initial-branch=main", r.dir)
	return r
}

func (r repo) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	if _, err := os.Stat(r.dir); err == nil {
		cmd.Dir = r.dir
	}
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files, name=text, and returns the commit.
func (r repo) commit(files ...string) string {
	r.t.Helper()
	for _, f := range files {
		name, text, _ := strings.Cut(f, "=")
		at := filepath.Join(r.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			r.t.Fatal(err)
		}
		if to, link := strings.CutPrefix(text, "->"); link {
			if err := os.Symlink(to, at); err != nil {
				r.t.Fatal(err)
			}
		} else if err := os.WriteFile(at, []byte(text), 0o666); err != nil {
			r.t.Fatal(err)
		}
	}
	r.git("add", "--all")
	r.git("commit", "--quiet", "--message=x")
	return r.git("rev-parse", "HEAD")
}

// read reads what is stored at ref of the repository, in words.
func (r repo) read(ref string, pin Pin) string {
	r.t.Helper()
	s, err := Find("file://"+filepath.ToSlash(r.dir)+ref, builtin, pin)
	if err != nil {
		return err.Error()
	}
	got, err := s.Read(r.t.Context())
	if err != nil {
		return strings.ReplaceAll(err.Error(), filepath.ToSlash(r.dir), "REPO")
	}
	what := []string{words(got.Files), got.Version, got.Ref, got.Commit}
	note, _, _ := strings.Cut(strings.ReplaceAll(got.Note, filepath.ToSlash(r.dir), "REPO"), ": ")
	return strings.TrimRight(strings.Join(append(what, note), "|"), "|")
}

func TestGit(t *testing.T) {
	r, cache := newRepo(t), filepath.Join(t.TempDir(), "cache")
	pin := Pin{Cache: cache}
	if got := r.read("", pin); got != "file://REPO has no commit yet" {
		t.Errorf("an empty one: got %s", got)
	}
	first := r.commit("template.yaml=1", "files/a=1", "files/l=->a", "docs/x=no", "svc/template.yaml=s", "svc/files/b=s")
	one := "files/a=1 files/l->a template.yaml=1"
	if got := r.read("", pin); got != one+"|||"+first {
		t.Errorf("without tags: got %s", got)
	}
	r.git("tag", "v1.0.0")
	second := r.commit("template.yaml=2", "files/a=2")
	two := "files/a=2 files/l->a template.yaml=2"
	r.git("tag", "--annotate", "--message=x", "v1.10.0")
	r.git("branch", "feature/x", first)
	third := r.commit("files/a=3")
	r.git("tag", "v2.0.0-rc.1")
	r.git("tag", "old", first)
	for _, c := range []struct {
		ref, version, follow string
		want                 string
	}{
		{"", "", "", two + "|1.10.0||" + second},
		{"", "1.0.0", "", one + "|1.0.0||" + first},
		{"", "v1.0.0", "main", one + "|1.0.0||" + first},
		{"", "3.0.0", "", "file://REPO has no version 3.0.0"},
		{"@v1.0.0", "", "", one + "|1.0.0||" + first},
		{"@old", "", "", one + "|||" + first},
		{"@main", "", "", "files/a=3 files/l->a template.yaml=2||main|" + third},
		{"@feature/x", "", "", one + "||feature/x|" + first},
		{"", "", "main", "files/a=3 files/l->a template.yaml=2||main|" + third},
		{"", "", first, one + "||" + first + "|" + first},
		{"@" + second, "", "", two + "||" + second + "|" + second},
		{"@none", "", "", "file://REPO has no tag or branch none"},
		{"@" + strings.Repeat("0", 40), "", "", "file://REPO has no commit " + strings.Repeat("0", 40)},
		{"//svc", "", "", "files/b=s template.yaml=s|1.10.0||" + second},
		{"//docs", "", "", "template.yaml: it is missing"},
		{"//none", "", "", "file://REPO has no directory none"},
	} {
		if got := r.read(c.ref, Pin{Version: c.version, Ref: c.follow, Cache: cache}); got != c.want {
			t.Errorf("%s %s %s: got %s, want %s", c.ref, c.version, c.follow, got, c.want)
		}
	}

	// A branch that was rewritten is followed all the same.
	r.git("checkout", "--quiet", "--orphan", "other")
	fourth := r.commit("template.yaml=4", "files/a=4")
	r.git("branch", "--force", "main", "other")
	if got := r.read("@main", pin); !strings.HasSuffix(got, "||main|"+fourth) {
		t.Errorf("rewritten: got %s", got)
	}

	// A tag may leave numbers out, unless others have them.
	for _, c := range []struct{ tag, ref, version, want string }{
		{"v3", "", "", "3.0.0"},
		{"v3", "@v3", "", "3.0.0"},
		{"v3", "", "v3", "3.0.0"},
		{"v3", "", "3.0.0", "3.0.0"},
		{"v3.1", "", "", "3.1.0"},
		{"v3.1.0", "", "3.1", "3.1"}, // a tag that may move on to 3.1.1
		{"v3.2.1", "", "", "3.2.1"},  // v3 is only the newest of its kind now
		{"v2024", "", "3", "3"},      // which has a name of its own
		{"20240101", "", "", "2024.0.0"},
	} {
		r.git("tag", "--force", c.tag, first)
		got := strings.Split(r.read(c.ref, Pin{Version: c.version, Cache: cache}), "|")
		if len(got) < 2 || got[1] != c.want {
			t.Errorf("tag %s, %s, version %s: got %v, want %s", c.tag, c.ref, c.version, got, c.want)
		}
	}
	for _, tag := range []string{"v3", "v3.1", "v3.1.0", "v3.2.1", "v2024", "20240101"} {
		r.git("tag", "--delete", tag)
	}

	// Offline, what the cache has is used, and said.
	away := r.dir + "-away"
	if err := os.Rename(r.dir, away); err != nil {
		t.Fatal(err)
	}
	if got := r.read("", pin); got != two+"|1.10.0||"+second+"|file://REPO cannot be fetched" {
		t.Errorf("offline: got %s", got)
	}
	if got := r.read("", Pin{Cache: cache, Version: "1.0.0"}); got != one+"|1.0.0||"+first+"|file://REPO cannot be fetched" {
		t.Errorf("offline, a version: got %s", got)
	}
	got := r.read("", Pin{Cache: cache, Version: "5.0.0"})
	if !strings.HasPrefix(got, "file://REPO cannot be fetched: ") || !strings.HasSuffix(got, "; its copy in the cache has no version 5.0.0") {
		t.Errorf("offline, a version that the cache has not: got %s", got)
	}
	if got := r.read("", Pin{Cache: t.TempDir()}); !strings.HasPrefix(got, "file://REPO cannot be fetched: ") {
		t.Errorf("offline without a cache: got %s", got)
	}
	if got := r.read("", Pin{}); !strings.Contains(got, "neither XDG_CACHE_HOME nor HOME is set") {
		t.Errorf("without a place: got %s", got)
	}
}

// Nothing of a repository is run, checked out or followed.
func TestHostileRepository(t *testing.T) {
	cache := t.TempDir()
	for name, c := range map[string]struct {
		make func(repo)
		want string
	}{
		"a submodule": {func(r repo) {
			r.commit("template.yaml=1")
			r.git("update-index", "--add", "--cacheinfo", "160000,"+r.git("rev-parse", "HEAD")+",files/sub")
			r.git("commit", "--quiet", "--message=x")
		}, "files/sub: it is a submodule, and those are not read"},
		"a link for a manifest":               {func(r repo) { r.commit("template.yaml=->files/a", "files/a=1") }, "template.yaml: it is a link, and links are not followed"},
		"a link that leads out":               {func(r repo) { r.commit("template.yaml=1", "files/l=->../../etc/passwd") }, "files/l: the link leads out of the project, to ../../etc/passwd"},
		"a name that some system cannot have": {func(r repo) { r.commit("template.yaml=1", "files/con=1") }, "files/con: no file may be called that: con is a device on Windows"},
		"too large a manifest":                {func(r repo) { r.commit("template.yaml=" + strings.Repeat("x", 64<<10+1)) }, "template.yaml: it has 65537 bytes, and a manifest may have 65536"},
		"a filter": {func(r repo) {
			r.commit("template.yaml=1", ".gitattributes=* filter=evil", "files/a=1")
			r.git("config", "filter.evil.smudge", "touch "+r.dir+"/../evil")
		}, "files/a=1 template.yaml=1"},
	} {
		r := newRepo(t)
		c.make(r)
		got, _, _ := strings.Cut(r.read("", Pin{Cache: cache}), "|")
		if got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
		if _, err := os.Stat(filepath.Join(r.dir, "..", "evil")); err == nil {
			t.Errorf("%s ran", name)
		}
	}
}
