package golden

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/gen/templates"
)

var story = flag.Bool("story", false, "write the story of an update into README.md")

// better is what else the next version of the template changes in the story.
var better = []edit{
	{"files/SECURITY.md.tmpl", "Only the newest version is mended.\n", "Only the newest version is mended, within a week.\n"},
	{"files/CONTRIBUTING.md.tmpl", "New packages are a decision", "New packages are a rare decision"},
	{"files/Makefile.tmpl", "help: ## list the verbs", "help: ## list the verbs of this project"},
}

// weeks is what an owner does until then: values, a dependency, a route, a
// file moved, a file deleted, and a line that the template changes too.
var weeks = []edit{
	{"config.yaml", "  port: 8000\n", "  port: 9000\n"},
	{"src/myservice/config.py", "    port: int = Field(default=8000,", "    port: int = Field(default=9000,"},
	{"pyproject.toml", "    \"httpx2>=2.16\",\n", "    \"httpx2>=2.16\",\n    \"jinja2>=3.1\",\n"},
	{"src/myservice/api/quotes.py", "", quotes},
	{"src/myservice/api/app.py", "    problems,\n)", "    problems,\n    quotes,\n)"},
	{"src/myservice/api/app.py", "    app.include_router(protected)\n", "    quotes.add_routes(protected)\n    app.include_router(protected)\n"},
	{"CONTRIBUTING.md", "make setup", ""},
	{"Makefile", "help: ## list the verbs", "help: ## say what can be done"},
}

const quotes = `"""GET /v1/quotes."""

from fastapi import APIRouter
from pydantic import BaseModel


class Quote(BaseModel):
    """What somebody said."""

    text: str


def add_routes(routes: APIRouter) -> None:
    """Add what this module answers to."""

    @routes.get("/quotes")
    async def read_quote() -> Quote:
        return Quote(text="Simple is better than complex.")
`

// TestStory makes a project, edits it as people do, and updates it to the next
// version of its template: what is printed stands in the README, nothing of the
// owner's is lost, and with -e2e the service passes its own checks afterwards.
func TestStory(t *testing.T) {
	gen, dir := buildGen(t), t.TempDir()
	template, project := filepath.Join(dir, "python-service"), filepath.Join(dir, "myservice")
	check(t, os.CopyFS(dir, templates.FS))
	command(t, dir, gen, "new", project, "--no-input", "-t", template)
	for _, e := range weeks {
		e.do(t, project)
	}
	check(t, os.MkdirAll(filepath.Join(project, "docs"), 0o777))
	check(t, os.Rename(filepath.Join(project, "SECURITY.md"), filepath.Join(project, "docs", "SECURITY.md")))
	toSecond(t, template)
	for _, e := range better {
		e.do(t, template)
	}

	told := "$ gen update\n" + says(t, project, 3, gen, "update", "--no-input") +
		"$ gen resolve --ours Makefile\n" + says(t, project, 0, gen, "resolve", "--ours", "Makefile") +
		"$ gen status\n" + says(t, project, 0, gen, "status")
	told = strings.ReplaceAll(told, "template  "+strings.SplitN(strings.SplitN(told, "template  ", 2)[1], " ", 2)[0], "template  builtin:python-service")
	told = strings.ReplaceAll(told, project, "/home/ada/myservice")
	inReadme(t, told)

	for _, e := range weeks {
		e.mustBeIn(t, project)
	}
	for _, e := range append(better[:1:1], second...) {
		if file, found := strings.CutPrefix(e.file, "files/"); found && !strings.Contains(file, "README") {
			file = strings.TrimSuffix(strings.NewReplacer("{{.package}}", "myservice", "SECURITY", "docs/SECURITY").Replace(file), ".tmpl")
			if strings.ContainsAny(e.new, "{<") {
				continue // which is rendered
			}
			edit{file, "", e.new}.mustBeIn(t, project)
		}
	}
	if *e2e {
		command(t, project, "make", "setup", "check")
	}
}

// says runs a command and returns all it prints.
func says(t *testing.T, dir string, code int, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("%v: exit %d, want %d\n%s", args, got, code, out)
	}
	return string(out)
}

// inReadme holds what a story prints to the README.
func inReadme(t *testing.T, told string) {
	t.Helper()
	const begin, end = "<!-- go test ./golden -run TestStory -story writes this -->\n```console\n", "```\n<!-- so far -->"
	text, err := os.ReadFile("../README.md")
	check(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	was, after, ended := strings.Cut(rest, end)
	switch {
	case !found || !ended:
		t.Error("README.md has no place for the story of an update")
	case *story:
		check(t, os.WriteFile("../README.md", []byte(before+begin+told+end+after), 0o666))
	case was != told:
		t.Errorf("README.md tells another story (go test ./golden -run TestStory -story):\n%s", told)
	}
}
