package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// firstUse is what a new service and its model endpoint have seen.
type firstUse struct {
	probes, calls int // before the first question
	connections   int
	before, after bool // loaded, says /readyz
	early, loads  int  // resource.loaded, before the first question and in all
	wrong         int  // of 50 first questions at the same time
	code          int
}

func loaded(t *T, i *Instance, name string) bool {
	var body struct{ Loaded map[string]bool }
	if err := json.Unmarshal(t.do(i, request{path: "/readyz"}).Body, &body); err != nil {
		t.Fatalf("%v", err)
	}
	return body.Loaded[name]
}

func aFirstUse(t *T) firstUse {
	return told(t, "a first use", func(t *T) (f firstUse) {
		i := t.serve(setup{})
		f.before = loaded(t, i, "llm")
		f.probes, f.calls, f.connections = len(i.Stub.seen("/models")), len(i.Stub.seen("")), i.Stub.connections()
		t.logged(i, "service.started", "")
		f.early = i.count(is("resource.loaded"))
		wrong := make(chan bool, 50)
		t.hammer(50, func(n int) string {
			r, err := i.try(t.question(fmt.Sprintf("[[slow]] %d", n)))
			wrong <- err != nil || r.Status != http.StatusOK
			return ""
		})
		close(wrong)
		for is := range wrong {
			if is {
				f.wrong++
			}
		}
		f.after = loaded(t, i, "llm")
		t.do(i, t.question("again"))
		f.code = t.stop(i)
		f.loads = i.count(firstUseOf("llm"))
		return f
	})
}

func lazyChecks() []Check {
	return needing("llm",
		check("lazy/nothing-at-start", "lazy.first-use", "before the first question the model endpoint has seen the probe only, and nothing is loaded", func(t *T) {
			f := aFirstUse(t)
			same(t, "what /readyz says of llm", f.before, false)
			same(t, "the number of calls", f.calls, f.probes)
			if f.probes == 0 || f.connections > f.probes {
				t.Errorf("%d probes were made over %d connections", f.probes, f.connections)
			}
			same(t, "the number of resource.loaded", f.early, 0)
		}),
		check("lazy/once", "lazy.once logs.events", "50 first questions at the same time load the client once, and all are answered", func(t *T) {
			f := aFirstUse(t)
			same(t, "the number of failures", f.wrong, 0)
			same(t, "the number of resource.loaded", f.loads, 1)
			same(t, "what /readyz says of llm", f.after, true)
		}),
		check("lazy/closed", "lazy.closed", "a service that has loaded what is expensive ends well", func(t *T) {
			same(t, "the exit code", aFirstUse(t).code, 0)
		}),
		check("lazy/patient", "lazy.closed lazy.once", "a caller that goes away does not spoil the first use for the others", func(t *T) {
			i := t.serve(setup{})
			q := t.question("[[slow]]")
			for range 5 { // callers that hang up at once
				t.hangUp(i, posting(i, q.path, fmt.Sprintf("Content-Length: %d", len(q.body)))+q.body, 30*time.Millisecond)
			}
			t.answers(t.do(i, t.question("four")), `{"answer":"4 characters"}`)
			t.ends(i, 0)
			t.sound(i)
		}),
		check("batch/calls", "batch.size", "N texts go out in ceil(N/B) calls, in order", func(t *T) {
			i, group := shared(t), token()
			for n, sizes := range map[int]string{1: "[1]", 3: "[3]", 4: "[3 1]", 10: "[3 3 3 1]"} {
				mark := fmt.Sprintf("batch-%s-%d", group, n)
				var texts, sent []string
				for k := range n {
					texts = append(texts, fmt.Sprintf("%s.%d", mark, k))
				}
				vectorsAre(t, t.do(i, request{path: "/v1/embeddings", body: textsBody(texts)}), texts)
				var got []int
				for _, c := range i.Stub.holding(mark + ".") {
					got = append(got, len(c.inputs()))
					sent = append(sent, c.inputs()...)
				}
				same(t, fmt.Sprintf("the sizes of the calls for %d", n), fmt.Sprint(got), sizes)
				same(t, "the order", strings.Join(sent, " "), strings.Join(texts, " "))
			}
		}),
		check("batch/line", "batch.size logs.events", "each call for a batch is logged with its items", func(t *T) {
			i, id := shared(t), "batch-"+token()
			t.do(i, request{path: "/v1/embeddings", body: textsBody([]string{"a", "b", "c", "d"}), header: map[string]string{"X-Request-ID": id}})
			t.logged(i, "http.request", id)
			list := i.logLines()
			var items []string
			for _, line := range list {
				if of("llm.call", id)(line) {
					items = append(items, line.text("items"))
				}
			}
			same(t, "the items", strings.Join(items, " "), "3 1")
		}),
	)
}
