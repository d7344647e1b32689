package conformance

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// words fails the check unless a command says something on stderr, for people.
func (t *T) words(r run) {
	if strings.TrimSpace(r.Stderr) == "" {
		t.Errorf("stderr is empty: nobody is told what is wrong")
	}
}

// startupFailed fails the check unless stdout is log lines with one startup.failed.
func (t *T) startupFailed(r run) {
	list, err := lines([]byte(r.Stdout))
	if err != nil {
		t.Errorf("%v", err)
	}
	list = slices.DeleteFunc(list, func(l Line) bool { return !is("startup.failed")(l) })
	same(t, "the number of startup.failed lines", len(list), 1)
}

func secretChecks() []Check {
	return append([]Check{
		check("secrets/required", "secrets.no-defaults startup.all", "no secret has a default: without any, all are asked for at once", func(t *T) {
			i := t.instance(setup{})
			names := secrets(t)
			for _, name := range names {
				i.set(name, "")
			}
			t.refused(t.call(i), prefixed(t, names)...)
		}),
		check("secrets/short", "secrets.no-defaults", "an API key of 15 and an audit key of 31 characters are too short, one more is enough", func(t *T) {
			i := t.instance(setup{secrets: map[string]string{"API_KEY": strings.Repeat("k", 15), "AUDIT_KEY": strings.Repeat("k", 31)}})
			t.refused(t.call(i), t.env("API_KEY"), t.env("AUDIT_KEY"))
			i.set("API_KEY", strings.Repeat("k", 16))
			i.set("AUDIT_KEY", strings.Repeat("k", 32))
			t.expect(0, i, "check")
		}),
		check("secrets/files", "secrets.environment", "a secret can be in a file that a variable with _FILE names", func(t *T) {
			i := t.instance(setup{})
			t.write(i.AuditLog, []byte(knownLines))
			t.write(filepath.Join(i.Dir, "key"), []byte(knownKey+"\n"))
			i.set("AUDIT_KEY", "")
			i.set("AUDIT_KEY_FILE", filepath.Join(i.Dir, "key"))
			t.expect(0, i, "audit", "verify")
		}),
		check("secrets/missing-file", "secrets.environment", "a secret's file that cannot be read is an error that names the variable", func(t *T) {
			i := t.instance(setup{})
			i.set("AUDIT_KEY", "")
			i.set("AUDIT_KEY_FILE", filepath.Join(i.Dir, "absent"))
			t.refused(t.call(i), t.env("AUDIT_KEY_FILE"))
		}),
		check("secrets/in-config", "secrets.not-in-file", "a secret in the settings' file is an error, and is not shown", func(t *T) {
			c := newCanary()
			i := t.instance(setup{yaml: good + "api_key: " + c.core + c.core + "\n"})
			r := t.call(i)
			t.refused(r, "config.yaml:3")
			same(t, "the secret in the output", c.in([]byte(r.all())), "")
		}),
		check("secrets/names", "secrets.names", "the example file names every secret and holds none", func(t *T) {
			text, err := os.ReadFile(filepath.Join(t.Dir, t.Description.Secrets))
			if err != nil {
				t.Fatalf("%v", err)
			}
			for _, name := range prefixed(t, secrets(t)) {
				contains(t, t.Description.Secrets, string(text), name)
			}
			for line := range strings.Lines(string(text)) {
				if name, value, is := strings.Cut(strings.TrimSpace(line), "="); is && !strings.HasPrefix(name, "#") && value != "" {
					t.Errorf("%s has a value", name)
				}
			}
		}),
	}, needing("llm",
		check("secrets/url", "secrets.not-in-file", "a password in the model's address is an error, and is not shown", func(t *T) {
			c := newCanary()
			i := t.instance(setup{settings: map[string]string{"LLM__BASE_URL": "http://user:" + c.core + "@127.0.0.1:1/v1"}})
			r := t.call(i)
			t.refused(r, "llm.base_url")
			same(t, "the password in the output", c.in([]byte(r.all())), "")
		}),
	)...)
}

// secrets are the names of this service's secrets.
func secrets(t *T) []string {
	list := []string{"API_KEY", "AUDIT_KEY"}
	if t.has["llm"] == "" {
		list = append(list, "LLM_API_KEY")
	}
	if t.has["database"] == "" {
		list = append(list, "DATABASE_URL")
	}
	return list
}

func prefixed(t *T, names []string) (list []string) {
	for _, name := range names {
		list = append(list, t.env(name))
	}
	return list
}

// write writes a file that the run owns.
func (t *T) write(file string, data []byte) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatalf("%v", err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatalf("%v", err)
	}
}

// unavailable fails the check unless the service cannot start for want of
// something that it names.
func (t *T) unavailable(i *Instance, part string, args ...string) run {
	r := t.call(i, args...)
	t.explained(r, 69, part)
	t.Logf("%.1f s: %s", r.Took.Seconds(), strings.TrimSpace(r.Stderr))
	return r
}

func startupChecks() []Check {
	return slices.Concat(beforeServingChecks(), modelProbeChecks())
}

