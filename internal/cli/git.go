package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// git runs git in dir and returns what it prints. Variables that point it at
// another repository (a hook's, say) are left out.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"}, name)
	})
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		if text := strings.TrimSpace(problem.String()); text != "" {
			err = errors.New(text)
		}
		return "", err
	}
	return strings.TrimSpace(out.String()), nil
}

// gitInit makes dir a repository without a commit, unless it lies in one
// already. That it fails is worth a word, but no reason to fail.
func (a *app) gitInit(ctx context.Context, dir string) {
	if inside, err := git(ctx, dir, "rev-parse", "--is-inside-work-tree"); err == nil && inside == "true" {
		a.detail("no git init: the project lies in a git work tree already")
		return
	} else if errors.Is(err, exec.ErrNotFound) {
		a.note("git is not installed, so the project is not a git repository yet")
		return
	}
	args := []string{"init", "--quiet"}
	if _, err := git(ctx, dir, "config", "init.defaultBranch"); err != nil {
		args = append([]string{"-c", "init.defaultBranch=main"}, args...)
	}
	if _, err := git(ctx, dir, args...); err != nil {
		a.note("git init failed, so the project is not a git repository yet: %v", err)
	}
}

// suggestions are what git knows of the person, to fill a form in advance.
func suggestions(ctx context.Context) map[string]string {
	found := map[string]string{}
	for _, kind := range []string{"user.name", "user.email"} {
		if value, err := git(ctx, ".", "config", kind); err == nil && value != "" {
			found["git-"+strings.ReplaceAll(kind, ".", "-")] = value
		}
	}
	return found
}
