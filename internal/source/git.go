package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

// a repository is a template in git, read by the git program: fetched bare and
// taken object by object, so that nothing of it is checked out, filtered or
// run.
type repository struct {
	typed  string // without credentials and @REF
	url    string
	subdir string // of the template in the repository; "" is its root
	ref    string // as typed after @
	pin    Pin
}

// IsGit reports whether name looks like a git source: a URL, gh:, ssh's short
// form, or a name in .git.
func IsGit(name string) bool {
	host, _, colon := strings.Cut(name, ":")
	repo, _, _ := strings.Cut(name, "@")
	repo, _, _ = strings.Cut(repo, "//")
	return strings.Contains(name, "://") || colon && (host == "gh" || strings.Contains(host, "@")) || strings.HasSuffix(repo, ".git")
}

// newRepository takes URL[//SUBDIR][@REF] apart.
func newRepository(name string, pin Pin) (Source, error) {
	g := repository{pin: pin}
	scheme, rest := "", name
	for _, s := range []string{"gh:", "https://", "ssh://", "file://"} {
		if after, found := strings.CutPrefix(name, s); found {
			scheme, rest = s, after
		}
	}
	if scheme == "" && strings.Contains(name, "://") {
		return nil, notGit(name, "only https, ssh, file and local paths are fetched")
	}
	host := ""
	end := "/"
	if scheme == "" {
		end = "/:"
	}
	if at := strings.IndexAny(rest, end); scheme != "gh:" && scheme != "file://" && at > 0 { // which may hold an @
		host, rest = rest[:at], rest[at:]
	}
	if at := strings.LastIndexByte(rest, '@'); at > 0 && rest[at-1] != '/' {
		rest, g.ref = rest[:at], rest[at+1:]
	}
	path, subdir, _ := strings.Cut(rest, "//")
	g.subdir = strings.Trim(subdir, "/")
	if _, err := tree.ParsePath(g.subdir); g.subdir != "" && err != nil {
		return nil, notGit(name, "its directory cannot be: "+err.Error())
	}
	switch {
	case path == "" || strings.HasPrefix(host+path, "-") || strings.HasPrefix(g.ref, "-"):
		return nil, notGit(name, "it names no repository")
	case scheme == "gh:" && strings.Count(path, "/") != 1:
		return nil, notGit(name, "write it as gh:OWNER/REPO")
	case scheme == "gh:":
		g.url = "https://github.com/" + path + ".git"
	case scheme == "" && host == "" || scheme == "" && !strings.Contains(host, "@"): // a local path
		abs, err := filepath.Abs(host + path)
		if err != nil {
			return nil, err
		}
		scheme, host, path = "", "", filepath.ToSlash(abs)
		g.url = path
	default:
		g.url = scheme + host + path
	}
	g.typed = withoutUser(scheme + host + path)
	if g.subdir != "" {
		g.typed += "//" + g.subdir
	}
	return g, nil
}

func notGit(name, why string) error {
	return &diag.Error{
		Code: diag.Source, Msg: fmt.Sprintf("%s cannot be fetched: %s", withoutUser(name), why), Hint: "gen help sources shows how a source is written",
	}
}

// withoutUser returns the https URL name without its user and password, or token:
// what is printed and recorded may be read by others. The user of ssh is part of
// its address.
func withoutUser(name string) string {
	scheme, rest, found := strings.Cut(name, "://")
	host, _, _ := strings.Cut(rest, "/")
	i := strings.LastIndexByte(host, '@')
	if !found || i < 0 {
		return name
	}
	user, _, secret := strings.Cut(host[:i], ":")
	if scheme == "ssh" && !secret {
		return name
	}
	if scheme == "ssh" {
		return scheme + "://" + user + rest[i:]
	}
	return scheme + "://" + rest[i+1:]
}

func (g repository) Name() string {
	if g.ref != "" {
		return g.typed + "@" + g.ref
	}
	return g.typed
}

func (g repository) Record(string) string { return g.typed }

// A remote is what a repository has: commits by tag and by branch.
type remote struct {
	tags, heads map[string]string
	head        string // the default branch
}

// Read asks the repository what it has, fetches what is not in the cache, and
// reads the template's files from there.
func (g repository) Read(ctx context.Context) (Stored, error) {
	if g.pin.Cache == "" {
		return Stored{}, notGit(g.typed, "there is no place to keep it: neither XDG_CACHE_HOME nor HOME is set")
	}
	sum := sha256.Sum256([]byte(g.url))
	c := clone{ctx, g, filepath.Join(g.pin.Cache, "git", hex.EncodeToString(sum[:16])+".git")}
	there, away, err := c.ask()
	if err != nil {
		return Stored{}, err
	}
	s, name, err := g.choose(there)
	if away != nil && err != nil { // which the repository may have
		return Stored{}, &diag.Error{Code: diag.Source, Msg: away.Msg + "; its copy in the cache" + strings.TrimPrefix(err.Error(), g.typed), Hint: away.Hint}
	}
	if err != nil {
		return Stored{}, err
	}
	if away != nil {
		s.Note = away.Msg + "; its copy in the cache is used"
	}
	if err := c.fetch(name, s.Commit); err != nil {
		return Stored{}, err
	}
	s.Files, err = c.read(s.Commit)
	return s, err
}

