package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// stopTimeout is how long a server may take to end by itself.
const stopTimeout = 15 * time.Second

// command is how to start a server and how to know that it is ready.
type command struct {
	path string
	args []string
	env  []string // everything: nothing is inherited
	dir  string

	ready func(ctx context.Context, url string) bool // asks once whether it serves
}

// process is a running server in a process group of its own.
type process struct {
	cmd   *exec.Cmd
	life  *os.File // its end ends the group, also when this process is killed
	log   string
	ended chan struct{}
	state error // why it ended, once ended is closed

	patience time.Duration // how long it may take to end by itself
}

// guard runs the program that follows it, and ends its process group when standard input ends: a test binary that
// is killed, or that panics, leaves no server behind. A server that doesn't end by itself within 15 seconds is killed.
const guard = `exec 3<&0
(trap "" TERM; read -r _ <&3; kill -TERM 0; n=15
 while [ $n -gt 0 ] && kill -0 $$; do n=$((n-1)); sleep 1; done; kill -KILL 0) 2>/dev/null &
exec "$0" "$@" </dev/null 3<&-`

func startProcess(c command, log string) (*process, error) {
	output, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	cmd := exec.Command("/bin/sh", append([]string{"-c", guard, c.path}, c.args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = read, output, output
	cmd.Env, cmd.Dir = c.env, c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	p := &process{cmd: cmd, life: write, log: log, ended: make(chan struct{}), patience: stopTimeout}
	go p.wait()
	return p, nil
}

func (p *process) wait() {
	p.state = p.cmd.Wait()
	close(p.ended)
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop ends the server, then what is left of its group, and waits until nothing is.
func (p *process) stop() error {
	early := p.failure()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(p.patience):
	}
	p.signal(syscall.SIGKILL)
	if err := p.life.Close(); err != nil {
		return err
	}
	if !p.gone(stopTimeout) {
		return fmt.Errorf("process group %d does not end", p.pid())
	}
	return early
}

// signal reaches every process of the group; one that is gone is no error.
func (p *process) signal(s syscall.Signal) { _ = syscall.Kill(-p.pid(), s) }

// gone waits for the end of the group.
func (p *process) gone(within time.Duration) bool {
	deadline := time.After(within)
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	for p.lives() {
		select {
		case <-every.C:
		case <-deadline:
			return false
		}
	}
	return true
}

// lives reports whether any process of the group runs. One that has ended and waits for its parent to notice does not.
func (p *process) lives() bool {
	if errors.Is(syscall.Kill(-p.pid(), 0), syscall.ESRCH) {
		return false
	}
	_, err := os.Stat("/proc/self/stat")
	return err != nil || len(members(p.pid())) > 0
}

// failure says that the server ended before it was stopped, with the end of its log; nil while it runs.
func (p *process) failure() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended by itself (%v); the end of its log:\n%s", p.cmd.Args[3], p.state, tail(p.output()))
	default:
		return nil
	}
}

// abandon stops a server that did not start well, and adds the end of its log to the reason if it is not there.
func (p *process) abandon(reason error) error {
	ended := p.failure()
	_ = p.stop() // what went wrong is being reported already
	if ended != nil {
		return reason
	}
	return fmt.Errorf("%w; the end of its log:\n%s", reason, tail(p.output()))
}

func (p *process) output() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// tail returns the last lines of a text.
func tail(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}
