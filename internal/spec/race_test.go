//go:build race

package spec

// patience is how much slower the race detector makes the tests.
const patience = 20
