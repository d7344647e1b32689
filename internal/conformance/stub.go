package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// A mode is how the stub answers. A question or text that holds [[mode]] asks
// for it, so that many checks can share one service; the probe's mode is a
// property of the stub.
type mode string

const (
	ok          mode = "ok"
	broken      mode = "500"
	limited     mode = "429"
	refused     mode = "401"
	hanging     mode = "timeout" // no answer before the client gives up
	slow        mode = "slow"    // an answer after a second and a half
	notJSON     mode = "not-json"
	wrongShape  mode = "wrong-shape"
	noChoices   mode = "no-choices"
	fewer       mode = "fewer" // vectors than texts
	redirecting mode = "redirect"
	gone        mode = "gone" // the connection is closed without an answer
)

const slowly = 1500 * time.Millisecond

var asked = regexp.MustCompile(`\[\[([a-z0-9-]+)\]\]`)

// A Stub is a model endpoint under our control.
type Stub struct {
	URL string

	server *httptest.Server
	closed sync.Once
	mu     sync.Mutex
	probe  mode
	calls  []call
	conns  int
	stop   chan struct{}
}

// A call is one request that the stub has seen.
type call struct {
	Path, Auth, Method string
	Body               []byte
	At, Done           time.Time
}

// inputs are the texts of a call for embeddings.
func (c call) inputs() (texts []string) {
	var body struct{ Input []string }
	if json.Unmarshal(c.Body, &body) != nil {
		return nil
	}
	return body.Input
}

// stub starts a stub that lives as long as the run.
func (t *T) stub() *Stub {
	u := &Stub{probe: ok, stop: make(chan struct{})}
	u.server = &httptest.Server{Listener: listen(t), Config: &http.Server{Handler: http.HandlerFunc(u.serve)}}
	u.server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			u.mu.Lock()
			u.conns++
			u.mu.Unlock()
		}
	}
	u.server.Start()
	u.URL = u.server.URL + "/v1"
	t.atEnd(u.Close)
	return u
}

// Close ends the stub; hanging answers end with it. It must not hold mu: a
// connection that just begins holds the server's lock, and waits for mu.
func (u *Stub) Close() {
	u.closed.Do(func() {
		close(u.stop)
		u.server.CloseClientConnections()
		u.server.Close()
	})
}

func (u *Stub) setProbe(m mode) *Stub {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.probe = m
	return u
}

// seen returns the calls whose path ends in suffix.
func (u *Stub) seen(suffix string) (list []call) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, c := range u.calls {
		if strings.HasSuffix(c.Path, suffix) {
			list = append(list, c)
		}
	}
	return list
}

// holding returns the calls whose body holds text.
func (u *Stub) holding(text string) (list []call) {
	for _, c := range u.seen("") {
		if bytes.Contains(c.Body, []byte(text)) {
			list = append(list, c)
		}
	}
	return list
}

func (u *Stub) connections() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.conns
}

func (u *Stub) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	u.mu.Lock()
	n := len(u.calls)
	u.calls = append(u.calls, call{Path: r.URL.Path, Auth: r.Header.Get("Authorization"), Method: r.Method, Body: body, At: time.Now()})
	m := u.probe
	u.mu.Unlock()
	if !strings.HasSuffix(r.URL.Path, "/models") {
		m = ok
		if found := asked.FindSubmatch(body); found != nil {
			m = mode(found[1])
		}
	}
	u.answer(w, r, m, body)
	u.mu.Lock()
	u.calls[n].Done = time.Now()
	u.mu.Unlock()
}

