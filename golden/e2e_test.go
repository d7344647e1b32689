package golden

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/gen/internal/spec"
)

var e2e = flag.Bool("e2e", false, "set up, check and start what the golden cases generate")

// databaseURL names the PostgreSQL that generated projects with a database use.
const databaseURL = "MYSERVICE_TEST_DATABASE_URL"

// TestGenerated makes every golden case with the built program, runs the
// project's own make setup check, starts its service once and asks it whether
// it lives. It takes minutes, so it runs on demand and in CI.
func TestGenerated(t *testing.T) {
	if !*e2e {
		t.Log("the generated projects are checked by make e2e")
		return
	}
	gen := buildGen(t)
	for _, dir := range cases(t) {
		t.Run(strings.ReplaceAll(filepath.ToSlash(dir), "/", " "), func(t *testing.T) {
			file, err := filepath.Abs(filepath.Join(dir, "answers.yaml"))
			check(t, err)
			project := filepath.Join(t.TempDir(), "project")
			command(t, ".", gen, "new", project, "--no-input", "-t", filepath.Dir(dir), "-a", file)
			setupAndCheck(t, project)
			refusesModules(t, project, loadTemplate(t, filepath.Dir(dir)))
			serve(t, project)
		})
	}
}

func buildGen(t testing.TB) string {
	t.Helper()
	gen := filepath.Join(t.TempDir(), "gen")
	command(t, "..", "go", "build", "-o", gen, "./cmd/gen")
	return gen
}

func setupAndCheck(t *testing.T, project string) {
	t.Helper()
	if url := os.Getenv(databaseURL); url != "" {
		t.Setenv(prefix(t, project)+"TEST_DATABASE_URL", url)
	}
	start := time.Now()
	command(t, project, "make", "setup")
	setup := time.Since(start)
	start = time.Now()
	command(t, project, "make", "check")
	t.Logf("make setup %.1f s, make check %.1f s", setup.Seconds(), time.Since(start).Seconds())
}

// refusesModules holds the template to refuse as a project's name what the
// project imports: one of the two would hide the other.
func refusesModules(t *testing.T, project string, template *spec.Template) {
	t.Helper()
	cmd := exec.Command(filepath.Join(project, ".venv", "bin", "python"), "-c", "import pkgutil; print(*(m.name for m in pkgutil.iter_modules()))")
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	check(t, err)
	own := packageOf(t, project)
	modules := slices.DeleteFunc(strings.Fields(string(out)), func(name string) bool { return name == own })
	for _, module := range modules {
		if nameError(t, template, strings.ReplaceAll(module, "_", "-")) == nil {
			t.Errorf("a project may have the name of the module %s", module)
		}
	}
	t.Logf("%d modules are no names", len(modules))
}

// prefix is what the names of the project's environment variables begin with.
func prefix(t *testing.T, project string) string {
	t.Helper()
	return strings.ToUpper(packageOf(t, project)) + "_"
}

func packageOf(t *testing.T, project string) string {
	t.Helper()
	return strings.ReplaceAll(filepath.Base(script(t, project)), "-", "_")
}

func command(t testing.TB, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// serve starts the project's service, sends it canaries wherever a client, an
// upstream or a secret can put text, and looks for them in all that it wrote.
func serve(t *testing.T, project string) {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Upstream", canary)
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusInternalServerError)
		}
		fmt.Fprintf(w, `{"data":[],"error":%q}`, canary)
	}))
	defer upstream.Close()
	prefix := prefix(t, project)
	cmd := exec.Command(script(t, project))
	cmd.Dir = project
	cmd.Env = append(os.Environ(),
		prefix+"SERVER__PORT=0",        // whichever is free
		prefix+"STARTUP__TIMEOUT_S=30", // a busy machine is not a missing dependency
		prefix+"API_KEY="+canary,
		prefix+"AUDIT_KEY=0123456789abcdef0123456789abcdef"+canary,
	)
	config, err := os.ReadFile(filepath.Join(project, "config.yaml"))
	check(t, err)
	if strings.Contains(string(config), "\nllm:") {
		cmd.Env = append(cmd.Env, prefix+"LLM__BASE_URL="+upstream.URL, prefix+"LLM_API_KEY="+canary)
	}
	if strings.Contains(string(config), "\ndatabase:") {
		if os.Getenv(databaseURL) == "" {
			t.Logf("%s is not set: the service is not started", databaseURL)
			return
		}
		cmd.Env = append(cmd.Env, prefix+"DATABASE_URL="+os.Getenv(databaseURL)+"?application_name="+canary)
	}
	said := t.TempDir() // files can be read while they are written
	out, err := os.Create(filepath.Join(said, "stdout"))
	check(t, err)
	defer out.Close()
	diagnostics, err := os.Create(filepath.Join(said, "stderr"))
	check(t, err)
	defer diagnostics.Close()
	cmd.Stdout, cmd.Stderr = out, diagnostics
	check(t, cmd.Start())
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("stderr: %s\nstdout: %s", read(t, diagnostics.Name()), read(t, out.Name()))
		}
	}()
	answers := sendCanaries(t, "http://127.0.0.1:"+started(t, out.Name()))
	check(t, cmd.Process.Signal(syscall.SIGTERM))
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	stdout, audit := read(t, out.Name()), read(t, filepath.Join(project, "var", "audit.jsonl"))
	check(t, onlyJSON(bufio.NewScanner(bytes.NewReader(stdout))))
	for name, text := range map[string][]byte{
		"stdout": stdout, "stderr": read(t, diagnostics.Name()), "the audit log": audit, "an answer": answers,
	} {
		for _, form := range forms(canary) {
			if bytes.Contains(text, []byte(form)) {
				t.Errorf("%s holds %s", name, form)
			}
		}
	}
	if n := bytes.Count(audit, []byte(`"http.access"`)); n < 8 {
		t.Errorf("the audit log has %d requests", n)
	}
}

