package text

import (
	"cmp"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// own are the functions that sprig or text/template have in a form that hides
// mistakes, ranges over a map, changes its arguments or is unbounded, and the
// three that templates need besides.
func own(sprig map[string]any) map[string]any {
	return map[string]any{
		"int": whole[int], "int64": whole[int64], "toDecimal": octal, "atoi": strconv.Atoi, "float64": number,
		"first": first, "last": last, "keys": keys, "values": values, "title": title,
		"sortAlpha": sortAlpha,
		"merge":     merging(sprig["mustMerge"]), "mergeOverwrite": merging(sprig["mustMergeOverwrite"]),
		"regexReplaceAll": regexReplaceAll, "regexReplaceAllLiteral": regexReplaceAllLiteral,
		"b32dec": decoding(base32.StdEncoding.DecodeString), "b64dec": decoding(base64.StdEncoding.DecodeString), "dict": dict,
		"print": fmt.Sprint, "printf": printf, "println": fmt.Sprintln,
		"eq": eq, "ne": func(a, b any) (bool, error) { same, err := eq(a, b); return !same, err },
		"lt": ordered(func(c int) bool { return c < 0 }), "le": ordered(func(c int) bool { return c <= 0 }),
		"gt": ordered(func(c int) bool { return c > 0 }), "ge": ordered(func(c int) bool { return c >= 0 }),
		"toToml": quoteJSON, "toYaml": toYaml, "pyString": pyString,
	}
}

// whole converts to an integer; what is none is an error, not 0.
func whole[T int | int64](v any) (T, error) {
	switch v := v.(type) {
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || int64(T(n)) != n {
			return 0, fmt.Errorf("%q is no whole number", v)
		}
		return T(n), nil
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case float64:
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return 0, fmt.Errorf("%v is no whole number", v)
		}
		return T(v), nil
	}
	if r := reflect.ValueOf(v); r.IsValid() && r.CanInt() {
		return T(r.Int()), nil
	}
	return 0, fmt.Errorf("%v is no whole number", v)
}

func octal(v any) (int64, error) {
	n, err := strconv.ParseInt(fmt.Sprint(v), 8, 64)
	if err != nil {
		return 0, fmt.Errorf("%v is no octal number", v)
	}
	return n, nil
}

func number(v any) (float64, error) {
	if f, ok := v.(float64); ok {
		return f, nil
	}
	if s, ok := v.(string); ok {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no number", s)
		}
		return f, nil
	}
	n, err := whole[int64](v)
	return float64(n), err
}

func element(list any, at func(n int) int) (any, error) {
	v := reflect.ValueOf(list)
	switch {
	case !v.IsValid() || v.Kind() != reflect.Slice:
		return nil, errors.New("it needs a list")
	case v.Len() == 0:
		return nil, errors.New("the list is empty")
	}
	return v.Index(at(v.Len())).Interface(), nil
}

func first(list any) (any, error) { return element(list, func(int) int { return 0 }) }
func last(list any) (any, error)  { return element(list, func(n int) int { return n - 1 }) }

func keys(dicts ...map[string]any) []string {
	var all []string
	for _, d := range dicts {
		all = append(all, slices.Sorted(maps.Keys(d))...)
	}
	return all
}

func values(dict map[string]any) []any {
	all := make([]any, 0, len(dict))
	for _, k := range slices.Sorted(maps.Keys(dict)) {
		all = append(all, dict[k])
	}
	return all
}

// decoding turns a decoder into a function from text to text.
func decoding(decode func(string) ([]byte, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		b, err := decode(s)
		return string(b), err
	}
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 > 0 {
		return nil, errors.New("there is a key without a value")
	}
	d := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		d[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return d, nil
}

// printf refuses what fmt writes in place of an argument that does not fit.
func printf(format string, args ...any) (string, error) {
	out := fmt.Sprintf(format, args...)
	if !strings.Contains(out, "%!") || strings.Contains(fmt.Sprint(args...), "%!") {
		return out, nil
	}
	if strings.Contains(fmt.Sprintf(strings.ReplaceAll(format, "%%", ""), args...), "%!") {
		return "", errors.New("the format does not fit its arguments")
	}
	return out, nil
}

// sortAlpha sorts a copy; sprig's sorts its argument.
func sortAlpha(list any) ([]string, error) {
	v := reflect.ValueOf(list)
	if !v.IsValid() || v.Kind() != reflect.Slice {
		return nil, errors.New("it needs a list")
	}
	sorted := make([]string, v.Len())
	for i := range sorted {
		sorted[i] = fmt.Sprint(v.Index(i).Interface())
	}
	slices.Sort(sorted)
	return sorted, nil
}

// title begins each word, as spaces separate them, with a capital.
func title(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		was := start
		if start = unicode.IsSpace(r); was {
			return unicode.ToTitle(r)
		}
		return r
	}, s)
}

