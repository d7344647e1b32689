package conformance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func document(t *T) openAPI {
	return told(t, "the OpenAPI document", func(t *T) (doc openAPI) {
		r := t.do(shared(t), request{path: "/openapi.json"})
		same(t, "the status of /openapi.json", r.Status, 200)
		if err := json.Unmarshal(r.Body, &doc); err != nil {
			t.Fatalf("%v", err)
		}
		return doc
	})
}

// mismatch says where value differs from the schema, or "".
func (d openAPI) mismatch(s schema, value any, at string) string {
	s = d.resolve(s)
	if s.Ref != "" {
		return fmt.Sprintf("%s is described by %s, which is not in the document", at, s.Ref)
	}
	if choices := slices.Concat(s.AnyOf, s.OneOf); len(choices) > 0 {
		why := ""
		for _, one := range choices {
			if why = d.mismatch(one, value, at); why == "" {
				return ""
			}
		}
		return why
	}
	kind := map[string]bool{}
	switch v := value.(type) {
	case nil:
		kind["null"] = true
	case bool:
		kind["boolean"] = true
	case string:
		kind["string"] = true
	case float64:
		kind["number"], kind["integer"] = true, v == float64(int(v))
	case []any:
		kind["array"] = true
		for n, item := range v {
			if s.Items != nil {
				if why := d.mismatch(*s.Items, item, fmt.Sprintf("%s/%d", at, n)); why != "" {
					return why
				}
			}
		}
	case map[string]any:
		kind["object"] = true
		if why := d.object(s, v, at); why != "" {
			return why
		}
	}
	switch {
	case len(s.Type) > 0 && !slices.ContainsFunc(s.Type, func(name string) bool { return kind[name] }):
		return fmt.Sprintf("%s is no %s", at, strings.Join(s.Type, " or "))
	case s.Const != nil && s.Const != value, len(s.Enum) > 0 && !slices.Contains(s.Enum, value):
		return fmt.Sprintf("%s is %v", at, value)
	}
	return ""
}

func (d openAPI) object(s schema, value map[string]any, at string) string {
	for _, name := range s.Required {
		if _, found := value[name]; !found {
			return at + "/" + name + " is missing"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(value)) {
		property, known := s.Properties[name]
		if !known && (s.Additional == nil || s.Additional == false) && len(s.Properties) > 0 {
			return at + "/" + name + " is not described"
		}
		if why := d.mismatch(property, value[name], at+"/"+name); known && why != "" {
			return why
		}
	}
	return ""
}

// described fails the check unless the answer is one that the document tells of.
func (t *T) described(method, path string, r Reply) {
	d := document(t)
	op, found := d.Paths[path][strings.ToLower(method)]
	if !found {
		t.Errorf("%s %s is not in the document", method, path)
		return
	}
	response, found := d.response(op, fmt.Sprint(r.Status), fmt.Sprintf("%dXX", r.Status/100), "default")
	if !found {
		t.Errorf("%s %s: %d is not in the document", method, path, r.Status)
		return
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	content, found := response.Content[kind]
	if !found {
		t.Errorf("%s %s: %d has the media type %s, which is not in the document", method, path, r.Status, kind)
		return
	}
	if d.resolve(content.Schema).empty() {
		t.Errorf("%s %s: the document does not say what a %d holds", method, path, r.Status)
	}
	var value any
	if err := json.Unmarshal(r.Body, &value); err != nil {
		t.Errorf("%v", err)
	} else if why := d.mismatch(content.Schema, value, "the answer"); why != "" {
		t.Errorf("%s %s: %d: %s", method, path, r.Status, why)
	}
}

func openAPIChecks() []Check {
	return append([]Check{
		check("openapi/served", "errors.openapi", "GET /openapi.json names the service and its endpoints", func(t *T) {
			d := document(t)
			if !strings.HasPrefix(d.OpenAPI, "3.") || d.Info.Title == "" || d.Info.Version == "" {
				t.Errorf("it is OpenAPI %q of %q %q", d.OpenAPI, d.Info.Title, d.Info.Version)
			}
			for path, method := range map[string]string{"/livez": "get", "/readyz": "get", "/v1/answers": "post"} {
				if _, found := d.Paths[path][method]; !found {
					t.Errorf("%s %s is missing", method, path)
				}
			}
		}),
		check("openapi/no-422", "errors.openapi", "no operation tells of a 422, which is never answered, and each of a default problem", func(t *T) {
			d := document(t)
			for path, methods := range d.Paths {
				for method, op := range methods {
					if _, found := op.Responses["422"]; found {
						t.Errorf("%s %s tells of a 422", method, path)
					}
					response, _ := d.response(op, "default")
					if _, found := response.Content["application/problem+json"]; !found {
						t.Errorf("%s %s has no default response of application/problem+json", method, path)
					}
				}
			}
		}),
		check("openapi/answers", "errors.openapi", "good answers are as the document says", func(t *T) {
			t.described("GET", "/livez", t.do(shared(t), request{path: "/livez"}))
			t.described("GET", "/readyz", t.do(shared(t), request{path: "/readyz"}))
			r := t.do(shared(t), t.question(cmp.Or(t.Description.Answerable, "a")))
			same(t, "the status of a question that has an answer", r.Status, 200)
			t.described("POST", "/v1/answers", r)
		}),
		check("openapi/problems", "errors.openapi", "problems are as the document says", func(t *T) {
			for _, q := range []request{
				{path: "/v1/answers", body: "{}"},
				{path: "/v1/answers", body: "{}", noKey: true},
				{path: "/v1/answers", body: `{"question":1,"x":2}`},
			} {
				t.described("POST", "/v1/answers", t.do(shared(t), q))
			}
			t.described("POST", "/v1/answers", t.large(shared(t)))
		}),
		check("openapi/key", "errors.openapi", "the document says which endpoints need the key", func(t *T) {
			d := document(t)
			for path, methods := range d.Paths {
				for method, op := range methods {
					if needs := d.guarded(op); needs != strings.HasPrefix(path, "/v1/") {
						t.Errorf("%s %s needs a key: %v, says the document", method, path, needs)
					}
				}
			}
		}),
		check("openapi/requests", "errors.openapi", "what the document requires of a body is really required", func(t *T) {
			d := document(t)
			content, found := d.wanted(d.Paths["/v1/answers"]["post"])["application/json"]
			if !found {
				t.Fatalf("POST /v1/answers has no body of application/json, says the document")
			}
			s := d.resolve(content.Schema)
			same(t, "what is required", fmt.Sprint(s.Required), "[question]")
			t.isProblem(t.do(shared(t), request{path: "/v1/answers", body: "{}"}), 400, "invalid_request")
		}),
	}, needing("llm",
		check("openapi/embeddings", "errors.openapi", "vectors, and the model's failures, are as the document says", func(t *T) {
			t.described("POST", "/v1/embeddings", t.do(shared(t), request{path: "/v1/embeddings", body: textsBody([]string{"a", "b"})}))
			t.described("POST", "/v1/embeddings", t.do(shared(t), request{path: "/v1/embeddings", body: textsBody([]string{"[[500]]"})}))
			r := t.do(shared(t), t.question("[[500]]"))
			same(t, "the status", r.Status, http.StatusServiceUnavailable)
			t.described("POST", "/v1/answers", r)
		}),
		check("openapi/flag", "errors.openapi config.flag", "an endpoint that is turned off is not in the document", func(t *T) {
			r := t.do(strict(t), request{path: "/openapi.json"})
			lacks(t, "the document", string(r.Body), "/v1/embeddings")
		}),
	)...)
}
