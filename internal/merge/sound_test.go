package merge

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"example.com/gen/internal/outline"
	"github.com/goccy/go-yaml"
	"github.com/pelletier/go-toml/v2"
)

// A node is a map, or what is written of a value; of a list, its elements.
type node struct {
	value string
	list  []string
	pairs []pair
}

type pair struct {
	key  string
	node node
}

func randomNode(r *rand.Rand, depth int) node {
	switch kind := r.IntN(6); {
	case kind < 2 && depth < 3:
		var n node
		for _, k := range r.Perm(8)[:1+r.IntN(4)] {
			n.pairs = append(n.pairs, pair{string(rune('a' + k)), randomNode(r, depth+1)})
		}
		return n
	case kind == 2:
		n := node{list: []string{"1"}}
		for range r.IntN(4) {
			n.list = append(n.list, fmt.Sprint(r.IntN(9)))
		}
		return n
	}
	return node{value: fmt.Sprint(r.IntN(9))}
}

// edit returns a changed copy of n.
func (n node) edit(r *rand.Rand) node {
	n.pairs, n.list = slices.Clone(n.pairs), slices.Clone(n.list)
	if len(n.list) > 0 {
		n.list = slices.Insert(n.list, r.IntN(len(n.list)+1), fmt.Sprint(r.IntN(9)))
		return n
	}
	if len(n.pairs) == 0 {
		return randomNode(r, 2)
	}
	at := r.IntN(len(n.pairs))
	switch key := string(rune('a' + r.IntN(12))); r.IntN(8) {
	case 0, 1, 2:
		if !slices.ContainsFunc(n.pairs, func(p pair) bool { return p.key == key }) {
			n.pairs = slices.Insert(n.pairs, at+r.IntN(2), pair{key, randomNode(r, 2)})
		}
	case 3:
		if len(n.pairs) > 1 {
			n.pairs = slices.Delete(n.pairs, at, at+1)
		}
	case 4:
		to := r.IntN(len(n.pairs))
		n.pairs[at], n.pairs[to] = n.pairs[to], n.pairs[at]
	default:
		n.pairs[at].node = n.pairs[at].node.edit(r)
	}
	return n
}

func (n node) yaml(indent string) string {
	if n.pairs == nil && n.list == nil {
		return " " + n.value + "\n"
	}
	s := "\n"
	if indent == "" {
		s = ""
	}
	for _, v := range n.list {
		s += indent + "- " + v + "\n"
	}
	for _, p := range n.pairs {
		s += indent + p.key + ":" + p.node.yaml(indent+"  ")
	}
	return s
}

func (n node) json(indent string) string {
	deeper := indent + "  "
	switch {
	case n.list != nil:
		return "[\n" + deeper + strings.Join(n.list, ",\n"+deeper) + "\n" + indent + "]"
	case n.pairs == nil:
		return n.value
	}
	parts := make([]string, len(n.pairs))
	for i, p := range n.pairs {
		parts[i] = deeper + `"` + p.key + `": ` + p.node.json(deeper)
	}
	return "{\n" + strings.Join(parts, ",\n") + "\n" + indent + "}"
}

func (n node) toml(path string) string {
	values, tables := "", ""
	for _, p := range n.pairs {
		switch {
		case p.node.pairs != nil:
			tables += "\n[" + path + p.key + "]\n" + p.node.toml(path+p.key+".")
		case p.node.list != nil:
			values += p.key + " = [\n  " + strings.Join(p.node.list, ",\n  ") + ",\n]\n"
		default:
			values += p.key + " = " + p.node.value + "\n"
		}
	}
	return values + tables
}

// write writes n in the format of a file called name.
func (n node) write(name string) string {
	switch outline.Of(name) {
	case outline.YAML:
		return n.yaml("")
	case outline.JSON:
		return n.json("") + "\n"
	}
	return n.toml("")
}

// decodes asks a decoder, which is not what the merge asks.
func decodes(name string, data []byte) error {
	var v any
	switch outline.Of(name) {
	case outline.YAML:
		return yaml.Unmarshal(data, &v)
	case outline.JSON:
		if err := json.Unmarshal(data, &v); err != nil {
			return err
		}
		if _, ok := outline.Read(outline.JSON, string(data)); !ok {
			return fmt.Errorf("a key is there twice")
		}
		return nil
	}
	return toml.Unmarshal(data, &v)
}

// TestSoundLaws merges random edits of random files: what is clean can be read,
// and so can what is left when one side is taken in all conflicts.
func TestSoundLaws(t *testing.T) {
	for _, name := range []string{"x.toml", "x.yaml", "x.json"} {
		r := rand.New(rand.NewPCG(15, 16))
		n, clean, settled, caught, broken := often(20_000, 500), 0, 0, 0, 0
		for range n {
			var base node
			for len(base.pairs) < 3 {
				base = randomNode(r, 0)
			}
			edit := func() []byte {
				n := base
				for range 1 + r.IntN(4) {
					n = n.edit(r)
				}
				return []byte(n.write(name))
			}
			s := Sides{Path: name, Base: []byte(base.write(name)), Ours: edit(), Theirs: edit()}
			m := Text(s)
			if len(m.Regions) == 0 {
				clean++
			}
			if m.Unsound != "" {
				caught++
			}
			if slices.ContainsFunc(m.Chunks, func(c Chunk) bool { return c.From == Settled }) {
				settled++
			}
			for _, s.Take = range []Take{TakeOurs, TakeTheirs} {
				m := Text(s)
				if err := decodes(name, m.Data); err != nil {
					broken++
					t.Errorf("%v\nbase\n%sours\n%stheirs\n%smerged\n%s", err, s.Base, s.Ours, s.Theirs, m.Data)
				}
				if broken > 3 {
					t.FailNow()
				}
			}
		}
		row(t, fmt.Sprintf("%d random edits of %s: broken", n, outline.Of(name)), broken, 0, broken == 0)
		t.Logf("  %d clean, with keys settled in %d; %d conflicts that keep a file whole", clean, settled, caught)
	}
}

// FuzzSound: if all sides can be read, so can the result, whichever side is taken
// in conflicts.
func FuzzSound(f *testing.F) {
	f.Add("a = 1\nb = 1\n", "a = 1\nc = 1\nb = 1\n", "a = 1\nb = 2\n")
	f.Add("a: 1\nb:\n  c: 1\n", "a: 2\nb:\n  c: 1\n  d: 1\n", "a: 1\nb:\n  c: 2\ne: 1\n")
	f.Add("{\n\"a\": 1\n}\n", "{\n\"a\": 1,\n\"b\": 1\n}\n", "{\n\"a\": 1,\n\"c\": 1\n}\n")
	f.Fuzz(func(t *testing.T, base, ours, theirs string) {
		for _, name := range []string{"x.toml", "x.yaml", "x.json"} {
			reads := func(text string) bool {
				lines, _ := split(text)
				_, ok := outline.Read(outline.Of(name), strings.Join(lines, "\n")+"\n")
				return ok
			}
			if !reads(base) || !reads(ours) || !reads(theirs) {
				continue
			}
			for _, take := range []Take{TakeOurs, TakeTheirs} {
				m := Text(Sides{Path: name, Base: []byte(base), Ours: []byte(ours), Theirs: []byte(theirs), Take: take})
				if !reads(string(m.Data)) {
					t.Errorf("%s: %q", name, m.Data)
				}
			}
		}
	})
}
