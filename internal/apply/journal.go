package apply

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"example.com/gen/internal/diag"
	"example.com/gen/internal/merge"
	"example.com/gen/internal/record"
	"example.com/gen/internal/tree"
)

// What lies in [record.Dir] while an update is carried out, and after it.
const (
	txDir     = "tx"
	undoDir   = "undo"
	newDir    = "new"
	planName  = "plan"   // the journal while it is written, and in undo
	committed = "COMMIT" // the journal from the commit point on; see [record.Commit]
)

// The limits of a journal that is read. One that is written keeps to them.
const (
	maxJournal = 64 << 20
	maxRows    = 200_000
)

// A journal says what an update does: JSON, a line for the head and for each
// row, and the SHA-256 of all that as the last line. Whoever reads one trusts
// nothing in it, because it may have come with a project from a stranger.
type journal struct {
	head
	rows []row
}

// A head is the first line.
type head struct {
	Format int   `json:"format"`
	Undone bool  `json:"undone,omitempty"` // it takes an update back
	NoExec bool  `json:"noexec,omitempty"` // files have no executable bit here
	Make   []dir `json:"make,omitempty"`   // directories to make, in the order of their paths
	Prune  []dir `json:"prune,omitempty"`  // directories to remove if they are empty afterwards
	Rows   int   `json:"rows"`
}

// A dir is a directory, and its permissions if they must be these.
type dir struct {
	Path string      `json:"path"`
	Perm fs.FileMode `json:"perm,omitempty"`
}

// A row is what happens to one path. Its new contents are staged as new/N, its
// old ones kept as undo/N; numbers begin at 1.
type row struct {
	Path   string `json:"path"`
	New    int    `json:"new,omitempty"`
	Undo   int    `json:"undo,omitempty"`
	Before *side  `json:"before,omitempty"` // nil: nothing is there
	After  *side  `json:"after,omitempty"`  // nil: nothing is there afterwards
	data   []byte // the bytes after, until they are staged
	from   int    // or their number in the last undo
}

// dropped reports whether nothing is to happen any more.
func (r row) dropped() bool { return r.Before == nil && r.After == nil }

// A side is a file before or after.
type side struct {
	Mode tree.Mode   `json:"mode"`
	Perm fs.FileMode `json:"perm,omitempty"` // 0: what the system gives a new file
	Size int64       `json:"size"`
	Sum  string      `json:"sum"` // SHA-256 in hex
}

// sideOf is the side that l was.
func sideOf(l look) *side {
	if !l.there() {
		return nil
	}
	return &side{l.Mode, l.perm, l.size, hex.EncodeToString(l.Sum[:])}
}

// sideOfFile is the side that f will be.
func sideOfFile(f tree.File) *side {
	p := merge.PrintOf(f)
	return &side{Mode: f.Mode, Size: int64(len(f.Data)), Sum: hex.EncodeToString(p.Sum[:])}
}

// is reports whether l is what s says; a nil s says that nothing is there.
func (l look) is(s *side, noExec bool) bool {
	if s == nil || !l.there() {
		return s == nil && !l.there()
	}
	mode := s.Mode
	if noExec && mode == tree.Executable {
		mode = tree.Regular
	}
	return l.Mode == mode && hex.EncodeToString(l.Sum[:]) == s.Sum
}

// number is one that no staged or kept file of j has.
func (j *journal) number() int {
	n := 1
	if j != nil {
		for _, row := range j.rows {
			n = max(n, row.New+1, row.Undo+1)
		}
	}
	return n
}

// own reports whether p is a file that gen keeps in [record.Dir].
func own(p string) bool {
	return p == record.File || p == record.Base || p == record.Ignore || p == record.Attributes
}

// encode returns the text of j, which decode can read.
func (j *journal) encode() ([]byte, error) {
	b := &bytes.Buffer{}
	e := json.NewEncoder(b)
	rows := slices.DeleteFunc(slices.Clone(j.rows), row.dropped)
	j.Format, j.Rows = 1, len(rows)
	if err := (&journal{j.head, rows}).check(); err != nil {
		return nil, err
	}
	if err := e.Encode(j.head); err != nil {
		return nil, err
	}
	for _, r := range rows {
		if err := e.Encode(r); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(b, "%x\n", sha256.Sum256(b.Bytes()))
	if b.Len() > maxJournal || len(j.rows) > maxRows {
		return nil, &diag.Error{Code: diag.Limit, Msg: fmt.Sprintf("an update of %d files is over the limit", len(j.rows))}
	}
	return b.Bytes(), nil
}

// decode is the inverse of encode, and checks everything.
func decode(data []byte) (*journal, error) {
	const sumLine = 2*sha256.Size + 1
	if len(data) < sumLine || fmt.Sprintf("%x\n", sha256.Sum256(data[:len(data)-sumLine])) != string(data[len(data)-sumLine:]) {
		return nil, errors.New("it does not match its checksum")
	}
	lines := bufio.NewReader(bytes.NewReader(data[:len(data)-sumLine]))
	j := &journal{}
	if err := decodeLine(lines, &j.head); err != nil {
		return nil, err
	}
	if j.Format != 1 || j.Rows < 0 || j.Rows > maxRows {
		return nil, errors.New("it was written by another gen")
	}
	for range j.Rows {
		var r row
		if err := decodeLine(lines, &r); err != nil {
			return nil, err
		}
		j.rows = append(j.rows, r)
	}
	if _, err := lines.ReadByte(); err != io.EOF {
		return nil, errors.New("it has too many lines")
	}
	return j, j.check()
}

func decodeLine(r *bufio.Reader, v any) error {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return errors.New("a line is missing")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("a line cannot be read: %w", err)
	}
	return nil
}

// check holds what was read against the rules for what gen writes.
func (j *journal) check() error {
	paths, numbers := map[string]bool{}, map[int]bool{}
	for _, r := range j.rows {
		if err := r.check(); err != nil {
			return fmt.Errorf("%s: %w", r.Path, err)
		}
		if paths[r.Path] || r.New > 0 && numbers[r.New] {
			return fmt.Errorf("%s: it is there twice", r.Path)
		}
		paths[r.Path], numbers[r.New] = true, true
	}
	for _, d := range slices.Concat(j.Make, j.Prune) {
		if _, err := tree.ParsePath(d.Path); err != nil || d.Perm&^fs.ModePerm != 0 {
			return fmt.Errorf("%s: %w", d.Path, cmp.Or(err, errInvalid))
		}
	}
	return nil
}

func (r row) check() error {
	if !own(r.Path) {
		if _, err := tree.ParsePath(r.Path); err != nil {
			return err
		}
	}
	if min(r.New, r.Undo) < 0 || max(r.New, r.Undo) > 2*maxRows || r.dropped() || (r.New > 0) != (r.After != nil) {
		return errInvalid
	}
	for _, s := range []*side{r.Before, r.After} {
		if s == nil {
			continue
		}
		known := s.Mode == tree.Regular || s.Mode == tree.Executable || s.Mode == tree.Link
		sum, err := hex.DecodeString(s.Sum)
		if !known || err != nil || len(sum) != sha256.Size || s.Size < 0 || s.Perm&^fs.ModePerm != 0 {
			return errInvalid
		}
	}
	return nil
}

var errInvalid = errors.New("it is not a row of gen's")
