//go:build unix

package prompt

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// colours are those that a run of bytes sets on a terminal.
func colours(raw string) []string {
	var found []string
	for _, m := range regexp.MustCompile(`\x1b\[([0-9;:]*)m`).FindAllStringSubmatch(raw, -1) {
		for code := range strings.SplitSeq(m[1], ";") {
			if len(code) > 1 && !slices.Contains(found, code) && !slices.Contains([]string{"22", "27", "39", "49"}, code) {
				found = append(found, code)
			}
		}
	}
	slices.Sort(found)
	return found
}

// everywhere goes through every type of question, a mistake and the review.
func everywhere(s *stage) {
	s.see("ctrl+c quit")
	s.type_("\x15", "bad")
	s.see("anything else")
	s.type_("\x15\r", "notes\r", "\r", "y", "\x15\r")
	s.see("an answer is needed")
	s.type_("h\r", down, "\r", " \r")
	s.see("> Create")
	s.type_(left)
	s.see("> Back")
	s.type_("\x03")
}

// A form is drawn in the terminal's own colour; its marks are cyan, a mistake is
// red. Both read on black and on white, and nothing needs them.
func TestFormColours(t *testing.T) {
	t.Parallel()
	for env, want := range map[string]string{
		"TERM=xterm-256color": "31 36", "COLORTERM=truecolor": "31 36", "TERM=xterm-kitty": "31 36", "TMUX=/nowhere,1,0": "31 36",
		"NO_COLOR=1": "", "NO_COLOR=yes": "",
	} {
		got := onForm(t, "form", 80, 24, everywhere, env)
		if found := strings.Join(colours(got.raw), " "); found != want || got.code != 130 || got.replies != "" {
			t.Errorf("%s: exit %d, colours %s, the terminal answered %q", env, got.code, found, got.replies)
		}
	}
}

const lists = `format: 1
name: t
version: 1.0.0
questions:
  - name: city
    type: choice
    prompt: Where does it run?
    help: The place where most of the people are who use it, or the one that is nearest to them.
    choices: [{value: amsterdam}, {value: berlin}, {value: chicago}, {value: dublin}, {value: istanbul}, {value: london},
      {value: madrid}, {value: nairobi}, {value: oslo}, {value: paris}, {value: quito}, {value: rome}]
    default: paris
  - name: extras
    type: choices
    help: What else is there.
    choices: [{value: docs, label: A place for pages that say in many words how it is used}, {value: docker}, {value: ci}]
    default: [ci]
  - name: tags
    type: choices
    choices: [{value: a1}, {value: a2}, {value: a3}, {value: b1}, {value: b2}, {value: b3}, {value: c1}, {value: c2}, {value: c3}]
    default: [c3]
`

// What is chosen is seen, in a long list too and in a small window; a long list
// is narrowed by typing.
func TestFormLists(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {40, 12}} {
		got := onForm(t, "lists", size[0], size[1], func(s *stage) {
			s.see("> paris")
			s.type_("/")
			s.see("type to filter")
			s.type_("ber")
			s.see("> berlin")
			s.resize(size[0]-2, size[1])
			s.see("> berlin")
			s.type_("\r")
			s.see("[•] ci")
			s.see("┃   [ ] docker")
			s.see("how it is") // labels wrap
			s.type_("\x1b[A ") // the one before
			s.see("> [•] docker")
			s.type_("\r")
			s.see("> [•] c3")
			s.type_(" ", "/", "b2\r")
			s.see("> [ ] b2")
			s.type_(" ", "\r")
			s.see("Review")
			s.type_(left, "\r") // Back, to the last question
			s.see("[•] b2")
			s.type_("\r", "\r")
		})
		if want := "--set city=berlin --set extras=docker,ci --set tags=b2"; got.stdout != want || got.code != 0 || got.screen != "" {
			t.Errorf("%v: exit %d, got %s\n%s", size, got.code, got.stdout, got.screen)
		}
	}
}