// choose finds the commit that is meant, and under which name to fetch it. A tag
// is only where a project starts; a branch or a commit is followed.
func (g repository) choose(r remote) (s Stored, name string, err error) {
	ref := g.ref
	if ref == "" && g.pin.Version == "" {
		ref = g.pin.Ref
	}
	known := versions(r.tags)
	switch want := "v" + strings.TrimPrefix(g.pin.Version, "v"); {
	case g.pin.Version != "":
		for _, tag := range []string{want, g.pin.Version, known[Version(want)]} {
			if commit, found := r.tags[tag]; found {
				s = Stored{Commit: commit, Version: strings.TrimPrefix(tag, "v")}
				if known[Version(tag)] == tag {
					s.Version = Version(tag)
				}
				return s, "refs/tags/" + tag, nil
			}
		}
		return s, "", g.lacks("no version "+g.pin.Version, r)
	case ref == "":
		if v := newest(known); v != "" {
			return Stored{Commit: r.tags[known[v]], Version: v}, "refs/tags/" + known[v], nil
		}
		if commit, found := r.heads[r.head]; found {
			return Stored{Commit: commit}, "refs/heads/" + r.head, nil
		}
		return s, "", g.lacks("no commit yet", r)
	case r.heads[ref] != "":
		return Stored{Commit: r.heads[ref], Ref: ref}, "refs/heads/" + ref, nil
	case r.tags[ref] != "":
		s = Stored{Commit: r.tags[ref]}
		if known[Version(ref)] == ref {
			s.Version = Version(ref)
		}
		return s, "refs/tags/" + ref, nil
	case isCommit(ref):
		return Stored{Commit: ref, Ref: ref}, ref, nil
	}
	return s, "", g.lacks("no tag or branch "+ref, r)
}

func isCommit(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == 40 && strings.ToLower(s) == s
}

func (g repository) lacks(what string, r remote) error {
	e := &diag.Error{Code: diag.Source, Msg: g.typed + " has " + what, Hint: "git ls-remote " + g.typed + " lists what it has"}
	if v := newest(versions(r.tags)); v != "" {
		e.Hint = "its newest version is " + v
	}
	return e
}

// Version returns the version that a tag stands for, "" if for none: after a v,
// numbers that are left out are zero.
func Version(tag string) string {
	v, marked := strings.CutPrefix(tag, "v")
	if dots := strings.Count(v, "."); marked && dots < 2 && strings.Trim(v, "0123456789.") == "" {
		v += strings.Repeat(".0", 2-dots)
	}
	if _, err := semver.StrictNewVersion(v); err != nil {
		return ""
	}
	return v
}

// versions returns the tag of each version. One that leaves numbers out is none
// beside those that have them: it moves from one to the next.
func versions(tags map[string]string) map[string]string {
	found := map[string]string{}
	fuller := func(tag string) bool {
		for other := range tags {
			if Version(other) != "" && strings.HasPrefix("v"+strings.TrimPrefix(other, "v"), tag+".") {
				return true
			}
		}
		return false
	}
	for tag := range tags {
		v := Version(tag)
		if v != "" && tag > found[v] && (v == strings.TrimPrefix(tag, "v") || !fuller(tag)) {
			found[v] = tag
		}
	}
	return found
}

// newest returns the highest of versions, "" if there is none; one before a
// release counts only if there is no release.
func newest(versions map[string]string) string {
	best, name := (*semver.Version)(nil), ""
	for version, tag := range versions {
		v, err := semver.StrictNewVersion(version)
		if err != nil {
			continue
		}
		release, sofar := v.Prerelease() == "", best != nil && best.Prerelease() == ""
		if best == nil || release && !sofar || release == sofar && v.Compare(best) > 0 || v.Equal(best) && tag > versions[name] {
			best, name = v, version
		}
	}
	return name
}

// A clone is the bare copy of a repository in the cache.
type clone struct {
	ctx context.Context
	repository
	dir string
}

