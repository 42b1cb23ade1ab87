package servers

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// run runs a program to its end, with all that it starts, and returns its exit code and what it printed. One that takes
// longer than the limit is killed, which is an error.
func (c command) run(ctx context.Context, limit time.Duration) (code int, output string, err error) {
	log, err := os.CreateTemp(c.dir, "log-*")
	if err != nil {
		return 0, "", err
	}
	if err := log.Close(); err != nil {
		return 0, "", err
	}
	p, err := startProcess(c, log.Name())
	if err != nil {
		return 0, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case <-p.ended:
	case <-ctx.Done():
		err = fmt.Errorf("%s did not end within %s; the end of its output:\n%s", c.path, limit, tail(p.output()))
	}
	p.signal(syscall.SIGKILL) // what it left behind, such as the guard
	<-p.ended
	if closed := p.life.Close(); err == nil {
		err = closed
	}
	return p.cmd.ProcessState.ExitCode(), p.output(), err
}
