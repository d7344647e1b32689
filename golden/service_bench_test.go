package golden

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	connections = 32
	rounds      = 4
	roundTime   = 2 * time.Second
	starts      = 20
	auditKey    = "0123456789abcdef0123456789abcdef"
	body        = `{"question":"What is the answer?"}`
	completion  = `{"choices":[{"message":{"role":"assistant","content":"42."}}]}`
)

// BenchmarkService prints what the generated service costs: /v1/answers
// against the same route and the same call of the model with nothing around
// them, and the start with and without a long audit log. Nothing here fails.
func BenchmarkService(b *testing.B) {
	project := benchProject(b)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, completion)
	}))
	defer upstream.Close()
	b.Run("answers", func(b *testing.B) { benchAnswers(b, project, upstream.URL) })
	b.Run("start", func(b *testing.B) { benchStart(b, project, upstream.URL) })
}

func benchProject(b *testing.B) string {
	b.Helper()
	project := filepath.Join(b.TempDir(), "myservice")
	command(b, ".", buildGen(b), "new", project, "--no-input", "--no-git", "-t", "python-service")
	command(b, project, "make", "setup")
	return project
}

// A server is one process that answers, and how it did.
type server struct {
	name      string
	args, env []string
	best      float64 // requests a second
	p50, p99  time.Duration
	cpu       float64 // least microseconds of processor time a request, whatever else the machine does
	port      string
	pid       int
}

func benchAnswers(b *testing.B, project, upstream string) {
	testdata, err := filepath.Abs("testdata")
	check(b, err)
	servers := []*server{
		{name: "bare", args: []string{filepath.Join(testdata, "bare.py")}},
		{name: "service", args: []string{"-m", "myservice"}},
		{name: "without-log", args: []string{"-m", "myservice"}, env: []string{"MYSERVICE_LOG__LEVEL=ERROR"}},
		{name: "without-audit", args: []string{filepath.Join(testdata, "without_audit.py")}},
	}
	for _, s := range servers {
		stop := s.start(b, project, upstream)
		defer stop()
	}
	for range rounds { // in turns, so that a busy moment of the machine hits all
		for _, s := range servers {
			s.load(b)
		}
	}
	bare, service := servers[0], servers[1]
	for _, s := range servers {
		b.ReportMetric(s.best, s.name+"-req/s")
		b.ReportMetric(float64(s.p50.Microseconds())/1000, s.name+"-p50-ms")
		b.ReportMetric(float64(s.p99.Microseconds())/1000, s.name+"-p99-ms")
		b.ReportMetric(s.cpu, s.name+"-cpu-µs/req")
	}
	b.ReportMetric(service.cpu-servers[2].cpu, "log-cpu-µs/req")
	b.ReportMetric(service.cpu-servers[3].cpu, "audit-cpu-µs/req")
	b.ReportMetric(100*(1-service.best/bare.best), "%-slower-than-bare(bar:35)")
	b.ReportMetric(100*(1-bare.cpu/service.cpu), "%-slower-by-cpu")
}

func (s *server) start(b *testing.B, project, upstream string) (stop func()) {
	b.Helper()
	s.port = benchPort(b)
	cmd := exec.Command(filepath.Join(project, ".venv/bin/python"), s.args...)
	cmd.Dir = project
	cmd.Env = append(append(os.Environ(), serviceEnv(s.port, upstream, filepath.Join(b.TempDir(), "audit.jsonl"))...), s.env...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if response, err := http.Get("http://127.0.0.1:" + s.port + "/livez"); err == nil {
			response.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			b.Fatalf("%s does not start", s.name)
		}
	}
	s.pid = cmd.Process.Pid
	return func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() }
}

func serviceEnv(port, upstream, audit string) []string {
	return []string{
		"PORT=" + port, "UPSTREAM=" + upstream,
		"MYSERVICE_SERVER__PORT=" + port, "MYSERVICE_LLM__BASE_URL=" + upstream, "MYSERVICE_AUDIT__PATH=" + audit,
		"MYSERVICE_API_KEY=0123456789abcdef", "MYSERVICE_LLM_API_KEY=key", "MYSERVICE_AUDIT_KEY=" + auditKey,
	}
}

