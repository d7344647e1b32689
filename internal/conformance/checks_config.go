package conformance

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// checked runs check --offline with a settings file and variables.
func (t *T) checked(yaml string, variables ...string) run {
	i := t.instance(setup{yaml: yaml})
	for n := 0; n < len(variables); n += 2 {
		i.set(variables[n], variables[n+1])
	}
	return t.call(i, "check", "--offline")
}

// refused fails the check unless the settings are refused, naming all of parts.
func (t *T) refused(r run, parts ...string) { t.explained(r, 78, parts...) }

// explained fails the check unless a command ended with code before it served,
// and said why in words of both kinds, naming all of parts.
func (t *T) explained(r run, code int, parts ...string) {
	t.ended(r, code)
	for _, part := range parts {
		contains(t, "stderr", r.Stderr, part)
	}
	t.words(r)
	t.startupFailed(r)
}

const good = "server:\n  host: 127.0.0.1\n"

// manyMistakes is a file with one mistake in most of its lines.
const manyMistakes = `server:
  prot: 80
  max_body_bytes: "80"
  request_timeout_s: -1
  shutdown_grace_s: 1.5
log:
  level: LOUD
audit:
  checkpoint_every: true
sever:
  port: 80
limits: [1, 2]
`

// bad is a check that one of many mistakes is told, with its line.
func bad(name, claim, line, key string) Check {
	return check("config/"+name, "config.strict startup.places startup.all", claim, func(t *T) {
		r := told(t, "a file with many mistakes", func(t *T) run { return t.checked(manyMistakes) })
		t.refused(r)
		for text := range strings.Lines(r.Stderr) {
			if strings.Contains(text, "config.yaml:"+line) && strings.Contains(text, key) {
				return
			}
		}
		t.Errorf("config.yaml:%s: %s is not told: %s", line, key, r.Stderr)
	})
}

// badFile is a check that a settings file is refused, where and why.
func badFile(name, claim, yaml string, parts ...string) Check {
	return check("config/"+name, "config.strict startup.places", claim, func(t *T) {
		t.refused(t.checked(yaml), parts...)
	})
}

func configChecks() []Check {
	return slices.Concat(configFileChecks(), configOverrideChecks(), configShownChecks())
}

func configFileChecks() []Check {
	return []Check{
		bad("unknown-key", "an unknown key is an error with its line", "2", "server.prot"),
		bad("unknown-section", "an unknown section is an error with its line", "10", "sever"),
		bad("string-for-number", "a text is no number", "3", "server.max_body_bytes"),
		bad("float-for-integer", "1.5 is no integer", "5", "server.shutdown_grace_s"),
		bad("boolean-for-number", "true is no number", "9", "audit.checkpoint_every"),
		bad("out-of-range", "a negative time is an error", "4", "server.request_timeout_s"),
		bad("unknown-level", "a log level that does not exist is an error", "7", "log.level"),
		bad("list-for-section", "a list is no section", "12", "limits"),
		badFile("duplicate-key", "a key that is given twice is an error with its line", "server:\n  host: 127.0.0.1\n  host: 127.0.0.1\n", "config.yaml:3", "host"),
		badFile("duplicate-section", "a section that is given twice is an error", good+"server:\n  drain_s: 1\n", "config.yaml:3", "server"),
		badFile("broken-yaml", "broken YAML is an error with its line", "server:\n  host: [\n", "config.yaml:"),
		check("config/missing-file", "config.strict", "a missing file is an error, not a set of defaults", func(t *T) {
			t.refused(t.checked(good, "CONFIG", filepath.Join(t.dir(), "absent.yaml")), "absent.yaml")
		}),
	}
}

func configOverrideChecks() []Check {
	return []Check{
		check("config/override", "config.override", "a variable overrides the file, read as YAML reads it", func(t *T) {
			r := t.checked("server:\n  drain_s: 1\n", "SERVER__DRAIN_S", "2.5", "LOG__LEVEL", "DEBUG")
			t.ended(r, 0)
			t.setting(r, "server.drain_s", "2.5", t.env("SERVER__DRAIN_S"))
			t.setting(r, "log.level", "DEBUG", t.env("LOG__LEVEL"))
		}),
		check("config/override-type", "config.override config.strict", "an override of the wrong type is an error that names the variable", func(t *T) {
			t.refused(t.checked(good, "SERVER__MAX_BODY_BYTES", "many"), t.env("SERVER__MAX_BODY_BYTES"))
			t.refused(t.checked(good, "SERVER__MAX_BODY_BYTES", `"80"`), t.env("SERVER__MAX_BODY_BYTES"))
		}),
		check("config/unknown-override", "config.override config.strict", "an override of an unknown key is an error that names the variable", func(t *T) {
			t.refused(t.checked(good, "SERVER__PROT", "80"), t.env("SERVER__PROT"))
			t.refused(t.checked(good, "SEVER__PORT", "80"), t.env("SEVER__PORT"))
		}),
		check("config/bare-names", "config.override", "names without two underscores are no settings: Kubernetes sets some by itself", func(t *T) {
			r := t.checked(good, "PORT", "tcp://10.0.0.1:80", "SERVICE_HOST", "10.0.0.1", "PORT_80_TCP", "tcp://10.0.0.1:80", "SERVER_PORT", "99")
			t.ended(r, 0)
			lacks(t, "the settings", r.all(), "10.0.0.1")
		}),
	}
}

