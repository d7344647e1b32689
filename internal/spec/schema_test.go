package spec

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/yaml"
)

// A judge validates values against the keywords that schema.json uses; any
// other keyword fails the test.
type judge struct {
	t    *testing.T
	root map[string]any
}

func (j judge) valid(s map[string]any, v any) bool {
	ok := true
	for _, key := range slices.Sorted(maps.Keys(s)) {
		ok = j.keyword(key, s, v) && ok
	}
	return ok
}

func (j judge) keyword(key string, s map[string]any, v any) bool {
	arg := s[key]
	text, isText := v.(string)
	list, isList := v.([]any)
	object, isObject := v.(map[string]any)
	switch key {
	case "$schema", "$defs", "title", "description", "default", "properties":
		return true
	case "$ref":
		def := strings.TrimPrefix(arg.(string), "#/$defs/")
		return j.valid(j.root["$defs"].(map[string]any)[def].(map[string]any), v)
	case "type":
		return slices.ContainsFunc(anyList(arg), func(t any) bool { return t == typeOf(v) })
	case "const":
		i, ok := v.(int)
		return ok && float64(i) == arg
	case "enum":
		return slices.Contains(arg.([]any), v)
	case "pattern":
		return !isText || regexp.MustCompile(arg.(string)).MatchString(text)
	case "minLength":
		return !isText || utf8.RuneCountInString(text) >= int(arg.(float64))
	case "maxLength":
		return !isText || utf8.RuneCountInString(text) <= int(arg.(float64))
	case "minItems":
		return !isList || len(list) >= int(arg.(float64))
	case "maxItems":
		return !isList || len(list) <= int(arg.(float64))
	case "items":
		return !isList || !slices.ContainsFunc(list, func(v any) bool { return !j.valid(arg.(map[string]any), v) })
	case "required":
		return !isObject || !slices.ContainsFunc(arg.([]any), func(k any) bool { _, ok := object[k.(string)]; return !ok })
	case "propertyNames":
		return !isObject || !slices.ContainsFunc(slices.Collect(maps.Keys(object)), func(k string) bool { return !j.valid(arg.(map[string]any), k) })
	case "additionalProperties":
		return !isObject || j.properties(s, object)
	}
	j.t.Fatalf("the keyword %s is not known", key)
	return false
}

func (j judge) properties(s, object map[string]any) bool {
	known, _ := s["properties"].(map[string]any)
	for k, v := range object {
		sub, ok := known[k].(map[string]any)
		if !ok {
			sub, ok = s["additionalProperties"].(map[string]any)
		}
		if !ok || !j.valid(sub, v) {
			return false
		}
	}
	return true
}

// TestDescriptions wants a word on every key, which an editor shows.
func TestDescriptions(t *testing.T) {
	var look func(at string, v any)
	look = func(at string, v any) {
		for _, item := range anyList(v) {
			object, _ := item.(map[string]any)
			for key, sub := range object {
				look(at+"/"+key, sub)
			}
			keys, _ := object["properties"].(map[string]any)
			for key, sub := range keys {
				if text, _ := sub.(map[string]any)["description"].(string); text == "" {
					t.Errorf("%s/%s has no description", at, key)
				}
			}
		}
	}
	var schema any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	look("", schema)
}

func anyList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func typeOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case int:
		return "integer"
	case float64:
		return "number"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "null"
}

// plainValue turns a node into what a JSON validator sees.
func plainValue(n *yaml.Node) any {
	switch n.Kind {
	case yaml.String:
		return n.Text
	case yaml.Int:
		i, _ := strconv.Atoi(n.Text)
		return i
	case yaml.Float:
		f, _ := strconv.ParseFloat(n.Text, 64)
		return f
	case yaml.Bool:
		return isTrue(n)
	case yaml.List:
		list := []any{}
		for _, v := range n.Items {
			list = append(list, plainValue(v))
		}
		return list
	case yaml.Map:
		m := map[string]any{}
		for _, p := range n.Pairs {
			m[p.Key] = plainValue(p.Value)
		}
		return m
	}
	return nil
}

func parsedSchema(t *testing.T) map[string]any {
	var s map[string]any
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchemaAndParserKnowTheSameKeys(t *testing.T) {
	s := parsedSchema(t)
	for what, f := range forms {
		def := s
		if what != "template" {
			def = s["$defs"].(map[string]any)[strings.ReplaceAll(what, " r", "R")].(map[string]any)
		}
		got := slices.Sorted(maps.Keys(def["properties"].(map[string]any)))
		if want := slices.Sorted(slices.Values(f.keys)); !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the parser %v", what, got, want)
		}
	}
}

