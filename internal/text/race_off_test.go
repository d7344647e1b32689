//go:build !race

package text

const slower = 1
