package conformance

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// An ending is what was seen while a service stopped.
type ending struct {
	again      bool // whether it was ready once more
	served     int  // a question while it drained
	code       int
	open, took time.Duration // from the signal on: until the port was closed, and the end
	loggedEnd  bool
}

// flight starts a question that takes a while and waits until it is on its way.
func (t *T) flight(i *Instance, m mode) <-chan int {
	done := make(chan int, 1)
	mark := "flight-" + token()
	q := t.question("[[" + string(m) + "]] " + mark)
	go func() {
		r, err := i.try(q)
		if err != nil {
			r.Status = -1
		}
		done <- r.Status
	}()
	t.eventually("the question reaches the model", func() string {
		return map[bool]string{true: "not yet"}[len(i.Stub.holding(mark)) == 0]
	})
	return done
}

// unready waits until /readyz is a 503, which is what the first signal does.
func (t *T) unready(i *Instance) {
	t.eventually("/readyz is 503", func() string {
		r, err := i.try(request{path: "/readyz"})
		if err != nil {
			t.Fatalf("the port is closed before /readyz was 503: %v", err)
		}
		return map[bool]string{true: "still ready"}[r.Status != http.StatusServiceUnavailable]
	})
}

const drain = 10 * time.Second // enough for some requests on a busy machine

func drained(t *T) ending {
	return told(t, "a drain", func(t *T) (e ending) {
		i := t.serve(setup{settings: map[string]string{"SERVER__DRAIN_S": fmt.Sprint(drain.Seconds())}})
		began := time.Now()
		i.signal(syscall.SIGTERM)
		t.unready(i)
		e.served = t.do(i, t.question("during the drain")).Status
		t.eventually("the port is closed", func() string {
			r, err := i.try(request{path: "/readyz"})
			if err != nil {
				return ""
			}
			e.again, e.open = e.again || r.Status != http.StatusServiceUnavailable, time.Since(began)
			return "it is open"
		})
		code, ended := i.wait(t.Deadline)
		if !ended {
			t.Fatalf("the service does not end")
		}
		e.code, e.took, e.loggedEnd = code, time.Since(began), i.count(is("service.stopped")) == 1
		return e
	})
}

func lifeChecks() []Check {
	return slices.Concat(endingChecks(), commandLineChecks(), flightChecks())
}

func endingChecks() []Check {
	return []Check{
		check("life/sigterm", "life.term life.codes", "after SIGTERM the service ends with 0", func(t *T) {
			same(t, "the exit code", aLife(t).code, 0)
		}),
		check("life/sigint", "life.term", "after SIGINT, too", func(t *T) {
			i := t.serve(setup{})
			i.signal(syscall.SIGINT)
			code, ended := i.wait(t.Deadline)
			if !ended || code != 0 {
				t.Errorf("it ended: %v, with %d", ended, code)
			}
			t.sound(i)
		}),
		check("life/not-ready-while-draining", "life.drain", "after SIGTERM /readyz is 503 for server.drain_s", func(t *T) {
			e := drained(t)
			same(t, "whether it was ready once more", e.again, false)
			if e.open < drain/2 {
				t.Errorf("the port was closed after %.1f s of %v", e.open.Seconds(), drain)
			}
		}),
		check("life/serves-while-draining", "life.drain", "while it drains the port is open and requests are answered", func(t *T) {
			if e := drained(t); !t.fine(e.served) {
				t.Errorf("the status is %d", e.served)
			}
		}),
		check("life/drain-ends", "life.drain life.term", "the drain lasts server.drain_s, then the service ends with 0 and says so", func(t *T) {
			e := drained(t)
			same(t, "the exit code", e.code, 0)
			same(t, "service.stopped is logged", e.loggedEnd, true)
			if e.took < drain-100*time.Millisecond || e.took > drain+30*time.Second {
				t.Errorf("it took %.1f s instead of %v", e.took.Seconds(), drain)
			}
		}),
		check("life/elsewhere", "source.command source.isolated", "the service runs outside its directory, and writes nothing into its user's home", func(t *T) {
			i := aLife(t).i
			entries, err := os.ReadDir(filepath.Join(i.Dir, "home"))
			if err != nil || len(entries) > 0 {
				t.Errorf("in the home directory there are %v, %v", entries, err)
			}
		}),
		check("life/same-audit-place", "audit.file", "a relative audit.path begins where the service runs", func(t *T) {
			i := t.instance(setup{})
			i.set("AUDIT__PATH", "var/audit.jsonl")
			t.begin(i)
			t.ready(i)
			t.stop(i)
			if list, err := i.records(); err != nil || len(list) == 0 {
				t.Errorf("%d records, %v", len(list), err)
			}
		}),
	}
}