func configShownChecks() []Check {
	return []Check{
		check("config/origins", "startup.check", "check prints each effective setting with its origin", func(t *T) {
			r := t.checked("log:\n  level: WARNING\n", "SERVER__DRAIN_S", "3")
			t.ended(r, 0)
			t.setting(r, "log.level", "WARNING", "config.yaml:2")
			t.setting(r, "server.drain_s", "3", t.env("SERVER__DRAIN_S"))
			t.setting(r, "server.request_timeout_s", "30", "default")
			for _, name := range settings(t) {
				if r.line(name) == "" {
					t.Errorf("check does not print %s", name)
				}
			}
		}),
		check("config/no-secrets-shown", "startup.check privacy.secrets", "check shows no secret", func(t *T) {
			i := t.instance(setup{})
			r := t.expect(0, i, "check", "--offline")
			for _, c := range i.Secrets {
				same(t, "a secret in what check prints", c.in([]byte(r.all())), "")
			}
		}),
		check("config/no-values-shown", "privacy.start-up", "what is wrong is told without the value", func(t *T) {
			c := newCanary()
			r := t.checked("server:\n  max_body_bytes: "+c.core+"\nlog:\n  level: "+c.core+"\n"+c.core+": 1\n",
				"AUDIT__CHECKPOINT_EVERY", c.core, "SERVER__DRAIN_S", "["+c.core)
			t.ended(r, 78)
			same(t, "the value in stdout", c.in([]byte(r.Stdout)), "")
			for _, line := range strings.Split(r.Stderr, "\n") {
				if c.in([]byte(line)) != "" && !strings.Contains(line, "config.yaml:5") { // the key itself must be named
					t.Errorf("the value is shown: %s", line)
				}
			}
		}),
		check("config/shipped", "source.config", "the shipped file is valid, has every key, and its values are the defaults", func(t *T) {
			text, err := os.ReadFile(filepath.Join(t.Dir, t.Description.Config))
			if err != nil {
				t.Fatalf("%v", err)
			}
			own, bare := t.effective("the shipped file", string(text)), t.effective("an empty file", "{}\n")
			for _, name := range settings(t) {
				same(t, name+" in the shipped file", own[name], bare[name])
			}
			for _, key := range settings(t) {
				_, leaf, _ := strings.Cut(key, ".")
				if !regexp.MustCompile(`(?m)^\s+` + leaf + `:`).Match(text) {
					t.Errorf("the shipped file lacks %s", key)
				}
			}
		}),
		check("config/defaults", "source.config", "the defaults are those that all services share", func(t *T) {
			got := t.effective("an empty file", "{}\n")
			for _, name := range settings(t) {
				if want := defaults[name]; want != "" {
					same(t, name, got[name], want)
				}
			}
		}),
	}
}

// defaults are those of all settings that a service can have.
var defaults = map[string]string{
	"server.host": "127.0.0.1", "server.port": "8000", "server.max_body_bytes": "1000000", "server.request_timeout_s": "30",
	"server.drain_s": "0", "server.shutdown_grace_s": "20", "startup.timeout_s": "5", "log.level": "INFO",
	"audit.path": "var/audit.jsonl", "audit.checkpoint_every": "1000", "limits.question_chars": "4000",
	"llm.base_url": "http://127.0.0.1:11434/v1", "llm.model": "default", "llm.embedding_model": "default", "llm.timeout_s": "10",
	"llm.batch_size": "64", "features.embeddings": "true",
	"database.pool_size": "10", "database.timeout_s": "5", "database.batch_size": "500",
}

// settings are the names of all settings of this service.
func settings(t *T) (list []string) {
	for _, name := range slices.Sorted(maps.Keys(defaults)) {
		section, _, _ := strings.Cut(name, ".")
		if section == "features" {
			section = "llm"
		}
		if t.has[section] == "" { // or needs nothing
			list = append(list, name)
		}
	}
	return list
}

// line finds the line of check's output that tells of a setting.
func (r run) line(name string) string {
	for _, line := range strings.Split(r.all(), "\n") {
		if regexp.MustCompile(`(^|\s)` + regexp.QuoteMeta(name) + `\b`).MatchString(line) {
			return line
		}
	}
	return ""
}

// setting fails the check unless the output gives a setting's value and origin.
func (t *T) setting(r run, name, value, origin string) {
	line := r.line(name)
	contains(t, "the line of "+name, line, value)
	contains(t, "the line of "+name, line, origin)
}

var numberEnd = regexp.MustCompile(`(\d)\.0+$`)

// effective are the values that check prints with a settings file.
func (t *T) effective(what, yaml string) map[string]string {
	return told(t, "check with "+what, func(t *T) map[string]string {
		// what the suite itself sets is not set
		r := t.checked(yaml, "SERVER__PORT", "", "STARTUP__TIMEOUT_S", "", "AUDIT__PATH", "", "LLM__BASE_URL", "")
		t.ended(r, 0)
		list := map[string]string{}
		for _, name := range settings(t) {
			_, after, _ := strings.Cut(r.line(name), name)
			fields := strings.Fields(strings.TrimLeft(after, " =:\t"))
			if len(fields) == 0 {
				t.Errorf("check does not print %s", name)
				continue
			}
			list[name] = numberEnd.ReplaceAllString(strings.Trim(fields[0], `"',`), "$1")
			if strings.EqualFold(list[name], "true") { // which each language writes in its way
				list[name] = "true"
			}
		}
		return list
	})
}