// run runs git. Of the person's configuration only what finds and opens the
// repository has a say.
func (c clone) run(stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(c.ctx, "git", append([]string{
		"-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "fetch.recurseSubmodules=false",
		"-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never",
	}, args...)...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "GIT_") && !strings.HasPrefix(v, "GIT_SSH") && !strings.HasPrefix(v, "GIT_CONFIG") && !strings.HasPrefix(v, "GIT_ASKPASS")
	}), "GIT_ALLOW_PROTOCOL=https:ssh:file", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1", "LC_ALL=C")
	var out, problem bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &problem
	err := cmd.Run()
	switch {
	case err == nil:
		return out.Bytes(), nil
	case c.ctx.Err() != nil:
		return nil, c.ctx.Err()
	case err.Error() == "signal: interrupt": // which a terminal sends to gen too
		return nil, context.Canceled
	case errors.Is(err, exec.ErrNotFound):
		return nil, &diag.Error{Code: diag.Source, Msg: "git, which fetches " + c.typed + ", is not installed", Hint: "install git, or name a directory"}
	}
	why, _, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(problem.String(), c.url, c.typed)), "\n")
	return nil, &diag.Error{
		Code: diag.Source, Msg: fmt.Sprintf("%s cannot be fetched: %s", c.typed, strings.TrimPrefix(why, "fatal: ")),
		Hint: "look at the address, and whether git ls-remote can read it",
	}
}

// ask lists what the repository has; if it cannot be reached, what the cache
// has of it, and away says why.
func (c clone) ask() (r remote, away *diag.Error, err error) {
	out, err := c.run(nil, "ls-remote", "--symref", "--end-of-options", c.url)
	kept, e := c.run(nil, "--git-dir="+c.dir, "for-each-ref", "--format=%(objectname)\t%(refname)%0a%(*objectname)\t%(refname)", "refs/gen/")
	if err == nil {
		r = parseRefs(string(out), "refs/")
		c.forget(parseRefs(string(kept), "refs/gen/"), r)
		return r, nil, nil
	}
	if r = parseRefs(string(kept), "refs/gen/"); e != nil || len(r.tags)+len(r.heads) == 0 || !errors.As(err, &away) {
		return r, nil, err
	}
	return r, away, nil
}

// forget removes from the cache what the repository has no more, so that it does
// not come back where the repository cannot be reached.
func (c clone) forget(kept, r remote) {
	gone := &bytes.Buffer{}
	for tag := range kept.tags {
		if r.tags[tag] == "" {
			fmt.Fprintf(gone, "delete refs/gen/tags/%s\n", tag)
		}
	}
	for head := range kept.heads {
		if r.heads[head] == "" {
			fmt.Fprintf(gone, "delete refs/gen/heads/%s\n", head)
		}
	}
	if gone.Len() > 0 {
		_, _ = c.run(gone.Bytes(), "--git-dir="+c.dir, "update-ref", "--stdin") // what stays is only old
	}
}

// parseRefs reads lines of a commit, a tab and a name below prefix.
func parseRefs(text, prefix string) remote {
	r := remote{map[string]string{}, map[string]string{}, ""}
	for line := range strings.Lines(text) {
		commit, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if head, found := strings.CutPrefix(commit, "ref: refs/heads/"); found && name == "HEAD" {
			r.head = head
			continue
		}
		name, below := strings.CutPrefix(name, prefix)
		tag, isTag := strings.CutPrefix(name, "tags/")
		head, isHead := strings.CutPrefix(name, "heads/")
		switch {
		case !below || !isCommit(commit):
		case isTag: // the commit that an annotated tag is about comes after it
			r.tags[strings.TrimSuffix(tag, "^{}")] = commit
		case isHead:
			r.heads[head] = commit
			if r.head == "" && (head == "main" || head == "master") {
				r.head = head
			}
		}
	}
	return r
}

// fetch brings commit, which the repository calls name, into the cache.
func (c clone) fetch(name, commit string) error {
	if _, err := c.run(nil, "--git-dir="+c.dir, "cat-file", "-e", "--end-of-options", commit+"^{tree}"); err == nil || c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	if _, err := c.run(nil, "init", "--quiet", "--bare", "--template=", "--end-of-options", c.dir); err != nil {
		return err
	}
	spec := commit + ":refs/gen/commits/" + commit
	if after, found := strings.CutPrefix(name, "refs/"); found {
		spec = "+" + name + ":refs/gen/" + after
	}
	fetch := func(more ...string) error {
		args := append([]string{"--git-dir=" + c.dir, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--force"}, more...)
		_, err := c.run(nil, args...)
		return err
	}
	err := fetch("--depth=1", "--end-of-options", c.url, spec)
	if err != nil && c.ctx.Err() == nil { // not every server gives a single commit
		err = fetch("--end-of-options", c.url, "+refs/heads/*:refs/gen/heads/*", "+refs/tags/*:refs/gen/tags/*")
	}
	if _, e := c.run(nil, "--git-dir="+c.dir, "cat-file", "-e", "--end-of-options", commit+"^{tree}"); e != nil && err == nil {
		err = c.lacks("no commit "+commit, remote{})
	} else if e == nil {
		err = nil
	}
	return err
}
