package text

import (
	"fmt"
	"reflect"
	"regexp/syntax"
	"strconv"
	"strings"
)

// costs are of the functions whose result can outgrow their arguments, or that
// take longer than their arguments are long: the result's size is computed
// before it is made.
var costs = map[string]func([]reflect.Value) (int64, error){
	"repeat":    func(a []reflect.Value) (int64, error) { return grow(integer(a, 0), length(a, 1)) },
	"indent":    indented,
	"nindent":   indented,
	"until":     func(a []reflect.Value) (int64, error) { return grow(abs(integer(a, 0)), 16) },
	"untilStep": func(a []reflect.Value) (int64, error) { return counted(integer(a, 0), integer(a, 1), integer(a, 2)) },
	"seq":       sequence,
	"join":      func(a []reflect.Value) (int64, error) { return grow(length(a, 1), length(a, 0)) },
	"replace": func(a []reflect.Value) (int64, error) {
		return grow(int64(strings.Count(text(a, 2), text(a, 0))), length(a, 1))
	},
	"wrapWith": func(a []reflect.Value) (int64, error) { return grow(length(a, 2), length(a, 1)) },
	"printf":   formatted,
	"uniq":     func(a []reflect.Value) (int64, error) { return pairs(length(a, 0), bytes(a[:1])) },
	"without":  func(a []reflect.Value) (int64, error) { return pairs(int64(len(a)), bytes(a[:min(1, len(a))])) },
	"split":    split, "splitn": split,
	"round":      rounded,
	"regexMatch": matching, "regexFind": matching, "regexFindAll": matching, "regexSplit": matching,
	"regexReplaceAll": matching, "regexReplaceAllLiteral": matching,
	"add": numbers(whole[int64]), "add1": numbers(whole[int64]), "div": numbers(whole[int64]), "mod": numbers(whole[int64]), "mul": numbers(whole[int64]),
	"sub": numbers(whole[int64]), "max": numbers(whole[int64]), "min": numbers(whole[int64]), "biggest": numbers(whole[int64]),
	"add1f": numbers(number), "addf": numbers(number), "divf": numbers(number), "mulf": numbers(number), "subf": numbers(number),
	"maxf": numbers(number), "minf": numbers(number), "ceil": numbers(number), "floor": numbers(number),
}

// grow is the cost of a result of n parts of size bytes.
func grow(n, size int64) (int64, error) {
	if n > 0 && size > 0 && n > maxValue/size {
		return 0, tooMuch("a value of over 1 MiB")
	}
	return max(0, n*size) / perStep, nil
}

// pairs is the cost of holding each of n values against a list of size bytes.
func pairs(n, size int64) (int64, error) {
	if n > maxSteps || n*size > perStep*8*maxSteps {
		return 0, tooMuch("a list too long for this function")
	}
	return n * size / (perStep * 8), nil
}

// split is the cost of a dict of the parts, each with a name of its own.
func split(a []reflect.Value) (int64, error) {
	return int64(strings.Count(text(a, len(a)-1), text(a, 0))) / 2, nil
}

// matching is the cost of making a pattern and of holding it against a text:
// at worst, each of its parts against each byte.
func matching(a []reflect.Value) (int64, error) {
	expr := text(a, 0)
	if len(expr) > maxPattern {
		return 0, tooMuch("a pattern of over %d bytes", maxPattern)
	}
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return 0, fmt.Errorf("the pattern is wrong: %w", err)
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, fmt.Errorf("the pattern is wrong: %w", err)
	}
	parts := int64(len(prog.Inst))
	return parts/4 + (parts+8)*length(a, 1)/8, nil
}

func counted(from, to, step int64) (int64, error) {
	if step == 0 {
		return 0, nil
	}
	return grow(max(0, (to-from)/step), 16)
}

func sequence(a []reflect.Value) (int64, error) {
	switch len(a) {
	case 1:
		return grow(abs(integer(a, 0)), 16)
	case 2:
		return grow(abs(integer(a, 1)-integer(a, 0)), 16)
	default:
		return counted(integer(a, 0), integer(a, 2), integer(a, 1))
	}
}

func indented(a []reflect.Value) (int64, error) {
	n := integer(a, 0)
	if n < 0 {
		return 0, fmt.Errorf("an indentation of %d", n)
	}
	return grow(int64(strings.Count(text(a, 1), "\n"))+1, n)
}

// rounded refuses a precision that would take forever.
func rounded(a []reflect.Value) (int64, error) {
	if n := integer(a, 1); n < 0 || n > 15 {
		return 0, fmt.Errorf("round: %d is no number of digits from 0 to 15", n)
	}
	return numbers(number)(a[:1])
}

// formatted is the cost of printf: every verb may write its argument, escaped,
// and its width. A width in an argument cannot be known.
func formatted(a []reflect.Value) (int64, error) {
	largest, verbs, width := int64(16), int64(0), int64(0)
	for i := range a {
		largest = max(largest, bytes(a[i:i+1]))
	}
	format := text(a, 0)
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		verbs++
		for i++; i < len(format) && strings.IndexByte("+-# 0123456789.[]*", format[i]) >= 0; i++ {
			if format[i] == '*' {
				return 0, fmt.Errorf("printf: write the width into the format instead of *")
			}
			end := i
			for end < len(format) && format[end] >= '0' && format[end] <= '9' {
				end++
			}
			if end > i {
				n, err := strconv.ParseInt(format[i:end], 10, 32)
				if err != nil || n > maxValue {
					return 0, tooMuch("a width of over 1 MiB")
				}
				width += n
				i = end - 1
			}
		}
	}
	if verbs > 64*maxValue/largest || width > 8*maxValue {
		return 0, tooMuch("a value of over 1 MiB")
	}
	return (verbs*largest + width) / perStep, nil
}

// numbers refuses what sprig would silently take for 0 or cut, and hands on the
// numbers themselves: sprig reads "08" as 0, too. It costs nothing.
func numbers[T int64 | float64](parse func(any) (T, error)) func([]reflect.Value) (int64, error) {
	return func(a []reflect.Value) (int64, error) {
		for i, v := range a {
			if !v.IsValid() {
				return 0, fmt.Errorf("there is no value to count with")
			}
			n, err := parse(v.Interface())
			if err != nil {
				return 0, err
			}
			a[i] = reflect.ValueOf(n)
		}
		return 0, nil
	}
}

// bytes is the size of the values, which is known to be bounded.
func bytes(a []reflect.Value) (total int64) {
	for _, v := range a {
		size, _ := sizeOf(v)
		total += size
	}
	return total
}

func integer(a []reflect.Value, i int) int64 {
	if i < len(a) && a[i].IsValid() && a[i].CanInt() {
		return a[i].Int()
	}
	return 0
}

func abs(n int64) int64 { return max(n, -n) }

func text(a []reflect.Value, i int) string {
	if i < len(a) && a[i].IsValid() && a[i].Kind() == reflect.String {
		return a[i].String()
	}
	return ""
}

func length(a []reflect.Value, i int) int64 {
	if i < len(a) && a[i].IsValid() {
		switch a[i].Kind() {
		case reflect.String, reflect.Slice, reflect.Map:
			return int64(a[i].Len())
		}
	}
	return 0
}
