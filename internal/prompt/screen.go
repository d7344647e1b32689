package prompt

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/diag"
)

// What a screen is told.
type (
	showPage   struct{ page answers.Page }
	showReview struct{ summary answers.Summary }
	busy       string
	leave      struct{}
	inputEnded struct{}
)

// A screen is the program's model: the sheet that is shown, and what is typed
// while none is.
type screen struct {
	left          chan outcome
	interrupt     func()
	width, height int
	sheet         *sheet
	drafts        drafts
	early         []tea.Msg // keys and pastes for the sheet to come
	doing         string
	drawn         string
	over          bool // the input has ended
	cameBack      bool // the last page was left backwards
	panicked      any
}

// maxEarly is how much is kept of what is typed while no page is shown.
const maxEarly = 10_000

// Init does nothing: a screen waits to be told.
func (s *screen) Init() tea.Cmd { return nil }

// Update takes one message. A panic ends the program, which gives the terminal
// back first; [Form.Close] then goes on panicking.
func (s *screen) Update(m tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer func() {
		if v := recover(); v != nil {
			s.panicked, s.sheet, s.drawn = v, nil, ""
			model, cmd = s, tea.Quit
		}
	}()
	cmd = s.update(m)
	s.drawn = s.draw()
	return s, cmd
}

func (s *screen) update(m tea.Msg) tea.Cmd {
	switch m := m.(type) {
	case tea.WindowSizeMsg:
		s.width, s.height = m.Width, m.Height
		if s.sheet != nil {
			s.sheet.build(s.width, s.height)
			s.flush()
		}
	case showPage:
		s.open(newSheet(m.page, s.drafts))
	case showReview:
		s.open(newReview(m.summary))
	case busy:
		s.doing = string(m)
	case leave:
		s.sheet, s.doing = nil, ""
		return tea.Quit
	case inputEnded:
		s.over = true
		s.end()
	case tea.KeyPressMsg, tea.PasteMsg:
		return s.typed(m)
	}
	return nil
}

// open shows a sheet, which gets what was typed before it came.
func (s *screen) open(sh *sheet) {
	s.sheet, s.doing = sh, ""
	if s.cameBack {
		sh.last()
	}
	sh.build(s.width, s.height)
	s.flush()
	s.end()
}

// ready reports whether there is a sheet that takes keys.
func (s *screen) ready() bool { return s.sheet != nil && s.width > 0 }

// flush types what came too early.
func (s *screen) flush() {
	for s.ready() && len(s.early) > 0 {
		m := s.early[0]
		s.early = s.early[1:]
		s.typed(m)
	}
}

// end leaves the sheet once the input is over.
func (s *screen) end() {
	if s.over && s.sheet != nil {
		s.leave(outcome{err: errEnded(inputOver)})
	}
}

// typed gives a key or a paste to the sheet, or keeps it for the next one.
func (s *screen) typed(m tea.Msg) tea.Cmd {
	switch key(m) {
	case "ctrl+c":
		if s.sheet == nil {
			s.interrupt()
		} else {
			s.leave(outcome{err: diag.Stopped()})
		}
		return nil
	case "ctrl+z":
		return tea.Suspend
	}
	if !s.ready() {
		if len(s.early) < maxEarly {
			s.early = append(s.early, m)
		}
		return nil
	}
	if key(m) == "ctrl+d" { // what ends the input of the line prompter
		s.leave(outcome{err: errEnded(inputOver)})
		return nil
	}
	if done := s.sheet.typed(m); done != nil {
		s.leave(*done)
	}
	return nil
}

// leave answers the one who asked for the sheet.
func (s *screen) leave(o outcome) {
	s.sheet.keep(s.drafts)
	s.sheet, s.cameBack = nil, o.back
	s.left <- o
}

// key is the name of the key that m presses, or empty.
func key(m tea.Msg) string {
	if k, ok := m.(tea.KeyPressMsg); ok {
		return k.String()
	}
	return ""
}

// draw is what the sheet looks like now.
func (s *screen) draw() string {
	if s.ready() {
		return strings.TrimRight(s.sheet.view(), "\n")
	}
	return diag.Safe(s.doing)
}

// View returns what was drawn when the last message came.
func (s *screen) View() tea.View { return tea.NewView(s.drawn) }
