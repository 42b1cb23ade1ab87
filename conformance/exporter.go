package conformance

import (
	"context"
	"io"
	"strings"
	"testing"

	"limnograph"
)

// ExporterFixture is an engine that also writes results as Parquet files.
type ExporterFixture interface {
	limnograph.Engine
	Export(ctx context.Context, p limnograph.Principal, q limnograph.Query, w io.Writer) error
}

// Exporter checks an engine's exports. open publishes what Engine asks for.
func Exporter(t *testing.T, open func(t *testing.T) ExporterFixture) {
	e := open(t)
	t.Run("ExportIsParquet", func(t *testing.T) {
		var b strings.Builder
		q := limnograph.Query{SQL: `SELECT * FROM raw_glue_metrics_flat`, Untrusted: true}
		if err := e.Export(t.Context(), asker(), q, &b); err != nil || !strings.HasPrefix(b.String(), "PAR1") || !strings.HasSuffix(b.String(), "PAR1") {
			t.Errorf("%d bytes, %v", b.Len(), err)
		}
	})
	t.Run("FailedExportWritesNothing", func(t *testing.T) {
		var b strings.Builder
		err := e.Export(t.Context(), asker(), limnograph.Query{SQL: `SELECT nothing FROM raw_glue_metrics`, Untrusted: true}, &b)
		if limnograph.ErrorCode(err) != limnograph.CodeInvalid || b.Len() > 0 {
			t.Errorf("%d bytes, %v", b.Len(), err)
		}
	})
}
