//go:build peers

package peers_test

import (
	"testing"

	"limnograph"
	"limnograph/aws/glue"
	"limnograph/conformance"
	"limnograph/peers/servers"
)

// TestGlueOnMiniStack runs the suite of catalogues; peers/fast runs it on moto.
func TestGlueOnMiniStack(t *testing.T) {
	conformance.Catalog(t, func(t *testing.T) limnograph.Catalog {
		c := glue.New(pool.MiniStack(t, servers.MiniStackOptions{}).SDK(t), glue.Config{Database: servers.Database(t), Root: "s3://bucket/prefix"})
		for _, want := range []bool{true, false} {
			if created, err := c.EnsureDatabase(t.Context()); err != nil || created != want {
				t.Fatalf("EnsureDatabase = %v, %v; want %v", created, err, want)
			}
		}
		return c
	}, conformance.Lack{Outcome: "ErrUnknownTable", Instead: "MiniStack lists no partitions of a table that there is none of, without an error"})
}
