package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// withDatabase is a service with small batches.
func withDatabase(t *T) *Instance {
	return told(t, "a service with small batches", func(t *T) *Instance {
		return t.serve(setup{settings: map[string]string{"DATABASE__BATCH_SIZE": "3"}})
	})
}

// keep posts notes.
func keep(texts ...string) request { return request{path: "/v1/notes", body: textsBody(texts)} }

// kept fails the check unless r has an id for each text, and each is found again.
func (t *T) kept(i *Instance, r Reply, texts ...string) []int {
	var body struct{ IDs []int }
	if err := json.Unmarshal(r.Body, &body); err != nil || r.Status != http.StatusCreated || len(body.IDs) != len(texts) {
		t.Fatalf("the answer is %d %s", r.Status, r.Body)
	}
	for n, id := range body.IDs {
		t.answers(t.do(i, request{path: fmt.Sprintf("/v1/notes/%d", id)}), `{"text":`+quoted(texts[n])+`}`)
	}
	return body.IDs
}

func databaseChecks() []Check {
	return needing("database server", slices.Concat(noteChecks(), poolChecks())...)
}

func noteChecks() []Check {
	return []Check{
		check("database/notes", "database.notes", "POST /v1/notes keeps texts, GET /v1/notes/{id} finds each again", func(t *T) {
			mark := token()
			texts := []string{mark + " é 日本", mark + "'); DROP TABLE notes;--", mark + ` \ " %s $1`}
			t.kept(withDatabase(t), t.do(withDatabase(t), keep(texts...)), texts...)
		}),
		check("database/batches", "batch.size database.batches", "N texts are inserted in ceil(N/B) statements, in order", func(t *T) {
			mark := token()
			var texts []string
			for n := range 7 {
				texts = append(texts, fmt.Sprintf("%s.%d", mark, n))
			}
			ids := t.kept(withDatabase(t), t.do(withDatabase(t), keep(texts...)), texts...)
			for n := 1; n < len(ids); n++ {
				if ids[n] <= ids[n-1] {
					t.Errorf("the ids are %v", ids)
				}
			}
			if server(t).Process != nil {
				same(t, "the number of statements", t.statements(mark), 3)
			}
		}),
		check("database/duplicate", "database.errors errors.kinds", "a text that is there already is a 409 problem", func(t *T) {
			text := token()
			t.kept(withDatabase(t), t.do(withDatabase(t), keep(text)), text)
			r := t.do(withDatabase(t), keep(text))
			t.isProblem(r, 409, "conflict")
			lacks(t, "the answer", string(r.Body), text)
		}),
		check("database/all-or-none", "database.batches", "if one of many texts is there already, none is kept", func(t *T) {
			i, mark := withDatabase(t), token()
			t.kept(i, t.do(i, keep(mark+".old")), mark+".old")
			t.isProblem(t.do(i, keep(mark+".1", mark+".2", mark+".3", mark+".4", mark+".old")), 409, "conflict")
			t.kept(i, t.do(i, keep(mark+".1", mark+".4")), mark+".1", mark+".4")
		}),
		check("database/not-found", "database.errors errors.kinds", "a note that is not there is a 404 problem, an id that is none a 400 or 404", func(t *T) {
			t.isProblem(t.do(withDatabase(t), request{path: "/v1/notes/2000000000"}), 404, "not_found")
			for _, id := range []string{"abc", "1.5", "-1", "99999999999999999999999"} {
				if r := t.do(withDatabase(t), request{path: "/v1/notes/" + id}); r.Status != 400 && r.Status != 404 {
					t.Errorf("%s is answered with %d: %s", id, r.Status, r.Body)
				}
			}
		}),
		check("database/bad-text", "errors.validation database.errors", "what the database cannot keep is a 400, not a failure", func(t *T) {
			for _, body := range []string{`{"texts":["a\u0000b"]}`, `{"texts":[]}`, `{"texts":[""]}`, `{"texts":["a",1]}`, `{"texts":"a"}`, `{}`} {
				t.isProblem(t.do(withDatabase(t), request{path: "/v1/notes", body: body}), 400, "invalid_request")
			}
		}),
		check("database/key", "http.key", "notes need the key, too", func(t *T) {
			q := keep(token())
			q.noKey = true
			t.isProblem(t.do(withDatabase(t), q), 401, "unauthenticated")
			t.isProblem(t.do(withDatabase(t), request{path: "/v1/notes/1", noKey: true}), 401, "unauthenticated")
		}),
		check("database/route", "privacy.route", "the log has the route's template, not the id", func(t *T) {
			r := t.do(withDatabase(t), request{path: "/v1/notes/1234567"})
			line := t.logged(withDatabase(t), "http.request", r.Header.Get("X-Request-ID"))
			if route := line.text("route"); !strings.HasPrefix(route, "/v1/notes/{") {
				t.Errorf("route is %s", route)
			}
		}),
		check("database/openapi", "errors.openapi", "notes are as the document says", func(t *T) {
			text := token()
			t.described("POST", "/v1/notes", t.do(shared(t), keep(text)))
			t.described("POST", "/v1/notes", t.do(shared(t), keep(text)))
			t.described("GET", "/v1/notes/{id}", t.do(shared(t), request{path: "/v1/notes/2000000000"}))
			t.described("GET", "/v1/notes/{id}", t.do(shared(t), request{path: "/v1/notes/x"}))
		}),
		hidden("notes", "", func(t *T, i *Instance, text string) []Reply {
			return []Reply{
				t.do(i, request{path: "/v1/notes", body: `{"texts":["` + text + `"]}`}),
				t.do(i, request{path: "/v1/notes", body: `{"texts":["` + text + `"]}`}), // the database's error has the text
				t.do(i, request{path: "/v1/notes/" + text}),
			}
		}),
	}
}

