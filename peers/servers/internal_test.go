//go:build peers

package servers

import (
	"context"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The table as Linux prints it: two that listen, one that is connected.
func TestListenersAreReadFromTheKernelsTable(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1 0000000000000000 100 0 0 10 0
   1: 00000000:22B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 102 1 0000000000000000 100 0 0 10 0
   2: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 103 1 0000000000000000 100 0 0 10 0
   3: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 104 1 0 100 0 0 10 0
   4: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 105 1 0 100 0 0 10 0
   5: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 106 1 0 100 0 0 10 0
`
	got := listeners(table)
	for inode, loopback := range map[string]bool{"101": true, "102": false, "104": true, "105": false, "106": true} {
		if ip, ok := got[inode]; !ok || ip.IsLoopback() != loopback {
			t.Errorf("socket %s: %v, loopback wanted %v", inode, ip, loopback)
		}
	}
	if len(got) != 5 {
		t.Errorf("%d sockets listen: %v", len(got), got)
	}
}

// A process of a group is found with its sockets: without that nothing would ever be refused.
func TestOwnListenerIsFound(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	sockets, err := listening()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(members(syscall.Getpgrp()), os.Getpid()) {
		t.Error("this process is not found in its group")
	}
	found := slices.ContainsFunc(socketsOf(os.Getpid()), func(inode string) bool { return sockets[inode] != nil })
	if !found {
		t.Error("this process's listener is not found")
	}
}

// A server that takes no request ends the wait at once when it ends, and the end of its log is told once.
func TestServerThatEndsIsReportedWithItsLog(t *testing.T) {
	p := forTest(t)
	if err := p.open(); err != nil {
		t.Fatal(err)
	}
	_, err := p.launch(t.Context(), Server{Name: "broken"}, brokenCommand)
	if err == nil || strings.Count(err.Error(), "out of luck") != 1 {
		t.Errorf("the error is %v", err)
	}
}

func brokenCommand(_ context.Context, at place) (command, error) {
	return command{
		path: "/bin/sh", args: []string{"-c", "echo out of luck; exit 3"}, env: at.trap.environment(at.dir), dir: at.dir,
		ready: answers("/"),
	}, nil
}

// A server that takes no notice of SIGTERM is killed when it is stopped, and so is what it has started.
func TestStubbornServerIsKilled(t *testing.T) {
	proc, err := startProcess(command{
		path: "/bin/sh", args: []string{"-c", `trap "" TERM; echo ready; while :; do sleep 1; done`},
	}, t.TempDir()+"/log")
	if err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(proc.output(), "ready") {
		time.Sleep(time.Millisecond)
	}
	proc.patience = 100 * time.Millisecond
	if err := proc.stop(); err != nil {
		t.Fatal(err)
	}
	if left := members(proc.pid()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
