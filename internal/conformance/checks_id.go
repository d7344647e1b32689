package conformance

import (
	"fmt"
	"regexp"
	"strings"
)

var idForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// ask sends a question with a request id, and waits for its line.
func (t *T) ask(i *Instance, id string) (Reply, Line) {
	q := t.question("a")
	q.header = map[string]string{"X-Request-ID": id}
	r := t.do(i, q)
	return r, t.logged(i, "http.request", r.Header.Get("X-Request-ID"))
}

func idChecks() []Check {
	return []Check{
		check("ids/echoed", "ids.accepted", "a valid X-Request-ID is taken and sent back", func(t *T) {
			for _, id := range []string{"a", "A.b_c-9", strings.Repeat("x", 64)} {
				r, _ := t.ask(shared(t), id)
				same(t, "X-Request-ID", r.Header.Get("X-Request-ID"), id)
			}
		}),
		check("ids/replaced", "ids.accepted", "an invalid X-Request-ID is replaced", func(t *T) {
			for _, id := range []string{strings.Repeat("x", 65), "a b", "a/b", `a"b`, "é", "a,b", "{}", "a:b"} {
				r, _ := t.ask(shared(t), id)
				got := r.Header.Get("X-Request-ID")
				if got == id || !idForm.MatchString(got) {
					t.Errorf("%.20q becomes %q", id, got)
				}
			}
		}),
		check("ids/new", "ids.accepted", "requests without an id get different ones, whatever the answer", func(t *T) {
			seen := map[string]bool{}
			for _, path := range []string{"/livez", "/livez", "/nowhere", "/v1/answers", "/readyz"} {
				id := t.do(shared(t), request{path: path}).Header.Get("X-Request-ID")
				if seen[id] || !idForm.MatchString(id) {
					t.Errorf("%s has the id %q", path, id)
				}
				seen[id] = true
			}
		}),
		check("ids/in-lines", "ids.everywhere logs.events", "the id is in every line of the request", func(t *T) {
			id := "line-" + token()
			t.ask(shared(t), id)
			if t.has["llm"] == "" {
				t.logged(shared(t), "llm.call", id)
			}
		}),
		check("ids/in-problems", "ids.everywhere errors.problem", "the id is in the problem", func(t *T) {
			id := "problem-" + token()
			r := t.do(shared(t), request{path: "/v1/answers", body: "{}", header: map[string]string{"X-Request-ID": id}})
			same(t, "the request id", t.isProblem(r, 400, "invalid_request").RequestID, id)
		}),
		check("ids/in-records", "ids.everywhere audit.records", "the id is in the audit records of the request", func(t *T) {
			id := "record-" + token()
			t.ask(shared(t), id)
			t.audited(shared(t), "http.access", id)
			denied := "denied-" + token()
			t.do(shared(t), request{path: "/v1/answers", body: "{}", noKey: true, header: map[string]string{"X-Request-ID": denied}})
			t.audited(shared(t), "auth.denied", denied)
		}),
		check("ids/not-mixed", "ids.everywhere", "of 60 requests at the same time each has its own id, in its answer and its line", func(t *T) {
			i, group := shared(t), token()
			t.hammer(60, func(n int) string {
				id := fmt.Sprintf("mixed-%s-%d", group, n)
				r, err := i.try(request{path: "/v1/answers", body: "{}", header: map[string]string{"X-Request-ID": id}})
				if err != nil || r.Header.Get("X-Request-ID") != id || r.problem().RequestID != id {
					return fmt.Sprintf("%s: %v %s", id, err, r.Body)
				}
				return ""
			})
			for n := range 60 {
				t.logged(i, "http.request", fmt.Sprintf("mixed-%s-%d", group, n))
			}
		}),
		check("ids/trace", "ids.trace", "the trace id of a valid traceparent is in the line", func(t *T) {
			trace := "4bf92f3577b34da6a3ce929d0e0e4736"
			same(t, "trace_id", t.traced("00-"+trace+"-00f067aa0ba902b7-01").text("trace_id"), trace)
		}),
		check("ids/no-trace", "ids.trace", "an invalid traceparent gives no trace id", func(t *T) {
			for _, parent := range []string{
				"", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
				"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "4bf92f3577b34da6a3ce929d0e0e4736", "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
				"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-zzf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
			} {
				same(t, "trace_id of "+parent, t.traced(parent).text("trace_id"), "")
			}
		}),
	}
}

// traced sends a request with a traceparent and returns its line.
func (t *T) traced(parent string) Line {
	q := t.question("a")
	q.header = map[string]string{"traceparent": parent}
	r := t.do(shared(t), q)
	return t.logged(shared(t), "http.request", r.Header.Get("X-Request-ID"))
}
