package spec

// WhenText returns the condition as the manifest has it, "" if there is none.
func (q *Question) WhenText() string { return q.when.text() }

// DefaultText returns the default as the manifest has it: a text to render, an
// expression, or a constant; nil if there is none.
func (q *Question) DefaultText() any {
	n := q.node.Get("default")
	switch {
	case n == nil:
		return nil
	case q.text == nil && q.expr == nil:
		return q.value
	default:
		return n.Text
	}
}

// WhenText returns the file's condition, "" if there is none.
func (f *File) WhenText() string { return f.when.text() }

func (e *expression) text() string {
	if e == nil {
		return ""
	}
	return e.program.Source().String()
}

// Gen returns what a template sees below .gen; created is the UTC day on which
// the project was created, 2006-01-02.
func (t *Template) Gen(created string) map[string]any {
	return map[string]any{
		"template": map[string]any{"name": t.Name, "version": t.Version},
		"created":  created,
	}
}
