package prompt

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/spec"
)

// A sheet is one page as it stands on the screen. It moves between its fields
// itself: the library would not go back while a field has an error, and keys
// that are typed fast would reach the wrong field.
type sheet struct {
	title, place  string
	first         bool        // there is no page before
	body          [][2]string // of the review: what each row is about, and what was decided
	top           int         // the first of its lines that is shown
	cells         []*cell
	at            int
	form          *huh.Form
	problem       error // why the field at hand is no answer yet
	look          look
	width, height int
}

func newSheet(p answers.Page, d drafts) *sheet {
	s := &sheet{title: p.Title, first: p.Number <= 1}
	if p.Of > 1 {
		s.place = fmt.Sprintf("%d of %d", p.Number, p.Of)
	}
	for _, f := range p.Fields {
		s.cells = append(s.cells, newCell(f, d))
	}
	return s
}

// newReview is the sheet of the review: its body is what was answered, its
// only field asks whether to go on.
func newReview(sum answers.Summary) *sheet {
	q := &spec.Question{Name: "create", Type: spec.Bool, Prompt: sum.Do + " it?"}
	c := newCell(answers.Field{Question: q, Value: true, Check: func(any) error { return nil }}, nil)
	c.input.(*huh.Confirm).Affirmative(sum.Do).Negative("Back").Inline(true)
	s := &sheet{title: "Review", cells: []*cell{c}}
	s.body = rows(sum)
	return s
}

// build lays the sheet out for a terminal of width columns and height rows.
func (s *sheet) build(width, height int) {
	if width <= 0 {
		return
	}
	s.width, s.height, s.look = width, height, newLook()
	fields := make([]huh.Field, len(s.cells))
	for i, c := range s.cells {
		if s.body == nil { // a field does not grow back
			c.make(width)
		}
		fields[i] = c.input
	}
	group := huh.NewGroup(fields...)
	s.form = huh.NewForm(group).WithTheme(s.look.theme).WithShowHelp(false).WithShowErrors(false).WithAccessible(false)
	s.form.Init()
	s.fit()
	for _, c := range s.cells {
		c.scroll()
	}
	for range s.at {
		s.form.Update(huh.NextField())
	}
	s.cells[s.at].reached = true
}

// fit gives the form the lines that the rest of the sheet leaves.
func (s *sheet) fit() {
	rest := lipgloss.Height(s.head()) + lipgloss.Height(s.foot()) + 1
	if len(s.body) > 0 {
		rest += min(len(s.lines()), s.window()) + 1
	}
	s.form.Update(tea.WindowSizeMsg{Width: s.width, Height: max(2, s.height-rest)})
}

// typed takes a key or a paste. It returns how the sheet is left, nil if it
// stays. What the library would do besides, such as a blinking cursor or a look
// into the clipboard, is left out.
func (s *sheet) typed(m tea.Msg) *outcome {
	c := s.cells[s.at]
	k := key(m)
	if k == "ctrl+j" && c.Question.Type != spec.Text { // enter, typed before the form was there
		k = "enter"
	}
	switch {
	case k == "shift+tab":
		return s.back()
	case k == "enter" && s.filters(c), k == "tab" && s.filters(c):
		if _, list := c.input.(*huh.Select[string]); !list {
			break // the filter is set, the choices stay to be made
		}
		return s.next()
	case k == "enter", k == "tab":
		return s.next()
	case c.Question.Type == spec.Bool && slices.Contains([]string{"y", "Y", "n", "N"}, k):
		c.yes = strings.EqualFold(k, "y")
		return s.next()
	case len(s.body) > 0 && s.scroll(k):
		return nil
	}
	s.form.Update(m)
	s.problem = nil
	if c.changed() {
		_, s.problem = c.value()
	}
	return nil
}

// filters reports whether what is typed narrows a list of choices.
func (s *sheet) filters(c *cell) bool {
	list, ok := c.input.(interface{ GetFiltering() bool })
	return ok && list.GetFiltering()
}

// next goes to the next field if this one has an answer; from the last one,
// all are checked once more, since a rule may look at several.
func (s *sheet) next() *outcome {
	if _, s.problem = s.cells[s.at].value(); s.problem != nil {
		return nil
	}
	if s.at < len(s.cells)-1 {
		s.move(s.at + 1)
		return nil
	}
	values := make([]any, len(s.cells))
	for i, c := range s.cells {
		var err error
		if values[i], err = c.value(); err != nil {
			s.move(i)
			s.problem = err
			return nil
		}
	}
	if s.body != nil && !s.cells[0].yes {
		return &outcome{back: true}
	}
	return &outcome{typed: values}
}

func (s *sheet) back() *outcome {
	switch {
	case s.at > 0:
		s.move(s.at - 1)
		return nil
	case s.first && s.body == nil:
		return nil
	}
	o := &outcome{back: true}
	for _, c := range s.cells {
		o.typed = append(o.typed, c.kept())
	}
	return o
}

// last begins at the last field whose predecessors have answers, for one who
// comes back from the page after.
func (s *sheet) last() {
	for s.at < len(s.cells)-1 {
		if _, err := s.cells[s.at].value(); err != nil {
			return
		}
		s.at++
	}
}

// move goes to field i.
func (s *sheet) move(i int) {
	for ; s.at < i; s.at++ {
		s.form.Update(huh.NextField())
	}
	for ; s.at > i; s.at-- {
		s.form.Update(huh.PrevField())
	}
	s.problem, s.cells[i].reached = nil, true
}

// keep stores in d what was typed and is no answer yet.
func (s *sheet) keep(d drafts) {
	for _, c := range s.cells {
		delete(d, c.Question.Name)
		if c.text != "" && c.changed() && c.kept() == nil {
			d[c.Question.Name] = c.text
		}
	}
}
