//go:build !unix

package conformance

import "syscall"

// A service is judged where there are signals and process groups; elsewhere
// this package only compiles.

func ownGroup() *syscall.SysProcAttr { return nil }

func nobody() *syscall.SysProcAttr { return nil }

func handOver(...string) error { return nil }

func killGroup(int) {}

func sweep(string) {}
