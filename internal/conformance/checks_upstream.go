package conformance

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// hangUp sends text and closes the connection after a while.
func (t *T) hangUp(i *Instance, text string, after time.Duration) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(i.Base, "http://"))
	if err != nil {
		t.Fatalf("%v", err)
	}
	_, _ = conn.Write([]byte(text))
	time.Sleep(after)
	_ = conn.Close()
}

// fails is a check that a failure of the model endpoint is a 503.
func fails(m mode, claim string) Check {
	return check("upstream/"+string(m), "upstream.failures errors.kinds errors.headers", "a model endpoint that "+claim+" makes a 503 with Retry-After", func(t *T) {
		i := shared(t)
		for _, q := range []request{t.question("[[" + string(m) + "]]"), {path: "/v1/embeddings", body: textsBody([]string{"a", "[[" + string(m) + "]]"})}} {
			if m == noChoices && q.path == "/v1/embeddings" || m == fewer && q.path != "/v1/embeddings" {
				continue
			}
			r := t.do(i, q)
			t.isProblem(r, 503, "llm_unavailable")
			retryAfter(t, r)
		}
		t.answers(t.do(i, t.question("four")), `{"answer":"4 characters"}`)
	})
}

func upstreamChecks() []Check {
	return slices.Concat(upstreamFailureChecks(), upstreamCallChecks())
}

func upstreamFailureChecks() []Check {
	return needing("llm",
		fails(broken, "answers 500"),
		fails(limited, "answers 429"),
		fails(refused, "answers 401"),
		fails(notJSON, "answers with what is no JSON"),
		fails(wrongShape, "answers with JSON of another shape"),
		fails(noChoices, "gives no answer"),
		fails(fewer, "loses a text"),
		fails(redirecting, "sends us elsewhere"),
		fails(gone, "hangs up"),
		check("upstream/not-followed", "upstream.failures", "a redirect is not followed: the key goes nowhere else", func(t *T) {
			t.do(shared(t), t.question("[[redirect]] "+token()))
			for _, c := range shared(t).Stub.seen("") {
				if strings.HasPrefix(c.Path, "/elsewhere") {
					t.Errorf("%s was asked, with %d bytes of a key", c.Path, len(c.Auth))
				}
			}
		}),
		check("upstream/timeout", "upstream.failures errors.kinds", "a model endpoint that does not answer is given up at llm.timeout_s", func(t *T) {
			i := t.serve(setup{settings: map[string]string{"LLM__TIMEOUT_S": "1"}})
			t.isProblem(t.do(i, t.question("[[timeout]]")), 503, "llm_unavailable") // and not that of the request's own deadline
			t.stop(i)
		}),
		check("upstream/slow", "upstream.calls", "a slow answer is waited for, and does not hold up others", func(t *T) {
			i := shared(t)
			done := t.flight(i, hanging)
			t.answers(t.do(i, t.question("four")), `{"answer":"4 characters"}`)
			select {
			case status := <-done:
				t.Errorf("the slow one was answered first, with %d", status)
			default:
			}
			same(t, "the status of one that is only slow", t.do(i, t.question("[[slow]]")).Status, 200)
		}),
		check("upstream/gone-for-good", "upstream.failures life.codes", "without its model the service lives on, answers 503, and ends well", func(t *T) {
			i := t.serve(setup{})
			t.do(i, t.question("a"))
			i.Stub.Close()
			t.isProblem(t.do(i, t.question("a")), 503, "llm_unavailable")
			same(t, "the status of /livez", t.do(i, request{path: "/livez"}).Status, 200)
			t.ends(i, 0)
		}),
	)
}

func upstreamCallChecks() []Check {
	return needing("llm",
		check("upstream/request", "upstream.calls secrets.environment", "the endpoint is asked with the model, the question and the key", func(t *T) {
			i, text := shared(t), "request "+token()
			t.do(i, t.question(text))
			c := only(t, "calls", i.Stub.holding(text))
			same(t, "the call", c.Method+" "+c.Path, "POST /v1/chat/completions")
			same(t, "the bearer", c.Auth, "Bearer "+i.env[t.env("LLM_API_KEY")])
			var body struct {
				Model    string
				Messages []struct{ Role, Content string }
			}
			if err := json.Unmarshal(c.Body, &body); err != nil || len(body.Messages) == 0 {
				t.Fatalf("%v: %s", err, c.Body)
			}
			same(t, "the question", body.Messages[len(body.Messages)-1].Content, text)
			if body.Model == "" {
				t.Errorf("there is no model")
			}
		}),
		check("upstream/model-setting", "config.override upstream.calls", "llm.model is the model that is asked for", func(t *T) {
			text := "m" + token()[:12]
			t.do(strict(t), t.question(text))
			contains(t, "the call", string(only(t, "calls", strict(t).Stub.holding(text)).Body), `"other-model"`)
		}),
		check("upstream/line", "logs.events", "each call is one line with model, status, duration and items, failures too", func(t *T) {
			for text, ok := range map[string]bool{"a": true, "[[500]]": false, "[[gone]]": false} {
				id := "call-" + token()
				q := t.question(text)
				q.header = map[string]string{"X-Request-ID": id}
				t.do(shared(t), q)
				line := t.logged(shared(t), "llm.call", id)
				if why := t.wrong(line); why != "" {
					t.Errorf("%s: %v", why, line)
				}
				if good := fmt.Sprint(line["status"]) == "200" || line.text("status") == "ok"; good != ok {
					t.Errorf("status for %s is %v", text, line["status"])
				}
			}
		}),
	)
}
