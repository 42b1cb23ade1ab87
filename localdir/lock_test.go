package localdir_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/localdir"
)

var now = time.Date(2026, 11, 24, 5, 52, 2, 0, time.UTC)

// TestMain lets the test binary play the other process.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LOCALDIR_TEST_HOLD"); dir != "" {
		hold(dir)
		return
	}
	os.Exit(m.Run())
}

// hold takes the lock, says so, and keeps it until it is killed.
func hold(dir string) {
	lock, err := localdir.AcquireLock(dir, "limno serve", now)
	if err == nil {
		err = lock.SetAddress("127.0.0.1:8080", "http://127.0.0.1:8080")
	}
	fmt.Println("held", err)
	_, _ = os.Stdin.Read(make([]byte, 1)) // until this test ends
}

// other starts a process that holds dir.
func other(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LOCALDIR_TEST_HOLD="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "held <nil>\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return cmd
}

func TestLockAcrossProcesses(t *testing.T) {
	dir := t.TempDir()
	cmd := other(t, dir)

	t.Run("ASecondProcessIsRefusedInWordsThatNameTheFirst", func(t *testing.T) {
		_, err := localdir.AcquireLock(dir, "limno import", now)
		if limnograph.ErrorCode(err) != limnograph.CodeConflict {
			t.Fatalf("error %v", err)
		}
		for _, want := range []string{"limno serve", fmt.Sprint("process ", cmd.Process.Pid), "127.0.0.1:8080", "2026-11-24T05:52:02Z", "--data"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say %q", err, want)
			}
		}
	})
	t.Run("ReadHolderFindsTheLivingHolder", func(t *testing.T) {
		h, alive, err := localdir.ReadHolder(dir)
		if err != nil || !alive || h.PID != cmd.Process.Pid || h.URL != "http://127.0.0.1:8080" || !h.Since.Equal(now) {
			t.Errorf("%+v, alive %v, %v", h, alive, err)
		}
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	t.Run("AKilledHolderIsNotAlive", func(t *testing.T) {
		h, alive, err := localdir.ReadHolder(dir)
		if err != nil || alive || h.Command != "limno serve" {
			t.Errorf("%+v, alive %v, %v", h, alive, err)
		}
	})
	t.Run("TheLockVanishesWithAKilledHolder", func(t *testing.T) {
		lock, err := localdir.AcquireLock(dir, "limno import", now)
		if err != nil {
			t.Fatal(err)
		}
		if err := lock.Release(); err != nil {
			t.Error(err)
		}
	})
	t.Run("AReleasedLockHasNoHolder", func(t *testing.T) {
		if _, alive, err := localdir.ReadHolder(dir); alive || limnograph.ErrorCode(err) != limnograph.CodeNotFound {
			t.Errorf("alive %v, %v", alive, err)
		}
	})
}

func TestReadersOfTheHolderDoNotDisturbTheLock(t *testing.T) {
	dir := t.TempDir()
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				_, _, _ = localdir.ReadHolder(dir)
			}
		}
	}()
	for range 200 {
		lock, err := localdir.AcquireLock(dir, "limno serve", now)
		if err != nil {
			t.Fatal(err)
		}
		if err := lock.Release(); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	<-done
}
