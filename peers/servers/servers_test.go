//go:build peers

package servers_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"limnograph/peers/servers"
)

// recorder is a test that is expected to fail: it keeps what it is told and runs its cleanups when asked.
type recorder struct {
	testing.TB
	told     []string
	cleanups []func()
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.told = append(r.told, fmt.Sprintf(format, args...))
}

func (r *recorder) Error(args ...any) { r.told = append(r.told, fmt.Sprint(args...)) }
func (r *recorder) Cleanup(f func())  { r.cleanups = append(r.cleanups, f) }
func (r *recorder) end() {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	r.cleanups = nil
}

// The two quick servers start, answer an SDK client, and end with their test without leaving a process.
func TestServersStopWithTheirTest(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *servers.Server{
		"moto": servers.Moto, "versitygw": servers.VersityGW,
	} {
		t.Run(name, func(t *testing.T) {
			test := &recorder{TB: t}
			s := start(test)
			if bucket := s.Bucket(t); bucket == "" {
				t.Error("no bucket")
			}
			running := processesOf(t, s.URL)
			if len(running) == 0 {
				t.Fatal("no process carries the server's address: the search below would find nothing either")
			}
			test.end()
			if left := processesOf(t, s.URL); len(left) > 0 {
				t.Errorf("%s is left behind: %v", name, left)
			}
			if _, err := http.Get(s.URL); err == nil { //nolint:noctx // to a loopback port that nobody has
				t.Error("it still answers")
			}
			if len(test.told) > 0 {
				t.Errorf("the test failed: %v", test.told)
			}
		})
	}
}

// A test binary that is killed leaves no server either: its end closes the pipe that the servers' guard reads.
func TestServersStopWhenTheTestBinaryIsKilled(t *testing.T) {
	if os.Getenv("LIMNO_SERVERS_CRASH") != "" {
		fmt.Println("url", servers.VersityGW(t).URL)
		process, err := os.FindProcess(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		process.Kill()
		select {}
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "LIMNO_SERVERS_CRASH=1")
	out, err := cmd.Output()
	_, url, ok := strings.Cut(strings.TrimSpace(string(out)), "url ")
	if err == nil || !ok {
		t.Fatalf("the binary was to be killed after it said the address, and said %q: %v", out, err)
	}
	for t.Context().Err() == nil && len(processesOf(t, url)) > 0 { // the guard needs a moment; the test's limit bounds it
	}
}

// processesOf lists the command lines that name the port of url.
func processesOf(t *testing.T, url string) (found []string) {
	t.Helper()
	_, port, _ := strings.Cut(strings.TrimPrefix(url, "http://"), ":")
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range lines {
		text, _ := os.ReadFile(path) // a process that has ended meanwhile has none
		if words := strings.ReplaceAll(string(text), "\x00", " "); strings.Contains(words, port) {
			found = append(found, words)
		}
	}
	return found
}

// A foreign dial by the code under test is refused and fails the test.
func TestLoopbackClientRefusesOtherHosts(t *testing.T) {
	for _, address := range []string{"http://192.0.2.1/", "https://s3.eu-west-1.amazonaws.com/", "http://[2001:db8::1]:8080/"} {
		test := &recorder{TB: t}
		_, err := servers.LoopbackClient(test).Get(address) //nolint:noctx // it dials nothing
		if err == nil || len(test.told) != 1 {
			t.Errorf("%s: error %v, and the test was told %q", address, err, test.told)
		}
		test.end()
	}
}

// A foreign dial by a program that the test starts ends in the trap, which fails the test.
func TestEnvironmentTrapsForeignCalls(t *testing.T) {
	test := &recorder{TB: t}
	s := servers.VersityGW(t)
	env := s.Environment(test)
	python := servers.Program(t, "aws", "../py-moto/bin/python")
	for _, address := range []string{"http://192.0.2.1/x", "https://sts.amazonaws.com/"} {
		cmd := exec.Command(python, "-c", "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=20)", address)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err == nil {
			t.Errorf("%s was answered: %s", address, out)
		}
	}
	cmd := exec.Command(python, "-c", "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])", s.URL+"/health")
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the server itself must be reached without the trap: %v\n%s", err, out)
	}
	test.end()
	if len(test.told) != 1 || !strings.Contains(test.told[0], "GET 192.0.2.1, CONNECT sts.amazonaws.com:443") {
		t.Errorf("the test was told %q", test.told)
	}
}

// A server that is not installed fails the test, and says how to install it.
func TestMissingProgramFailsInWords(t *testing.T) {
	t.Setenv("CI_CACHE", t.TempDir())
	test := &fatal{recorder: recorder{TB: t}}
	func() {
		defer func() { recover() }() //nolint:errcheck // the panic of fatal
		servers.Moto(test)
	}()
	test.end()
	if len(test.told) != 1 || !strings.Contains(test.told[0], "run `.ci/tools aws`") {
		t.Errorf("told %q", test.told)
	}
}

// fatal is a recorder that ends the test at Fatal.
type fatal struct{ recorder }

func (f *fatal) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic("fatal")
}

// One server serves the pool's tests, and ends with the pool.
func TestPoolSharesServers(t *testing.T) {
	pool := servers.NewPool()
	first, second := pool.VersityGW(t), pool.VersityGW(t)
	if first != second {
		t.Error("the second call started another one")
	}
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
	if left := processesOf(t, first.URL); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
