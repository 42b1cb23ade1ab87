package e2e_test

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// While the objects of an hour become one, no query sees a line less or twice; nor after the process was killed.
func TestPackingWhileQueriesRun(t *testing.T) {
	t.Parallel()
	const objects, lines = 6, 5
	settings := []string{"LIMNO_LANDING_PACK_AFTER=1s", "LIMNO_QUERY_TIMEOUT=10s", "LIMNO_LAKE_COMMIT_EVERY=1s"}
	s := serve(t, t.TempDir(), settings...)
	hour := time.Now().UTC().Add(-3 * time.Hour).Truncate(time.Hour)
	for i := range objects {
		var text strings.Builder
		for j := range lines {
			text.WriteString(point("job", "jr_1", fmt.Sprint("m", j), hour.Add(time.Duration(i)*time.Minute).UnixMilli(), float64(1+i*lines+j)))
		}
		name := fmt.Sprintf("s-1-%s-8f0c2a52-1f0e-4d6f-9d9e-0a1b2c3d4e%02d", hour.Add(time.Duration(i)*time.Minute).Format("2006-01-02-15-04-05"), i)
		file := filepath.Join(t.TempDir(), name)
		write(t, file, text.String())
		limno(t, serverEnv(s.dir), "import", file)
	}
	total := objects * lines * (objects*lines + 1) / 2
	want := [][]string{{fmt.Sprint(objects * lines), fmt.Sprint(objects * lines), fmt.Sprintf("%d", total)}}
	const sql = "SELECT count(*), count(DISTINCT limno_position), CAST(sum(\"value\"['sum']) AS BIGINT) FROM raw_glue_metrics"
	s.awaitCount(t, objects*lines, "SELECT count(*) FROM raw_glue_metrics")
	positions := s.query(t, "SELECT limno_position, metric_name, \"timestamp\" FROM raw_glue_metrics ORDER BY 1")
	s.await(t, "packed into one object", 90*time.Second, func() bool {
		if diff := cmp.Diff(want, s.query(t, sql)); diff != "" {
			t.Fatalf("while packing (-want +got):\n%s", diff)
		}
		return len(landedObjects(t, s.dir)) == 1
	})
	s.kill()
	s = serve(t, s.dir, settings...)
	if diff := cmp.Diff(positions, s.query(t, "SELECT limno_position, metric_name, \"timestamp\" FROM raw_glue_metrics ORDER BY 1")); diff != "" {
		t.Errorf("positions (-before +after):\n%s", diff)
	}
	if got := landedObjects(t, s.dir); len(got) != 1 || !strings.Contains(got[0], "+") {
		t.Errorf("objects: %q", got)
	}
}

func landedObjects(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "landing", "metrics", "glue_metrics", "*", "*", "*", "*", "*", "*.gz"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Prometheus is told of packing and of the free space.
func TestLandingMetrics(t *testing.T) {
	s := serve(t, t.TempDir())
	text, err := io.ReadAll(s.get(t, "/metrics", adminToken).Body)
	if err != nil {
		t.Fatal(err)
	}
	body := string(text)
	for _, name := range []string{"limno_landing_packed_objects_total 0", "limno_disk_free_bytes ", "limno_disk_min_free_bytes 1.048576e+06"} {
		if !strings.Contains(body, "\n"+name) {
			t.Errorf("/metrics has no %s", name)
		}
	}
}
