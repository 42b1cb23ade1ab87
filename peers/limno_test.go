//go:build peers

package peers_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// limnoBinary builds limno once, or takes the one that LIMNO_BIN names. It stays where the tool keeps what it built.
var limnoBinary = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("LIMNO_BIN"); given != "" {
		return filepath.Abs(given)
	}
	path := filepath.Join(os.TempDir(), "limno-peers-"+time.Now().Format("150405.000"))
	out, err := exec.Command("go", "build", "-o", path, "limnograph/cmd/limno").CombinedOutput()
	if err != nil {
		return "", errors.New(err.Error() + "\n" + string(out))
	}
	return path, nil
})

// limnoCommand has the environment that is given and no other.
func limnoCommand(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := limnoBinary()
	if err != nil {
		t.Fatalf("build limno: %v", err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = env
	return cmd
}

// limno runs one command to its end and returns what it printed.
func limno(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := limnoCommand(t, env, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("limno %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// limnoServer is a running `limno serve`.
type limnoServer struct {
	cmd    *exec.Cmd
	dir    string
	url    string
	exited chan struct{} // closed when the process has ended
	err    error         // of Wait; read it after exited

	mu     sync.Mutex
	output bytes.Buffer
}

// Write takes what the process prints.
func (s *limnoServer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.Write(p)
}

func (s *limnoServer) printed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

// serve starts a server on a data directory. It is killed when the test ends, at the latest.
func serve(t *testing.T, dir string, env []string) *limnoServer {
	t.Helper()
	s := &limnoServer{dir: dir, exited: make(chan struct{})}
	s.cmd = limnoCommand(t, append([]string{"LIMNO_DATA=" + dir, "LIMNO_LISTEN=127.0.0.1:0", "LIMNO_TOKEN=token"}, env...), "serve")
	s.cmd.Stdout, s.cmd.Stderr = s, s
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.exited)
	}()
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("limno printed:\n%s", s.printed())
		}
	})
	eventually(t, "limno serves", time.Minute, func() bool {
		_, after, found := strings.Cut(s.printed(), "  page ")
		if found {
			s.url = strings.TrimRight(strings.Fields(after)[0], "/")
		}
		select {
		case <-s.exited:
			t.Fatalf("limno ended: %v\n%s", s.err, s.printed())
		default:
		}
		return found
	})
	return s
}

// ask sends a request without a body, and returns the JSON of the answer.
func (s *limnoServer) ask(t *testing.T, method, path string) (status int, answer map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer token")
	request.Header.Set("Content-Type", "application/octet-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, s.printed())
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%s %s answered %d %.200q", method, path, response.StatusCode, text)
	}
	return response.StatusCode, answer
}

// stop ends the server as Ctrl-C does.
func (s *limnoServer) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-s.exited
	if s.err != nil {
		t.Errorf("limno ended with %v:\n%s", s.err, s.printed())
	}
}

// kill ends the server as a power cut does.
func (s *limnoServer) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.exited
}

// eventually asks again and again until something holds.
func eventually(t *testing.T, what string, within time.Duration, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}
