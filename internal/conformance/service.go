package conformance

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// setup is how one process of the service is configured.
type setup struct {
	yaml     string            // the settings' file; "" is the shipped one
	settings map[string]string // SECTION__KEY: value
	secrets  map[string]string // NAME: value, over those that the run makes; "" takes one away
	stub     *Stub             // nil is a new one, if the service has a model
	database string            // a DSN; "" is the run's own server, if the service has a database
	wrap     []string          // put before the command
	cold     bool              // do not wait until it is ready
}

// An Instance is a configured service and, while it runs, its process.
type Instance struct {
	*Process
	suite *Suite

	Base     string
	Dir      string
	AuditLog string
	Stub     *Stub
	Key      string
	AuditKey string
	Secrets  []canary // that are part of the secrets
	env      map[string]string
	wrap     []string
}

// instance configures a service without starting it.
func (t *T) instance(o setup) *Instance {
	i := &Instance{suite: t.Suite, Dir: t.dir(), Stub: o.stub, wrap: o.wrap}
	home := filepath.Join(i.Dir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatalf("%v", err)
	}
	i.env = t.environment(home)
	port := freePort(t)
	i.AuditLog = filepath.Join(i.Dir, "var", "audit.jsonl")
	config := filepath.Join(t.Dir, t.Description.Config)
	if o.yaml != "" {
		config = filepath.Join(i.Dir, "config.yaml")
		if err := os.WriteFile(config, []byte(o.yaml), 0o600); err != nil {
			t.Fatalf("%v", err)
		}
	}
	i.set("CONFIG", config)
	i.set("SERVER__PORT", strconv.Itoa(port))
	i.set("STARTUP__TIMEOUT_S", "50") // a busy machine is not a missing dependency
	i.set("AUDIT__PATH", i.AuditLog)
	i.secret("API_KEY", &i.Key)
	i.secret("AUDIT_KEY", &i.AuditKey)
	if t.has["llm"] == "" {
		if i.Stub == nil {
			i.Stub = t.stub()
		}
		i.set("LLM__BASE_URL", i.Stub.URL)
		i.secret("LLM_API_KEY", new(string))
	}
	if t.has["database"] == "" {
		i.set("DATABASE_URL", o.database)
		if o.database == "" {
			i.set("DATABASE_URL", t.database())
		}
	}
	for name, value := range o.settings {
		i.set(name, value)
	}
	for name, value := range o.secrets {
		i.set(name, value)
	}
	i.Base = "http://127.0.0.1:" + strconv.Itoa(port)
	return i
}

// set sets a variable of the service; "" takes it away.
func (i *Instance) set(name, value string) {
	if value == "" {
		delete(i.env, i.suite.env(name))
		return
	}
	i.env[i.suite.env(name)] = value
}

// secret makes up a secret that is a canary.
func (i *Instance) secret(name string, value *string) {
	c := newCanary()
	i.Secrets = append(i.Secrets, c)
	*value = "secret-" + c.core
	i.set(name, *value)
}

// serve starts a service and waits until it is ready. Its times are long unless
// they are what is looked at: a busy machine is no failure.
func (t *T) serve(o setup) *Instance {
	patient := map[string]string{"SERVER__REQUEST_TIMEOUT_S": "55"}
	if t.has["llm"] == "" {
		patient["LLM__TIMEOUT_S"] = "50"
	}
	if t.has["database"] == "" {
		patient["DATABASE__TIMEOUT_S"] = "50"
	}
	maps.Copy(patient, o.settings)
	o.settings = patient
	i := t.instance(o)
	t.begin(i)
	if !o.cold {
		t.ready(i)
	}
	return i
}

// begin starts the process of an instance.
func (t *T) begin(i *Instance) {
	p, err := t.start(i.Dir, i.env, append(i.wrap[:len(i.wrap):len(i.wrap)], t.command()...)...)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	i.Process = p
	seen := *i // one that starts again is another
	t.Suite.mu.Lock()
	t.served = append(t.served, &seen)
	t.Suite.mu.Unlock()
}

