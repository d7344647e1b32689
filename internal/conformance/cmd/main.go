// Command cmd judges a service: go run ./internal/conformance/cmd DIR.
//
// It ends with 0 if every check passed that could be run, with 1 if one failed,
// and with 2 if there was nothing to judge.
package main

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"example.com/gen/internal/conformance"
)

func main() {
	os.Exit(judge(os.Args[1:], os.Stdout, os.Stderr))
}

type flags struct {
	junit                              string
	list, promises, json, all, noSetup bool
	deadline, whole                    time.Duration
	parallel                           int
}

func judge(args []string, stdout, stderr io.Writer) int {
	var f flags
	set := flag.NewFlagSet("cmd", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&f.junit, "junit", "", "write JUnit's XML to a `file` as well")
	set.BoolVar(&f.list, "list", false, "list the checks, and run none")
	set.BoolVar(&f.promises, "map", false, "print which checks prove which promise, and run none")
	set.BoolVar(&f.json, "json", false, "print JSON")
	set.BoolVar(&f.all, "v", false, "print the checks that passed, too")
	set.BoolVar(&f.noSetup, "no-setup", false, "the service is set up already")
	set.DurationVar(&f.deadline, "deadline", time.Minute, "for everything that the service must do in time")
	set.DurationVar(&f.whole, "whole", 15*time.Minute, "for the whole run")
	set.IntVar(&f.parallel, "parallel", 6, "how many checks run at a time")
	return conformance.Command(set, args, func() bool { return f.tell(stdout) }, func(ctx context.Context, o conformance.Options) (bool, error) {
		return f.judge(ctx, o, stdout)
	})
}

// tell tells what needs no service, if it was asked for.
func (f flags) tell(stdout io.Writer) bool {
	switch {
	case f.list:
		for _, c := range conformance.Checks() {
			fmt.Fprintf(stdout, "%-32s %s\n", c.ID, c.Claim)
		}
	case f.promises:
		fmt.Fprint(stdout, conformance.Map())
	default:
		return false
	}
	return true
}

func (f flags) judge(ctx context.Context, o conformance.Options, stdout io.Writer) (bool, error) {
	o.NoSetup, o.Deadline, o.Whole, o.Parallel = f.noSetup, f.deadline, f.whole, f.parallel
	v, err := conformance.Run(ctx, o)
	if err != nil {
		return false, err
	}
	if f.junit != "" {
		text := &bytes.Buffer{}
		if err := cmp.Or(v.JUnit(text), os.WriteFile(f.junit, text.Bytes(), 0o666)); err != nil {
			return false, err
		}
	}
	if f.json {
		return v.Green(), v.JSON(stdout)
	}
	v.Text(stdout, f.all)
	return v.Green(), nil
}
