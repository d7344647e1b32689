// Package conformance judges a service from outside: over its ports, its
// files, its streams and its signals, whatever language it is written in.
//
// A [Check] is one thing that was promised. It is run against services that the
// suite sets up and starts itself, as a [Description] says; several checks may
// look at one running service, or at one story that was played through once.
// Nothing of gen is imported here, and gen imports nothing of this.
package conformance

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Check is one promise that can be tried.
type Check struct {
	ID     string   // group/name
	Claim  string   // what is promised
	Proves string   // the ids of promises, separated by blanks
	Needs  []string // capabilities
	Last   bool     // looks at what the others left: runs after them
	run    func(*T)
}

// An Outcome is how a check ended.
type Outcome string

// The outcomes.
const (
	Passed Outcome = "pass"
	Failed Outcome = "fail"
	Absent Outcome = "absent" // the service, or this machine, lacks what the check needs
)

// A Result is what happened when a check was run.
type Result struct {
	ID       string   `json:"id"`
	Promised string   `json:"promised"`
	Outcome  Outcome  `json:"outcome"`
	Happened []string `json:"happened"` // that should not have, or is not there
	Noted    []string `json:"noted"`    // beside that
	Seconds  float64  `json:"seconds"`
	Again    string   `json:"again"` // the command that runs this check alone
}

// Options are what a run can be told.
type Options struct {
	Dir         string                 // the service's directory
	Description *Description           // how to start it
	Only        *regexp.Regexp         // the checks to run, by id; nil is all
	Deadline    time.Duration          // for everything that a service must do in time; 60 s
	Whole       time.Duration          // for the run; 15 minutes
	Parallel    int                    // checks at a time; 6
	NoSetup     bool                   // the service is set up already
	FirstOnly   bool                   // one failure is enough to know
	Again       func(id string) string // the command that runs one check
}

// A Suite is one run over one service.
type Suite struct {
	Options
	ctx    context.Context
	cancel context.CancelFunc
	work   string // a directory for everything that the run writes
	marker string // stands in the environment of every process that the run starts
	has    map[string]string
	name   string

	mu        sync.Mutex
	first     string // the id of the check that failed first
	processes []*Process
	served    []*Instance
	stories   map[string]*story
	cleanups  []func()
}

// A Verdict is the whole result.
type Verdict struct {
	Service string            `json:"service"`
	Results []Result          `json:"results"`
	Absent  map[string]string `json:"absent"` // capabilities that are not there, and why
	Broken  string            `json:"broken,omitempty"`
	First   string            `json:"first,omitempty"` // the check that failed first
	Seconds float64           `json:"seconds"`
}

// Green reports whether every check that could be run has passed.
func (v Verdict) Green() bool {
	return v.Broken == "" && !slices.ContainsFunc(v.Results, func(r Result) bool { return r.Outcome == Failed })
}

// Run judges the service. An error means that there is nothing to judge; a bad
// service gets a verdict.
func Run(ctx context.Context, o Options) (v Verdict, err error) {
	o.Deadline = cmp.Or(o.Deadline, time.Minute)
	o.Whole = cmp.Or(o.Whole, 15*time.Minute)
	o.Parallel = cmp.Or(o.Parallel, 6)
	began := time.Now()
	s, err := newSuite(ctx, o)
	if err != nil {
		return Verdict{}, err
	}
	defer func() { // whatever happens, no process is left behind
		s.close()
		v.Seconds = time.Since(began).Seconds()
	}()
	whole, cancel := context.WithTimeout(ctx, o.Whole)
	defer cancel()
	s.ctx, s.cancel = whole, cancel
	stop := context.AfterFunc(whole, s.killAll)
	defer stop()
	if err := s.setup(); err != nil {
		return Verdict{Service: s.name, Broken: err.Error()}, nil
	}
	s.look()
	list := s.selected()
	if broken := s.starts(list); broken != "" {
		return Verdict{Service: s.name, Broken: broken}, nil
	}
	v = Verdict{Service: s.name, Absent: s.absent(), Results: s.judge(list)}
	v.First = s.first
	return v, nil
}

func newSuite(ctx context.Context, o Options) (*Suite, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Dir = dir
	name, err := o.Description.ServiceName(dir)
	if err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return nil, err
	}
	s := &Suite{Options: o, ctx: ctx, work: work, marker: marker + "=" + token(), name: name}
	s.has, s.stories = map[string]string{}, map[string]*story{}
	return s, nil
}

// selected are the checks that were asked for, in order.
func (s *Suite) selected() (list []Check) {
	for _, c := range Checks() {
		if s.Only == nil || s.Only.MatchString(c.ID) {
			list = append(list, c)
		}
	}
	return list
}

// judge runs the checks, some at a time; those that look at the others' traces
// run afterwards.
func (s *Suite) judge(list []Check) []Result {
	results := make([]Result, len(list))
	for _, last := range []bool{false, true} {
		var wait sync.WaitGroup
		slots := make(chan struct{}, s.Parallel)
		for i, c := range list {
			if c.Last != last {
				continue
			}
			slots <- struct{}{}
			wait.Go(func() {
				defer func() { <-slots }()
				results[i] = s.one(c)
			})
		}
		wait.Wait()
	}
	return results
}