// What a schema can say, the schema and the parser say alike.
func TestSchemaAndParserAgree(t *testing.T) {
	const head = "format: 1\nname: a\nversion: 1.0.0\n"
	s := parsedSchema(t)
	for src, want := range map[string]bool{
		head:                                                                                                   true,
		"name: a\nversion: 1.0.0\n":                                                                            false,
		"format: 1\nversion: 1.0.0\n":                                                                          false,
		"format: 1\nname: a\n":                                                                                 false,
		"format: 2\nname: a\nversion: 1.0.0\n":                                                                 false,
		"format: '1'\nname: a\nversion: 1.0.0\n":                                                               false,
		"format: 1\nname: A\nversion: 1.0.0\n":                                                                 false,
		"format: 1\nname: no\nversion: 1.0.0\n":                                                                true,
		"format: 1\nname: true\nversion: 1.0.0\n":                                                              false,
		"format: 1\nname: a\nversion: 1.10\n":                                                                  false,
		"format: 1\nname: a\nversion: v1.0.0\n":                                                                false,
		"format: 1\nname: a\nversion: 1.0\n":                                                                   false,
		"format: 1\nname: a\nversion: 1.0.0-rc.1+x\n":                                                          true,
		head + "color: red\n":                                                                                  false,
		head + "description: one\n":                                                                            true,
		head + "description: 1\n":                                                                              false,
		head + "description: \"a\\nb\"\n":                                                                      false,
		head + "requires: 1.0\n":                                                                               false,
		head + "requires: '>=0.1'\n":                                                                           true,
		head + "questions: 1\n":                                                                                false,
		head + "questions: [a]\n":                                                                              false,
		head + "questions: [{name: a, default: x}]\n":                                                          true,
		head + "questions: [{name: A, default: x}]\n":                                                          false,
		head + "questions: [{prompt: x}]\n":                                                                    false,
		head + "questions: [{name: a, typ: int}]\n":                                                            false,
		head + "questions: [{name: a, type: integer}]\n":                                                       false,
		head + "questions: [{name: a, type: int, default: 1}]\n":                                               true,
		head + "questions: [{name: a, type: int, default: 1.5}]\n":                                             false,
		head + "questions: [{name: a, type: bool, default: {}}]\n":                                             false,
		head + "questions: [{name: a, ask: no, default: x}]\n":                                                 false,
		head + "questions: [{name: a, ask: false, default: x}]\n":                                              true,
		head + "questions: [{name: a, suggest: git-user-name}]\n":                                              true,
		head + "questions: [{name: a, suggest: git}]\n":                                                        false,
		head + "questions: [{name: a, was: [b]}]\n":                                                            true,
		head + "questions: [{name: a, was: b}]\n":                                                              false,
		head + "questions: [{name: a, was: [B]}]\n":                                                            false,
		head + "questions: [{name: a, prompt: p, help: \"h\\ni\", group: g, when: 'true'}]\n":                  true,
		head + "questions: [{name: a, when: true}]\n":                                                          false,
		head + "questions: [{name: a, validate: [{rule: 'true', message: m}]}]\n":                              true,
		head + "questions: [{name: a, validate: [{rule: 'true'}]}]\n":                                          false,
		head + "questions: [{name: a, validate: [{message: m}]}]\n":                                            false,
		head + "questions: [{name: a, validate: [{rule: 'true', message: m, x: y}]}]\n":                        false,
		head + "questions: [{name: a, validate: {rule: 'true', message: m}}]\n":                                false,
		head + "questions: [{name: a, type: choice, choices: [{value: x, label: X, was: [y]}]}]\n":             true,
		head + "questions: [{name: a, type: choice, choices: [x]}]\n":                                          false,
		head + "questions: [{name: a, type: choice, choices: [{label: x}]}]\n":                                 false,
		head + "questions: [{name: a, type: choice, choices: [{value: 1}]}]\n":                                 false,
		head + "questions: [{name: a, type: choice, choices: [{value: 'x,y'}]}]\n":                             false,
		head + "questions: [{name: a, type: choice, choices: [{value: x, lable: X}]}]\n":                       false,
		head + "questions: [{name: a, type: choices, choices: [{value: x}], default: [x]}]\n":                  true,
		head + "questions: [{name: a, type: choices, choices: [{value: x}], default: [1]}]\n":                  false,
		head + "computed: {a: b}\n":                                                                            true,
		head + "computed: {A: b}\n":                                                                            false,
		head + "computed: {a: 1}\n":                                                                            false,
		head + "computed: [a]\n":                                                                               false,
		head + "files: [{path: x, when: 'true', update: replace, executable: true, delimiters: ['<', '>']}]\n": true,
		head + "files: [{path: x, was: [y]}]\n":                                                                true,
		head + "files: [{when: 'true'}]\n":                                                                     false,
		head + "files: [{path: x, update: never}]\n":                                                           false,
		head + "files: [{path: x, executable: yes}]\n":                                                         false,
		head + "files: [{path: x, delimiters: ['<']}]\n":                                                       false,
		head + "files: [{path: x, delimiters: ['<', '>', '|']}]\n":                                             false,
		head + "files: [{path: x, delimiters: ['<', '']}]\n":                                                   false,
		head + "files: [{path: x, mode: '0755'}]\n":                                                            false,
		head + "next: make\n":                                                                                  true,
		head + "next: [make]\n":                                                                                false,
	} {
		n, errs := yaml.Parse(manifest, []byte(src), yaml.Manifest, diag.Manifest)
		if errs != nil {
			t.Fatal(errs)
		}
		if got := (judge{t, s}).valid(s, plainValue(n)); got != want {
			t.Errorf("schema, %q: %v, want %v", src, got, want)
		}
		if _, err := Load(files(t, "template.yaml", src, "files/x", "hello"), ""); (err == nil) != want {
			t.Errorf("parser, %q: %v, want %v", src, err, want)
		}
	}
}
