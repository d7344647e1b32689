// Command gen generates projects and keeps them up to date.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"example.com/gen/internal/cli"
	"example.com/gen/templates"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, cli.Env{
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Getenv: os.Getenv, Templates: templates.FS, Version: version,
	})
	stop()
	os.Exit(code)
}
