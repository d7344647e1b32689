// Package templates holds the templates that are built into gen, one directory
// each.
package templates

import "embed"

// FS holds the templates as they are stored. Each pattern names what belongs to
// a template: its manifest and its trees, not its tests.
//
//go:embed */template.yaml all:*/files all:*/partials
var FS embed.FS
