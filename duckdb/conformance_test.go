package duckdb_test

import (
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"limnograph"
	"limnograph/conformance"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// published is a lake with what the suites of an engine ask for.
func published(t *testing.T) *lake {
	l := newLake(t)
	l.landed("glue_metrics", "default", conformance.EngineArrival(), strings.Join(conformance.EngineLines(), "\n")+"\n")
	return l
}

func TestEngine(t *testing.T) {
	conformance.Engine(t, func(t *testing.T) limnograph.Engine { return published(t).engine })
}

func TestCuratedEngine(t *testing.T) {
	conformance.CuratedEngine(t, func(t *testing.T) limnograph.Engine {
		l := published(t)
		l.curate("glue_metrics", conformance.EngineLines()...)
		l.curate("other_metrics")
		for _, s := range conformance.RecordSchemas() {
			l.publish(s)
			l.record(s.Table, conformance.EngineRecords(s.Table)...)
		}
		return l.engine
	})
}

func TestExporter(t *testing.T) {
	conformance.Exporter(t, func(t *testing.T) conformance.ExporterFixture { return published(t).engine })
}

// TestRawTableHasDimensionColumns: only here; a JSON table of other engines has the map alone.
func TestRawTableHasDimensionColumns(t *testing.T) {
	got := published(t).query(`SELECT "JobRunId", count(*) FROM raw_glue_metrics GROUP BY 1 ORDER BY 1`)
	if want := []string{"ALL|1", "jr_1|5"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
