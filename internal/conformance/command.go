package conformance

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

// Command runs a program that looks at one service, and returns its exit code: 0
// if do says that all is well, 1 if it says no, 2 if it cannot say. It adds the
// flags that such programs share. What needs no service is done by early, which
// reports whether it was asked to; it may be nil.
func Command(set *flag.FlagSet, args []string, early func() bool, do func(context.Context, Options) (bool, error)) int {
	description := set.String("description", "templates/python-service/tests/conformance.yaml", "how to start the service")
	run := set.String("run", "", "only those whose id or name this `pattern` matches")
	set.Usage = func() {
		fmt.Fprintf(set.Output(), "usage: go run ./internal/conformance/%s [flags] DIR\n", set.Name())
		set.PrintDefaults()
	}
	if err := set.Parse(args); err != nil {
		return 2
	}
	if early != nil && early() {
		return 0
	}
	if set.NArg() != 1 {
		set.Usage()
		return 2
	}
	ok, err := func() (bool, error) {
		only, err := regexp.Compile(*run)
		if err != nil {
			return false, err
		}
		d, err := ReadDescription(*description)
		if err != nil {
			return false, err
		}
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return do(ctx, Options{Dir: set.Arg(0), Description: d, Only: only, Again: func(id string) string {
			return fmt.Sprintf("go run ./internal/conformance/%s -description '%s' -run '^%s$' '%s'", set.Name(), *description, id, set.Arg(0))
		}})
	}()
	switch {
	case err != nil:
		fmt.Fprintf(set.Output(), "conformance: %v\n", err)
		return 2
	case !ok:
		return 1
	}
	return 0
}