func poolChecks() []Check {
	return []Check{
		check("database/lazy", "lazy.first-use lazy.once", "the pool is loaded by the first request, once for 50 at the same time", func(t *T) {
			g, url := t.gated()
			i := t.serve(setup{database: url})
			same(t, "what /readyz says of database", loaded(t, i, "database"), false)
			t.eventually("no connection is open before the first request", func() string {
				return map[bool]string{true: "there is one"}[g.connected() > 0]
			})
			t.hammer(50, func(n int) string {
				r, err := i.try(request{path: "/v1/notes/2000000000"})
				if err != nil || r.Status != 404 {
					return fmt.Sprintf("%d %v", r.Status, err)
				}
				return ""
			})
			same(t, "what /readyz says of database", loaded(t, i, "database"), true)
			t.ends(i, 0)
			same(t, "the number of resource.loaded", i.count(firstUseOf("database")), 1)
			t.sound(i)
		}),
		check("database/gone-and-back", "database.errors errors.headers lazy.retry", "without its database the service answers 503 database_unavailable, and when it is back, well", func(t *T) {
			g, url := t.gated()
			i := t.serve(setup{database: url, settings: map[string]string{"DATABASE__TIMEOUT_S": "2"}})
			g.Shut()
			for range 2 { // the first use fails, and so does the second
				r := t.do(i, request{path: "/v1/notes/2000000000"})
				t.isProblem(r, 503, "database_unavailable")
				retryAfter(t, r)
			}
			g.Open()
			t.eventually("an answer from the database", func() string {
				r := t.do(i, request{path: "/v1/notes/2000000000"})
				return map[bool]string{false: fmt.Sprint(r.Status)}[r.Status == 404]
			})
			g.Shut()
			t.isProblem(t.do(i, request{path: "/v1/notes/2000000000"}), 503, "database_unavailable")
			t.ends(i, 0)
			t.sound(i)
			t.unseen(i, server(t).password)
		}),
		check("database/absent-at-start", "startup.probes privacy.secrets", "a database that is not there, or does not let us in, is a missing dependency, and its address is not shown", func(t *T) {
			c := newCanary()
			p := server(t)
			urls := []string{"postgresql://" + c.core + ":" + c.core + "@127.0.0.1:1/" + c.core, p.url[:strings.LastIndex(p.url, "/")+1] + c.core}
			if p.Process != nil { // another one may let in whoever comes
				urls = append(urls, strings.Replace(p.url, p.password.core, c.core, 1))
			}
			for _, url := range urls {
				i := t.instance(setup{database: url, settings: map[string]string{"STARTUP__TIMEOUT_S": "3"}})
				r := t.unavailable(i, "database")
				same(t, "the address in the output", c.in([]byte(r.all())), "")
			}
		}),
		check("database/bad-address", "privacy.secrets secrets.environment", "an address that is none is an error that does not show it", func(t *T) {
			c := newCanary()
			i := t.instance(setup{database: "nonsense://" + c.core + " " + c.core})
			r := t.call(i)
			if r.Code != 78 && r.Code != 69 {
				t.Errorf("%s ended with %d: %s", r.What, r.Code, short(r.all()))
			}
			same(t, "the address in the output", c.in([]byte(r.all())), "")
		}),
	}
}