// starts says what is wrong with a service that never gets ready: there is no
// sense in waiting for it again and again.
func (s *Suite) starts(list []Check) string {
	if len(list) == 0 || s.FirstOnly {
		return ""
	}
	t := &T{Suite: s}
	if t.try(func(t *T) { shared(t) }) {
		return ""
	}
	return strings.Join(t.happened, "; ")
}

// one runs one check.
func (s *Suite) one(c Check) Result {
	for _, need := range c.Needs {
		if why := s.has[need]; why != "" {
			return s.result(c, Absent, 0, &T{happened: []string{need + ": " + why}})
		}
	}
	if s.ctx.Err() != nil {
		return s.result(c, Failed, 0, &T{happened: []string{"not run: the whole run took too long, or was stopped"}})
	}
	began := time.Now()
	t := &T{Suite: s}
	if t.try(c.run) {
		return s.result(c, Passed, time.Since(began), t)
	}
	s.mu.Lock()
	s.first = cmp.Or(s.first, c.ID)
	s.mu.Unlock()
	if s.FirstOnly {
		s.cancel()
	}
	return s.result(c, Failed, time.Since(began), t)
}

func (s *Suite) result(c Check, o Outcome, took time.Duration, t *T) Result {
	r := Result{ID: c.ID, Promised: c.Claim, Outcome: o, Happened: t.happened, Noted: t.noted, Seconds: took.Seconds()}
	if s.Again != nil {
		r.Again = s.Again(c.ID)
	}
	return r
}

// A T is what a check is run with.
type T struct {
	*Suite
	mu       sync.Mutex
	happened []string
	noted    []string
}

// stopped ends a check from below.
type stopped struct{}

// try runs f, and reports whether nothing failed.
func (t *T) try(f func(*T)) (ok bool) {
	defer func() {
		switch r := recover(); r.(type) {
		case nil, stopped:
		default:
			t.Errorf("the check itself broke: %v\n%s", r, debug.Stack())
		}
		ok = len(t.happened) == 0
	}()
	f(t)
	return true
}

// Logf notes what may help to understand the rest.
func (t *T) Logf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.noted = append(t.noted, short(fmt.Sprintf(format, args...)))
}

// Errorf notes what should not have happened.
func (t *T) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.happened = append(t.happened, short(fmt.Sprintf(format, args...)))
}

// Fatalf is Errorf, and the end of the check.
func (t *T) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	panic(stopped{})
}

// short keeps what a service says from flooding the report.
func short(text string) string {
	const most = 1500
	if len(text) <= most {
		return text
	}
	return text[:most/2] + " […] " + text[len(text)-most/2:]
}

// eventually waits until try says what it wants to hear: nothing.
func (t *T) eventually(what string, try func() string) {
	t.within(t.Deadline, what, try)
}

func (t *T) within(limit time.Duration, what string, try func() string) {
	last := ""
	for end := time.Now().Add(limit); time.Now().Before(end) && t.ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		if last = try(); last == "" {
			return
		}
	}
	if t.ctx.Err() != nil {
		t.Fatalf("%s: the run was over before that: %s", what, last)
	}
	t.Fatalf("%s: not within %v: %s", what, limit, last)
}

// A story is something that is played through once and looked at by several
// checks.
type story struct {
	once  sync.Once
	value any
	t     *T
	ok    bool
}

// told returns what tell has seen, playing it the first time. If the story went
// wrong, every check that asks for it has failed.
func told[V any](t *T, name string, tell func(*T) V) V {
	t.Suite.mu.Lock()
	st := t.stories[name]
	if st == nil {
		st = &story{t: &T{Suite: t.Suite}}
		t.stories[name] = st
	}
	t.Suite.mu.Unlock()
	st.once.Do(func() {
		st.ok = st.t.try(func(t *T) { st.value = tell(t) })
	})
	if !st.ok {
		t.Fatalf("%s: %s", name, strings.Join(st.t.happened, "; "))
	}
	return st.value.(V)
}

// dir makes a new directory for one part of the run.
func (s *Suite) dir() string {
	dir, err := os.MkdirTemp(s.work, "")
	if err != nil {
		panic(err)
	}
	return dir
}

// atEnd runs f when the run is over.
func (s *Suite) atEnd(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cleanups = append(s.cleanups, f)
}

func (s *Suite) killAll() {
	s.mu.Lock()
	list := slices.Clone(s.processes)
	s.mu.Unlock()
	for _, p := range list {
		p.Kill()
	}
}

// close ends everything that the run has started, in whatever state it is.
func (s *Suite) close() {
	s.killAll()
	s.mu.Lock()
	cleanups := slices.Clone(s.cleanups)
	s.mu.Unlock()
	for _, f := range slices.Backward(cleanups) {
		f()
	}
	sweep(s.marker)
	_ = os.RemoveAll(s.work) // what cannot be removed lies in the system's temporary directory
}
