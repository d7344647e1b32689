// Package outline finds out where the keys of a TOML, YAML or JSON text stand,
// and what they hold. It reads; nothing here writes such a text.
//
// Lists are values as a whole: which element of one list is which of another is
// a guess. The work is bounded: what is too large or nested too deeply is
// refused, like what is wrong.
package outline

import (
	"path"
	"strings"
)

// A Format is a way to write keys and values.
type Format uint8

// The formats.
const (
	None Format = iota
	TOML
	YAML
	JSON
)

// String returns the name of the format.
func (f Format) String() string { return [...]string{"text", "TOML", "YAML", "JSON"}[f] }

// Of returns the format of the file called name.
func Of(name string) Format {
	switch strings.ToLower(path.Ext(name)) {
	case ".toml":
		return TOML
	case ".yaml", ".yml":
		return YAML
	case ".json":
		return JSON
	}
	return None
}

// A Key is a key, a header of a table or a closing brace.
type Key struct {
	Line int // from 0
	Path string
}

// A Doc is what a text holds. In paths, every part begins with a NUL: what is
// below a path begins with it.
type Doc struct {
	Keys   []Key             // in the order of the text
	Values map[string]string // by path; equal texts are equal values
}

// maxDepth is how deeply values may be nested.
const maxDepth = 64

// Read reads a text whose lines end in LF. It is false if the text is not of
// format f, holds a key twice, or is beyond the limits.
func Read(f Format, text string) (Doc, bool) {
	d := &doc{Doc: Doc{Values: map[string]string{}}}
	read := map[Format]func(*doc, string) bool{TOML: (*doc).toml, YAML: (*doc).yaml, JSON: (*doc).json}[f]
	if read == nil || !read(d, text) {
		return Doc{}, false
	}
	return d.Doc, true
}

// Cost is how much work it is to read a text of n bytes, in bytes of TOML or
// JSON.
func (f Format) Cost(n int) int {
	if f == YAML {
		return n + n*n/(8<<10)
	}
	return n
}

// A doc is a Doc that is being read.
type doc struct{ Doc }

func (d *doc) key(line int, path string) { d.Keys = append(d.Keys, Key{line, path}) }

// below returns the path of name in path.
func below(path, name string) string {
	return path + "\x00" + strings.ReplaceAll(name, "\x00", "\x00\x00")
}
