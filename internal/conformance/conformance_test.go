//go:build unix

package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write docs/conformance.md anew")

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "fake-") {
		fake(os.Args[1], os.Args[2])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fake is a bad service.
func fake(kind, prefix string) {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	switch kind {
	case "fake-dies":
		fmt.Fprintln(os.Stderr, "I cannot go on")
		os.Exit(3)
	case "fake-hangs":
		select {}
	case "fake-floods":
		flooding()
	case "fake-forks":
		child := exec.Command("sleep", "1000")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := child.Start(); err != nil {
			panic(err)
		}
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			return
		}
		switch kind {
		case "fake-floods-later":
			flooding()
		case "fake-hangs-later":
			select {}
		case "fake-killed":
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		case "fake-endless-answer":
			for {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}
	})
	panic(http.ListenAndServe(net.JoinHostPort("127.0.0.1", os.Getenv(prefix+"_SERVER__PORT")), nil))
}

func flooding() {
	line := []byte(strings.Repeat("a", 1<<16) + "\n")
	for {
		os.Stdout.Write(line)
	}
}

// A service that dies, hangs, floods, forks or is killed gets a verdict, and
// nothing of it is left.
func TestBadServices(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "name"), []byte("name: fake\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	prefix := "FAKE_" + token() // other tests run at the same time
	const whole = 4 * time.Second
	t.Run("together", func(t *testing.T) { // it ends when all have ended
		for kind, c := range map[string]struct {
			deadline, whole time.Duration // long where the verdict must not depend on them
			want            string
		}{
			"fake-dies":           {time.Minute, time.Minute, "ended with 3"},
			"fake-hangs":          {time.Second, whole, "not within 1s"},
			"fake-floods":         {time.Minute, time.Minute, "floods its output"},
			"fake-forks":          {time.Minute, time.Minute, "the status of"},
			"fake-floods-later":   {time.Second, whole, ""},
			"fake-hangs-later":    {time.Second, whole, ""},
			"fake-killed":         {time.Second, whole, ""}, // what is seen of it depends on the moment
			"fake-endless-answer": {time.Second, whole, ""},
		} {
			t.Run(kind, func(t *testing.T) {
				t.Parallel()
				only := "^requests/(livez|wrong-key|key-first|content-type|no-red|threshold|limit-s|answer|embed|flag-off|deadline)" // which wait for nothing
				if c.whole == whole {
					only = "^(requests|life|logs/request|audit/(denied|one-writer|kill-9))"
				}
				began := time.Now()
				v, err := Run(t.Context(), Options{
					Dir: dir, NoSetup: true, Deadline: c.deadline, Whole: c.whole, Only: regexp.MustCompile(only),
					Description: &Description{
						Name: Pattern{"name", "name: (.*)"}, Command: []string{os.Args[0], kind, prefix}, Prefix: prefix, Config: "name",
						Capabilities: map[string]Pattern{"database": {"name", "database"}},
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				if v.Green() || v.Broken == "" && v.Counts()[Failed] < 10 || slices.ContainsFunc(v.Results, func(r Result) bool { return r.Outcome == "" }) {
					t.Errorf("the verdict is %q %v", v.Broken, v.Counts())
				}
				text := &strings.Builder{}
				v.Text(text, false)
				if !strings.Contains(text.String(), c.want) {
					t.Errorf("the verdict lacks %q: %s", c.want, text)
				}
				if took := time.Since(began); took > time.Minute {
					t.Errorf("it took %v", took)
				}
			})
		}
	})
	if list := living(prefix); len(list) > 0 {
		t.Errorf("these processes are left: %v", list)
	}
}

func TestSetupThatFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "name"), []byte("name: fake\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := Run(t.Context(), Options{Dir: dir, Description: &Description{
		Name: Pattern{"name", "name: (.*)"}, Setup: []string{"sh", "-c", "echo no; exit 4"}, Command: []string{"true"}, Config: "name",
	}})
	if err != nil || v.Green() || !strings.Contains(v.Broken, "ended with 4: no") {
		t.Errorf("%v %v", v, err)
	}
}

