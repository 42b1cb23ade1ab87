package servers

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	askTimeout   = 5 * time.Second // of one question to a server that starts
	startTimeout = 3 * time.Minute // machines of continuous integration are slow and busy
	startTries   = 3               // another process may take the port first
)

// launch starts a server and waits until it answers. A port that somebody else took in between is tried again.
func (p *Pool) launch(ctx context.Context, blank Server, begin start) (*Server, error) {
	for try := 1; ; try++ {
		at, err := p.place(blank.Name)
		if err != nil {
			return nil, err
		}
		proc, err := at.run(ctx, begin)
		if err == nil {
			s := blank
			s.URL, s.Region, s.AccountID = "http://"+at.address(), orDefault(s.Region, region), orDefault(s.AccountID, accountID)
			s.AccessKey, s.SecretKey = accessKey, secretKey
			s.process, s.trap = proc, p.trap
			return &s, nil
		}
		if try == startTries || !strings.Contains(strings.ToLower(err.Error()), "in use") {
			return nil, err
		}
	}
}

// place makes a directory for the server and finds a free port.
func (p *Pool) place(name string) (place, error) {
	dir, err := os.MkdirTemp(p.dir, name+"-")
	if err != nil {
		return place{}, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return place{}, err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return place{}, err
	}
	return place{dir: dir, port: port, trap: p.trap}, listener.Close()
}

// run starts the command, waits until it is ready, and sees that it listens on loopback alone.
func (p place) run(ctx context.Context, begin start) (*process, error) {
	cmd, err := begin(ctx, p)
	if err != nil {
		return nil, err
	}
	proc, err := startProcess(cmd, filepath.Join(p.dir, "log"))
	if err != nil {
		return nil, err
	}
	if err := p.await(ctx, proc, cmd); err != nil {
		return nil, proc.abandon(err)
	}
	return proc, nil
}

func (p place) await(ctx context.Context, proc *process, cmd command) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for !cmd.ready(ctx, "http://"+p.address()) {
		select {
		case <-every.C:
		case <-proc.ended:
			return proc.failure()
		case <-ctx.Done():
			return fmt.Errorf("it was not ready within %s", startTimeout)
		}
	}
	return onlyLoopback(proc.pid())
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
