package conformance

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
)

// Ports are taken from below those that systems give to whoever asks for any:
// one that is found free stays free until the service opens it. Each is used
// once, so that nobody meets there what another has left.
const firstPort, lastPort = 20_000, 32_000

var (
	beginning = rand.IntN(lastPort - firstPort) // other programs, which run at the same time, begin elsewhere
	taken     atomic.Int64
)

// listen opens a port that nothing in this program has used before.
func listen(t *T) net.Listener {
	var err error
	for range lastPort - firstPort {
		port := firstPort + (beginning+int(taken.Add(1)))%(lastPort-firstPort)
		var l net.Listener
		if l, err = net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			return l
		}
	}
	t.Fatalf("no port is free: %v", err)
	return nil
}

// freePort finds a port for a process.
func freePort(t *T) int {
	l := listen(t)
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}
