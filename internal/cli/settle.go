package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.com/gen/internal/apply"
	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/project"
	"example.com/gen/internal/record"
	"example.com/gen/internal/tree"
)

// begin takes the lock of the project at root and finishes an update that was interrupted.
func (a *app) begin(ctx context.Context, root *os.Root) (*apply.Tx, error) {
	tx, err := apply.Begin(ctx, root, apply.Options{Pending: withRow, NoSync: a.Getenv("GEN_FSYNC") == "off"})
	if err == nil && tx.Recovered {
		a.note("an update that was interrupted is finished now")
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
func (r *updateRun) takeBack(tx *apply.Tx, p *project.Project) error {
	what, err := r.recent(tx, p)
	if err != nil && !r.force {
		return err
	}
	restored, err := tx.Abort(r.ctx, r.force)
	if err != nil {
		return err
	}
	result := settlement{restored: []string{}}
	rows, removed := "", 0
	for _, at := range restored {
		result.restored = append(result.restored, at.String())
		verb := "restore"
		if _, err := p.Root.Lstat(filepath.FromSlash(at.String())); errors.Is(err, fs.ErrNotExist) {
			verb = "remove"
			removed++
		}
		rows += fmt.Sprintf("  %-8s  %s\n", verb, diag.Safe(at.String()))
	}
	if !r.json {
		fmt.Fprintf(r.out, "%s%d restored, %d removed%s\n", rows, len(restored)-removed, removed, diag.Safe(what))
	}
	result.left = arisen(tx)
	return r.settled("update", result)
}

// recent refuses to undo what nobody means who has just seen an update fail: the
// making of the project, and an update that is settled and in git. Otherwise it
// says which update goes.
func (r *updateRun) recent(tx *apply.Tx, p *project.Project) (what string, err error) {
	before, when, err := tx.Last()
	if err != nil {
		return "", err
	}
	if before == nil {
		return "", fault(diag.Target, "gen update --abort --force takes the project away again, as far as gen new made it",
			"there is no update to undo: gen new made the project, and nothing came after it")
	}
	text, err := p.Remembered()
	was, err1 := record.Decode(before)
	now, err2 := record.Decode(text)
	if errors.Join(err, err1, err2) != nil { // which may be what is to be undone
		return "", nil
	}
	what = fmt.Sprintf(": %s -> %s is undone", was.Version, now.Version)
	committed := ""
	if len(now.Pending) == 0 {
		committed, _ = git(r.ctx, p.Dir, "cat-file", "blob", "HEAD:./"+record.File) // if there is git at all
	}
	if committed != strings.TrimSpace(string(text)) {
		return what, nil
	}
	return what, fault(diag.Target, "undo its commit with git, or go on with gen update --abort --force",
		"the last update, %s -> %s of %s, is settled and in a commit", was.Version, now.Version, when.UTC().Format("2006-01-02 15:04 UTC"))
}

// room refuses a plan that would leave the template's side of a conflict where
// something lies already.
func room(p *project.Project, plan merge.Plan) error {
	var taken diag.List
	for _, c := range plan.Changes {
		if c.Left == nil {
			continue
		}
		f, err := p.Read(c.Left.Path)
		if err != nil {
			return err
		}
		if f != nil {
			taken = append(taken, fault(diag.Target, "move it away, then run the command again; nothing was written",
				"%s exists already, and the template's side of a conflict is to lie there", c.Left.Path))
		}
	}
	return taken.Err()
}

// arisen are the conflicts that arose while an update was carried out.
func arisen(tx *apply.Tx) []conflict {
	var all []conflict
	for _, row := range tx.Late {
		all = append(all, conflict{Pending: row})
	}
	return all
}

// goOn clears the conflicts of the last update, once all are settled.
func (r *updateRun) settle(tx *apply.Tx, p *project.Project) error {
	if err := p.Load(); err != nil {
		return err
	}
	left, err := unsettled(p)
	if err != nil {
		return err
	}
	done := settlement{left: left}
	if len(left) == 0 {
		done.settled = len(p.Record.Pending)
		err = remember(r.ctx, tx, p, nil)
	}
	if err != nil {
		return err
	}
	return r.settled("update", done)
}

// remember makes steps, which settle conflicts, and remembers what is left.
func remember(ctx context.Context, tx *apply.Tx, p *project.Project, left []conflict, steps ...merge.Step) error {
	rec := p.Record
	rec.Pending = nil
	for _, c := range left {
		rec.Pending = append(rec.Pending, c.Pending)
	}
	if len(rec.Pending) == len(p.Record.Pending) && len(steps) == 0 {
		return nil
	}
	return tx.Apply(ctx, apply.Update{Steps: steps, Settles: true, Memory: func() ([]byte, []byte, error) {
		return rec.Encode(), nil, nil
	}})
}

// A conflict is one that waits for a person.
type conflict struct {
	record.Pending
	line int  // of its first marker, of texts
	left bool // it is not settled
}

// String is the place where a person finds c.
func (c conflict) String() string {
	return diag.Pos{File: c.Path.String(), Line: c.line}.String()
}

func places(all []conflict) []string {
	at := make([]string, len(all))
	for i, c := range all {
		at[i] = c.String()
	}
	return at
}

// unsettled returns the conflicts of the last update that are left.
func unsettled(p *project.Project) ([]conflict, error) {
	var left []conflict
	for _, row := range p.Record.Pending {
		c, err := wait(p, row)
		if err != nil {
			return nil, err
		}
		if c.left {
			left = append(left, c)
		}
	}
	return left, nil
}

// wait finds out what is left of a conflict: the marker lines that were
// written, the file beside, or, of a file that the template dropped, itself. What
// has none of them waits for gen resolve.
func wait(p *project.Project, row record.Pending) (conflict, error) {
	c := conflict{Pending: row, left: true}
	at := row.Path
	if row.Left != "" {
		var err error
		if at, err = tree.ParsePath(row.Left); err != nil {
			return c, err
		}
	}
	f, err := p.Read(at)
	switch {
	case err != nil:
		return c, err
	case f == nil && (row.Left != "" || row.Marker > 0 || row.Kind == "deleted"):
		c.left = false
	case row.Marker > 0 && f.Mode != tree.Blocked:
		c.line = merge.Unsettled(f.Data, row.Marker)
		c.left = c.line > 0
	}
	return c, nil
}

// A settlement is what became of conflicts.
type settlement struct {
	settled  int
	restored []string // nil: nothing was taken back
	left     []conflict
}

// settledResult is what gen resolve, and gen update --continue and --abort,
// print as JSON.
type settledResult struct {
	envelope
	Settled  int      `json:"settled"`
	Restored []string `json:"restored"`
	Pending  []string `json:"pending"`
}

// settled tells what became of conflicts. Some that are left are an error.
func (a *app) settled(command string, s settlement) error {
	code := exit(exitOK)
	if len(s.left) > 0 {
		code = exitConflicts
	}
	if a.json {
		e := newEnvelope(command)
		e.Exit = int(code)
		pending := []string{}
		for _, c := range s.left {
			pending = append(pending, c.Path.String())
		}
		a.printJSON(a.out, settledResult{e, s.settled, append([]string{}, s.restored...), pending})
		return code.orNil()
	}
	switch {
	case len(s.left) > 0 && s.settled > 0:
		fmt.Fprintf(a.out, "settled %d, %d left\n", s.settled, len(s.left))
	case len(s.left) > 0 || s.restored != nil:
	case s.settled > 0:
		fmt.Fprintf(a.out, "settled %d, none left\n", s.settled)
	default:
		fmt.Fprintln(a.out, "nothing to settle")
	}
	if len(s.left) > 0 {
		return conflictsLeft(places(s.left), false)
	}
	return nil
}
