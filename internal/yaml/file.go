package yaml

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// File parses any YAML within the limits, for those who only look where things
// stand: anchors, aliases, tags and further documents are let through, and so
// are equal keys. It is false if src is no YAML.
func File(src string, l Limits) (file *ast.File, ok bool) {
	r := &reader{limits: l, foreign: true}
	text := r.clean([]byte(src))
	if len(r.errs) > 0 {
		return nil, false
	}
	tokens := r.scan(text)
	if len(r.errs) > 0 {
		return nil, false
	}
	defer func() {
		if recover() != nil { // a bug of the library
			file, ok = nil, false
		}
	}()
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	return file, err == nil
}
