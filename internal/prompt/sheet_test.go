package prompt

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"example.com/gen/internal/answers"
)

// A page and the review fit every window from 40 columns and 12 rows on, at
// every field and with what is wrong with it; in a smaller one nothing breaks.
func TestSheetFits(t *testing.T) {
	p := page(2)
	for i := range p.Fields {
		p.Fields[i].Question.Help = strings.Repeat("It helps to know 日本語. ", 3)
	}
	long := answers.Item{Name: "a_long_name_of_an_answer", Value: strings.Repeat("word ", 30)}
	review := answers.Summary{Path: strings.Repeat("/path", 20), Note: "new, 3 files", Template: "t 1.0.0", Asked: []answers.Item{long, long, long}}
	for _, size := range [][2]int{{1, 1}, {2, 30}, {9, 3}, {30, 8}, {40, 12}, {41, 12}, {59, 13}, {80, 24}, {200, 60}} {
		w, h := size[0], size[1]
		for _, s := range []*sheet{newSheet(p, drafts{}), newReview(review)} {
			s.build(w, h)
			for at := range s.cells {
				s.move(at)
				for _, k := range []string{"", "\x15", "x"} {
					if k != "" {
						s.typed(tea.KeyPressMsg{Code: rune(k[0]), Text: k})
						s.next()
					}
					view := s.view()
					if w >= 40 && h >= 12 && (lipgloss.Width(view) > w || lipgloss.Height(strings.TrimRight(view, "\n")) > h) {
						t.Errorf("%dx%d at field %d: %dx%d\n%s", w, h, at, lipgloss.Width(view), lipgloss.Height(view), view)
					}
				}
			}
		}
	}
}
