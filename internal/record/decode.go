package record

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/gen/internal/answers"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/tree"
	"example.com/gen/internal/yaml"
)

// Decode reads the text of .gen/project.yaml. All mistakes are returned at
// once, each with its place and what to do.
func Decode(data []byte) (Record, error) {
	if at := conflictMarker(string(data)); at > 0 {
		return Record{}, &diag.Error{
			Code: diag.Record, Pos: diag.Pos{File: File, Line: at, Col: 1},
			Msg: "the record holds conflict markers", Line: diag.LineOf(string(data), at),
			Hint: "take all of .gen/ from one side, then run gen update",
		}
	}
	root, list := yaml.Parse(File, data, yaml.Record, diag.Record)
	if err := list.Err(); err != nil {
		return Record{}, err
	}
	d := &decoder{src: string(data)}
	r := d.record(root)
	return r, d.list.Err()
}

// conflictMarker returns the first line of src that git or gen wrote into it
// to mark a conflict, 0 if there is none.
func conflictMarker(src string) int {
	n := 0
	for line := range strings.Lines(src) {
		n++
		if strings.HasPrefix(line, "<<<<<<< ") || strings.HasPrefix(line, ">>>>>>> ") {
			return n
		}
	}
	return 0
}

// A decoder collects the mistakes of one record.
type decoder struct {
	src  string
	list diag.List
}

func (d *decoder) fail(at diag.Pos, hint, format string, args ...any) {
	d.list = append(d.list, &diag.Error{
		Code: diag.Record, Pos: at, Msg: fmt.Sprintf(format, args...), Hint: hint, Line: diag.LineOf(d.src, at.Line),
	})
}

var keys = []string{
	"format", "source", "version", "ref", "commit", "digest", "base", "gen", "created", "answers", "moved", "pending",
}

func (d *decoder) record(root *yaml.Node) Record {
	r := Record{Moved: map[string]tree.Path{}}
	if root.Kind != yaml.Map {
		d.fail(diag.Pos{File: File}, "restore it from git", "the record is empty or not a map")
		return r
	}
	if f := root.Get("format"); f == nil || f.Text != strconv.Itoa(format) {
		d.fail(at(root, f), "install a newer gen", "the record's format is not known to this version of gen")
		return r
	}
	for _, p := range root.Pairs {
		d.pair(&r, p)
	}
	for _, key := range []string{"source", "version", "created"} {
		if root.Get(key) == nil {
			d.fail(root.Pos, "restore it from git", "%s is missing from the record", key)
		}
	}
	return r
}

func (d *decoder) pair(r *Record, p yaml.Pair) {
	texts := map[string]*string{
		"source": &r.Source, "version": &r.Version, "ref": &r.Ref, "commit": &r.Commit,
		"digest": &r.Digest, "base": &r.Base, "gen": &r.Gen, "created": &r.Created,
	}
	switch {
	case p.Key == "format":
	case texts[p.Key] != nil:
		*texts[p.Key] = d.text(p.Key, p.Value)
	case p.Key == "answers":
		r.Answers = d.answers(p.Value)
	case p.Key == "moved":
		for _, m := range p.Value.Pairs {
			r.Moved[m.Key] = d.path(m.Value)
		}
	case p.Key == "pending":
		for _, n := range p.Value.Items {
			r.Pending = append(r.Pending, d.pending(n))
		}
	default:
		hint := "remove it"
		if s := diag.Suggest(p.Key, keys); s != "" {
			hint = "write " + s
		}
		d.fail(p.At, hint, "unknown key %q", p.Key)
	}
}

func (d *decoder) text(key string, n *yaml.Node) string {
	if n.Kind == yaml.Map || n.Kind == yaml.List || n.Kind == yaml.Null {
		d.fail(n.Pos, "", "%s must be a text", key)
	}
	return n.Text
}

func (d *decoder) answers(n *yaml.Node) []answers.Item {
	if n.Kind != yaml.Map && n.Kind != yaml.Null {
		d.fail(n.Pos, "", "answers must be a map of names to values")
	}
	items := make([]answers.Item, 0, len(n.Pairs))
	for _, p := range n.Pairs {
		v, err := answers.Decode(p.Value)
		if err != nil {
			d.fail(p.Value.Pos, "", "%s: %v", p.Key, err)
		}
		items = append(items, answers.Item{Name: p.Key, Value: v, Pos: p.Value.Pos})
	}
	return items
}

func (d *decoder) path(n *yaml.Node) tree.Path {
	p, err := tree.ParsePath(n.Text)
	if err != nil {
		d.fail(n.Pos, "restore the record from git", "%q is not a path of the project: %v", n.Text, err)
	}
	return p
}

func (d *decoder) pending(n *yaml.Node) Pending {
	var p Pending
	for _, pair := range n.Pairs {
		switch pair.Key {
		case "path":
			p.Path = d.path(pair.Value)
		case "kind":
			if p.Kind = pair.Value.Text; !slices.Contains(merge.Abouts(), p.Kind) {
				d.fail(pair.Value.Pos, "", "unknown kind of conflict %q", p.Kind)
			}
		case "marker":
			p.Marker, _ = strconv.Atoi(pair.Value.Text)
		case "left":
			p.Left = d.path(pair.Value).String()
		default:
			d.fail(pair.At, "remove it", "unknown key %q", pair.Key)
		}
	}
	if p.Path.String() == "" && len(d.list) == 0 {
		d.fail(n.Pos, "", "a pending conflict without a path")
	}
	return p
}

func at(root, n *yaml.Node) diag.Pos {
	if n == nil {
		return root.Pos
	}
	return n.Pos
}
