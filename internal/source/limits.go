package source

import (
	"fmt"
	"strings"

	"example.com/gen/internal/diag"
)

// The limits of a template.
const (
	maxFiles    = 20_000       // below files/ and partials/
	maxEntries  = 2 * maxFiles // with the directories, which may be empty
	maxTotal    = 64 << 20
	maxManifest = 64 << 10
	maxText     = 1 << 20
	maxCopied   = 16 << 20
)

func mistake(name string, code diag.Code, hint, format string, args ...any) *diag.Error {
	return &diag.Error{Code: code, Pos: diag.Pos{File: name}, Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// overLimit returns what is wrong with the size of the file name, nil if nothing
// is.
func overLimit(name string, size int64) *diag.Error {
	limit, what := int64(maxCopied), "a file to copy"
	switch {
	case name == "template.yaml":
		limit, what = maxManifest, "a manifest"
	case strings.HasSuffix(name, ".tmpl"):
		limit, what = maxText, "a text to render"
	}
	if size <= limit {
		return nil
	}
	return mistake(name, diag.Limit, "", "it has %d bytes, and %s may have %d", size, what, limit)
}

func tooManyFiles() *diag.Error {
	return &diag.Error{Code: diag.Limit, Msg: fmt.Sprintf("the template has over %d files, or as many directories", maxFiles)}
}

func tooManyBytes() *diag.Error {
	return &diag.Error{Code: diag.Limit, Msg: "the template's files have over 64 MiB in all"}
}

func noManifest() *diag.Error {
	return mistake("template.yaml", diag.Source, "a template is a directory that holds template.yaml and files/", "it is missing")
}

func badName(name string, err error) *diag.Error {
	return mistake(name, diag.Path, "rename it", "no file may be called that: %v", err)
}

func linkOutside(name string) *diag.Error {
	return mistake(name, diag.Source, "put the file itself there", "it is a link, and links are not followed")
}
