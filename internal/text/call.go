package text

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// A mistake is the error of a function.
type mistake struct{ error }

// Unwrap finds a limit within.
func (m mistake) Unwrap() error { return m.error }

// bind returns the function as text/template calls it.
func (f *function) bind(r *run, name string) func(...reflect.Value) (any, error) {
	return func(args ...reflect.Value) (any, error) {
		result, err := f.call(r, name, args)
		if err != nil {
			err = mistake{err}
		}
		return result, err
	}
}

// call calls the function: what it costs is spent before, its arguments are
// checked, a panic is an error, and a result that is too large is refused.
func (f *function) call(r *run, name string, args []reflect.Value) (result any, err error) {
	for i, a := range args {
		if a.IsValid() && a.Kind() == reflect.Interface {
			args[i] = a.Elem()
		}
	}
	if err := r.charge(f, args); err != nil {
		return nil, err
	}
	in, err := f.arguments(name, args)
	if err != nil {
		return nil, err
	}
	defer func() {
		if v := recover(); v != nil {
			msg := fmt.Sprint(v)
			if strings.HasPrefix(msg, "runtime error") || strings.HasPrefix(msg, "reflect") {
				msg = "the arguments are out of range"
			}
			result, err = nil, fmt.Errorf("%s: %s", name, msg)
		}
	}()
	out := f.value.Call(in)
	if len(out) == 2 && !out[1].IsNil() {
		return nil, fmt.Errorf("%s: %w", name, out[1].Interface().(error))
	}
	if size, err := sizeOf(out[0]); err != nil {
		return nil, err
	} else if size > maxValue+8 {
		return nil, tooMuch("%s makes a value of over 1 MiB", name)
	}
	return out[0].Interface(), nil
}

// charge spends what a call costs: a step, more for long arguments, and what
// the function itself says.
func (r *run) charge(f *function, args []reflect.Value) error {
	total := int64(0)
	for _, a := range args {
		size, err := sizeOf(a)
		if err != nil {
			return err
		}
		total += size
	}
	if total > 8*maxValue {
		return tooMuch("a call with over 8 MiB of arguments")
	}
	if err := r.spend(1 + total/perStep); err != nil || f.cost == nil {
		return err
	}
	more, err := f.cost(args)
	if err != nil {
		return err
	}
	return r.spend(more)
}

// arguments checks and converts what a template hands over, as text/template
// itself would.
func (f *function) arguments(name string, args []reflect.Value) ([]reflect.Value, error) {
	t := f.value.Type()
	fixed := t.NumIn()
	if t.IsVariadic() {
		fixed--
	}
	if len(args) < fixed || len(args) > fixed && !t.IsVariadic() {
		return nil, fmt.Errorf("%s takes %d arguments, and there are %d", name, fixed, len(args))
	}
	in := make([]reflect.Value, len(args))
	for i, a := range args {
		want := t.In(min(i, t.NumIn()-1))
		if t.IsVariadic() && i >= fixed {
			want = want.Elem()
		}
		v, err := convert(a, want)
		if err != nil {
			return nil, fmt.Errorf("%s, argument %d: %w", name, i+1, err)
		}
		in[i] = v
	}
	return in, nil
}

func convert(a reflect.Value, want reflect.Type) (reflect.Value, error) {
	switch {
	case !a.IsValid() && want.Kind() == reflect.Interface:
		return reflect.Zero(want), nil
	case !a.IsValid():
		return a, errors.New("there is no value")
	case a.Type().AssignableTo(want):
		return a, nil
	case a.CanInt() && want.Kind() >= reflect.Int && want.Kind() <= reflect.Int64:
		return a.Convert(want), nil
	case a.CanInt() && want.Kind() == reflect.Float64:
		return a.Convert(want), nil
	}
	return a, fmt.Errorf("it needs %s, and this is %s", plainType(want), plainType(a.Type()))
}

// plainType names a type as the author of a template thinks of it.
func plainType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Map:
		return "a dict"
	case reflect.Float64:
		return "a number"
	}
	if k := t.Kind(); k >= reflect.Int && k <= reflect.Int64 {
		return "a whole number"
	}
	return t.String()
}

// sizeOf is how many bytes a value takes, about. Values that hold one part
// many times count it as often, so that the size bounds every walk over them;
// counting stops where the size is too large anyhow.
func sizeOf(v reflect.Value) (int64, error) {
	s := sizer{}
	s.add(v, 0)
	if s.deep {
		return 0, tooMuch("over %d lists or dicts within each other", maxNested)
	}
	return s.size, nil
}

type sizer struct {
	size int64
	deep bool
}

func (s *sizer) add(v reflect.Value, depth int) {
	if !v.IsValid() || s.size > 16*maxValue || s.deep {
		return
	}
	switch v.Kind() {
	case reflect.Interface:
		s.add(v.Elem(), depth)
	case reflect.String:
		s.size += int64(v.Len()) + 8
	case reflect.Slice:
		s.deep = depth > maxNested
		s.size += 8
		for i := 0; i < v.Len() && s.size <= 16*maxValue; i++ {
			s.add(v.Index(i), depth+1)
		}
	case reflect.Map:
		s.deep = depth > maxNested
		s.size += 8
		for it := v.MapRange(); it.Next() && s.size <= 16*maxValue; {
			s.add(it.Key(), depth+1)
			s.add(it.Value(), depth+1)
		}
	default:
		s.size += 8
	}
}
