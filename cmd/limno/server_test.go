package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"limnograph/cmd/limno/internal/config"
)

// A server that was asked and stopped leaves no goroutine, no lock, and its listener closed.
func TestServerStopsWhole(t *testing.T) {
	leak := goleak.IgnoreCurrent()
	cfg := config.Default(t.TempDir())
	cfg.Listen, cfg.Token, cfg.Firehose.AccessKey, cfg.Pprof.Listen = "127.0.0.1:0", "t", "k", "127.0.0.1:0"
	cfg.Landing.MinFree = 0
	for range 2 { // the second start finds the directory free
		s := startServer(t, cfg)
		s.ask(t, http.MethodPost, "/firehose/v1/s", `{"requestId":"1","records":[{"data":"e30="}]}`, http.StatusOK)
		s.ask(t, http.MethodPost, "/api/v1/query", `{"sql":"SELECT 1"}`, http.StatusOK)
		s.ask(t, http.MethodGet, "/api/v1/fleet", "", http.StatusOK)
		s.ask(t, http.MethodGet, "/readyz", "", http.StatusOK)
		s.stop()
		if err := <-s.done; err != nil {
			t.Fatalf("run: %v", err)
		}
		if _, err := http.Get(s.url() + "/healthz"); err == nil {
			t.Error("the listener still answers")
		}
	}
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, leak)
}

type runningServer struct {
	*server
	stop context.CancelFunc
	done chan error
}

func startServer(t *testing.T, cfg config.Config) *runningServer {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s, err := newServer(ctx, cfg, slog.New(slog.DiscardHandler), serverOptions{command: "test", reload: func() (config.Config, error) { return cfg, nil }})
	if err != nil {
		t.Fatal(err)
	}
	r := &runningServer{server: s, stop: stop, done: make(chan error, 1)}
	go func() { r.done <- s.run(ctx) }()
	return r
}

func (s *runningServer) ask(t *testing.T, method, path, body string, want int) {
	t.Helper()
	req, err := http.NewRequest(method, s.url()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer t", "Content-Type": "application/json", "X-Amz-Firehose-Access-Key": "k",
		"X-Amz-Firehose-Protocol-Version": "1.0", "X-Amz-Firehose-Request-Id": "1",
	} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != want {
		t.Errorf("%s %s answered %s", method, path, resp.Status)
	}
}

// Profiles are on a listener of their own, and only when it is asked for.
func TestProfilesHaveTheirOwnListener(t *testing.T) {
	cfg := config.Default(t.TempDir())
	cfg.Listen, cfg.Token, cfg.Landing.MinFree = "127.0.0.1:0", "t", 0
	off := startServer(t, cfg)
	if off.pprof != nil {
		t.Error("profiles are served without being asked for")
	}
	off.stop()
	<-off.done
	cfg.Pprof.Listen = "127.0.0.1:0"
	on := startServer(t, cfg)
	for url, want := range map[string]bool{"http://" + on.pprof.Addr().String(): true, on.url(): false} {
		resp, err := http.Get(url + "/debug/pprof/cmdline")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if got := strings.Contains(string(text), os.Args[0]); got != want || err != nil {
			t.Errorf("%s shows the process: %v, want %v (%v)", url, got, want, err)
		}
		resp.Body.Close()
	}
	on.stop()
	<-on.done
}

// A server that cannot start says why and gives back what it took.
func TestServerThatCannotListenReleasesTheDirectory(t *testing.T) {
	cfg := config.Default(t.TempDir())
	cfg.Listen, cfg.Token = "127.0.0.1:0", "t"
	first := startServer(t, cfg)
	taken := cfg
	taken.Data, taken.Listen = t.TempDir(), first.listener.Addr().String()
	opts := serverOptions{command: "test"}
	_, err := newServer(t.Context(), taken, slog.New(slog.DiscardHandler), opts)
	if err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("listening twice: %v", err)
	}
	first.stop()
	<-first.done
	if _, alive, err := readHolder(taken.Data); alive || err != nil {
		t.Errorf("the directory is still held: %v", err)
	}
}

func TestAllowedHosts(t *testing.T) {
	for listen, want := range map[string]string{"0.0.0.0:80": "x", "10.0.0.1:80": "x,10.0.0.1", "limno.example:80": "x,limno.example"} {
		if got := strings.Join(allowedHosts(config.Config{Listen: listen, AllowedHosts: []string{"x"}}), ","); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
	}
}

// Access keys follow the configuration; a broken or empty one leaves them as they are.
func TestKeyringFollowsTheConfiguration(t *testing.T) {
	cfg := config.Default(t.TempDir())
	var next config.Config
	var broken error
	k, err := newKeyring(cfg, func() (config.Config, error) { return next, broken }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	generated := k.keys()[0].Keys[0]
	if on, err := os.ReadFile(generatedKeyPath(cfg.Data)); err != nil || strings.TrimSpace(string(on)) != generated {
		t.Errorf("the generated key is not in its file: %v", err)
	}
	next = cfg
	k.refresh()
	if k.keys()[0].Keys[0] != generated {
		t.Error("a configuration without keys took the generated one away")
	}
	next.Firehose.AccessKeys = []config.AccessKey{{Name: "a", Key: "1", NextKey: "2", Accounts: []string{"111122223333"}}}
	k.refresh()
	if got := k.keys(); len(got) != 1 || strings.Join(got[0].Keys, ",") != "1,2" || got[0].Accounts[0] != "111122223333" {
		t.Errorf("keys %+v", got)
	}
	broken = context.DeadlineExceeded
	k.refresh()
	if got := k.keys(); got[0].Name != "a" {
		t.Errorf("a broken configuration changed the keys to %+v", got)
	}
	broken, next.Firehose.AccessKeys = nil, nil
	k.refresh()
	if got := k.keys(); got[0].Keys[0] != generated {
		t.Errorf("a key that was taken out of the configuration is still valid: %+v", got)
	}
}
