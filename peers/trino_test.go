//go:build peers

package peers_test

import (
	"context"
	"testing"

	"limnograph"
	"limnograph/conformance"
	"limnograph/peers/servers"
	"limnograph/schema"
	"limnograph/trino"
)

// openTrino opens the product's engine over the lake.
func openTrino(t *testing.T, l *lake, catalog, store *servers.Server, configure ...func(*trino.Config)) *trino.Engine {
	t.Helper()
	cfg := trino.Config{
		URL: pool.Trino(t, catalog, store).URL, User: "limno", Schema: l.database, HTTPClient: servers.LoopbackClient(t),
		Published: func(context.Context) ([]limnograph.Schema, error) { return l.schemas, nil },
	}
	for _, c := range configure {
		c(&cfg)
	}
	e, err := trino.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// publishEngineTables makes what the suite of engines asks for.
func publishEngineTables(t *testing.T, catalog, store *servers.Server) *lake {
	t.Helper()
	l := newLake(t, catalog, store)
	l.publish(schema.Builtin()[0])
	l.publish(schema.Other())
	l.land("glue_metrics", "default", conformance.EngineArrival(), conformance.EngineLines())
	return l
}

func TestTrinoEngine(t *testing.T) {
	conformance.Engine(t, func(t *testing.T) limnograph.Engine {
		catalog, store := pool.Moto(t), pool.VersityGW(t)
		return openTrino(t, publishEngineTables(t, catalog, store), catalog, store)
	})
}
