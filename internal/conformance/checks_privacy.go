package conformance

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

func readOrEmpty(file string) []byte {
	data, _ := os.ReadFile(file) // one that is not there holds nothing
	return data
}

// hidden is a check that what comes from one place is seen nowhere: it is sent
// in four encodings, and looked for in more.
func hidden(place, needs string, send func(t *T, i *Instance, text string) []Reply) Check {
	claim := "input from " + strings.ReplaceAll(place, "-", " ") + " is in no line, no record and no answer"
	c := check("privacy/"+place, "privacy.log privacy.answers", claim, func(t *T) {
		i, sent := shared(t), []canary{}
		var ids []string
		for _, encoding := range []string{"plain", "percent", "base64", "escaped"} {
			c := newCanary()
			sent = append(sent, c)
			for _, r := range send(t, i, c.encodings()[encoding]) {
				if id := r.Header.Get("X-Request-ID"); id != "" {
					ids = append(ids, id)
				}
				if form := c.in(r.Body); form != "" {
					t.Errorf("%s: the answer holds it (%s): %s", encoding, form, r.Body)
				}
				for _, name := range slices.Sorted(maps.Keys(r.Header)) {
					if form := c.in([]byte(strings.Join(r.Header[name], " "))); form != "" {
						t.Errorf("%s: the header %s holds it (%s)", encoding, name, form)
					}
				}
			}
		}
		for _, id := range ids { // only now all has been written
			t.logged(i, "http.request", id)
			t.audited(i, "http.access", id)
		}
		t.unseen(i, sent...)
	})
	c.Needs = strings.Fields(needs)
	return c
}

// word is what is left of a text where only letters and digits may stand.
func word(text string) string { return strings.NewReplacer(`\`, "", "%", "", "=", "").Replace(text) }

// upstream is a check that what the model endpoint says in a mode is hidden.
func upstream(m mode) Check {
	return hidden("upstream-"+string(m), "llm", func(t *T, i *Instance, text string) []Reply {
		q := request{path: "/v1/answers", body: fmt.Sprintf(`{"question":"[[%s]] %s"}`, m, text)}
		e := request{path: "/v1/embeddings", body: fmt.Sprintf(`{"texts":["[[%s]] %s"]}`, m, text)}
		return []Reply{t.do(i, q), t.do(i, e)}
	})
}

func privacyChecks() []Check {
	one := func(q request) func(*T, *Instance, string) []Reply {
		return func(t *T, i *Instance, text string) []Reply {
			filled := request{method: q.method, path: strings.ReplaceAll(q.path, "@", text), body: strings.ReplaceAll(q.body, "@", text), noKey: q.noKey}
			filled.header = map[string]string{}
			for name, value := range q.header {
				filled.header[name] = strings.ReplaceAll(value, "@", text)
			}
			return []Reply{t.do(i, filled)}
		}
	}
	list := []Check{
		hidden("a-good-body", "", one(request{path: "/v1/answers", body: `{"question":"@"}`})),
		hidden("a-bad-body", "", one(request{path: "/v1/answers", body: `{"question":["@"]}`})),
		hidden("broken-json", "", one(request{path: "/v1/answers", body: `{"question": @`})),
		hidden("a-field-name", "", one(request{path: "/v1/answers", body: `{"question":"a","@":1}`})),
		hidden("a-refused-body", "", one(request{path: "/v1/answers", body: `{"question":"@"}`, noKey: true})),
		hidden("a-long-body", "", func(t *T, i *Instance, text string) []Reply {
			return []Reply{t.do(i, request{path: "/v1/answers", body: `{"question":"` + strings.Repeat("a", 4000) + text + `"}`})}
		}),
		hidden("the-path", "", one(request{path: "/v1/@/@.json"})),
		hidden("the-query", "", one(request{path: "/v1/answers?q=@&@=1", body: `{"question":"a"}`})),
		hidden("the-key", "", one(request{path: "/v1/answers", body: `{}`, header: map[string]string{"X-API-Key": "@"}})),
		hidden("headers", "", one(request{path: "/v1/answers", body: `{"question":"a"}`, header: map[string]string{
			"User-Agent": "@", "Referer": "http://@/", "Cookie": "a=@", "X-Forwarded-For": "@", "Authorization": "Bearer @", "Accept": "@",
			"traceparent": "@", "tracestate": "a=@", "baggage": "@=1", "Origin": "http://@", "Forwarded": "for=@",
		}})),
		hidden("a-bad-request-id", "", one(request{path: "/v1/answers", body: `{"question":"a"}`, header: map[string]string{"X-Request-ID": "@ @"}})),
		hidden("the-content-type", "", one(request{path: "/v1/answers", body: `{"question":"a"}`, header: map[string]string{"Content-Type": "text/@; charset=@"}})),
		hidden("the-method", "", func(t *T, i *Instance, text string) []Reply {
			name := word(text)
			return []Reply{t.do(i, request{method: name, path: "/v1/answers"}), t.do(i, request{method: strings.ToUpper(name), path: "/nowhere"})}
		}),
		hidden("a-header-name", "", func(t *T, i *Instance, text string) []Reply {
			q := t.question("a")
			q.header = map[string]string{"X-" + word(text): "1"}
			return []Reply{t.do(i, q)}
		}),
		hidden("the-host", "", func(t *T, i *Instance, text string) []Reply {
			return []Reply{parseReply(t, t.raw(i, "GET /nowhere HTTP/1.1\r\nHost: "+word(text)+".example\r\nConnection: close\r\n\r\n"))}
		}),
		hidden("texts", "llm", func(t *T, i *Instance, text string) []Reply {
			return []Reply{
				t.do(i, request{path: "/v1/embeddings", body: `{"texts":["` + text + `","b"]}`}),
				t.do(i, request{path: "/v1/embeddings", body: `{"texts":["` + text + `",1]}`}),
			}
		}),
	}
	for _, m := range []mode{broken, limited, refused, notJSON, wrongShape, noChoices, redirecting, gone} {
		list = append(list, upstream(m))
	}
	secret := check("privacy/secrets-whole-run", "privacy.secrets", "no secret of any service of this run is in what it wrote", func(t *T) {
		t.mixture(shared(t))
		for _, i := range t.instances() {
			t.unseen(i, i.Secrets...)
		}
	})
	secret.Last = true
	return append(list, secret)
}
