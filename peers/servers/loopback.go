package servers

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// onlyLoopback says which addresses the processes of a group listen on besides this machine's own. It reads /proc: where
// there is none it says nothing.
func onlyLoopback(group int) error {
	sockets, err := listening()
	if err != nil {
		return err
	}
	for _, pid := range members(group) {
		for _, inode := range socketsOf(pid) {
			if ip := sockets[inode]; ip != nil && !ip.IsLoopback() {
				return fmt.Errorf("it listens on %s, not on loopback alone", ip)
			}
		}
	}
	return nil
}

// listening returns the addresses that this machine listens on, by the inode of the socket.
func listening() (map[string]net.IP, error) {
	sockets := map[string]net.IP{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		maps.Copy(sockets, listeners(string(text)))
	}
	return sockets, nil
}

// listeners reads a table of sockets: sl local_address rem_address st ..., and the inode in the tenth column.
func listeners(table string) map[string]net.IP {
	const listen = "0A"
	sockets := map[string]net.IP{}
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) > 9 && f[3] == listen {
			sockets[f[9]] = kernelIP(f[1])
		}
	}
	return sockets
}

// kernelIP reads 0100007F:1F90: words of four bytes, each in the machine's order, which is little-endian here.
func kernelIP(address string) net.IP {
	text, _, _ := strings.Cut(address, ":")
	ip, err := hex.DecodeString(text)
	if err != nil {
		return nil
	}
	for word := range slices.Chunk(ip, 4) {
		slices.Reverse(word)
	}
	return ip
}

// members lists the processes of a process group that have not ended.
func members(group int) (pids []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid pgrp: the name may hold anything
		rest := string(text[bytes.LastIndexByte(text, ')')+1:])
		if f := strings.Fields(rest); len(f) > 2 && f[0] != "Z" && f[2] == strconv.Itoa(group) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// socketsOf lists the inodes of a process's sockets.
func socketsOf(pid int) (inodes []string) {
	handles, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, handle := range handles {
		target, err := os.Readlink(handle)
		if inode, ok := strings.CutPrefix(target, "socket:["); err == nil && ok {
			inodes = append(inodes, strings.TrimSuffix(inode, "]"))
		}
	}
	return inodes
}
