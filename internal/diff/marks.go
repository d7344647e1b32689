package diff

import "bytes"

// Marks are 1 for every line that is marked, else 0.
type marks []byte

// end returns where the run of marked lines at a line ends.
func (m marks) end(at int) int {
	for at < len(m) && m[at] == 1 {
		at++
	}
	return at
}

// start returns where the run of marked lines above a line starts.
func (m marks) start(at int) int {
	for at > 0 && m[at-1] == 1 {
		at--
	}
	return at
}

// common returns how many lines both texts begin with that are not marked, or
// some of them: neither is searched far for what the other soon ends.
func common(a, b marks) int {
	n := min(len(a), len(b), 64)
	for _, m := range []marks{a, b} {
		if at := bytes.IndexByte(m[:n], 1); at >= 0 {
			n = at
		}
	}
	return n
}
