// Command gen generates projects and keeps them up to date.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"example.com/gen/internal/cli"
	"example.com/gen/templates"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	// A run is short: to collect garbage early costs more than the memory it saves, up to a point.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(128 << 20)
	os.Exit(cli.Main(context.Background(), cli.Env{
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Getenv: os.Getenv, Templates: templates.FS, Version: version,
	}))
}
