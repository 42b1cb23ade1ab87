//go:build peers

package fast_test

import (
	"testing"

	"limnograph"
	"limnograph/aws/glue"
	"limnograph/conformance"
	"limnograph/peers/servers"
)

// TestGlueOnMoto runs the suite of catalogues. moto checks versions with the launcher's patch.
func TestGlueOnMoto(t *testing.T) {
	conformance.Catalog(t, func(t *testing.T) limnograph.Catalog {
		c := glue.New(pool.Moto(t).SDK(t), glue.Config{Database: servers.Database(t), Root: "s3://bucket/prefix"})
		for _, want := range []bool{true, false} {
			if created, err := c.EnsureDatabase(t.Context()); err != nil || created != want {
				t.Fatalf("EnsureDatabase = %v, %v; want %v", created, err, want)
			}
		}
		return c
	})
}
