//go:build peers

package fast_test

import (
	"os"
	"testing"

	"limnograph/peers/servers"
)

// pool holds the servers that the tests of this binary share. Tests take buckets, databases
// and queues of their own (servers.Name).
var pool *servers.Pool

func TestMain(m *testing.M) {
	pool = servers.NewPool()
	os.Exit(pool.Run(m))
}
