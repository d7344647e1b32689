package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// parseReply reads what came over a raw connection.
func parseReply(t *T, text string) Reply {
	r, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), nil)
	if err != nil {
		t.Fatalf("no answer that can be read: %v: %.200q", err, text)
	}
	body, _ := io.ReadAll(r.Body) // a torn body is seen by who reads it
	return Reply{"the request", r.StatusCode, r.Header, body}
}

// answers fails the check unless r is JSON equal to want.
func (t *T) answers(r Reply, want string) {
	same(t, "the status", r.Status, 200)
	var compact bytes.Buffer
	if err := json.Compact(&compact, r.Body); err != nil {
		t.Errorf("the answer is no JSON: %s", r.Body)
		return
	}
	same(t, "the answer", compact.String(), want)
}

// strict is a service whose settings differ from the defaults, all by the
// environment.
func strict(t *T) *Instance {
	return told(t, "a service with other settings", func(t *T) *Instance {
		o := setup{settings: map[string]string{
			"SERVER__MAX_BODY_BYTES": "2000", "LIMITS__QUESTION_CHARS": "20", "AUDIT__CHECKPOINT_EVERY": "1", "LOG__LEVEL": "WARNING",
		}}
		if t.has["llm"] == "" {
			o.settings["FEATURES__EMBEDDINGS"], o.settings["LLM__MODEL"] = "false", "other-model"
		}
		return t.serve(o)
	})
}

// hurried is a service that gives a request three seconds.
func hurried(t *T) *Instance {
	return told(t, "a service with a short deadline", func(t *T) *Instance {
		return t.serve(setup{settings: map[string]string{"SERVER__REQUEST_TIMEOUT_S": "3"}})
	})
}

func requestChecks() []Check {
	return slices.Concat(endpointChecks(), keyChecks(), limitChecks(), modelEndpointChecks())
}

func endpointChecks() []Check {
	return []Check{
		check("requests/livez", "http.endpoints", "GET /livez says ok", func(t *T) {
			t.answers(t.do(shared(t), request{path: "/livez", noKey: true}), `{"status":"ok"}`)
		}),
		check("requests/readyz", "http.endpoints", "GET /readyz says ready and what is loaded, without a key", func(t *T) {
			r := t.do(shared(t), request{path: "/readyz", noKey: true})
			var body struct {
				Status string
				Loaded map[string]bool
			}
			if err := json.Unmarshal(r.Body, &body); err != nil || body.Status != "ready" || body.Loaded == nil {
				t.Errorf("the answer is %s", r.Body)
			}
			if _, found := body.Loaded["llm"]; !found && t.has["llm"] == "" {
				t.Errorf("the answer does not say whether llm is loaded: %s", r.Body)
			}
		}),
		check("requests/parallel", "http.endpoints", "200 requests at the same time are all answered", func(t *T) {
			i := shared(t)
			t.hammer(200, func(n int) string {
				r, err := i.try(t.question(fmt.Sprintf("question %d", n)))
				if err != nil || !t.fine(r.Status) {
					return fmt.Sprintf("request %d: %d, %v", n, r.Status, err)
				}
				return ""
			})
		}),
	}
}

