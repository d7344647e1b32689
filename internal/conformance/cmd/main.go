// Command cmd judges a service: go run ./internal/conformance/cmd DIR.
//
// It ends with 0 if every check passed that could be run, with 1 if one failed,
// and with 2 if there was nothing to judge.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"example.com/gen/internal/conformance"
)

type flags struct {
	description, run, junit string
	list, promises          bool
	json, all, noSetup      bool
	deadline, whole         time.Duration
	parallel                int
}

func main() {
	os.Exit(judge(os.Args[1:], os.Stdout, os.Stderr))
}

func judge(args []string, stdout, stderr io.Writer) int {
	var f flags
	set := flag.NewFlagSet("conformance", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&f.description, "description", "templates/python-service/tests/conformance.yaml", "how to start the service")
	set.StringVar(&f.run, "run", "", "run only the checks whose id this `pattern` matches")
	set.StringVar(&f.junit, "junit", "", "write JUnit's XML to a `file` as well")
	set.BoolVar(&f.list, "list", false, "list the checks, and run none")
	set.BoolVar(&f.promises, "map", false, "print which checks prove which promise, and run none")
	set.BoolVar(&f.json, "json", false, "print JSON")
	set.BoolVar(&f.all, "v", false, "print the checks that passed, too")
	set.BoolVar(&f.noSetup, "no-setup", false, "the service is set up already")
	set.DurationVar(&f.deadline, "deadline", time.Minute, "for everything that the service must do in time")
	set.DurationVar(&f.whole, "whole", 15*time.Minute, "for the whole run")
	set.IntVar(&f.parallel, "parallel", 6, "how many checks run at a time")
	set.Usage = func() {
		fmt.Fprintf(stderr, "usage: go run ./internal/conformance/cmd [flags] DIR\n")
		set.PrintDefaults()
	}
	if err := set.Parse(args); err != nil {
		return 2
	}
	switch {
	case f.list:
		for _, c := range conformance.Checks() {
			fmt.Fprintf(stdout, "%-32s %s\n", c.ID, c.Claim)
		}
		return 0
	case f.promises:
		fmt.Fprint(stdout, conformance.Map())
		return 0
	case set.NArg() != 1:
		set.Usage()
		return 2
	}
	ok, err := f.judge(set.Arg(0), stdout)
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "conformance: %v\n", err)
		return 2
	case !ok:
		return 1
	}
	return 0
}

func (f flags) judge(dir string, stdout io.Writer) (bool, error) {
	only, err := regexp.Compile(f.run)
	if err != nil {
		return false, err
	}
	description, err := conformance.ReadDescription(f.description)
	if err != nil {
		return false, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	v, err := conformance.Run(ctx, conformance.Options{
		Dir: dir, Description: description, Only: only, NoSetup: f.noSetup,
		Deadline: f.deadline, Whole: f.whole, Parallel: f.parallel,
		Again: fmt.Sprintf("go run ./internal/conformance/cmd -description %s %s", f.description, filepath.Clean(dir)),
	})
	if err != nil {
		return false, err
	}
	if f.junit != "" {
		if err := writeFile(f.junit, v.JUnit); err != nil {
			return false, err
		}
	}
	if f.json {
		return v.Green(), v.JSON(stdout)
	}
	v.Text(stdout, f.all)
	return v.Green(), nil
}

func writeFile(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := write(file); err != nil {
		return err
	}
	return file.Close()
}
