//go:build peers

package peers_test

import (
	"testing"

	"limnograph/peers/servers"
)

// askTrino asks Trino itself, without the product's engine.
func askTrino(t testing.TB, s *servers.Server, sql string) (servers.Answer, error) {
	t.Helper()
	return servers.Statement(t.Context(), servers.LoopbackClient(t), s.URL, sql)
}