const canary = "CANARY/+~CANARY-CANARY"

// forms are the ways in which a text may be written.
func forms(text string) []string {
	return []string{
		text, url.QueryEscape(text), hex.EncodeToString([]byte(text)),
		base64.RawStdEncoding.EncodeToString([]byte(text))[:16], // of its beginning, which no padding changes
	}
}

// sendCanaries returns all bytes that the service answered with.
func sendCanaries(t *testing.T, at string) []byte {
	t.Helper()
	var answers bytes.Buffer
	for _, r := range []struct{ method, path, key, body string }{
		{"POST", "/v1/answers", canary, `{"question":"` + canary + `"}`},
		{"POST", "/v1/answers", canary, `{"question":["` + canary + `"],"` + canary + `":1}`},
		{"POST", "/v1/answers", canary, canary},
		{"POST", "/v1/answers", "not-" + canary, `{}`},
		{"POST", "/v1/embeddings", canary, `{"texts":["` + canary + `"]}`},
		{"POST", "/v1/notes", canary, `{"texts":["` + canary + `\u0000"]}`},
		{"GET", "/v1/notes/" + url.PathEscape(canary), canary, ""},
		{"GET", "/" + canary + "?" + canary + "=" + canary, canary, ""},
		{"CANARYCANARY", "/v1/answers", canary, ""},
		{"POST", "/v1/answers?" + canary, canary, `{"question":"` + strings.Repeat(canary, 500) + `"}`},
	} {
		request, err := http.NewRequest(r.method, at+r.path, strings.NewReader(r.body))
		check(t, err)
		for name, value := range map[string]string{
			"Content-Type": "application/json", "X-API-Key": r.key, "User-Agent": canary, "Cookie": canary,
			"X-Request-ID": canary, "Traceparent": canary, "Referer": canary,
		} {
			request.Header.Set(name, value)
		}
		response, err := http.DefaultClient.Do(request)
		check(t, err)
		check(t, response.Write(&answers))
		response.Body.Close()
	}
	return answers.Bytes()
}

// script is the console script of the project: the only one in its environment
// that pyproject.toml names.
func script(t *testing.T, project string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(project, "pyproject.toml"))
	check(t, err)
	_, after, found := strings.Cut(string(text), "[project.scripts]\n")
	name, _, assigned := strings.Cut(after, " = ")
	if !found || !assigned {
		t.Fatal("pyproject.toml names no script")
	}
	at, err := filepath.Abs(filepath.Join(project, ".venv", "bin", strings.Trim(name, `"`)))
	check(t, err)
	return at
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	check(t, err)
	return text
}

func onlyJSON(s *bufio.Scanner) error {
	for s.Scan() {
		if !json.Valid(s.Bytes()) {
			return fmt.Errorf("stdout holds a line that is not JSON: %s", s.Text())
		}
	}
	return s.Err()
}

var listens = regexp.MustCompile(`"event": ?"service\.started".*"port": ?([0-9]+)`)

// started waits until the log says that the service listens, and where.
func started(t *testing.T, log string) (port string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if found := listens.FindSubmatch(read(t, log)); found != nil {
			return string(found[1])
		}
	}
	t.Fatal("the service does not start")
	return ""
}
