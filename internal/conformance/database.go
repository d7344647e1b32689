package conformance

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// ServerVariable names a PostgreSQL server to use instead of one of the run's
// own: its value is a DSN.
const ServerVariable = "CONFORMANCE_DATABASE_URL"

// A postgres is the run's database server.
type postgres struct {
	url      string
	password canary
	*Process // nil if the server is not ours
}

// findServer says why there can be no database server, or "".
func (s *Suite) findServer() string {
	if os.Getenv(ServerVariable) != "" {
		return ""
	}
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(program); err != nil {
			return program + " is not installed, and " + ServerVariable + " is not set"
		}
	}
	return ""
}

// database returns the address of the server, which is started when it is first
// asked for.
func (t *T) database() string {
	if t.has["server"] != "" {
		return "postgresql://nobody@127.0.0.1:1/none"
	}
	return server(t).url
}

func server(t *T) postgres {
	return told(t, "the database server", func(t *T) postgres {
		p := postgres{url: os.Getenv(ServerVariable), password: newCanary()}
		if p.url == "" {
			p = t.ownServer()
		}
		t.makeTables(p.url)
		return p
	})
}

// ownServer starts a server for this run alone: nothing in it outlives the run.
func (t *T) ownServer() postgres {
	p := postgres{password: newCanary()}
	dir, err := os.MkdirTemp("", "conformance-database-")
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.atEnd(func() { _ = os.RemoveAll(dir) })
	secret := filepath.Join(dir, "password")
	t.write(secret, []byte(p.password.core))
	if err := handOver(dir, secret); err != nil {
		t.Fatalf("%v", err)
	}
	env := t.environment(dir)
	data := filepath.Join(dir, "data")
	made := &Process{attr: nobody()}
	err = t.launch(made, dir, env, "initdb", "--pgdata", data, "--username", "conformance", "--pwfile", secret,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	if err != nil {
		t.Fatalf("initdb: %v", err)
	}
	if code, ended := made.wait(t.Deadline); !ended || code != 0 {
		t.Fatalf("initdb ended with %d: %s", code, made.Stderr.String())
	}
	port := freePort(t)
	p.Process = &Process{attr: nobody(), last: syscall.SIGQUIT} // it would leave its shared memory behind
	err = t.launch(p.Process, dir, env, "postgres", "-D", data, "-p", fmt.Sprint(port), "-k", "",
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "log_statement=all", "-c", "log_parameter_max_length=-1")
	if err != nil {
		t.Fatalf("postgres: %v", err)
	}
	p.url = fmt.Sprintf("postgresql://conformance:%s@127.0.0.1:%d/postgres", p.password.core, port)
	t.eventually("the database server is ready", func() string {
		if !p.running() {
			t.Fatalf("it has ended: %s", p.Stderr.String())
		}
		if !strings.Contains(p.Stderr.String(), "ready to accept connections") {
			return "not yet"
		}
		return ""
	})
	return p
}

// makeTables runs what the service's description says.
func (t *T) makeTables(url string) {
	if len(t.Description.Schema) == 0 {
		return
	}
	env := t.environment(t.dir())
	env[t.env("DATABASE_URL")] = url
	if r := t.ran(t.Dir, env, t.fillAll(t.Description.Schema)...); r.Code != 0 {
		t.Fatalf("%s ended with %d: %s", r.What, r.Code, r.Stderr)
	}
}

// gated returns a gate to the server, and its address through the gate.
func (t *T) gated() (*gate, string) {
	url := server(t).url
	at := strings.LastIndex(url, "@")
	host, rest, _ := strings.Cut(url[at+1:], "/")
	if _, _, err := net.SplitHostPort(host); err != nil {
		host += ":5432"
	}
	g := t.gate(host)
	return g, url[:at+1] + g.Addr + "/" + rest
}

// statements returns how many statements hold text in the server's log, which
// is read beside the answers: with what comes later all before has come.
func (t *T) statements(text string) int {
	end := token()
	t.do(withDatabase(t), keep(end))
	var log string
	t.eventually("the server logs a later statement", func() string {
		log = server(t).Stderr.String()
		return map[bool]string{false: "not yet"}[strings.Contains(log, end)]
	})
	return len(regexp.MustCompile(`(?m)DETAIL:.*`+text).FindAllString(log, -1))
}
