package conformance

import (
	"encoding/json"
	"slices"
	"strings"
)

// An openAPI is what the suite reads of the document, in whatever of the forms
// that the standard allows it is written.
type openAPI struct {
	OpenAPI    string
	Info       struct{ Title, Version string }
	Paths      map[string]pathItem
	Security   []map[string]any
	Components struct {
		Schemas       map[string]schema
		Responses     map[string]payload
		RequestBodies map[string]payload
	}
}

// A pathItem has an operation for each method.
type pathItem map[string]operation

type operation struct {
	Responses   map[string]payload
	RequestBody payload
	Security    *[]map[string]any // nil is that of the document
}

// A payload is what a request or a response holds, by media type.
type payload struct {
	Ref     string `json:"$ref"`
	Content map[string]struct{ Schema schema }
}

// A schema is the part of JSON Schema that describes the answers.
type schema struct {
	Ref          string `json:"$ref"`
	Type         kinds
	Properties   map[string]schema
	Required     []string
	Items        *schema
	Const        any
	Enum         []any
	AnyOf, OneOf []schema
	AllOf        []any
	Additional   any `json:"additionalProperties"`
}

// kinds are one type or several.
type kinds []string

// UnmarshalJSON leaves out what is beside the operations, as parameters.
func (p *pathItem) UnmarshalJSON(data []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	*p = pathItem{}
	for name, text := range members {
		if !slices.Contains([]string{"get", "head", "post", "put", "patch", "delete", "options", "trace"}, name) {
			continue
		}
		var op operation
		if err := json.Unmarshal(text, &op); err != nil {
			return err
		}
		(*p)[name] = op
	}
	return nil
}

// UnmarshalJSON reads a text or a list of texts.
func (k *kinds) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*k = kinds{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(k))
}

// empty reports whether anything fits.
func (s schema) empty() bool {
	return s.Ref == "" && len(s.Type) == 0 && s.Const == nil && len(s.Properties)+len(s.Enum)+len(s.AnyOf)+len(s.OneOf)+len(s.AllOf) == 0
}

// resolve follows references; one to nothing stays.
func (d openAPI) resolve(s schema) schema {
	for range 20 {
		name, is := strings.CutPrefix(s.Ref, "#/components/schemas/")
		next, found := d.Components.Schemas[name]
		if !is || !found {
			return s
		}
		s = next
	}
	return s
}

// response returns the first of an operation's responses that there is.
func (d openAPI) response(op operation, names ...string) (payload, bool) {
	for _, name := range names {
		if r, found := op.Responses[name]; found {
			if name, is := strings.CutPrefix(r.Ref, "#/components/responses/"); is {
				r, found = d.Components.Responses[name]
			}
			return r, found
		}
	}
	return payload{}, false
}

// wanted returns what an operation's request holds, by media type.
func (d openAPI) wanted(op operation) map[string]struct{ Schema schema } {
	if name, is := strings.CutPrefix(op.RequestBody.Ref, "#/components/requestBodies/"); is {
		return d.Components.RequestBodies[name].Content
	}
	return op.RequestBody.Content
}

// guarded reports whether an operation needs a key.
func (d openAPI) guarded(op operation) bool {
	if op.Security == nil {
		return len(d.Security) > 0
	}
	return len(*op.Security) > 0
}
