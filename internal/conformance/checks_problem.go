package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// isProblem fails the check unless r is a whole problem with status and code.
func (t *T) isProblem(r Reply, status int, code string) problem {
	p := r.problem()
	same(t, "the status", r.Status, status)
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	same(t, "the media type", kind, "application/problem+json")
	same(t, "the code", p.Code, code)
	same(t, "the status in the body", p.Status, status)
	same(t, "the request id in the body", p.RequestID, r.Header.Get("X-Request-ID"))
	var members map[string]json.RawMessage
	if err := json.Unmarshal(r.Body, &members); err != nil {
		t.Errorf("the body is no JSON object: %s", r.Body)
	}
	for name := range members {
		if !strings.Contains(" type title status detail code request_id errors ", " "+name+" ") {
			t.Errorf("the problem has a member %q", name)
		}
	}
	if p.Type == "" || p.Title == "" || p.Detail == "" || p.RequestID == "" {
		t.Errorf("type, title, detail or request_id is empty: %s", r.Body)
	}
	t.Logf("%s is answered with %d: %s", strings.TrimSpace(r.To), r.Status, r.Body)
	return p
}

// pointsAt fails the check unless the problem's only error has this pointer.
func (t *T) pointsAt(p problem, pointer string) {
	if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer || p.Errors[0].Detail == "" {
		t.Errorf("the errors are %+v instead of one at %q", p.Errors, pointer)
	}
}

// invalid is a check that a body is refused, with a pointer unless it is "-".
func invalid(name, claim, body, pointer string) Check {
	return check("problems/"+name, "errors.validation errors.problem", claim, func(t *T) {
		p := t.isProblem(t.do(shared(t), request{path: "/v1/answers", body: body}), 400, "invalid_request")
		if pointer != "-" {
			t.pointsAt(p, pointer)
		}
	})
}

func problemChecks() []Check {
	return slices.Concat([]Check{
		invalid("missing-field", "a missing field is a 400 that points at it", `{}`, "/question"),
		invalid("wrong-type", "a value of the wrong type is a 400 that points at it", `{"question":7}`, "/question"),
		invalid("null", "null is no text", `{"question":null}`, "/question"),
		invalid("empty-text", "an empty question is refused", `{"question":""}`, "/question"),
		invalid("not-an-object", "a body that is no object is refused", `["question"]`, "-"),
		invalid("bad-json", "a body that is no JSON is refused", `{"question":`, "-"),
		invalid("trailing-text", "what follows the JSON is refused", `{"question":"a"} x`, "-"),
		invalid("bad-utf8", "a body that is not UTF-8 is refused", "{\"question\":\"\xff\xfe\"}", "-"),
		invalid("deep-json", "100,000 brackets are a 400, not a crash", strings.Repeat("[", 100_000), "-"),
		invalid("huge-number", "a number of 5,000 digits is a 400, not a crash", `{"question":`+strings.Repeat("1", 5000)+`}`, "-"),
		invalid("empty-body", "a body that is only a blank is refused", ` `, "-"),
		check("problems/unknown-field", "errors.validation", "an unknown field points to its parent, since its name is input", func(t *T) {
			r := t.do(shared(t), request{path: "/v1/answers", body: `{"question":"a","unheard-of":1}`})
			t.pointsAt(t.isProblem(r, 400, "invalid_request"), "")
			lacks(t, "the answer", string(r.Body), "unheard-of")
		}),
		check("problems/several", "errors.validation", "all that is wrong with a body is said at once", func(t *T) {
			p := t.isProblem(t.do(shared(t), request{path: "/v1/answers", body: `{"question":1,"a":2}`}), 400, "invalid_request")
			same(t, "the number of errors", len(p.Errors), 2)
		}),
		check("problems/too-long", "config.threshold errors.validation", "a question of more than limits.question_chars is refused, one of exactly that is not", func(t *T) {
			if r := t.do(shared(t), t.question(strings.Repeat("é", 4000))); !t.fine(r.Status) {
				t.Errorf("4000 characters are answered with %d", r.Status)
			}
			t.pointsAt(t.isProblem(t.do(shared(t), t.question(strings.Repeat("a", 4001))), 400, "invalid_request"), "/question")
		}),
		check("problems/not-found", "errors.http errors.kinds", "an unknown path is a 404 problem", func(t *T) {
			t.isProblem(t.do(shared(t), request{path: "/nowhere"}), 404, "not_found")
		}),
		check("problems/method", "errors.http errors.headers", "a wrong method is a 405 problem with Allow", func(t *T) {
			for path, allowed := range map[string]string{"/v1/answers": "POST", "/livez": "GET"} {
				r := t.do(shared(t), request{method: http.MethodDelete, path: path})
				t.isProblem(r, 405, "method_not_allowed")
				contains(t, "Allow", r.Header.Get("Allow"), allowed)
			}
		}),
		check("problems/unauthenticated", "errors.headers errors.kinds", "a request without a key is a 401 problem with WWW-Authenticate", func(t *T) {
			q := t.question("who am I?")
			q.noKey = true
			r := t.do(shared(t), q)
			t.isProblem(r, 401, "unauthenticated")
			if r.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("there is no WWW-Authenticate")
			}
		}),
		check("problems/too-large", "errors.http http.limit", "a body over the limit is a 413 problem", func(t *T) {
			t.isProblem(t.large(shared(t)), 413, "payload_too_large")
		}),
		check("problems/too-large-chunked", "http.limit", "a body over the limit is a 413 problem, whether or not it says its length", func(t *T) {
			r := t.chunks(shared(t))
			t.isProblem(r, 413, "payload_too_large")
		}),
	}, needing("methods",
		check("problems/made-up-method", "errors.http", "a method that does not exist is a 405 problem", func(t *T) {
			r := t.do(shared(t), request{method: "BREW", path: "/v1/answers"})
			t.isProblem(r, 405, "method_not_allowed")
			contains(t, "Allow", r.Header.Get("Allow"), "POST")
		}),
	), needing("llm",
		check("problems/embeddings-item", "errors.validation", "a wrong item of a list is pointed at", func(t *T) {
			p := t.isProblem(t.do(shared(t), request{path: "/v1/embeddings", body: `{"texts":["a",2,"c"]}`}), 400, "invalid_request")
			t.pointsAt(p, "/texts/1")
		}),
		check("problems/embeddings-empty", "errors.validation", "an empty list of texts is refused", func(t *T) {
			t.isProblem(t.do(shared(t), request{path: "/v1/embeddings", body: `{"texts":[]}`}), 400, "invalid_request")
		}),
	))
}

// large sends a body over the limit. The answer may come, and the connection
// end, before the body is sent: then a client that is no good at it misses the
// answer.
func (t *T) large(i *Instance) Reply {
	body := t.question(strings.Repeat("a", 1_000_001)).body
	return parseReply(t, t.raw(i, posting(i, "/v1/answers", fmt.Sprintf("Content-Length: %d", len(body)))+body))
}

// chunks sends a body over the limit in chunks, reading the answer as it comes.
func (t *T) chunks(i *Instance) Reply {
	var text strings.Builder
	text.WriteString(posting(i, "/v1/answers", "Transfer-Encoding: chunked"))
	part := strings.Repeat("a", 50_000)
	for range 24 {
		fmt.Fprintf(&text, "%x\r\n%s\r\n", len(part), part)
	}
	return parseReply(t, t.raw(i, text.String()+"0\r\n\r\n"))
}
