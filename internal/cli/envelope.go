package cli

// An envelope is how every JSON result begins.
type envelope struct {
	Format  int    `json:"format"`
	Command string `json:"command"`
	Exit    int    `json:"exit"`
}

func newEnvelope(command string) envelope { return envelope{Format: 1, Command: command} }