func TestChecks(t *testing.T) {
	list := Checks()
	if len(list) < 90 {
		t.Errorf("there are %d checks only", len(list))
	}
	seen := map[string]bool{}
	for _, c := range list {
		if seen[c.ID] || !regexp.MustCompile(`^[a-z]+/[a-z0-9-]+$`).MatchString(c.ID) || c.Claim == "" || len(c.proves()) == 0 {
			t.Errorf("%s: %q proves %q", c.ID, c.Claim, c.Proves)
		}
		seen[c.ID] = true
		for _, id := range c.proves() {
			if !slices.ContainsFunc(Promises(), func(p Promise) bool { return p.ID == id }) {
				t.Errorf("%s proves %s, which nobody promises", c.ID, id)
			}
		}
	}
	t.Logf("%d checks", len(list))
}

func TestPromisesAreProved(t *testing.T) {
	for _, p := range Promises() {
		if len(provers(p.ID)) == 0 && p.Own == "" {
			t.Errorf("nothing proves %s: %s", p.ID, p.Text)
		}
	}
}

// TestDocs holds the document to the code.
func TestDocs(t *testing.T) {
	const file, begin, end = "../../docs/conformance.md", "<!-- map -->\n", "<!-- end of map -->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, also := strings.Cut(rest, end)
	if !found || !also {
		t.Fatalf("%s has no place for the map", file)
	}
	want := before + begin + Map() + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Errorf("%s is old: go test ./internal/conformance -run Docs -update", file)
	}
}

// TestInterfaceIsTold holds the document to what the checks demand: somebody
// must be able to write a service from it.
func TestInterfaceIsTold(t *testing.T) {
	text, err := os.ReadFile("../../docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ = bytes.Cut(text, []byte("<!-- map -->"))
	suite := &T{Suite: &Suite{has: map[string]string{}}}
	want := slices.Concat(settings(suite), secrets(suite), verbs, []string{knownKey, knownLines})
	for event, names := range fields {
		want = append(want, "`"+event+"`")
		want = append(want, strings.Fields(names)...)
	}
	for event, names := range recordFields {
		want = append(want, "`"+event+"`")
		want = append(want, strings.Fields(names)...)
	}
	description := reflect.TypeFor[Description]()
	for n := range description.NumField() {
		want = append(want, "`"+description.Field(n).Tag.Get("yaml")+"`")
	}
	for _, name := range want {
		if !bytes.Contains(text, []byte(name)) {
			t.Errorf("the document does not tell of %s", name)
		}
	}
}

func TestKnownAnswer(t *testing.T) {
	records, err := Verify([]byte(knownLines), knownKey)
	if err != nil || len(records) != 2 || records[1].Event != "service.stopped" {
		t.Errorf("%v %v", records, err)
	}
}

func TestVerify(t *testing.T) {
	good := string(forge(knownKey, 4))
	list := strings.SplitAfter(good, "\n")
	for name, c := range map[string]struct{ log, want string }{
		"good":      {good, ""},
		"empty":     {"", ""},
		"edited":    {strings.Replace(good, "GET", "PUT", 1), "line 1: the mac is wrong"},
		"deleted":   {list[0] + list[2] + list[3], "line 2: seq 3 after 1"},
		"torn":      {good[:len(good)-1], "line 4 is torn"},
		"other key": {string(forge("another", 2)), "line 1: the mac is wrong"},
		"blank":     {strings.Replace(good, `"event":`, `"event": `, 1), "line 1: is not compact"},
		"float":     {strings.Replace(good, `"status":201`, `"status":1.5`, 1), "line 1: status is no integer"},
		"list":      {strings.Replace(good, `"status":201`, `"status":[1]`, 1), "line 1: status is neither"},
		"utf-8":     {strings.Replace(good, "GET", "é", 1), "line 1: holds more than printable ASCII"},
		"text":      {"hello\n", "line 1: does not begin with"},
	} {
		records, err := Verify([]byte(c.log), knownKey)
		if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(got, c.want) {
			t.Errorf("%s: after %d records %v, want %s", name, len(records), err, c.want)
		}
	}
}

func TestCanariesAreFound(t *testing.T) {
	c := newCanary()
	for form, text := range map[string]string{
		"plain": "x" + strings.ToUpper(c.core) + "x", "percent": percent(c.core), "escaped": escaped(c.core), "hex": fmt.Sprintf("%x", c.core),
		"reversed": reversed(c.core), "in part": c.core[:12] + "…",
	} {
		if got := c.in([]byte("before " + text + " after")); got != form {
			t.Errorf("%s is found as %q", form, got)
		}
	}
	for n := range 4 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("y", n) + c.core + "zz"))
		if got := c.in([]byte(text)); got != "base64" {
			t.Errorf("base64 of %d characters and it is found as %q", n, got)
		}
	}
	for _, sent := range c.encodings() {
		if c.in([]byte(sent)) == "" {
			t.Errorf("what is sent as %s is not found", sent)
		}
	}
	if got := c.in([]byte(newCanary().core)); got != "" {
		t.Errorf("another one is found as %q", got)
	}
}