func keyChecks() []Check {
	return []Check{
		check("requests/wrong-key", "http.key", "a wrong key, an empty one and one with more behind it are refused", func(t *T) {
			for _, key := range []string{"wrong-wrong-wrong-wrong", shared(t).Key + "x", shared(t).Key[1:], "é"} {
				q := t.question("who am I?")
				q.header = map[string]string{"X-API-Key": key}
				t.isProblem(t.do(shared(t), q), 401, "unauthenticated")
			}
		}),
		check("requests/key-first", "http.key", "the key is checked before the body: bad JSON without a key is 401", func(t *T) {
			for _, body := range []string{`{"question":`, `{}`, "x"} {
				t.isProblem(t.do(shared(t), request{path: "/v1/answers", body: body, noKey: true}), 401, "unauthenticated")
			}
		}),
		check("requests/key-without-body", "http.key", "a 401 does not wait for the body", func(t *T) {
			text := "POST /v1/answers HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"
			t.isProblem(parseReply(t, t.raw(shared(t), text)), 401, "unauthenticated")
		}),
		check("requests/content-type", "http.type", "a body that does not say it is JSON is refused", func(t *T) {
			for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", ""} {
				r := t.do(shared(t), request{path: "/v1/answers", body: `{"question":"a"}`, header: map[string]string{"Content-Type": kind}})
				if r.Status != 415 {
					t.isProblem(r, 400, "invalid_request")
				}
			}
		}),
		check("requests/content-type-parameters", "http.type", "JSON with a charset is JSON", func(t *T) {
			q := t.question("a")
			q.header = map[string]string{"Content-Type": "application/json; charset=utf-8"}
			if r := t.do(shared(t), q); !t.fine(r.Status) {
				t.Errorf("it is answered with %d: %s", r.Status, r.Body)
			}
		}),
		check("requests/no-server-header", "http.bare", "no answer tells what software runs", func(t *T) {
			for _, path := range []string{"/livez", "/nowhere", "/v1/answers"} {
				r := t.do(shared(t), request{path: path})
				for _, name := range []string{"Server", "X-Powered-By"} {
					same(t, name+" of "+path, r.Header.Get(name), "")
				}
			}
		}),
		check("requests/no-redirects", "http.bare", "a path that is nearly right is a 404, not a redirect", func(t *T) {
			for _, path := range []string{"/v1/answers/", "//v1/answers", "/v1/../v1/answers", "/livez/", "/v1//answers", "/V1/answers"} {
				q := t.question("a")
				text := posting(shared(t), path+"?a=b", fmt.Sprintf("Content-Length: %d", len(q.body)), "Connection: close")
				r := parseReply(t, t.raw(shared(t), text+q.body))
				same(t, "the status of "+path, r.Status, 404)
				same(t, "Location of "+path, r.Header.Get("Location"), "")
			}
		}),
	}
}

func limitChecks() []Check {
	return []Check{
		check("requests/limit-setting", "http.limit config.override", "server.max_body_bytes is the limit of a body, to the byte", func(t *T) {
			over, exact := padded(2001), padded(2000)
			t.isProblem(t.do(strict(t), request{path: "/v1/answers", body: over}), 413, "payload_too_large")
			if r := t.do(strict(t), request{path: "/v1/answers", body: exact}); !t.fine(r.Status) {
				t.Errorf("a body of exactly the limit is answered with %d: %s", r.Status, r.Body)
			}
		}),
		check("requests/threshold-setting", "config.threshold", "limits.question_chars is the limit of a question", func(t *T) {
			for _, c := range []string{"a", "é", "😀"} { // of one, two and four bytes; the last is two units of UTF-16
				if r := t.do(strict(t), t.question(strings.Repeat(c, 20))); !t.fine(r.Status) {
					t.Errorf("20 characters %s are answered with %d: %s", c, r.Status, r.Body)
				}
				t.isProblem(t.do(strict(t), t.question(strings.Repeat(c, 21))), 400, "invalid_request")
			}
		}),
		check("requests/slow-body", "http.deadline", "a request whose body never comes is ended by its deadline", func(t *T) {
			i := hurried(t)
			began := time.Now()
			out := t.raw(i, posting(i, "/v1/answers", "Content-Length: 900")+"{")
			t.Logf("after %.1f s: %.60q", time.Since(began).Seconds(), out)
			switch took := time.Since(began); {
			case took < 2*time.Second:
				t.Errorf("the request ended before its deadline, which was 3 s")
			case took >= t.Deadline:
				t.Errorf("the request did not end, though its deadline was 3 s")
			}
			if out != "" {
				r := parseReply(t, out)
				t.isProblem(r, 503, "unavailable")
			}
		}),
		check("requests/endless-header", "http.bounded", "a header without an end is refused, and the service goes on", func(t *T) {
			endless(t, shared(t))
			t.answers(t.do(shared(t), request{path: "/livez"}), `{"status":"ok"}`)
		}),
		check("requests/not-http", "http.bounded logs.foreign", "what is not HTTP harms neither the service nor its log", func(t *T) {
			i := shared(t)
			for _, text := range []string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x00\x00\r\n\r\n"} {
				t.raw(i, text)
			}
			t.answers(t.do(i, request{path: "/livez"}), `{"status":"ok"}`)
			t.sound(i)
		}),
	}
}

