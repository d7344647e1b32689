package prompt

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
)

// A look is how a sheet is drawn. What is to be read has the terminal's own
// colour, bold or faint, and marks have one of its sixteen: so it reads on every
// background, and without colours.
type look struct {
	theme               huh.Theme
	title, faint, alarm lipgloss.Style
}

func newLook() look {
	accent := lipgloss.Color("6")
	l := look{
		title: lipgloss.NewStyle().Bold(true),
		faint: lipgloss.NewStyle().Faint(true),
		alarm: lipgloss.NewStyle().Foreground(lipgloss.Color("1")),
	}
	t := huh.ThemeBase(true)
	for _, f := range []*huh.FieldStyles{&t.Focused, &t.Blurred} {
		f.Description = l.faint
		f.FocusedButton = lipgloss.NewStyle().Bold(true).SetString(">").PaddingLeft(2)
		f.BlurredButton = lipgloss.NewStyle().SetString(" ").PaddingLeft(2)
	}
	t.Focused.Base = t.Focused.Base.BorderForeground(accent)
	t.Focused.Title = l.title
	for _, s := range []*lipgloss.Style{
		&t.Focused.SelectSelector, &t.Focused.MultiSelectSelector, &t.Focused.SelectedPrefix, &t.Focused.TextInput.Prompt,
	} {
		*s = s.Foreground(accent)
	}
	l.theme = huh.ThemeFunc(func(bool) *huh.Styles { return t })
	return l
}

// own takes out the white and the black in which the library writes some
// answers: one or the other cannot be read on any background.
var own = strings.NewReplacer("\x1b[37m", "", "\x1b[30m", "")

// view draws the sheet.
func (s *sheet) view() string {
	parts := []string{s.head()}
	if lines := s.lines(); len(lines) > 0 {
		n := s.window()
		s.top = max(0, min(s.top, len(lines)-n))
		parts = append(parts, strings.Join(lines[s.top:min(s.top+n, len(lines))], "\n"), "")
	}
	return strings.Join(append(parts, own.Replace(s.form.View()), s.foot()), "\n")
}

// head is the page's title and its place among the pages.
func (s *sheet) head() string {
	title := s.look.title.Render(diag.Safe(s.title))
	if s.place == "" {
		return lipgloss.Wrap(title, s.width, "") + "\n"
	}
	gap := max(2, min(s.width, wide)-lipgloss.Width(title)-len(s.place))
	return lipgloss.Wrap(title+strings.Repeat(" ", gap)+s.look.faint.Render(s.place), s.width, "") + "\n"
}

// wide is the column at which the place among the pages ends.
const wide = 60

// lines are the body's, as wide as the window.
func (s *sheet) lines() []string {
	if len(s.body) == 0 {
		return nil
	}
	column := 12
	for _, row := range s.body {
		column = max(column, min(lipgloss.Width(row[0]), s.width/3))
	}
	var lines []string
	for _, row := range s.body {
		head := fmt.Sprintf("  %-*s ", column, diag.Safe(row[0]))
		if lipgloss.Width(head) > column+3 { // a long name has a line of its own
			lines, head = append(lines, head), strings.Repeat(" ", column+3)
		}
		value := lipgloss.Wrap(diag.Safe(row[1]), max(10, s.width-column-3), "")
		for line := range strings.SplitSeq(value, "\n") {
			lines = append(lines, head+line)
			head = strings.Repeat(" ", column+3)
		}
	}
	return lines
}

// window is how many lines of the body fit: its foot is shorter than two lines
// of 40 columns.
func (s *sheet) window() int { return max(1, s.height-6-60/s.width) }

// scroll moves the body and reports whether k does.
func (s *sheet) scroll(k string) bool {
	step, ok := map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -s.window(), "pgdown": s.window()}[k]
	s.top += step
	return ok
}

// keys are those of each type besides enter, shift+tab and ctrl+c.
var keys = [...]string{
	spec.String: "", spec.Int: "",
	spec.Text:   "ctrl+j new line",
	spec.Bool:   "y/n",
	spec.OneOf:  "up/down choose",
	spec.SomeOf: "up/down, space choose",
}

// foot says what is wrong with the field at hand, or which keys there are.
func (s *sheet) foot() string {
	if s.problem != nil {
		return "\n" + s.look.alarm.Render(lipgloss.Wrap(diag.Safe(s.problem.Error()), s.width, ""))
	}
	c := s.cells[s.at]
	parts := []string{keys[c.Question.Type], "enter next", "shift+tab back", "ctrl+c quit"}
	switch {
	case s.filters(c):
		parts[0] = "type to filter, esc shows all"
	case c.long():
		parts[0] += ", / filter"
	case s.body != nil && len(s.lines()) > s.window():
		parts[0] = "up/down scroll"
	case s.body != nil:
		parts[0] = "left/right choose"
	}
	if s.body != nil {
		parts[1] = "enter confirms"
	}
	if s.first && s.at == 0 {
		parts[2] = ""
	}
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	return "\n" + s.look.faint.Render(lipgloss.Wrap(strings.Join(parts, ", "), s.width, ""))
}