func (t *T) ready(i *Instance) {
	t.eventually("GET /readyz is 200", func() string {
		if !i.running() {
			t.Fatalf("%s is not ready%s", strings.Join(t.command(), " "), i.fate(0))
		}
		r, err := i.try(request{path: "/readyz"})
		switch {
		case err != nil:
			return err.Error()
		case r.Status != http.StatusOK:
			return fmt.Sprint(r.Status)
		}
		return ""
	})
}

// fate says how a service has ended, if it has, or does within a short time.
func (i *Instance) fate(limit time.Duration) string {
	if i.Process == nil {
		return ""
	}
	if i.running() {
		select {
		case <-i.done:
		case <-time.After(limit):
			return ""
		}
	}
	code, _ := i.wait(time.Second)
	why := ""
	if i.Stdout.Flooded() || i.Stderr.Flooded() {
		why = ", it floods its output"
	}
	return fmt.Sprintf("; the service has ended with %d%s: %s", code, why, cmp.Or(short(i.Stderr.String()), "stderr is empty"))
}

// stop sends SIGTERM and returns the exit code.
func (t *T) stop(i *Instance) int {
	i.signal(syscall.SIGTERM)
	code, ended := i.wait(t.Deadline)
	if !ended {
		t.Fatalf("the service does not end within %v of a SIGTERM", t.Deadline)
	}
	return code
}

// ends stops a service, and fails the check unless it ends with code.
func (t *T) ends(i *Instance, code int) {
	if got := t.stop(i); got != code {
		t.Errorf("the service ended with %d instead of %d: %s%s", got, code, short(i.Stderr.String()), short(i.Stdout.String()))
	}
}

// A run is a command that has ended.
type run struct {
	What           string
	Code           int
	Stdout, Stderr string
	Took           time.Duration
}

// all is what the command has said.
func (r run) all() string { return r.Stdout + r.Stderr }

// traces are how runtimes tell programmers what went wrong; many of them end
// with 1 then, as if they had found something.
var traces = regexp.MustCompile(`(?m)^(Traceback |panic: |goroutine [0-9]|thread '.*panicked|Unhandled exception|\s+at \S.*:(line )?[0-9]|\s+File ".*", line [0-9]|\S+:[0-9]+:in )`)

// ran runs a command until it ends.
func (t *T) ran(dir string, env map[string]string, argv ...string) run {
	began := time.Now()
	p, err := t.start(dir, env, argv...)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	what := strings.Join(append([]string{filepath.Base(argv[0])}, argv[1:]...), " ")
	code, ended := p.wait(t.Deadline)
	if !ended {
		t.Fatalf("%s does not end within %v", what, t.Deadline)
	}
	return run{What: what, Code: code, Stdout: p.Stdout.String(), Stderr: p.Stderr.String(), Took: time.Since(began)}
}

// call runs the service's command in an instance until it ends.
func (t *T) call(i *Instance, args ...string) run {
	r := t.ran(i.Dir, i.env, t.command(args...)...)
	if trace := traces.FindString(r.Stderr); trace != "" {
		t.Errorf("%s shows a stack trace on stderr, at %q: %s", r.What, trace, short(r.Stderr))
	}
	return r
}

// expect is call for commands whose exit code is known.
func (t *T) expect(code int, i *Instance, args ...string) run {
	r := t.call(i, args...)
	t.ended(r, code)
	return r
}

// ended fails the check unless a command ended with code.
func (t *T) ended(r run, code int) {
	if r.Code != code {
		t.Errorf("%s ended with %d instead of %d: %s", r.What, r.Code, code, cmp.Or(short(r.all()), "it has said nothing"))
	}
}

// A request is sent with the key and, if it has a body, as JSON, unless it
// says otherwise.
type request struct {
	method, path string
	body         string
	header       map[string]string // "" takes one away
	noKey        bool
}

// A Reply is what came back.
type Reply struct {
	To     string // what was asked, for people
	Status int
	Header http.Header
	Body   []byte
}

