//go:build !linux

package conformance

import "errors"

func tinyDisk(string, int) error { return errors.ErrUnsupported }

func unmount(string) {}
