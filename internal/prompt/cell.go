package prompt

import (
	"cmp"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"

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
	c.make(wide)
	c.input.Update(nil) // the field may take the text in its own form
	c.filled = c.raw()
	if draft, found := d[f.Question.Name]; found {
		c.text = draft
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

// make makes the field anew, with what it holds, for a window of width columns.
func (c *cell) make(width int) {
	q := c.Question
	if c.input != nil && q.Type == spec.OneOf { // a filter may have moved it
		c.one = cmp.Or(c.raw().(string), c.one)
	}
	prompt, help := diag.Safe(q.Prompt), diag.Safe(strings.Join(strings.Fields(q.Help), " "))
	switch q.Type {
	case spec.Bool:
		c.input = huh.NewConfirm().Title(prompt).Description(help).Value(&c.yes).WithButtonAlignment(lipgloss.Left)
	case spec.OneOf:
		options, rows := c.options(width, len("> "))
		list := huh.NewSelect[string]().Title(prompt).Description(help).Value(&c.one)
		c.input = list.Options(options...).Height(min(rows, long) + rowsAbove(prompt, help, width))
	case spec.SomeOf:
		options, rows := c.options(width, len("> [ ] "))
		list := huh.NewMultiSelect[string]().Title(prompt).Description(help).Value(&c.many).Filterable(c.long())
		c.input = list.Options(options...).Height(min(rows, long) + rowsAbove(prompt, help, width))
	case spec.Text:
		c.input = huh.NewText().Title(prompt).Description(help).Value(&c.text).ExternalEditor(false).Lines(4)
	default:
		c.input = huh.NewInput().Title(prompt).Description(help).Value(&c.text)
	}
}

// options are the choices as a list shows them behind marks, and how many rows
// they take.
func (c *cell) options(width, marks int) (options []huh.Option[string], rows int) {
	for _, choice := range c.Question.Choices {
		label := wrap(diag.Safe(choiceLabel(choice)), width-bar-marks)
		options = append(options, huh.NewOption(label, choice.Value))
		rows += lipgloss.Height(label)
	}
	return options, rows
}

// rowsAbove is how many rows a list's prompt and help take. The library counts
// them as rows of the choices.
func rowsAbove(prompt, help string, width int) int {
	rows := lipgloss.Height(wrap(prompt, width-bar))
	if help != "" {
		rows += lipgloss.Height(wrap(help, width-bar))
	}
	return rows
}

// scroll makes a list show what is chosen: it looks where that is when a key
// comes, and knows its rows once it was drawn.
func (c *cell) scroll() {
	if len(c.Question.Choices) > 0 {
		c.input.View()
		c.input.Update(tea.KeyPressMsg{})
	}
}

// bar is how wide the bar beside a field is.
const bar = 2

// wrap breaks a line as the library does.
func wrap(s string, width int) string { return lipgloss.Wrap(s, max(1, width), ",.-; ") }

// long is how many choices make a list long: it scrolls and can be filtered.
const long = 8

func (c *cell) long() bool { return len(c.Question.Choices) > long }

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
	case text == "" && (c.Value == nil || q.Type == spec.Int):
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
