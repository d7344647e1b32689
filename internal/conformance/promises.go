package conformance

import (
	"fmt"
	"slices"
	"strings"
)

// A Promise is something that every service of this kind does, whatever its
// language.
type Promise struct {
	ID, Text string
	Own      string // what proves it inside the project, beyond the checks here
}

var promises = []Promise{
	{"source.command", "the code is a package with a command, which runs anywhere", ""},
	{"source.config", "one file at the root holds every setting, with the default as its value", ""},
	{"source.tests", "the tests mirror the sources", ""},
	{"source.isolated", "nothing outside the project is needed or changed", ""},
	{"source.imports", "importing the code connects to nothing and reads no secret", "make e2e: the project's own tests"},
	{"source.verbs", "make has the same verbs everywhere", ""},
	{"source.mocks", "tests replace what is outside, refuse to connect to it, and share fixtures", "make e2e: the project's own tests"},
	{"source.judges", "linters and type checkers find nothing", "make e2e: make check in the project"},

	{"errors.kinds", "each kind of failure has its status and its code", "make e2e: the project's own tests, for the kinds that no sample raises"},
	{"errors.problem", "every failure is an RFC 9457 problem with the same members", ""},
	{"errors.validation", "what is wrong with a body is a 400 that points at all of it; an unknown field's parent is pointed at", ""},
	{"errors.http", "what the framework refuses is a problem like any other", ""},
	{"errors.headers", "Retry-After, WWW-Authenticate and Allow come with what they belong to", ""},
	{"errors.openapi", "the OpenAPI document tells the truth", ""},

	{"config.strict", "an unknown or repeated key, a wrong type and a missing file are errors", ""},
	{"config.override", "a variable with two underscores overrides a setting, read as YAML; others are not settings", ""},
	{"config.flag", "a feature flag turns something off", ""},
	{"config.threshold", "a threshold limits something", ""},

	{"secrets.environment", "secrets come from variables, or from files that variables name", ""},
	{"secrets.not-in-file", "a secret among the settings is an error", ""},
	{"secrets.names", "an example names every secret and holds none", ""},
	{"secrets.no-defaults", "no secret has a default, and a short one is an error", ""},

	{"startup.all", "all that is wrong is told at once", ""},
	{"startup.places", "each problem names its variable, or the file and the line", ""},
	{"startup.probes", "what the service depends on is probed in bounded time before anything is served", ""},
	{"startup.check", "check does what a start does, and prints each setting with its origin", ""},
	{"startup.offline", "check --offline needs neither secrets nor a network", ""},

	{"logs.jsonl", "stdout is one JSON object a line, and nothing else", ""},
	{"logs.fields", "each line has the fields that all lines have, and only allowed ones", ""},
	{"logs.foreign", "what libraries log is in the same form, without its text", ""},
	{"logs.events", "the known events have their fields", ""},
	{"logs.level", "log.level is obeyed", ""},
	{"ids.accepted", "a good request id is taken, a bad one is replaced, and it is sent back", ""},
	{"ids.everywhere", "the id is in every line, problem and record of its request", ""},
	{"ids.trace", "the trace id of a valid traceparent is logged", ""},

	{"privacy.log", "what anybody sends is in no line and no record", ""},
	{"privacy.answers", "what anybody sends is in no problem", ""},
	{"privacy.route", "a request is logged by its route, an unknown method as OTHER", ""},
	{"privacy.exceptions", "an exception is logged by type and place", ""},
	{"privacy.telemetry", "the server's own access log and the framework's telemetry are off", "make e2e: the project's own tests"},
	{"privacy.secrets", "secrets are shown nowhere", ""},
	{"privacy.start-up", "a wrong setting is told without its value", ""},

	{"audit.file", "the audit log is apart from the log, and private", ""},
	{"audit.records", "the records that are promised, with their fields, and no others", ""},
	{"audit.append", "the file is only appended to, by one process", ""},
	{"audit.shared", "a record is written before its answer, and a denial synced; callers share syncs", ""},
	{"audit.failure", "a failed write is cut back and final: 503, and not ready", ""},
	{"audit.chain", "each record's mac covers all before it, in the same form in every language", ""},
	{"audit.checkpoints", "the log has checkpoints, which show what was cut off", ""},
	{"audit.tail", "start-up verifies the end, whatever the length", ""},
	{"audit.verify", "audit verify finds every change, and says where", ""},
	{"audit.rotate", "audit rotate begins a file that carries the chain on", ""},
	{"audit.torn", "a line that a crash has torn is cut off and recorded", ""},

	{"lazy.first-use", "what is expensive is loaded by the first use, and nothing before", ""},
	{"lazy.once", "it is loaded once, however many ask", ""},
	{"lazy.retry", "a failure to load is not kept", ""},
	{"lazy.closed", "it is closed at the end, and a caller may leave while it loads", "make e2e: the project's own tests"},
	{"batch.size", "many items go out in batches of a setting's size, in order", ""},

	{"life.codes", "exit codes: 0, 1, 2, 69, 78", ""},
	{"life.start-up", "start-up problems are words on stderr and one line on stdout, never a traceback", ""},
	{"life.term", "SIGTERM finishes what is in flight", ""},
	{"life.drain", "first the service is not ready, with its port open", ""},
	{"life.grace", "what does not finish in the grace is cut", ""},
	{"life.second", "a second SIGTERM forces", ""},

	{"http.endpoints", "the endpoints and their shapes are the same everywhere", ""},
	{"http.key", "the key is checked before the body is read", ""},
	{"http.limit", "a body has a limit", ""},
	{"http.type", "a body must say that it is JSON", ""},
	{"http.deadline", "every request has a deadline", ""},
	{"http.bare", "no Server header, no redirects", ""},
	{"http.bounded", "what is not HTTP, or has no end, harms nothing", ""},
	{"upstream.calls", "the model is asked by the same protocol everywhere", ""},
	{"upstream.failures", "whatever the model endpoint does wrong is a 503, and no more", ""},
	{"database.notes", "notes are kept and found", ""},
	{"database.batches", "an insert is one transaction of batches", ""},
	{"database.errors", "what the database refuses is a 409, a 404 or a 503", ""},
	{"cli.commands", "the commands are the same everywhere", ""},
	{"cli.usage", "a wrong command line is a usage error", ""},
}

// provers are the ids of the checks that prove a promise.
func provers(id string) (list []string) {
	for _, c := range Checks() {
		if slices.Contains(c.proves(), id) {
			list = append(list, c.ID)
		}
	}
	return list
}

// Map is a table of the promises and what proves each.
func Map() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| promise | in words | proved by |\n|---|---|---|\n")
	for _, p := range promises {
		proof := provers(p.ID)
		if p.Own != "" {
			proof = append(proof, p.Own)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.ID, p.Text, strings.Join(proof, ", "))
	}
	return b.String()
}

// Promises are all of them, by subject.
func Promises() []Promise { return slices.Clone(promises) }
