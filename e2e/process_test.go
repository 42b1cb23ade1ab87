package e2e_test

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a limno that keeps running: serve, demo or simulate.
type process struct {
	cmd    *exec.Cmd
	output *output
	exited chan struct{} // closed when the process has ended
	err    error         // of Wait; read it after exited
}

// start runs a long command. It is ended when the test ends, at the latest.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{
		cmd: command(context.Background(), env, args...), output: &output{grown: make(chan struct{}, 1)},
		exited: make(chan struct{}),
	}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start limno: %v", err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("limno %s printed:\n%s", strings.Join(args, " "), p.output)
		}
	})
	return p
}

// line waits for an output line that contains want and returns it. It fails the test when the process ends first.
func (p *process) line(t *testing.T, want string, within time.Duration) string {
	t.Helper()
	deadline := time.After(within)
	for {
		if line, ok := p.output.find(want); ok {
			return line
		}
		select {
		case <-p.output.grown:
		case <-p.exited:
			if line, ok := p.output.find(want); ok {
				return line
			}
			t.Fatalf("limno ended (%v) before it printed %q:\n%s", p.err, want, p.output)
		case <-deadline:
			t.Fatalf("limno did not print %q within %v:\n%s", want, within, p.output)
		}
	}
}

// stop asks the process to end, as Ctrl-C does, and returns its error: nil for exit code 0.
func (p *process) stop(t *testing.T, within time.Duration) error {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatalf("interrupt limno: %v", err)
	}
	select {
	case <-p.exited:
		return p.err
	case <-time.After(within):
		t.Fatalf("limno did not end within %v of the interrupt:\n%s", within, p.output)
		return nil
	}
}

// kill ends the process as a power cut would (SIGKILL) and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.exited
}

// output keeps what a process prints and tells when there is more.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	select {
	case o.grown <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// find returns the first whole line that contains want.
func (o *output) find(want string) (string, bool) {
	for line := range strings.Lines(o.String()) {
		if strings.HasSuffix(line, "\n") && strings.Contains(line, want) {
			return strings.TrimSuffix(line, "\n"), true
		}
	}
	return "", false
}
