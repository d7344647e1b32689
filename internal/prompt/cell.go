package prompt

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"charm.land/huh/v2"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
)

// A cell is one question of a sheet. What the field holds is in one of text,
// yes, one and many, by the question's type.
type cell struct {
	answers.Field
	input   huh.Field
	text    string
	yes     bool
	one     string
	many    []string
	filled  any  // what it held when it was first shown
	reached bool // the person was here
}

// drafts are texts that are no answers yet, by question: they wait for the
// person to come back.
type drafts map[string]string

func newCell(f answers.Field, d drafts) *cell {
	c := &cell{Field: f}
	switch v := f.Value.(type) {
	case string:
		c.text, c.one = shownText(f.Question.Type, v), v
	case int:
		c.text = strconv.Itoa(v)
	case bool:
		c.yes = v
	case []string:
		c.many = slices.Clone(v)
	}
	c.make()
	c.input.Update(nil) // the field may take the text in its own form
	c.filled = c.raw()
	if draft, found := d[f.Question.Name]; found {
		c.text = draft
		c.make()
	}
	return c
}

// shownText is an answer as a field may show it: a record can hold anything.
func shownText(t spec.Type, s string) string {
	if t == spec.Text {
		return diag.SafeLines(s)
	}
	return diag.Safe(s)
}

// raw is what the field holds.
func (c *cell) raw() any {
	switch c.Question.Type {
	case spec.Bool:
		return c.yes
	case spec.OneOf:
		if v, any := c.input.(*huh.Select[string]).Hovered(); any {
			return v
		}
		return ""
	case spec.SomeOf:
		return slices.Clone(c.many)
	default:
		return c.text
	}
}

func (c *cell) changed() bool { return !reflect.DeepEqual(c.raw(), c.filled) }

// long is how many choices make a list long: it scrolls and can be filtered.
const long = 8

// make makes the field anew, with what it holds.
func (c *cell) make() {
	q := c.Question
	prompt, help := diag.Safe(q.Prompt), diag.Safe(strings.Join(strings.Fields(q.Help), " "))
	options := make([]huh.Option[string], len(q.Choices))
	for i, choice := range q.Choices {
		options[i] = huh.NewOption(diag.Safe(choiceLabel(choice)), choice.Value)
	}
	switch q.Type {
	case spec.Bool:
		c.input = huh.NewConfirm().Title(prompt).Description(help).Value(&c.yes)
	case spec.OneOf:
		list := huh.NewSelect[string]().Title(prompt).Description(help).Options(options...).Value(&c.one)
		if len(options) > long {
			list.Height(long)
		}
		c.input = list
	case spec.SomeOf:
		list := huh.NewMultiSelect[string]().Title(prompt).Description(help).Options(options...).Value(&c.many)
		list.Filterable(len(options) > long)
		if len(options) > long {
			list.Height(long)
		}
		c.input = list
	case spec.Text:
		c.input = huh.NewText().Title(prompt).Description(help).Value(&c.text).ExternalEditor(false).Lines(4)
	default:
		c.input = huh.NewInput().Title(prompt).Description(help).Value(&c.text)
	}
}

var errNeeded = errors.New("an answer is needed")

// value is the answer, or why it is none.
func (c *cell) value() (any, error) {
	if !c.changed() && c.Value != nil {
		return c.Value, c.Check(c.Value)
	}
	v, err := c.parse()
	if err == nil {
		err = c.Check(v)
	}
	return v, err
}

// parse turns what the field holds into an answer. As for the line prompter, a
// pair of quotes is the empty text.
func (c *cell) parse() (any, error) {
	q := c.Question
	switch q.Type {
	case spec.Bool, spec.OneOf, spec.SomeOf:
		if c.raw() == "" {
			return nil, errNeeded // the filter leaves no choice
		}
		return q.Accept(c.raw())
	}
	text := c.text
	if q.Type != spec.Text {
		text = strings.TrimSpace(text)
	}
	switch {
	case text == "" && c.Value == nil:
		return nil, errNeeded
	case text == `""` && q.Type != spec.Int:
		text = ""
	}
	return q.Parse(text)
}

// kept is the answer for a page that is left backwards: nil where nothing was
// typed, and what was typed may break a rule.
func (c *cell) kept() any {
	if !c.reached && c.Value == nil {
		return nil
	}
	if !c.changed() {
		return c.Value
	}
	v, err := c.parse()
	if err != nil {
		return nil
	}
	return v
}