func TestReports(t *testing.T) {
	list := []Result{
		{ID: "a/good", Outcome: Passed, Promised: "good"},
		{ID: "a/bad", Outcome: Failed, Promised: "bad", Happened: []string{"\x1b[31m<x>"}, Noted: []string{"beside"}, Again: "go run"},
		{ID: "b/none", Outcome: Absent, Happened: []string{"database: none"}},
	}
	v := Verdict{Service: "s", Results: list, Absent: map[string]string{"database": "none"}}
	text, data, junit := &strings.Builder{}, &bytes.Buffer{}, &bytes.Buffer{}
	v.Text(text, false)
	for _, want := range []string{"1 checks passed, 1 failed, 1 not run", `happened: \x1b[31m`, "noted:    beside", "again:    go run", "not run without database (none): 1: b/none"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q: %s", want, text)
		}
	}
	var back Verdict
	if err := v.JSON(data); err != nil || json.Unmarshal(data.Bytes(), &back) != nil || len(back.Results) != 3 {
		t.Errorf("%v: %s", err, data)
	}
	var suite testSuite
	if err := v.JUnit(junit); err != nil || xml.Unmarshal(junit.Bytes(), &suite) != nil || suite.Failures != 1 || suite.Skipped != 1 {
		t.Errorf("%v: %s", err, junit)
	}
}

// The command that a report gives for one check must be one.
func TestAgain(t *testing.T) {
	args := []string{"-description", "../../templates/python-service/tests/conformance.yaml", "somewhere"}
	for range 2 {
		set := flag.NewFlagSet("cmd", flag.ContinueOnError)
		code := Command(set, args, nil, func(_ context.Context, o Options) (bool, error) {
			if o.Dir != "somewhere" || !o.Only.MatchString("a/b") {
				t.Errorf("%v judges %s with %v", args, o.Dir, o.Only)
			}
			args = strings.Fields(strings.ReplaceAll(o.Again("a/b"), "'", ""))[3:]
			return true, nil
		})
		if code != 0 {
			t.Errorf("%v ends with %d", args, code)
		}
	}
	if !slices.Contains(args, "^a/b$") {
		t.Errorf("one check alone is %v", args)
	}
}