// misused is a check's body: the command line is refused in words.
func misused(args ...string) func(t *T) {
	return func(t *T) {
		t.words(t.expect(2, t.instance(setup{}), args...))
	}
}

func commandLineChecks() []Check {
	return []Check{
		check("cli/version", "cli.commands source.imports", "--version prints the version on stdout, needing no settings", func(t *T) {
			i := t.instance(setup{})
			for name := range i.env {
				if strings.HasPrefix(name, t.env("")) {
					delete(i.env, name)
				}
			}
			if r := t.expect(0, i, "--version"); !regexp.MustCompile(`\b[0-9]+\.[0-9]+`).MatchString(r.Stdout) {
				t.Errorf("stdout is %q", r.Stdout)
			}
		}),
		check("cli/help", "cli.commands", "--help names the commands on stdout", func(t *T) {
			r := t.expect(0, t.instance(setup{}), "--help")
			contains(t, "stdout", r.Stdout, "check")
			contains(t, "stdout", r.Stdout, "audit")
		}),
		check("cli/unknown-flag", "cli.usage life.codes", "an unknown flag is a usage error: 2", misused("--frobnicate")),
		check("cli/unknown-command", "cli.usage life.codes", "an unknown command is a usage error: 2", misused("frobnicate")),
		check("cli/no-subcommand", "cli.usage life.codes", "audit alone is a usage error: 2", misused("audit")),
	}
}

func flightChecks() []Check {
	return needing("llm",
		check("life/in-flight", "life.term", "a request in flight is finished after SIGTERM, and the exit code is 0", func(t *T) {
			i := t.serve(setup{})
			done := t.flight(i, slow)
			t.ends(i, 0)
			same(t, "the status of the request", <-done, 200)
			list, err := i.records()
			if err != nil {
				t.Fatalf("%v", err)
			}
			if len(list) == 0 {
				t.Fatalf("there are no records")
			}
			same(t, "the last record", list[len(list)-1].Event, "service.stopped")
			same(t, "the records of the request", len(ofEvent(list, "http.access")), 1)
		}),
		check("life/grace", "life.grace life.codes", "requests that do not finish in server.shutdown_grace_s are cut, and the exit code is 1", func(t *T) {
			i := t.serve(setup{settings: map[string]string{"SERVER__SHUTDOWN_GRACE_S": "1", "LLM__TIMEOUT_S": "100", "SERVER__REQUEST_TIMEOUT_S": "100"}})
			t.flight(i, hanging)
			began := time.Now()
			t.ends(i, 1)
			if took := time.Since(began); took < 900*time.Millisecond || took > 19*time.Second {
				t.Errorf("it took %.1f s", took.Seconds())
			}
			if _, err := i.records(); err != nil {
				t.Errorf("%v", err)
			}
			t.sound(i)
		}),
		check("life/second-sigterm", "life.second life.codes", "a second SIGTERM ends the drain and what is in flight", func(t *T) {
			i := t.serve(setup{settings: map[string]string{
				"SERVER__DRAIN_S": "100", "SERVER__SHUTDOWN_GRACE_S": "100", "LLM__TIMEOUT_S": "100", "SERVER__REQUEST_TIMEOUT_S": "200",
			}})
			t.flight(i, hanging)
			i.signal(syscall.SIGTERM)
			t.unready(i)
			began := time.Now()
			i.signal(syscall.SIGTERM)
			code, ended := i.wait(t.Deadline)
			if !ended {
				t.Fatalf("it does not end within %v", t.Deadline)
			}
			same(t, "the exit code, since a request was not finished", code, 1)
			t.Logf("%.1f s after the second", time.Since(began).Seconds())
			if _, err := i.records(); err != nil {
				t.Errorf("%v", err)
			}
		}),
	)
}