// load asks on all connections for a while, and keeps the best round.
func (s *server) load(b *testing.B) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	taken := make([][]time.Duration, connections)
	began, used := time.Now(), processorTime(s.pid)
	var wait sync.WaitGroup
	for c := range connections {
		wait.Go(func() {
			for time.Since(began) < roundTime {
				start := time.Now()
				if err := s.ask(client); err != nil {
					b.Error(s.name, err)
					return
				}
				taken[c] = append(taken[c], time.Since(start))
			}
		})
	}
	wait.Wait()
	all := slices.Concat(taken...)
	rate := float64(len(all)) / time.Since(began).Seconds()
	if cpu := 1e6 * (processorTime(s.pid) - used) / float64(len(all)); s.cpu == 0 || cpu < s.cpu {
		s.cpu = cpu
	}
	if rate > s.best {
		slices.Sort(all)
		s.best, s.p50, s.p99 = rate, all[len(all)/2], all[len(all)*99/100]
	}
}

// processorTime is what a process has used, in seconds; 0 where the system
// does not tell.
func processorTime(pid int) float64 {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}

func (s *server) ask(client *http.Client) error {
	request, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:"+s.port+"/v1/answers", strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-API-Key", "0123456789abcdef")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if answer, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %v", response.Status, answer, err)
	}
	return nil
}

// benchStart measures from exec to the line service.started, the least of many.
func benchStart(b *testing.B, project, upstream string) {
	long := filepath.Join(b.TempDir(), "long.jsonl")
	check(b, os.WriteFile(long, auditLog(1_000_000), 0o600))
	least, leastUsed := map[string]time.Duration{}, map[string]time.Duration{}
	for i := range starts {
		for name, audit := range map[string]string{"none": filepath.Join(b.TempDir(), fmt.Sprint(i)), "long": long} {
			took, used := startTime(b, project, upstream, audit)
			if least[name] == 0 || took < least[name] {
				least[name] = took
			}
			if leastUsed[name] == 0 || used < leastUsed[name] {
				leastUsed[name] = used
			}
		}
	}
	b.ReportMetric(least["none"].Seconds()*1000, "ms-without-audit-log(bar:2000)")
	b.ReportMetric(least["long"].Seconds()*1000, "ms-with-1000000-records")
	b.ReportMetric(100*(least["long"].Seconds()/least["none"].Seconds()-1), "%-more(bar:10)")
	b.ReportMetric(100*(leastUsed["long"].Seconds()/leastUsed["none"].Seconds()-1), "%-more-processor-time")
}

// startTime also returns the processor time of the whole run, which does not
// depend on what else the machine does.
func startTime(b *testing.B, project, upstream, audit string) (took, used time.Duration) {
	b.Helper()
	cmd := exec.Command(filepath.Join(project, ".venv/bin/myservice"))
	cmd.Dir = project
	cmd.Env = append(os.Environ(), serviceEnv("0", upstream, audit)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), `"service.started"`) {
	}
	took = time.Since(began)
	cmd.Process.Signal(syscall.SIGTERM)
	io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		b.Fatalf("%s: %v", audit, err)
	}
	return took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// auditLog makes a log of n records as the service writes it.
func auditLog(n int) []byte {
	var log bytes.Buffer
	previous := make([]byte, sha256.Size)
	for seq := range n {
		record := fmt.Sprintf(`{"seq":%d,"ts":"2026-01-02T03:04:05.000006Z","event":"http.access","actor":"api-key","method":"POST",`+
			`"route":"/v1/answers","status":200,"request_id":"%032x"`, seq+1, seq)
		mac := hmac.New(sha256.New, []byte(auditKey))
		mac.Write(previous)
		mac.Write([]byte(record + "}"))
		previous = mac.Sum(nil)
		fmt.Fprintf(&log, "%s,\"mac\":\"%s\"}\n", record, hex.EncodeToString(previous))
	}
	return log.Bytes()
}

func benchPort(b *testing.B) string {
	b.Helper()
	server := httptest.NewServer(nil)
	defer server.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	return port
}