// answer answers in one mode. What is wrong carries the canaries of the
// request, as endpoints do that repeat what they were sent.
func (u *Stub) answer(w http.ResponseWriter, r *http.Request, m mode, body []byte) {
	echo := func(status int) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		text, _ := json.Marshal(map[string]any{"error": map[string]string{"message": "no: " + string(body)}})
		_, _ = w.Write(text)
	}
	pause := func(d time.Duration) bool {
		select {
		case <-time.After(d):
			return true
		case <-r.Context().Done():
		case <-u.stop:
		}
		return false
	}
	switch m {
	case broken, limited, refused:
		var status int
		_, _ = fmt.Sscan(string(m), &status)
		echo(status)
	case hanging:
		pause(10 * time.Minute)
	case notJSON:
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, "<html>%s</html>", body)
	case redirecting:
		w.Header().Set("Location", u.server.URL+"/elsewhere/v1/chat/completions")
		w.WriteHeader(http.StatusTemporaryRedirect)
	case gone:
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			_ = conn.Close()
		}
	case slow:
		if pause(slowly) {
			u.shaped(w, r, m, body)
		}
	default:
		u.shaped(w, r, m, body)
	}
}

// shaped answers with JSON that has, or nearly has, the right shape.
func (u *Stub) shaped(w http.ResponseWriter, r *http.Request, m mode, body []byte) {
	var answer any
	embeddings := strings.HasSuffix(r.URL.Path, "/embeddings")
	switch {
	case m == wrongShape && !embeddings:
		answer = map[string]any{"choices": string(body), "data": map[string]any{"a": string(body)}}
	case strings.HasSuffix(r.URL.Path, "/models"):
		answer = map[string]any{"object": "list", "data": []any{}}
	case embeddings:
		data := []any{}
		for i, text := range slices.Backward(call{Body: body}.inputs()) { // the index says which text it is of
			var of any = vector(text)
			if m == wrongShape {
				of = []string{string(body)}
			}
			data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": of})
		}
		if m == fewer && len(data) > 0 {
			data = data[1:]
		}
		answer = map[string]any{"object": "list", "data": data, "model": "stub"}
	case m == noChoices:
		answer = map[string]any{"choices": []any{}}
	default:
		message := map[string]any{"role": "assistant", "content": reply(body)}
		answer = map[string]any{
			"id": "1", "object": "chat.completion", "model": "stub",
			"choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": "stop"}},
		}
	}
	text, _ := json.Marshal(answer)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}

// reply answers a call for a completion with something that depends on it.
func reply(body []byte) string {
	var b struct{ Messages []struct{ Content any } }
	if json.Unmarshal(body, &b) != nil || len(b.Messages) == 0 {
		return "?"
	}
	return fmt.Sprintf("%d characters", len([]rune(fmt.Sprint(b.Messages[len(b.Messages)-1].Content))))
}

// vector depends on the text, so that an order can be seen.
func vector(text string) []float64 {
	sum := 0
	for _, b := range []byte(text) {
		sum = (sum*31 + int(b)) % 1_000_003
	}
	return []float64{float64(len(text)), float64(sum)}
}

// A gate passes connections on to an address, until it is shut.
type gate struct {
	Addr string

	to   string
	mu   sync.Mutex
	shut bool
	open map[net.Conn]bool
}

// gate starts a gate that lives as long as the run.
func (t *T) gate(to string) *gate {
	l := listen(t)
	g := &gate{Addr: l.Addr().String(), to: to, open: map[net.Conn]bool{}}
	t.atEnd(func() { g.Shut(); _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go g.pass(conn)
		}
	}()
	return g
}

func (g *gate) pass(in net.Conn) {
	defer func() { _ = in.Close() }()
	out, err := net.Dial("tcp", g.to)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	g.mu.Lock()
	shut := g.shut
	g.open[in], g.open[out] = true, true
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		delete(g.open, in)
		delete(g.open, out)
		g.mu.Unlock()
	}()
	if shut {
		return
	}
	go func() {
		_, _ = io.Copy(out, in)
		_ = out.Close()
	}()
	_, _ = io.Copy(in, out)
}

// Shut ends every connection, and every new one at once.
func (g *gate) Shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	for conn := range maps.Keys(g.open) {
		_ = conn.Close()
	}
	clear(g.open)
}

// Open lets connections pass again.
func (g *gate) Open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = false
}

// connected is the number of connections that are open.
func (g *gate) connected() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.open)
}