// merging is one of sprig's merge functions over copies: its own change their
// first argument.
func merging(f any) func(map[string]any, ...map[string]any) (any, error) {
	merge := f.(func(map[string]any, ...map[string]any) (any, error))
	return func(to map[string]any, from ...map[string]any) (any, error) {
		for i, f := range from {
			from[i] = clone(f).(map[string]any)
		}
		return merge(clone(to).(map[string]any), from...)
	}
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for k, x := range v {
			c[k] = clone(x)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, x := range v {
			c[i] = clone(x)
		}
		return c
	default:
		return v
	}
}

func regexReplaceAll(expr, s, to string) (string, error) {
	return replaceAll(expr, s, func(re *regexp.Regexp, b []byte, m []int) []byte { return re.ExpandString(b, to, s, m) })
}

func regexReplaceAllLiteral(expr, s, to string) (string, error) {
	return replaceAll(expr, s, func(_ *regexp.Regexp, b []byte, _ []int) []byte { return append(b, to...) })
}

// replaceAll stops where the result outgrows what a value may be.
func replaceAll(expr, s string, expand func(*regexp.Regexp, []byte, []int) []byte) (string, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return "", err
	}
	var out []byte
	done := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		out = expand(re, append(out, s[done:m[0]]...), m)
		if done = m[1]; len(out) > maxValue {
			return "", tooMuch("a replacement makes a value of over 1 MiB")
		}
	}
	return string(append(out, s[done:]...)), nil
}

// eq is text/template's, whose cost would go uncounted.
func eq(a any, others ...any) (bool, error) {
	for _, b := range others {
		c, err := compare(a, b)
		if err != nil || c == 0 {
			return err == nil, err
		}
	}
	if len(others) == 0 {
		return false, errors.New("it needs two values")
	}
	return false, nil
}

func ordered(holds func(int) bool) func(a, b any) (bool, error) {
	return func(a, b any) (bool, error) {
		if _, ok := a.(bool); ok {
			return false, errors.New("true and false have no order")
		}
		c, err := compare(a, b)
		return err == nil && holds(c), err
	}
}

// compare orders two numbers or two texts; of two bools it tells whether they
// are the same.
func compare(a, b any) (int, error) {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	switch {
	case !x.IsValid() || !y.IsValid():
		return cmp.Compare(truth(x.IsValid()), truth(y.IsValid())), nil
	case x.CanInt() && y.CanInt():
		return cmp.Compare(x.Int(), y.Int()), nil
	case x.CanFloat() && y.CanFloat():
		return cmp.Compare(x.Float(), y.Float()), nil
	case x.Kind() == reflect.String && y.Kind() == reflect.String:
		return strings.Compare(x.String(), y.String()), nil
	case x.Kind() == reflect.Bool && y.Kind() == reflect.Bool:
		return cmp.Compare(truth(x.Bool()), truth(y.Bool())), nil
	}
	return 0, fmt.Errorf("%s and %s cannot be compared", plainType(x.Type()), plainType(y.Type()))
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// quoteJSON writes s as a JSON string without escaping what need not be: that
// is a basic string of TOML too, once DEL is escaped.
func quoteJSON(s string) string {
	b := &strings.Builder{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\x7f", `\u007f`)
}

// toYaml writes a text, bool, number or list of texts as YAML on one line.
func toYaml(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return yamlString(v), nil
	case []string:
		items := make([]string, len(v))
		for i, s := range v {
			items[i] = yamlString(s)
		}
		return "[" + strings.Join(items, ", ") + "]", nil
	case bool, int, int64:
		return fmt.Sprint(v), nil
	}
	return "", fmt.Errorf("it writes a text, a number, a bool or a list of texts, and this is %T", v)
}

// yamlString escapes what YAML does not allow in a file besides what JSON does.
func yamlString(s string) string {
	text := quoteJSON(s)
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	b := &strings.Builder{}
	for _, r := range text {
		if hidden(r) {
			fmt.Fprintf(b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool { return r >= 0x80 && r <= 0x9f || r == '\ufeff' }

// pyString writes s as a string literal of Python in double quotes.
func pyString(s string) string {
	b := &strings.Builder{}
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			fmt.Fprintf(b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
