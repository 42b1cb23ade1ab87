package servers

import (
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
)

// trap is a proxy that nobody should use: it records who asks for what, and refuses.
type trap struct {
	listener net.Listener
	server   *http.Server

	mu    sync.Mutex
	calls []string // what was asked for since the last look
}

func newTrap() (*trap, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &trap{listener: listener}
	t.server = &http.Server{Handler: t, ReadHeaderTimeout: askTimeout}
	go t.server.Serve(listener) //nolint:errcheck // it ends with close
	return t, nil
}

func (t *trap) close() error { return t.server.Close() }

// ServeHTTP records a request that was meant for another host.
func (t *trap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.mu.Lock()
	t.calls = append(t.calls, r.Method+" "+r.Host)
	t.mu.Unlock()
	http.Error(w, errForeign.Error(), http.StatusForbidden)
}

// caught returns what was asked for since the last call, as an error.
func (t *trap) caught() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	calls := t.calls
	t.calls = nil
	if len(calls) == 0 {
		return nil
	}
	return errors.New("a server or a program asked for another host: " + strings.Join(calls, ", "))
}

// watch fails the test when anything went into the trap before its end.
func (t *trap) watch(tb testing.TB) {
	tb.Helper()
	tb.Cleanup(func() {
		if err := t.caught(); err != nil {
			tb.Error(err)
		}
	})
}

// environment is all that a child process inherits: where programs are, a home of its own, and the trap as its proxy.
func (t *trap) environment(home string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "LANG=C.UTF-8", "TZ=UTC"}
	for _, name := range []string{"http_proxy", "https_proxy", "all_proxy"} {
		address := "http://" + t.listener.Addr().String()
		env = append(env, name+"="+address, strings.ToUpper(name)+"="+address)
	}
	return append(env, "no_proxy=127.0.0.1,localhost", "NO_PROXY=127.0.0.1,localhost")
}

// javaOptions say the same to a Java program, which does not read the environment.
func (t *trap) javaOptions() []string {
	host, port, _ := net.SplitHostPort(t.listener.Addr().String())
	return []string{
		"-Dhttp.proxyHost=" + host, "-Dhttp.proxyPort=" + port,
		"-Dhttps.proxyHost=" + host, "-Dhttps.proxyPort=" + port,
		"-Dhttp.nonProxyHosts=127.0.0.1|localhost",
	}
}
