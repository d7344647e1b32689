//go:build !unix

package cli_test

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// peak is not known here.
func peak(*os.ProcessState) int64 { return 0 }

// fifo fails: there are none here.
func fifo(ts *testscript.TestScript, _ bool, _ []string) { ts.Fatalf("no FIFO on this system") }
