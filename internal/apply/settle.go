package apply

import (
	"slices"
	"strconv"
)

// settle prepares what undoes the last update together with this one, which
// settles conflicts of it: its rows are those of the last one, changed by ours.
func (s *stager) settle() error {
	if s.settled == nil {
		return nil
	}
	for _, r := range s.settled.rows {
		if r.Undo == 0 {
			continue
		}
		name := strconv.Itoa(r.Undo)
		s.staged = append(s.staged, stagedFile{s.undo, name})
		if _, err := s.last.copyTo(name, s.undo, name, 0o600); err != nil {
			return err
		}
	}
	both, err := s.settled.then(s.journal).encode()
	if err != nil {
		return err
	}
	s.staged = append(s.staged, stagedFile{s.undo, planName})
	return s.undo.write(planName, both, 0o666, false)
}

// then returns what j and next do together. A path that somebody worked on in
// between is left as j says, so that undoing both finds that.
func (j *journal) then(next *journal) *journal {
	both := &journal{head: j.head}
	later := map[string]row{}
	for _, r := range next.rows {
		later[r.Path] = r
	}
	for _, r := range j.rows {
		if n, found := later[r.Path]; found && r.After.same(n.Before) {
			r.After, r.New = n.After, n.New
		}
		delete(later, r.Path)
		both.rows = append(both.rows, r) // those that are dropped now are left out when it is written
	}
	for _, r := range next.rows {
		if _, found := later[r.Path]; found {
			both.rows = append(both.rows, r)
		}
	}
	make, prune := byPath(j.Make, next.Make), byPath(j.Prune, next.Prune)
	for p := range make { // it was not there before
		delete(prune, p)
	}
	both.Make, both.Prune = sorted(make), sorted(prune)
	return both
}

func byPath(lists ...[]dir) map[string]dir {
	all := map[string]dir{}
	for _, d := range slices.Concat(lists...) {
		all[d.Path] = d
	}
	return all
}

// same reports whether both say the same of a path.
func (s *side) same(other *side) bool {
	if s == nil || other == nil {
		return s == other
	}
	return s.Mode == other.Mode && s.Sum == other.Sum
}
