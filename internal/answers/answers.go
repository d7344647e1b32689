// Package answers turns flags, files, records, defaults and a person's typing
// into checked [Answers].
//
// Of several answers to one question the first of these wins: --set, the
// answers file, what the person types, the record, the default.
package answers

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/spec"
	"example.com/gen/internal/yaml"
)

// An Item is one answer with its name. Of items from a file, Pos and Line are
// the place and the text there.
type Item struct {
	Name  string
	Value any
	Pos   diag.Pos
	Line  string
}

// String shows an answer as --set takes it.
func (i Item) String() string {
	if list, ok := i.Value.([]string); ok {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(i.Value)
}

// Answers are the checked answers to a template's questions.
type Answers struct {
	decided []decision
	vars    map[string]any
	typed   map[string]any
	dropped []string
}

// A decision is how one question came to its answer.
type decision struct {
	question *spec.Question
	value    any
	off      bool // switched off by the other answers
	asked    bool
	given    bool // by a flag, a file or PATH
	plain    bool // what comes out without a flag
}

// Items returns the answers of the questions that are switched on, in the
// template's order: what the record keeps.
func (a Answers) Items() []Item {
	return a.pick(func(d decision) bool { return true })
}

// Split returns the answers that were asked or given, and the defaults.
func (a Answers) Split() (given, defaults []Item) {
	return a.pick(func(d decision) bool { return d.asked || d.given }),
		a.pick(func(d decision) bool { return !d.asked && !d.given })
}

// Chosen returns the answers that differ from what would come out without
// them: what the equivalent command must --set.
func (a Answers) Chosen() []Item {
	return a.pick(func(d decision) bool { return !d.plain })
}

func (a Answers) pick(which func(decision) bool) []Item {
	var items []Item
	for _, d := range a.decided {
		if !d.off && which(d) {
			items = append(items, Item{Name: d.question.Name, Value: d.value})
		}
	}
	return items
}

// Typed returns what was asked, for [Given.Typed] of the next round. What was
// typed before the question was switched off is there too.
func (a Answers) Typed() map[string]any {
	typed := maps.Clone(a.typed)
	for _, d := range a.decided {
		if d.asked {
			typed[d.question.Name] = d.value
		}
	}
	return typed
}

// Dropped returns, sorted, the recorded answers that the template has no
// question for any more.
func (a Answers) Dropped() []string { return a.dropped }

// Vars returns what a template sees: every answer, zero values of questions
// that are switched off, and computed values.
func (a Answers) Vars() map[string]any { return maps.Clone(a.vars) }

// Given is everything that answers may come from, in falling precedence.
type Given struct {
	Set      []Item            // --set: Value is the string as typed
	File     []Item            // --answers, see ParseFile
	Typed    map[string]any    // what the person typed in an earlier round (back from the review)
	Anew     bool              // begin at the first page, whatever was typed
	Recorded map[string]any    // the project's record
	Made     map[string]any    // the answers that the project was last made from, before somebody edited the record
	AskAll   bool              // ask what is recorded too, not only what is new
	Name     string            // the answer `name` that PATH suggests; below Set and File
	Suggest  map[string]string // by kind, such as git-user-name: fills a prompt in advance
	Created  string            // the UTC day on which the project was created
}

// ParseFile reads an answers file, YAML or JSON (a map of names to values).
func ParseFile(name string, data []byte) ([]Item, error) {
	root, list := yaml.Parse(name, data, yaml.Answers, diag.Answer)
	if err := list.Err(); err != nil {
		return nil, err
	}
	if root.Kind != yaml.Map && root.Kind != yaml.Null {
		return nil, &diag.Error{
			Code: diag.Answer, Pos: root.Pos, Line: diag.LineOf(string(data), root.Pos.Line),
			Msg: "an answers file maps questions to answers", Hint: "write it as name: value, one a line",
		}
	}
	var items []Item
	for _, p := range root.Pairs {
		item := Item{Name: p.Key, Pos: p.Value.Pos, Line: diag.LineOf(string(data), p.Value.Pos.Line)}
		var err error
		if item.Value, err = Decode(p.Value); err != nil {
			list = append(list, &diag.Error{
				Code: diag.Answer, Pos: item.Pos, Line: item.Line, Msg: p.Key + ": " + err.Error(),
			})
		}
		items = append(items, item)
	}
	return items, list.Err()
}

// Decode turns a YAML value into an answer: a string, int, bool or []string.
func Decode(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.String:
		return n.Text, nil
	case yaml.Bool:
		return n.Text == "true", nil
	case yaml.Int:
		i, err := strconv.Atoi(n.Text)
		if err != nil {
			return nil, fmt.Errorf("%s is not a decimal integer: quote it if it is a text", n.Text)
		}
		return i, nil
	case yaml.List:
		list := make([]string, len(n.Items))
		for i, item := range n.Items {
			if item.Kind != yaml.String {
				return nil, fmt.Errorf("item %d of the list is not a string: quote it", i+1)
			}
			list[i] = item.Text
		}
		return list, nil
	case yaml.Float:
		return nil, fmt.Errorf("%s is not an integer: quote it if it is a text", n.Text)
	case yaml.Null:
		return nil, fmt.Errorf("it has no value: leave the line out, or write \"\"")
	default:
		return nil, fmt.Errorf("a map is no answer")
	}
}
