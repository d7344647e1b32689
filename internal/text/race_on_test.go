//go:build race

package text

// The race detector makes everything this many times slower.
const slower = 10