// problem reads the reply as a problem; a reply that is none is empty.
func (r Reply) problem() (p problem) {
	_ = json.Unmarshal(r.Body, &p)
	return p
}

type problem struct {
	Type, Title, Detail, Code string
	Status                    int
	RequestID                 string `json:"request_id"`
	Errors                    []struct{ Pointer, Detail string }
}

// client does not keep a connection for so long that the service may close it
// just when it is used again: a POST would be lost, and not sent anew.
var client = &http.Client{
	Transport: &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true, IdleConnTimeout: time.Second},
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	},
}

// try sends a request and reads the whole answer.
func (i *Instance) try(q request) (Reply, error) {
	method := q.method
	if method == "" {
		method = map[bool]string{true: "POST", false: "GET"}[q.body != ""]
	}
	var body io.Reader
	if q.body != "" {
		body = strings.NewReader(q.body)
	}
	ctx, cancel := context.WithTimeout(i.suite.ctx, i.suite.Deadline)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, i.Base+q.path, body)
	if err != nil {
		return Reply{}, err
	}
	header := map[string]string{}
	if !q.noKey {
		header["X-API-Key"] = i.Key
	}
	if q.body != "" {
		header["Content-Type"] = "application/json"
	}
	maps.Copy(header, q.header)
	for name, value := range header {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	answer, err := client.Do(r)
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(answer.Body, flood))
	return Reply{fmt.Sprintf("%s %.60s %.60s", method, q.path, q.body), answer.StatusCode, answer.Header, data}, err
}

// do is try for requests that must be answered.
func (t *T) do(i *Instance, q request) Reply {
	r, err := i.try(q)
	if err != nil {
		t.Fatalf("%v%s", err, i.fate(time.Second/4))
	}
	return r
}

// raw sends bytes over a new connection and returns what comes back until that
// is a whole answer, or the service closes it: one of both must come.
func (t *T) raw(i *Instance, text string) string {
	conn, err := net.Dial("tcp", strings.TrimPrefix(i.Base, "http://"))
	if err != nil {
		t.Fatalf("%v%s", err, i.fate(time.Second/4))
	}
	defer func() { _ = conn.Close() }()
	go func() { _, _ = conn.Write([]byte(text)) }() // a service may stop reading
	var out bytes.Buffer
	_ = conn.SetReadDeadline(time.Now().Add(t.Deadline))
	buffer := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buffer)
		out.Write(buffer[:n])
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			t.Fatalf("neither a whole answer nor the end of the connection within %v: %.200q", t.Deadline, out.String())
		case err != nil, out.Len() > 1<<20, whole(out.Bytes()):
			return out.String()
		}
	}
}

// posting is the beginning of a POST of JSON with the key, for raw.
func posting(i *Instance, path string, lines ...string) string {
	lines = append([]string{"POST " + path + " HTTP/1.1", "Host: a", "X-API-Key: " + i.Key, "Content-Type: application/json"}, lines...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// whole reports whether data is a whole answer that says where it ends.
func whole(data []byte) bool {
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(data)), nil)
	if err != nil || r.ContentLength < 0 && len(r.TransferEncoding) == 0 {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil
}

// question is a valid request for an answer.
func (t *T) question(text string) request {
	return request{path: "/v1/answers", body: `{"question":` + quoted(text) + `}`}
}

// fine reports whether status is that of a question that was dealt with: a
// service without a model knows few answers.
func (t *T) fine(status int) bool {
	return status == http.StatusOK || t.has["llm"] != "" && status == http.StatusNotFound
}

// shared is the service that all checks use which change nothing about it.
func shared(t *T) *Instance {
	return told(t, "the shared service", func(t *T) *Instance {
		o := setup{settings: map[string]string{"AUDIT__CHECKPOINT_EVERY": "10"}}
		if t.has["llm"] == "" {
			o.settings["LLM__BATCH_SIZE"] = "3"
		}
		return t.serve(o)
	})
}
