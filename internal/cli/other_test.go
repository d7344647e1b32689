//go:build !unix

package cli_test

import "github.com/rogpeppe/go-internal/testscript"

// fifo fails: there are none here.
func fifo(ts *testscript.TestScript, _ bool, _ []string) { ts.Fatalf("no FIFO on this system") }
