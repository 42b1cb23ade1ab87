package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// How long bench waits for its own server.
const (
	benchStartLimit = 30 * time.Second
	benchStopLimit  = 60 * time.Second
)

// benchServer is a server that bench has started for itself.
type benchServer struct {
	url, accessKey, token string

	dir    string
	cmd    *exec.Cmd
	log    bytes.Buffer // read only after the process has ended
	exited chan error
}

// startBenchServer runs `serve` of this very binary on an empty directory and waits until it is ready.
func startBenchServer(ctx context.Context, parent string, cores int) (*benchServer, error) {
	dir, err := os.MkdirTemp(parent, "limno-bench-")
	if err != nil {
		return nil, err
	}
	s := &benchServer{dir: dir, accessKey: rand.Text(), token: rand.Text(), exited: make(chan error, 1)}
	if err := s.start(cores); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.wait(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *benchServer) start(cores int) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	empty := filepath.Join(s.dir, "config.yaml") // so that no configuration of this user applies
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		return err
	}
	s.cmd = &exec.Cmd{
		Path: exe, Args: []string{"limno", "serve", "--config", empty, "--data", s.data(), "--listen", "127.0.0.1:0"},
		Env: s.environment(cores), Stdout: &s.log, Stderr: &s.log, WaitDelay: time.Second,
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func() { s.exited <- s.cmd.Wait() }()
	return nil
}

func (s *benchServer) data() string { return filepath.Join(s.dir, "data") }

// environment is that of bench, with the server's secrets in place of all other settings.
func (s *benchServer) environment(cores int) []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "LIMNO_") {
			env = append(env, e)
		}
	}
	env = append(env, "LIMNO_FIREHOSE_ACCESS_KEY="+s.accessKey, "LIMNO_TOKEN="+s.token)
	if cores > 0 {
		env = append(env, fmt.Sprintf("GOMAXPROCS=%d", cores))
	}
	return env
}

// wait polls until the server tells its address and is ready.
func (s *benchServer) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, benchStartLimit)
	defer cancel()
	for !s.ready(ctx) {
		select {
		case err := <-s.exited:
			s.exited <- err
			if err == nil {
				err = errors.New("exit code 0")
			}
			return fmt.Errorf("bench's own server ended at its start (%w):\n%s", err, s.log.String())
		case <-ctx.Done():
			return fmt.Errorf("bench's own server was not ready in %s: %w", benchStartLimit, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

func (s *benchServer) ready(ctx context.Context) bool {
	holder, alive, err := readHolder(s.data())
	if err != nil || !alive || holder.URL == "" {
		return false
	}
	s.url = holder.URL
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// stop ends the process, by force if it must, and removes its data.
func (s *benchServer) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		_ = s.cmd.Process.Kill() // systems without that signal
	}
	var err error
	select {
	case err = <-s.exited:
	case <-time.After(benchStopLimit):
		_ = s.cmd.Process.Kill()
		err = errors.Join(fmt.Errorf("bench's own server did not end in %s", benchStopLimit), <-s.exited)
	}
	if err != nil {
		err = fmt.Errorf("%w:\n%s", err, s.log.String())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
