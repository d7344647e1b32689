package cli

import (
	"fmt"

	"example.com/gen/internal/apply"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/project"
	"example.com/gen/internal/record"
)

// begin takes the lock of p and finishes an update that was interrupted.
func (r *updateRun) begin(p *project.Project) (*apply.Tx, error) {
	tx, err := apply.Begin(r.ctx, p.Root, apply.Options{Pending: withRow, NoSync: r.Getenv("GEN_FSYNC") == "off"})
	if err == nil && tx.Recovered {
		r.note("an update that was interrupted is finished now")
	}
	return tx, err
}

// withRow returns the text of a record with a conflict more.
func withRow(text []byte, row record.Pending) ([]byte, error) {
	rec, err := record.Decode(text)
	if err != nil {
		return nil, err
	}
	rec.Pending = append(rec.Pending, row)
	return rec.Encode(), nil
}

// takeBack undoes the last update.
func (r *updateRun) takeBack(tx *apply.Tx) error {
	restored, err := tx.Abort(r.ctx, r.force)
	if err != nil {
		return err
	}
	if r.json {
		paths := make([]string, len(restored))
		for i, p := range restored {
			paths[i] = p.String()
		}
		r.printSettled(0, paths, nil)
		return nil
	}
	for _, p := range restored {
		fmt.Fprintf(r.out, "  restore   %s\n", diag.Safe(p.String()))
	}
	fmt.Fprintf(r.out, "%d restored\n", len(restored))
	return nil
}

// settle clears the conflicts of the last update, once all are settled.
func (r *updateRun) settle(tx *apply.Tx, p *project.Project) error {
	if err := p.Load(); err != nil {
		return err
	}
	left := unsettled(p)
	if len(left) > 0 {
		if r.json {
			r.printSettled(0, nil, left)
			return exit(exitConflicts)
		}
		return conflictsLeft(left, false)
	}
	n := len(p.Record.Pending)
	if n > 0 {
		rec := p.Record
		rec.Pending = nil
		if err := tx.Apply(r.ctx, apply.Update{Memory: func() ([]byte, []byte, error) { return rec.Encode(), nil, nil }}); err != nil {
			return err
		}
	}
	switch {
	case r.json:
		r.printSettled(n, nil, nil)
	case n == 0:
		fmt.Fprintln(r.out, "nothing to settle")
	default:
		fmt.Fprintf(r.out, "settled %d, none left\n", n)
	}
	return nil
}

// settledResult is what gen update --continue and --abort print as JSON.
type settledResult struct {
	envelope
	Settled  int      `json:"settled"`
	Restored []string `json:"restored"`
	Pending  []string `json:"pending"`
}

func (r *updateRun) printSettled(settled int, restored, pending []string) {
	e := newEnvelope("update")
	if len(pending) > 0 {
		e.Exit = exitConflicts
	}
	r.printJSON(r.out, settledResult{e, settled, append([]string{}, restored...), append([]string{}, pending...)})
}
