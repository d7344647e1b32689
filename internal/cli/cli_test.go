package cli_test

import (
	"context"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/gen/internal/cli"
	"example.com/gen/templates"
)

var update = flag.Bool("update", false, "refresh the expected texts")

// TestMain lets this binary be gen, also one with the templates in $BUILT_IN.
func TestMain(m *testing.M) {
	run := func(builtIn fs.FS) func() {
		return func() {
			os.Exit(cli.Main(context.Background(), cli.Env{
				Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
				Getenv: os.Getenv, Templates: builtIn, Version: "0.1.0",
			}))
		}
	}
	testscript.Main(m, map[string]func(){"gen": run(templates.FS), "gen-with": run(os.DirFS(os.Getenv("BUILT_IN")))})
}

// TestStories runs every story in testdata. A story's templates are at hand in
// $TEMPLATES.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			at := filepath.Join(e.WorkDir, "templates")
			e.Setenv("TEMPLATES", filepath.ToSlash(at))
			e.Setenv("GEN_FSYNC", "off")
			e.Setenv("SOURCE_DATE_EPOCH", "1767225600") // 2026-01-01
			e.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			return os.CopyFS(at, os.DirFS("testdata/templates"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fifo":  fifo,
			"exits": exits,
			"keep":  keep,
			"kept":  kept,
			"valid": valid,
		},
	})
}
