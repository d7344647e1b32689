package golden

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/gen/templates"
)

// An edit replaces text that is once in a file. Without old text it makes the
// file, without new text it deletes it.
type edit struct{ file, old, new string }

// second turns the built-in template into its next version: what such
// templates really change.
var second = []edit{
	{"template.yaml", "version: 0.1.0", "version: 0.2.0"},
	// a bound is raised
	{"files/pyproject.toml.tmpl", `"fastapi>=0.163"`, `"fastapi>=0.164"`},
	// a setting is added
	{"files/config.yaml.tmpl", "  drain_s: 0 #", "  keep_alive_s: 5 # seconds that an idle connection stays open\n  drain_s: 0 #"},
	{
		"files/src/{{.package}}/config.py.tmpl", "    drain_s: float = Field(default=0, ge=0)\n",
		"    keep_alive_s: int = Field(default=5, ge=1)\n    drain_s: float = Field(default=0, ge=0)\n",
	},
	{
		"files/src/{{.package}}/server.py.tmpl", "            timeout_graceful_shutdown=",
		"            timeout_keep_alive=config.server.keep_alive_s,\n            timeout_graceful_shutdown=",
	},
	// a class is added
	{
		"files/src/{{.package}}/errors.py.tmpl", "class RateLimitedError(AppError):",
		"class GoneError(AppError):\n    \"\"\"There was such a thing.\"\"\"\n\n    status, default_code = 410, \"gone\"\n\n\nclass RateLimitedError(AppError):",
	},
	{"files/src/{{.package}}/api/problems.py.tmpl", "    413: \"Payload", "    410: \"Gone\",\n    413: \"Payload"},
	{
		"files/tests/test_errors.py.tmpl", "        (errors.RateLimitedError,",
		"        (errors.GoneError, 410, \"gone\"),\n        (errors.RateLimitedError,",
	},
	// a module is renamed, and imported by its new name
	{
		"template.yaml", "\nfiles:\n",
		"\nfiles:\n  - path: \"src/{{.package}}/lazily.py\"\n    was: [\"src/{{.package}}/lazy.py\"]\n" +
			"  - path: \"tests/test_lazily.py\"\n    was: [\"tests/test_lazy.py\"]\n",
	},
	{"files/tests/conftest.py.tmpl", "from {{.package}}.lazy import Lazy\n", "from {{.package}}.lazily import Lazy\n"},
	{"files/src/{{.package}}/resources.py.tmpl", "from {{.package}}.lazy import Lazy\n", "from {{.package}}.lazily import Lazy\n"},
	{"files/tests/test_lazily.py.tmpl", "from {{.package}}.lazy import Lazy\n", "from {{.package}}.lazily import Lazy\n"},
	// a job is added
	{
		"files/.github/workflows/ci.yml.tmpl", "      - run: make docker-build\n<%- end %>\n",
		"      - run: make docker-build\n<%- end %>\n  wheel:\n    name: Build the wheel\n    runs-on: ubuntu-24.04\n" +
			"    permissions: {}\n    steps:\n      - run: uv build\n",
	},
	// a verb and a sentence are added
	{"files/Makefile.tmpl", "clean: ##", "wheel: setup ## build the wheel\n\tuv build\n\nclean: ##"},
	{"files/README.md.tmpl", "## Run it\n", "## Ship it\n\n`make wheel` builds what is to be shipped.\n\n## Run it\n"},
	{"files/src/{{.package}}/answers.py.tmpl", "a sample, to be replaced", "a sample that you replace"},
}

// renamed says which file of the template moves between the versions.
var renamed = map[string]string{
	"files/src/{{.package}}/lazy.py.tmpl": "files/src/{{.package}}/lazily.py.tmpl",
	"files/tests/test_lazy.py.tmpl":       "files/tests/test_lazily.py.tmpl",
}

