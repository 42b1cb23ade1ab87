package lambdaruntime

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience bounds everything that should take a moment.
const patience = 30 * time.Second

// Function is a running program and the Runtime API that it asks.
type Function struct {
	// StartTime is what passed from the start of the process until it asked for its first event.
	StartTime time.Duration

	api    *api
	cmd    *exec.Cmd
	stdout output
	stderr output
	ended  chan struct{}
	calls  int
}

// output keeps what a process writes in a file that the process itself holds: what it has written before an answer is
// there when the answer is.
type output struct{ file *os.File }

func newOutput(t testing.TB) output {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "output")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return output{file}
}

func (o output) String() string {
	text, err := os.ReadFile(o.file.Name())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Start starts a program with exactly this environment and waits until it asks for its first event. It ends with the
// test.
func Start(t testing.TB, bootstrap string, env []string) *Function {
	t.Helper()
	f := &Function{api: newAPI(), stdout: newOutput(t), stderr: newOutput(t), ended: make(chan struct{})}
	server := httptest.NewServer(f.api.handler())
	f.cmd = exec.Command(bootstrap)
	f.cmd.Env = append(environment(env), "AWS_LAMBDA_RUNTIME_API="+server.Listener.Addr().String())
	f.cmd.Stdout, f.cmd.Stderr = f.stdout.file, f.stderr.file
	started := time.Now()
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { f.cmd.Wait(); close(f.ended) }() //nolint:errcheck // it is killed in the end
	t.Cleanup(func() {
		close(f.api.stop)
		f.cmd.Process.Kill() //nolint:errcheck // it may have ended
		<-f.ended
		server.Close()
	})
	select {
	case at := <-f.api.first:
		f.StartTime = at.Sub(started)
	case <-f.ended:
		t.Fatalf("the function ended before its first event:\n%s", f.stderr)
	case <-time.After(patience):
		t.Fatalf("the function does not ask for an event:\n%s", f.stderr)
	}
	return f
}

// Refuses starts a program that must end by itself before its first event, and returns what it logged.
func Refuses(t testing.TB, bootstrap string, env []string) string {
	t.Helper()
	server := httptest.NewServer(newAPI().handler())
	defer server.Close()
	cmd := exec.CommandContext(t.Context(), bootstrap)
	cmd.Env = append(environment(env), "AWS_LAMBDA_RUNTIME_API="+server.Listener.Addr().String())
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("the function did not refuse to start: %v\n%s", err, out)
	}
	return string(out)
}

// environment is that of the Lambda service.
func environment(env []string) []string {
	return append([]string{"AWS_LAMBDA_FUNCTION_NAME=limno", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128", "LAMBDA_TASK_ROOT=/var/task", "_HANDLER=bootstrap"}, env...)
}

// Invoke gives the function an event and the time it has for it, and returns its answer, or in failed the words of its
// error.
func (f *Function) Invoke(t testing.TB, event any, timeout time.Duration) (document []byte, failed string) {
	t.Helper()
	text, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	f.calls++
	in := &invocation{
		id: fmt.Sprintf("request-%d", f.calls), event: text, deadline: time.Now().Add(timeout), answer: make(chan answer, 1),
	}
	select {
	case f.api.waiting <- in:
	case <-f.ended:
		t.Fatalf("the function has ended:\n%s", f.stderr)
	case <-time.After(patience):
		t.Fatalf("the function does not ask for the next event:\n%s", f.stderr)
	}
	select {
	case a := <-in.answer:
		if a.failed {
			return nil, string(a.document)
		}
		return a.document, ""
	case <-f.ended:
		t.Fatalf("the function ended within an event:\n%s", f.stderr)
	case <-time.After(timeout + patience):
		t.Fatalf("the function does not answer:\n%s", f.stderr)
	}
	return nil, ""
}

// Log returns what the function has logged so far, a JSON object a line.
func (f *Function) Log() string { return f.stderr.String() }

// Metrics returns the documents of metrics that the function has written so far, one a line.
func (f *Function) Metrics() string { return f.stdout.String() }

// PeakMemory returns the most memory that the process has held, in bytes.
func (f *Function) PeakMemory(t testing.TB) int {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(f.cmd.Process.Pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindStringSubmatch(string(status))
	if peak == nil {
		t.Fatalf("no VmHWM in:\n%s", status)
	}
	kilobytes, err := strconv.Atoi(strings.TrimSpace(peak[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
