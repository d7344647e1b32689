package cli_test

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// valid fails unless a file, stdout or stderr is what docs/output.schema.json
// allows: valid FILE.
func valid(ts *testscript.TestScript, neg bool, args []string) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/output.schema.json")
	ts.Check(err)
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	if err := schema.Validate(document); (err == nil) == neg {
		ts.Fatalf("%s is valid: %v: %v", args[0], neg, err)
	}
}
