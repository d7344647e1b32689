package spec

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/tree"
)

// The longest answers, in bytes.
const (
	maxName   = 100
	maxString = 4 << 10
	maxText   = 16 << 10
)

// Zero returns the answer of a question that is switched off: "", 0, false,
// []string{}; of OneOf "".
func (q *Question) Zero() any {
	switch q.Type {
	case Int:
		return 0
	case Bool:
		return false
	case SomeOf:
		return []string{}
	}
	return ""
}

// Parse turns a person's text (a flag's value, a typed line) into an answer of
// the question's type: lists as a,b; int as decimal digits; bool as true or
// false. The error says what would be right; it has no position.
func (q *Question) Parse(s string) (any, error) {
	switch q.Type {
	case Int:
		n, err := strconv.Atoi(s)
		if err != nil || s[0] == '+' {
			return nil, fmt.Errorf("%q is not a whole number: write it in digits", s)
		}
		return n, nil
	case Bool:
		if s != "true" && s != "false" {
			return nil, fmt.Errorf("%q is neither true nor false", s)
		}
		return s == "true", nil
	case SomeOf:
		list := []string{}
		for v := range strings.SplitSeq(s, ",") {
			if v = strings.TrimSpace(v); v != "" {
				list = append(list, v)
			}
		}
		return q.Accept(list)
	}
	return q.Accept(s)
}

// Accept checks that v has the question's type (as decoded from YAML: string,
// int, bool, []any or []string), maps earlier names of choices to their present
// ones and returns the normalised answer: a list in the order of the choices,
// each once.
func (q *Question) Accept(v any) (any, error) {
	switch q.Type {
	case String, Text:
		if s, ok := v.(string); ok {
			return s, q.acceptString(s)
		}
	case Int:
		if n, ok := v.(int); ok {
			return n, nil
		}
	case Bool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case OneOf:
		if s, ok := v.(string); ok {
			return q.choice(s)
		}
	case SomeOf:
		if list, ok := stringsOf(v); ok {
			return q.choices(list)
		}
	}
	return nil, fmt.Errorf("%s is not %s", describe(v), [...]string{
		"a string: quote it", "a string: quote it", "a whole number: write it in digits",
		"true or false", "one of the choices", "a list of choices, such as [a, b]",
	}[q.Type])
}

func stringsOf(v any) (list []string, ok bool) {
	items, ok := v.([]any)
	if !ok {
		list, ok = v.([]string)
	}
	for _, item := range items {
		s, isString := item.(string)
		list, ok = append(list, s), ok && isString
	}
	return list, ok
}

func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return strconv.Quote(v)
	case []any, []string:
		return "a list"
	case map[string]any:
		return "a map"
	}
	return fmt.Sprint(v)
}

// acceptString checks what no rule needs to say.
func (q *Question) acceptString(s string) error {
	limit := maxString
	if q.Type == Text {
		limit = maxText
	}
	switch {
	case !utf8.ValidString(s):
		return errors.New("it is not UTF-8")
	case len(s) > limit:
		return fmt.Errorf("it has %d bytes; at most %d are allowed", len(s), limit)
	case q.Type == String && strings.ContainsAny(s, "\r\n"):
		return errors.New("it must be one line")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return errors.New("it holds a control character: remove it")
	}
	return nil
}

// choice returns the present value of a choice or of one of its earlier names.
func (q *Question) choice(v string) (string, error) {
	var values []string
	for _, c := range q.Choices {
		if c.Value == v || slices.Contains(c.Was, v) {
			return c.Value, nil
		}
		values = append(values, c.Value)
	}
	msg := fmt.Sprintf("%q is not one of %s", v, strings.Join(values, ", "))
	if s := diag.Suggest(v, values); s != "" {
		msg += "; did you mean " + s + "?"
	}
	return "", errors.New(msg)
}

func (q *Question) choices(list []string) ([]string, error) {
	var chosen []string
	for _, v := range list {
		value, err := q.choice(v)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, value)
	}
	out := []string{}
	for _, c := range q.Choices {
		if slices.Contains(chosen, c.Value) {
			out = append(out, c.Value)
		}
	}
	return out, nil
}

// Check applies the question's rules to an accepted answer. The error's text is
// the rule's message.
func (q *Question) Check(ctx context.Context, v any, vars map[string]any) error {
	if q.Name == "name" {
		if err := checkName(v.(string)); err != nil {
			return err
		}
	}
	env := map[string]any{"value": v}
	maps.Copy(env, vars)
	for _, r := range q.rules {
		ok, err := r.expr.isTrue(env)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case !ok:
			return errors.New(r.message)
		}
	}
	return nil
}

// checkName is the rule of `name` that no template can take away.
func checkName(s string) error {
	if _, err := tree.ParsePath(s); err != nil {
		return fmt.Errorf("it cannot name a directory: %w", err)
	}
	switch {
	case strings.Contains(s, "/"):
		return errors.New("it cannot name a directory: there is a / in it")
	case len(s) > maxName:
		return fmt.Errorf("it has %d bytes; at most %d are allowed", len(s), maxName)
	}
	return nil
}
