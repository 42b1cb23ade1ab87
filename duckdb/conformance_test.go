package duckdb_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"limnograph/conformance"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEngine(t *testing.T) {
	conformance.Engine(t, func(t *testing.T) conformance.EngineFixture {
		l := newLake(t)
		l.landed("glue_metrics", "default", conformance.EngineArrival(), strings.Join(conformance.EngineLines(), "\n")+"\n")
		return l.engine
	})
}