// people are what persons do to a project within its first weeks, and what
// must be there after the update. None of it is a conflict.
var people = map[string][]edit{
	"adds dependencies": {
		{"pyproject.toml", "    \"httpx2>=2.16\",\n", "    \"httpx2>=2.16\",\n    \"jinja2>=3.1\",\n"},
		{"pyproject.toml", "    \"coverage>=7.17\",\n", "    \"coverage>=7.17\",\n    \"faker>=40\",\n"},
		{"pyproject.toml", "version = \"0.1.0\"", "version = \"0.4.2\""},
	},
	"adds settings": {
		{"config.yaml", "  port: 8000\n", "  port: 9000\n"},
		{"config.yaml", "  question_chars: 4000 #", "  answer_chars: 800 # characters\n  question_chars: 2000 #"},
		{"src/svc/config.py", "    question_chars: int = Field(default=4000, ge=1)\n", "    answer_chars: int = Field(default=800, ge=1)\n    question_chars: int = Field(default=2000, ge=1)\n"},
		{"src/svc/config.py", "    port: int = Field(default=8000,", "    port: int = Field(default=9000,"},
		{".env.example", "SVC_API_KEY=\n", "SVC_API_KEY=\n\n# The key of the mail service\nSVC_MAIL_KEY=\n"},
	},
	"adds errors": {
		{
			"src/svc/errors.py", "class LLMError(ServiceError):",
			"class MailError(ServiceError):\n    \"\"\"The mail service failed.\"\"\"\n\n    default_code = \"mail_unavailable\"\n\n\nclass LLMError(ServiceError):",
		},
		{"tests/test_errors.py", "        (errors.LLMError,", "        (errors.MailError, 503, \"mail_unavailable\"),\n        (errors.LLMError,"},
	},
	"adds a route": {
		{"src/svc/api/mails.py", "", "\"\"\"POST /v1/mails.\"\"\"\n"},
		{"src/svc/api/app.py", "    health,\n", "    health,\n    mails,\n"},
		{"src/svc/api/app.py", "    app.include_router(protected)\n", "    mails.add_routes(protected)\n    app.include_router(protected)\n"},
	},
	"removes the sample": {
		{"src/svc/answers.py", "\"\"\"", ""},
		{"src/svc/api/answers.py", "\"\"\"", ""},
		{"tests/test_answers.py", "import", ""},
		{"tests/api/test_answers.py", "import", ""},
		{"src/svc/api/app.py", "    answers,\n", "    # no answers\n"},
	},
	"edits what is renamed": {
		{"src/svc/lazy.py", "duration_ms = round((time.perf_counter() - started) * 1000, 2)", "duration_ms = round((time.perf_counter() - started) * 1000)"},
	},
	"edits what the tools do": {
		{".github/workflows/ci.yml", "      - run: make check\n", "      - run: make check\n      - run: make coverage-report\n"},
		{"Makefile", "check: lint", "coverage-report: setup ## print what is covered\n\t$(BIN)/coverage xml\n\ncheck: lint"},
		{".gitignore", "var/\n", "var/\ncoverage.xml\n"},
		{"pyproject.toml", "line-length = 100", "line-length = 120"},
		{"src/svc/logs.py", "_MAX_FRAMES = 12", "_MAX_FRAMES = 30"},
	},
	"writes a README": {{"README.md", "## The first minute\n", "## Who uses it\n\nWe do.\n"}},
}

// TestUpdate takes projects that people worked on to the next version of the
// template: nobody has a conflict, each edit and each change is there.
func TestUpdate(t *testing.T) {
	gen := buildGen(t)
	var everything []edit
	for _, who := range slices.Sorted(maps.Keys(people)) {
		everything = append(everything, people[who]...)
	}
	t.Run("nobody worked on it", func(t *testing.T) { updated(t, gen, nil) })
	t.Run("everybody worked on it", func(t *testing.T) { updated(t, gen, everything) })
}

func updated(t *testing.T, gen string, edits []edit) {
	dir := t.TempDir()
	template, project := filepath.Join(dir, "python-service"), filepath.Join(dir, "svc")
	check(t, os.CopyFS(dir, templates.FS))
	command(t, dir, gen, "new", project, "--no-input", "--no-git", "-t", template)
	for _, e := range edits {
		e.do(t, project)
	}
	toSecond(t, template)
	update := exec.Command(gen, "update", "--no-input", "--json")
	update.Dir = project
	if out, err := update.CombinedOutput(); err != nil {
		t.Fatalf("gen update: %v\n%s", err, out)
	}
	for _, e := range edits {
		e.file = strings.Replace(e.file, "/lazy.py", "/lazily.py", 1)
		e.mustBeIn(t, project)
	}
	for file, want := range map[string]string{
		"pyproject.toml": "fastapi>=0.164", "config.yaml": "keep_alive_s", "src/svc/config.py": "keep_alive_s",
		"src/svc/server.py": "timeout_keep_alive", "src/svc/errors.py": "GoneError", "src/svc/api/problems.py": "410",
		"src/svc/resources.py": "svc.lazily", "src/svc/lazily.py": "class Lazy", "tests/test_lazily.py": "svc.lazily",
		".github/workflows/ci.yml": "uv build", "Makefile": "uv build",
	} {
		edit{file, "", want}.mustBeIn(t, project)
	}
	if _, err := os.Stat(filepath.Join(project, "src/svc/lazy.py")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("src/svc/lazy.py is still there")
	}
}

// toSecond takes the template to its next version.
func toSecond(t *testing.T, template string) {
	t.Helper()
	for from, to := range renamed {
		check(t, os.Rename(filepath.Join(template, from), filepath.Join(template, to)))
	}
	for _, e := range second {
		e.do(t, template)
	}
}

func (e edit) do(t *testing.T, dir string) {
	t.Helper()
	at := filepath.Join(dir, filepath.FromSlash(e.file))
	if e.new == "" {
		check(t, os.Remove(at))
		return
	}
	if e.old == "" {
		check(t, os.WriteFile(at, []byte(e.new), 0o600))
		return
	}
	text, err := os.ReadFile(at)
	check(t, err)
	if strings.Count(string(text), e.old) != 1 {
		t.Fatalf("%s: %q is not there once", e.file, e.old)
	}
	check(t, os.WriteFile(at, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o600))
}

func (e edit) mustBeIn(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(e.file)))
	switch {
	case e.new == "" && !errors.Is(err, fs.ErrNotExist):
		t.Errorf("%s: is there again", e.file)
	case e.new != "" && !strings.Contains(string(text), e.new):
		t.Errorf("%s: has no %q\n%s", e.file, e.new, text)
	}
}
