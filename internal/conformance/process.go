package conformance

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

// marker is the variable by which a run finds what its processes left behind.
const marker = "CONFORMANCE_RUN"

// A flood of output ends the process that makes it.
const flood = 32 << 20

// A Sink keeps what a process writes, up to a limit.
type Sink struct {
	mu    sync.Mutex
	data  bytes.Buffer
	over  bool
	spill func()
}

func (s *Sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	room := flood - s.data.Len()
	s.data.Write(p[:min(len(p), room)])
	first := len(p) > room && !s.over
	s.over = s.over || len(p) > room
	s.mu.Unlock()
	if first {
		s.spill()
	}
	return len(p), nil
}

// Bytes returns a copy of what was written so far.
func (s *Sink) Bytes() []byte { return s.from(0) }

func (s *Sink) String() string { return string(s.Bytes()) }

// Flooded reports whether there was too much.
func (s *Sink) Flooded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// A Process is a program under judgement. It leads a process group of its own.
type Process struct {
	Stdout, Stderr Sink
	attr           *syscall.SysProcAttr // an own group must be one
	last           syscall.Signal       // lets it clean up before it is killed; 0 is none
	cmd            *exec.Cmd
	done           chan struct{}
	killed         sync.Once
	watch          watch
}

// start runs argv in dir with exactly env.
func (s *Suite) start(dir string, env map[string]string, argv ...string) (*Process, error) {
	p := &Process{attr: ownGroup()}
	return p, s.launch(p, dir, env, argv...)
}

func (s *Suite) launch(p *Process, dir string, env map[string]string, argv ...string) error {
	if s.ctx.Err() != nil {
		return errors.New("the run is over")
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	p.cmd, p.done = cmd, make(chan struct{})
	p.Stdout.spill, p.Stderr.spill = p.Kill, p.Kill
	cmd.Dir = dir
	cmd.Env = []string{s.marker}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	slices.Sort(cmd.Env)
	cmd.Stdout, cmd.Stderr = &p.Stdout, &p.Stderr
	cmd.SysProcAttr = p.attr
	// A child that keeps the streams open does not keep us; on a busy machine
	// what is left in them is read all the same.
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		return err
	}
	s.mu.Lock()
	s.processes = append(s.processes, p)
	s.mu.Unlock()
	go func() {
		_ = cmd.Wait() // the state says how it ended
		killGroup(cmd.Process.Pid)
		close(p.done)
	}()
	if s.ctx.Err() != nil { // whoever kills them all may have come before this one
		p.Kill()
	}
	return nil
}

// Kill ends the process and its group at once.
func (p *Process) Kill() {
	p.killed.Do(func() {
		if p.last != 0 {
			p.signal(p.last)
			select {
			case <-p.done:
			case <-time.After(10 * time.Second):
			}
		}
		if p.running() {
			killGroup(p.cmd.Process.Pid)
		}
	})
}

func (p *Process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// signal sends sig to the process alone.
func (p *Process) signal(sig syscall.Signal) { _ = p.cmd.Process.Signal(sig) }

// wait returns the exit code: 128 and the number for a signal, as shells say
// it. A process that does not end in time is killed, and ok is false.
func (p *Process) wait(limit time.Duration) (code int, ok bool) {
	select {
	case <-p.done:
	case <-time.After(limit):
		p.Kill()
		<-p.done
		return -1, false
	}
	state := p.cmd.ProcessState
	if status, is := state.Sys().(syscall.WaitStatus); is && status.Signaled() {
		return 128 + int(status.Signal()), true
	}
	return state.ExitCode(), true
}

// environment is what every process gets: what it needs to run, and nothing
// else of ours.
func (s *Suite) environment(home string) map[string]string {
	return map[string]string{"HOME": home, "LANG": "C.UTF-8", "TMPDIR": s.work, "PATH": os.Getenv("PATH")}
}
