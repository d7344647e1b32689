package merge

import (
	"bytes"
	"cmp"
	"slices"

	"example.com/gen/internal/tree"
)

// How alike two files are, in percent, if one is the other under a new name: of
// the template's files, and of those that the owner may have moved.
const (
	minRename = 50
	minMove   = 60
	lead      = 10 // points by which the best must lead
)

// maxCompare is how many lines are looked at in a search for renames. What is
// left then was not renamed.
const maxCompare = 20_000_000

// smallest is the size in bytes below which a search takes files for alike only
// if they are the same.
const smallest = 64

// A profile is what is compared of a file: the bytes of its lines.
type profile struct {
	size  int
	lines map[string]int // how often each is there
}

func profileOf(f tree.File) profile {
	lines, _ := split(string(f.Data))
	p := profile{lines: make(map[string]int, len(lines))}
	for _, l := range lines {
		p.lines[l]++
		p.size += len(l) + 1
	}
	return p
}

// percent is how much of two profiles is in both: twice the bytes of the lines
// in common, by the bytes of both.
func (p profile) percent(q profile) int {
	if p.size+q.size == 0 {
		return 0
	}
	common := 0
	for l, n := range p.lines {
		common += min(n, q.lines[l]) * (len(l) + 1)
	}
	return 200 * common / (p.size + q.size)
}

// likeness returns in percent how alike two files are.
func likeness(a, b tree.File) int {
	switch {
	case a.Mode == tree.Link || b.Mode == tree.Link || a.Sum != nil || b.Sum != nil || len(a.Data) == 0:
		return 0
	case bytes.Equal(a.Data, b.Data):
		return 100
	case Binary(a.Data) || Binary(b.Data):
		return 0
	}
	return min(profileOf(a).percent(profileOf(b)), 99) // 100 are the same bytes
}

// renames finds which of the files to are those of from under a new name: by
// index of from the index of to. Each must be the other's best, clearly.
func renames(from, to []tree.File, least int) map[int]int {
	if len(from) == 0 || len(to) == 0 {
		return nil
	}
	s := newSearch(len(from), len(to))
	s.same(from, to)
	s.alike(from, to, least)
	found := map[int]int{}
	for f, t := range s.best {
		if t.good(least) && s.back[t.at].good(least) && s.back[t.at].at == f {
			found[f] = t.at
		}
	}
	return found
}

// A match is the best partner found so far, and how alike the next best is.
type match struct{ at, percent, second int }

func (m *match) add(at, percent int) {
	if percent > m.percent {
		m.at, m.percent, m.second = at, percent, m.percent
	} else {
		m.second = max(m.second, percent)
	}
}

// good reports whether m leads: the same bytes lead before all that is only
// alike.
func (m match) good(least int) bool {
	return m.percent >= least && (m.percent-m.second >= lead || m.percent == 100 && m.second < 100)
}

// A search keeps the best partners of both sides.
type search struct{ best, back []match }

func newSearch(from, to int) search { return search{make([]match, from), make([]match, to)} }

func (s search) add(f, t, percent int) {
	s.best[f].add(t, percent)
	s.back[t].add(f, percent)
}

// same finds files of the same bytes. Where several are the same nobody can say
// which is which.
func (s search) same(from, to []tree.File) {
	theirs := byData(to)
	for data, fs := range byData(from) {
		ts := theirs[data]
		if len(fs) == 1 && len(ts) == 1 {
			s.add(fs[0], ts[0], 100)
		} else if len(ts) > 0 {
			unclear(s.best, fs)
			unclear(s.back, ts)
		}
	}
}

// byData returns the indexes of files by what they hold.
func byData(files []tree.File) map[string][]int {
	by := map[string][]int{}
	for i, f := range files {
		if likeness(f, f) == 100 {
			by[string(f.Data)] = append(by[string(f.Data)], i)
		}
	}
	return by
}

func unclear(side []match, at []int) {
	for _, i := range at {
		side[i] = match{percent: 100, second: 100}
	}
}

// alike compares the texts that have no partner of the same bytes, those of
// about the same size, as long as it does not take too long.
func (s search) alike(from, to []tree.File, least int) {
	type candidate struct {
		at int
		profile
	}
	texts := func(files []tree.File, m []match) (list []candidate) {
		for i, f := range files {
			if f.Mode != tree.Link && f.Sum == nil && len(f.Data) >= smallest && m[i].percent < 100 && !Binary(f.Data) {
				list = append(list, candidate{i, profileOf(f)})
			}
		}
		return list
	}
	work := 0
	targets := texts(to, s.back)
	slices.SortFunc(targets, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.at, b.at)) })
	for _, f := range texts(from, s.best) {
		// Of sizes x < y at most 2x/(x+y) can be in common.
		smallest, largest := f.size*least/(200-least), f.size*(200-least)/least
		i, _ := slices.BinarySearchFunc(targets, smallest, func(c candidate, size int) int { return cmp.Compare(c.size, size) })
		for ; i < len(targets) && targets[i].size <= largest && work < maxCompare; i++ {
			work += len(f.lines) + 1
			if n := f.percent(targets[i].profile); n > 0 {
				s.add(f.at, targets[i].at, min(n, 99))
			}
		}
	}
}
