package cli_test

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/gen/internal/cli"
	"example.com/gen/templates"
)

var update = flag.Bool("update", false, "refresh the expected texts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gen": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		os.Exit(cli.Main(ctx, cli.Env{
			Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
			Getenv: os.Getenv, Templates: templates.FS, Version: "0.1.0",
		}))
	}})
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
		},
	})
}