func modelEndpointChecks() []Check {
	return needing("llm",
		check("requests/answer", "http.endpoints upstream.calls", "POST /v1/answers gives the model's answer", func(t *T) {
			t.answers(t.do(shared(t), t.question("four")), `{"answer":"4 characters"}`)
		}),
		check("requests/embeddings", "http.endpoints", "POST /v1/embeddings gives a vector for each text, in order", func(t *T) {
			texts := []string{"a", "bb", "ccc", "dddd", "é"}
			vectorsAre(t, t.do(shared(t), request{path: "/v1/embeddings", body: textsBody(texts)}), texts)
		}),
		check("requests/flag-off", "config.flag", "features.embeddings off takes the endpoint away", func(t *T) {
			t.isProblem(t.do(strict(t), request{path: "/v1/embeddings", body: `{"texts":["a"]}`}), 404, "not_found")
		}),
		check("requests/deadline", "http.deadline errors.kinds errors.headers", "a request that takes too long is a 503 with Retry-After", func(t *T) {
			i := hurried(t)
			began := time.Now()
			r := t.do(i, t.question("[[timeout]]"))
			t.isProblem(r, 503, "unavailable")
			retryAfter(t, r)
			if took := time.Since(began); took < 2*time.Second { // a model that is given up later has another code
				t.Errorf("it took %.1f s instead of 3", took.Seconds())
			}
		}),
	)
}

// padded is a valid body of exactly n bytes.
func padded(n int) string {
	body := `{"question":"a"}`
	return body[:1] + strings.Repeat(" ", n-len(body)) + body[1:]
}

var seconds = regexp.MustCompile(`^[1-9][0-9]{0,3}$`)

func retryAfter(t *T, r Reply) {
	if !seconds.MatchString(r.Header.Get("Retry-After")) {
		t.Errorf("Retry-After is %q", r.Header.Get("Retry-After"))
	}
}

func textsBody(texts []string) string {
	b, _ := json.Marshal(map[string]any{"texts": texts})
	return string(b)
}

func vectorsAre(t *T, r Reply, texts []string) {
	want := [][]float64{}
	for _, text := range texts {
		want = append(want, vector(text))
	}
	var got struct{ Embeddings [][]float64 }
	if err := json.Unmarshal(r.Body, &got); err != nil || r.Status != 200 {
		t.Errorf("the answer is %d %s", r.Status, short(string(r.Body)))
		return
	}
	same(t, "the embeddings", fmt.Sprint(got.Embeddings), fmt.Sprint(want))
}

// endless sends a header until the service has enough.
func endless(t *T, i *Instance) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(i.Base, "http://"))
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(t.Deadline))
	part := []byte("X-Endless: " + strings.Repeat("a", 4<<10) + "\r\n")
	_, err = conn.Write([]byte("GET /livez HTTP/1.1\r\nHost: a\r\n"))
	for sent := 0; err == nil; sent += len(part) {
		if sent > 64<<20 {
			t.Fatalf("the service has read 64 MB of a header")
		}
		_, err = conn.Write(part)
	}
	t.Logf("%v", err)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the service has neither read the header nor closed the connection within %v", t.Deadline)
	}
}

// hammer runs n calls of f, 50 at a time, and fails the check with the first
// that says what is wrong.
func (t *T) hammer(n int, f func(int) string) {
	var wait sync.WaitGroup
	slots := make(chan struct{}, 50)
	wrong := make(chan string, n)
	for k := range n {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			if what := f(k); what != "" {
				wrong <- what
			}
		})
	}
	wait.Wait()
	close(wrong)
	if what, any := <-wrong; any {
		t.Errorf("%d of %d: %s", len(wrong)+1, n, what)
	}
}