func beforeServingChecks() []Check {
	return []Check{
		check("startup/all-problems", "startup.all startup.places life.start-up", "settings and secrets are checked together, and all problems are told at once", func(t *T) {
			i := t.instance(setup{yaml: "server:\n  prot: 80\n  max_body_bytes: many\nlog:\n  level: LOUD\n"})
			i.set("API_KEY", "short")
			i.set("AUDIT_KEY", "")
			i.set("AUDIT__CHECKPOINT_EVERY", "never")
			i.set("SERVER__NOTHING", "1")
			t.refused(t.call(i), "config.yaml:2", "config.yaml:3", "config.yaml:5", t.env("API_KEY"), t.env("AUDIT_KEY"),
				t.env("AUDIT__CHECKPOINT_EVERY"), t.env("SERVER__NOTHING"))
		}),
		check("startup/offline", "startup.offline", "check --offline needs neither secrets nor anything else", func(t *T) {
			i := t.instance(setup{settings: map[string]string{"AUDIT__PATH": "/dev/null/audit.jsonl"}})
			for _, name := range secrets(t) {
				i.set(name, "")
			}
			if t.has["llm"] == "" {
				i.set("LLM__BASE_URL", "http://127.0.0.1:1/v1")
			}
			t.expect(0, i, "check", "--offline")
		}),
		check("startup/check", "startup.check", "check tries what a start would, and serves nothing", func(t *T) {
			i := t.instance(setup{})
			t.expect(0, i, "check")
			if i.Stub != nil && len(i.Stub.seen("/models")) == 0 {
				t.Errorf("check has not asked the model endpoint")
			}
			i.set("API_KEY", "")
			t.refused(t.call(i, "check"), t.env("API_KEY"))
		}),
		check("startup/port-taken", "startup.probes life.codes", "a port that is taken is a missing dependency, for check too", func(t *T) {
			l := listen(t)
			defer func() { _ = l.Close() }()
			i := t.instance(setup{})
			_, port, _ := net.SplitHostPort(l.Addr().String())
			i.set("SERVER__PORT", port)
			t.unavailable(i, "server.port")
			t.unavailable(i, "server.port", "check")
		}),
		check("startup/audit-file", "startup.probes", "an audit file that cannot be opened is a missing dependency, for check too", func(t *T) {
			i := t.instance(setup{})
			t.write(filepath.Join(i.Dir, "file"), nil)
			i.set("AUDIT__PATH", filepath.Join(i.Dir, "file", "audit.jsonl"))
			t.unavailable(i, "audit.path")
			t.unavailable(i, "audit.path", "check")
		}),
		check("startup/silent-stdout", "life.start-up logs.jsonl", "what is for people goes to stderr: stdout holds only log lines", func(t *T) {
			i := t.instance(setup{yaml: "a: 1\n"})
			t.refused(t.call(i))
		}),
	}
}

func modelProbeChecks() []Check {
	return needing("llm",
		check("startup/model-gone", "startup.probes life.codes", "a model endpoint that is not there is a missing dependency, for check too", func(t *T) {
			i := t.instance(setup{settings: map[string]string{"LLM__BASE_URL": "http://127.0.0.1:1/v1", "STARTUP__TIMEOUT_S": "2"}})
			t.unavailable(i, "llm")
			t.unavailable(i, "llm", "check")
		}),
		check("startup/model-wrong", "startup.probes", "a model endpoint that fails, refuses us or sends us elsewhere is a missing dependency", func(t *T) {
			for _, m := range []mode{broken, refused, redirecting} {
				i := t.instance(setup{stub: t.stub().setProbe(m), settings: map[string]string{"STARTUP__TIMEOUT_S": "2"}})
				t.unavailable(i, "llm")
				same(t, "the number of redirects followed", len(i.Stub.seen("/elsewhere/v1/chat/completions")), 0)
			}
		}),
		check("startup/model-hangs", "startup.probes", "a model endpoint that does not answer is given up at startup.timeout_s", func(t *T) {
			i := t.instance(setup{stub: t.stub().setProbe(hanging), settings: map[string]string{"STARTUP__TIMEOUT_S": "2", "LLM__TIMEOUT_S": "100"}})
			t.unavailable(i, "llm") // the client would wait longer than a command may take
		}),
		check("startup/several-missing", "startup.all startup.probes", "all missing dependencies are told at once", func(t *T) {
			i := t.instance(setup{settings: map[string]string{"LLM__BASE_URL": "http://127.0.0.1:1/v1", "STARTUP__TIMEOUT_S": "2"}})
			t.write(filepath.Join(i.Dir, "file"), nil)
			i.set("AUDIT__PATH", filepath.Join(i.Dir, "file", "audit.jsonl"))
			r := t.unavailable(i, "llm")
			contains(t, "stderr", r.Stderr, "audit.path")
		}),
		check("startup/probe-first", "startup.probes", "nothing is served before the dependencies have answered", func(t *T) {
			i := t.serve(setup{stub: t.stub().setProbe(slow), cold: true})
			var first time.Time
			t.eventually("an answer", func() string {
				if _, err := i.try(request{path: "/livez"}); err != nil {
					return err.Error()
				}
				first = time.Now()
				return ""
			})
			probes := i.Stub.seen("/models")
			if len(probes) == 0 {
				t.Fatalf("the model endpoint was not asked for its models")
			}
			if probes[0].Done.IsZero() || first.Before(probes[0].Done) {
				t.Errorf("a request was answered before the probe was")
			}
			same(t, "the bearer of the probe", probes[0].Auth, "Bearer "+i.env[t.env("LLM_API_KEY")])
			i.Kill()
		}),
	)
}
