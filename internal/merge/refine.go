package merge

import (
	"maps"
	"slices"
	"strings"

	"example.com/gen/internal/outline"
)

// refine settles the conflicts of the file at path of which it is certain, and
// takes what both sides share out of the others. What it settles is taken line
// by line from the sides; a comma of JSON is all that is ever changed.
func refine(path string, chunks []Chunk) []Chunk {
	if !slices.ContainsFunc(chunks, func(c Chunk) bool { return c.From == Disputed }) {
		return chunks
	}
	r := refiner{set: setOf(path), format: outline.Of(path), work: maxReading}
	done := make([]Chunk, 0, len(chunks)+2) // a conflict may be cut in three
	for i, c := range chunks {
		if c.From == Disputed {
			lines, ok := r.union(c)
			if !ok {
				lines, ok = r.keys(c, chunks[i+1:])
			}
			if ok {
				c.From, c.Lines = Settled, lines
			}
		}
		if r.format != outline.None {
			r.before = append(r.before, c.side(Ours)...)
		}
		if c.From == Disputed {
			done = append(done, c.trim()...)
		} else {
			done = append(done, c)
		}
	}
	return done
}

// maxReading is how much is read to settle the conflicts of one file, and as much
// again to keep it whole: as [outline.Format.Cost] counts.
const maxReading = 4 << 20

// A refiner goes through the conflicts of one file. The text around a conflict
// is the merged one, with ours where there are other conflicts.
type refiner struct {
	set    set
	format outline.Format
	before []string
	work   int // of what may be read, what is left
}

func (r *refiner) read(lines, after []string) (outline.Doc, bool) {
	text := strings.Join(slices.Concat(r.before, lines, after), "\n")
	if r.work -= r.format.Cost(len(text)); r.work < 0 {
		return outline.Doc{}, false
	}
	return outline.Read(r.format, text+"\n")
}

// keys merges c by keys, if neither side removed one and no key was changed in
// two ways. The order of the lines is a guess; what it says is then read again,
// and must be what the three sides say.
func (r *refiner) keys(c Chunk, rest []Chunk) ([]string, bool) {
	if r.format == outline.None || r.work < 0 {
		return nil, false
	}
	var after []string
	for _, next := range rest {
		after = append(after, next.side(Ours)...)
	}
	var docs [3]outline.Doc
	var pieces [3][]piece
	for i, lines := range [][]string{c.Base, c.Ours, c.Theirs} {
		var ok bool
		if docs[i], ok = r.read(lines, after); !ok {
			return nil, false
		}
		pieces[i] = r.pieces(docs[i], lines)
	}
	want, ok := mergeValues(docs[0].Values, docs[1].Values, docs[2].Values)
	if !ok {
		return nil, false
	}
	for _, first := range []Side{Ours, Theirs} {
		w := weaver{json: r.format == outline.JSON, first: first}
		lines, ok := w.weave(pieces[0], pieces[1], pieces[2], after)
		if !ok {
			return nil, false
		}
		if got, ok := r.read(lines, after); ok && maps.Equal(got.Values, want) {
			return lines, true
		}
	}
	return nil, false
}

// mergeValues merges by path. It is false if a path changed in two ways.
func mergeValues(base, ours, theirs map[string]string) (map[string]string, bool) {
	merged := map[string]string{}
	for _, side := range []map[string]string{ours, theirs} {
		for path := range side {
			b, inB := base[path]
			o, inO := ours[path]
			t, inT := theirs[path]
			switch {
			case inO == inT && o == t, inB == inT && b == t:
			case inB == inO && b == o:
				o, inO = t, inT
			default:
				return nil, false
			}
			if inO {
				merged[path] = o
			}
		}
	}
	return merged, true
}

// A piece is the lines of one key, with the comments and empty lines above it.
type piece struct {
	path  string
	lines []string
}

// pieces cuts the lines that stand at the conflict: before every line at which
// a key begins.
func (r *refiner) pieces(d outline.Doc, lines []string) []piece {
	var all []piece
	from, path := 0, "" // of the piece that is open
	for _, k := range d.Keys {
		at := k.Line - len(r.before)
		if at < from || at >= len(lines) || at == from && path != "" {
			continue
		}
		for at > from && r.comments(lines[at-1]) {
			at--
		}
		if at > from {
			all = append(all, piece{path, lines[from:at]})
		}
		from, path = at, k.Path
	}
	if from < len(lines) {
		all = append(all, piece{path, lines[from:]})
	}
	return all
}

// comments reports whether a line holds no more than a comment.
func (r *refiner) comments(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#' && r.format != outline.JSON
}
