package text

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"

	"example.com/gen/internal/diag"
)

// What texts may do together.
const (
	maxSteps    = 1_000_000 // turns of a loop, texts run, and calls, long values counting more
	maxOutput   = 64 << 20
	maxFile     = 4 << 20
	maxValue    = 1 << 20
	maxDepth    = 200 // partials within partials
	maxNested   = 100 // lists within lists
	maxBlocks   = 1000
	maxPattern  = 1000
	maxDeclared = 1000 // variables in a text
)

// perStep is how many bytes a function may read or write in a step: the
// slowest take about as long for them as a loop for an empty turn.
const perStep = 8

// A Budget bounds what texts may do together. Safe for concurrent use.
type Budget struct{ steps, output atomic.Int64 }

// NewBudget returns the full budget of one rendering: 1 million steps, 64 MiB
// of output, 4 MiB a file, 1 MiB a value, 200 nested templates.
func NewBudget() *Budget { return &Budget{} }

// A limit is the error of a text that asks for too much.
type limit struct{ msg string }

func (l *limit) Error() string { return l.msg }

const smaller = "make the template do less: a smaller loop, a shorter value"

func tooMuch(format string, args ...any) error {
	return &limit{fmt.Sprintf(format, args...)}
}

// A run is one execution of a text.
type run struct {
	ctx    context.Context
	budget *Budget
	out    output
	ticks  int
}

// tick is called at the head of each text and of each loop's body; more is what
// it costs beside one step.
func (r *run) tick(more int) (string, error) { return "", r.spend(1 + int64(more)) }

// turns is called with what a loop goes over: text/template sorts the keys of
// a map before the first turn.
func (r *run) turns(over reflect.Value) (reflect.Value, error) {
	if over.Kind() == reflect.Interface {
		over = over.Elem()
	}
	if over.Kind() != reflect.Map {
		return over, nil
	}
	return over, r.spend(int64(over.Len()))
}

func (r *run) spend(n int64) error {
	if r.budget.steps.Add(n) > maxSteps {
		return tooMuch("the template takes over %d steps", maxSteps)
	}
	if r.ticks++; r.ticks&255 == 0 && r.ctx.Err() != nil {
		return tooMuch("rendering takes too long, or was interrupted")
	}
	return nil
}

func (r *run) write(n int) error {
	if r.budget.output.Add(int64(n)) > maxOutput {
		return tooMuch("the template writes over %d MiB in all", maxOutput>>20)
	}
	return nil
}

// constant spends what a text without a template in it costs.
func (r *run) constant(t *Text) error {
	err := r.spend(1)
	if err == nil {
		err = r.write(len(t.src))
	}
	if err != nil {
		return &diag.Error{Code: diag.Limit, Pos: t.at, Msg: err.Error(), Hint: smaller}
	}
	return nil
}

// output collects what a text writes, up to the limits.
type output struct {
	strings.Builder
	run *run
}

func (o *output) Write(p []byte) (int, error) {
	if o.Len()+len(p) > maxFile {
		return 0, tooMuch("the template writes over %d MiB into one file", maxFile>>20)
	}
	if err := o.run.write(len(p)); err != nil {
		return 0, err
	}
	return o.Builder.Write(p)
}
