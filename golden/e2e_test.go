package golden

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
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
			serve(t, project)
		})
	}
}

func buildGen(t *testing.T) string {
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

// prefix is what the names of the project's environment variables begin with.
func prefix(t *testing.T, project string) string {
	t.Helper()
	return strings.ToUpper(strings.ReplaceAll(filepath.Base(script(t, project)), "-", "_")) + "_"
}

func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// serve starts the project's service and waits for its first sign of life.
func serve(t *testing.T, project string) {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintln(w, `{"data":[]}`)
	}))
	defer upstream.Close()
	prefix, port := prefix(t, project), freePort(t)
	cmd := exec.Command(script(t, project))
	cmd.Dir = project
	cmd.Env = append(os.Environ(),
		prefix+"SERVER__PORT="+port,
		prefix+"API_KEY=0123456789abcdef",
		prefix+"AUDIT_KEY=0123456789abcdef0123456789abcdef",
	)
	config, err := os.ReadFile(filepath.Join(project, "config.yaml"))
	check(t, err)
	if strings.Contains(string(config), "\nllm:") {
		cmd.Env = append(cmd.Env, prefix+"LLM__BASE_URL="+upstream.URL, prefix+"LLM_API_KEY=key")
	}
	if strings.Contains(string(config), "\ndatabase:") {
		if os.Getenv(databaseURL) == "" {
			t.Logf("%s is not set: the service is not started", databaseURL)
			return
		}
		cmd.Env = append(cmd.Env, prefix+"DATABASE_URL="+os.Getenv(databaseURL))
	}
	out, err := cmd.StdoutPipe()
	check(t, err)
	cmd.Stderr = os.Stderr
	check(t, cmd.Start())
	defer cmd.Process.Kill()
	lines := make(chan error, 1)
	go func() { lines <- onlyJSON(bufio.NewScanner(out)) }()
	live(t, "http://127.0.0.1:"+port+"/livez")
	check(t, cmd.Process.Signal(syscall.SIGTERM))
	check(t, <-lines)
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
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

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	check(t, err)
	return port
}

func onlyJSON(s *bufio.Scanner) error {
	for s.Scan() {
		if !json.Valid(s.Bytes()) {
			return fmt.Errorf("stdout holds a line that is not JSON: %s", s.Text())
		}
	}
	return s.Err()
}

func live(t *testing.T, url string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		response, err := http.Get(url)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer: %v", url, err)
		}
	}
}