func TestDescriptionIsStrict(t *testing.T) {
	file := filepath.Join(t.TempDir(), "conformance.yaml")
	const whole = "name: {file: a, pattern: b}\ncommand: [a]\nconfig: b\nsecrets: c\nignored: d\n"
	for text, want := range map[string]string{
		whole:                                "<nil>",
		whole + "typo: c\n":                  "typo",
		whole + "capabilities: {llmm: {}}\n": "llmm is none of the capabilities, which are llm and database",
		"command: [a]\n":                     "name is required",
		"name: {file: a, pattern: b}\ncommand: [a]\nconfig: b\nsecrets: c\n": "ignored is required",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadDescription(file); !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := ReadDescription("../../templates/python-service/tests/conformance.yaml"); err != nil {
		t.Error(err)
	}
}

// A defect that no longer applies to what the template makes is found here, and
// not when somebody has time for all of them.
func TestDefectsApply(t *testing.T) {
	list, err := ReadDefects("testdata/defects/python-service.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 30 {
		t.Errorf("there are %d only", len(list))
	}
	seen := map[string]bool{}
	for _, d := range list {
		if files, err := d.seeded("../../golden/python-service/fullest/tree/src/fullest"); err != nil || len(files) == 0 {
			t.Errorf("%s: %v", d.Name, err)
		}
		if seen[d.Name] || d.Breaks == "" || len(provers(d.Promise)) == 0 {
			t.Errorf("%s breaks %q, which is %s", d.Name, d.Breaks, d.Promise)
		}
		seen[d.Name] = true
	}
	moved := []string{"source.command", "source.tests"} // no text to replace: files would have to move
	for _, p := range Promises() {
		if p.Own == "" && !slices.Contains(moved, p.ID) && !slices.ContainsFunc(list, func(d Defect) bool { return d.Promise == p.ID }) {
			t.Errorf("no defect breaks %s", p.ID)
		}
	}
}

func TestDrawing(t *testing.T) {
	list := []Defect{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}
	one, two := Draw(list, "x", 2), Draw(list, "x", 2)
	if len(one) != 2 || one[0].Name != two[0].Name || list[0].Name != "a" {
		t.Errorf("%v %v", one, two)
	}
	if len(Draw(list, "x", 9)) != 4 {
		t.Error("more are drawn than there are")
	}
}

// TestOpenAPIForms holds the reading of a document to the forms that tools
// for other languages write.
func TestOpenAPIForms(t *testing.T) {
	const text = `{"security": [{"key": []}], "paths": {"/a": {
		"summary": "a", "parameters": [{"name": "id"}],
		"get": {"security": [], "responses": {"4XX": {"$ref": "#/components/responses/Bad"}}},
		"post": {"requestBody": {"$ref": "#/components/requestBodies/In"}}}},
		"components": {
			"responses": {"Bad": {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/S"}}}}},
			"requestBodies": {"In": {"content": {"c/d": {}}}},
			"schemas": {"S": {"type": ["object", "null"], "additionalProperties": false, "properties": {
				"n": {"oneOf": [{"type": "integer"}, {"type": "boolean"}]}, "x": {"$ref": "#/components/schemas/None"}}}}}}`
	var d openAPI
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	get, post := d.Paths["/a"]["get"], d.Paths["/a"]["post"]
	bad, found := d.response(get, "404", "4XX", "default")
	_, in := d.wanted(post)["c/d"]
	if !found || !in || d.guarded(get) || !d.guarded(post) {
		t.Errorf("%v %v: %+v", found, in, d)
	}
	for value, want := range map[string]string{
		`null`:      "",
		`{"n":1}`:   "",
		`{"n":1.5}`: "it/n is no boolean",
		`{"m":1}`:   "it/m is not described",
		`{"x":1}`:   "it/x is described by #/components/schemas/None, which is not in the document",
		`[]`:        "it is no object or null",
	} {
		var v any
		if err := json.Unmarshal([]byte(value), &v); err != nil {
			t.Fatal(err)
		}
		if got := d.mismatch(bad.Content["a/b"].Schema, v, "it"); got != want {
			t.Errorf("%s: %q instead of %q", value, got, want)
		}
	}
}

func TestTracesAreFound(t *testing.T) {
	for text, want := range map[string]bool{
		"Traceback (most recent call last):\n":                              true,
		"panic: no\n\ngoroutine 1 [running]:\n":                             true,
		"Error: no\n    at Object.<anonymous> (/srv/main.js:3:4)\n":         true,
		"Exception in thread \"main\" E\n\tat a.B.main(B.java:3)\n":         true,
		"thread 'main' panicked at src/main.rs:2:5:\n":                      true,
		"main.rb:3:in `main': no (RuntimeError)\n":                          true,
		"Unhandled exception. E: no\n   at A.B() in /srv/a.cs:line 3\n":     true,
		"svc: /tmp/1/config.yaml:2: server.prot: unknown key\n":             false,
		"svc: audit.path: /srv/audit.jsonl:3: was changed, at record 3\n":   false,
		"svc: server.port: is taken\nusage: svc [--help] at your service\n": false,
	} {
		if traces.MatchString(text) != want {
			t.Errorf("%q: not %v", text, want)
		}
	}
}
