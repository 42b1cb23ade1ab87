package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"
)

// errForeign is what a dial to another host gets.
var errForeign = errors.New("tests speak to 127.0.0.1 only")

// LoopbackClient returns a client that reaches this machine alone. A dial to any other host fails, and fails the test.
func LoopbackClient(t testing.TB) *http.Client {
	t.Helper()
	transport := &http.Transport{
		DialContext:         loopbackDial(func(host string) { t.Errorf("dialled %s: %v", host, errForeign) }),
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// loopbackDial dials this machine, and tells of every other host.
func loopbackDial(foreign func(address string)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if !isLoopback(address) {
			foreign(address)
			return nil, fmt.Errorf("dial %s: %w", address, errForeign)
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
}

// isLoopback reports whether host:port is on this machine, without asking a name server.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
