// Command defects puts mistakes into a service, one at a time, and tells who
// finds each: the project's own tests, or the conformance suite.
//
// It ends with 1 if one was not found, and with 2 if it could not go on.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"example.com/gen/internal/conformance"
)

func main() {
	os.Exit(seed(os.Args[1:], os.Stdout, os.Stderr))
}

type flags struct {
	file, draw, write string
	n                 int
}

func seed(args []string, stdout, stderr io.Writer) int {
	var f flags
	set := flag.NewFlagSet("defects", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&f.file, "defects", "internal/conformance/testdata/defects/python-service.yaml", "the mistakes")
	set.StringVar(&f.draw, "draw", "", "only -n of them, drawn by this `text`")
	set.IntVar(&f.n, "n", 4, "how many to draw")
	set.StringVar(&f.write, "write", "", "put the table into this `file`, between its marks")
	return conformance.Command(set, args, nil, func(ctx context.Context, o conformance.Options) (bool, error) {
		missed, err := f.seed(ctx, o, stdout)
		return missed == 0, err
	})
}

func (f flags) seed(ctx context.Context, o conformance.Options, stdout io.Writer) (missed int, err error) {
	list, err := conformance.ReadDefects(f.file)
	if err != nil {
		return 0, err
	}
	only := o.Only
	o.Only = nil // of the checks it means all
	list = slices.DeleteFunc(list, func(d conformance.Defect) bool { return !only.MatchString(d.Name) })
	if f.draw != "" {
		list = conformance.Draw(list, f.draw, f.n)
	}
	var table []conformance.Catch
	err = conformance.Seed(ctx, o, list, func(c conformance.Catch) {
		verdict := "caught"
		if !c.Caught() {
			verdict = "SURVIVED"
			missed++
		}
		table = append(table, c)
		fmt.Fprintf(stdout, "%-8s %-28s %s; %s (%.0f s)\n", verdict, c.Name, c.Own, c.Suite, c.Took.Seconds())
	})
	if err != nil {
		return missed, err
	}
	own, suite := 0, 0
	for _, c := range table {
		own += map[bool]int{true: 1}[c.Own != ""]
		suite += map[bool]int{true: 1}[c.Suite != ""]
	}
	sum := fmt.Sprintf("%d mistakes: %d caught by the project's own tests, %d by the suite, %d by nobody", len(table), own, suite, missed)
	fmt.Fprintln(stdout, sum)
	if f.write != "" {
		err = write(f.write, sum+".\n\n"+conformance.Table(table))
	}
	return missed, err
}

// write puts text between the marks of a file.
func write(name, text string) error {
	const begin, end = "<!-- table -->\n", "<!-- end of table -->\n"
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(data), begin)
	_, after, also := strings.Cut(rest, end)
	if !found || !also {
		return fmt.Errorf("%s has no marks for the table", name)
	}
	return os.WriteFile(name, []byte(before+begin+text+end+after), 0o644)
}
