package simulator_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/simulator"
)

func writeObjects(t *testing.T, f *simulator.Fleet, dir string, cfg simulator.PlayerConfig) {
	t.Helper()
	cfg.Order = simulator.ByArrival
	target := simulator.NewDirTarget(dir, f)
	if _, err := play(t, f, target, cfg); err != nil {
		t.Fatal(err)
	}
	if err := target.Close(); err != nil {
		t.Fatal(err)
	}
}

func readObjects(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		text, err := os.ReadFile(path)
		out[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func linesOf(t *testing.T, object string) []string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		out = append(out, line)
	}
	return out
}

// Objects lie under Firehose's keys by arrival, a few minutes after their datapoints, and hold every line once.
func TestDirectoryHoldsWhatFirehoseWouldWrite(t *testing.T) {
	f, dir := newFleet(t, simulator.Config{Jobs: 12}), t.TempDir()
	writeObjects(t, f, dir, between(monday(), 5*time.Hour))
	key := regexp.MustCompile(`^sender=` + f.HubAccount() + `/year=2026/month=11/day=23/hour=(\d\d)/` +
		`limno-demo-1-2026-11-23-(\d\d)-(\d\d-\d\d)-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.gz$`)
	got := map[string]int{}
	for name, object := range readObjects(t, dir) {
		m := key.FindStringSubmatch(name)
		if m == nil || m[1] != m[2] {
			t.Fatalf("key %s", name)
		}
		arrival, err := time.Parse("2006-01-02-15-04-05", "2026-11-23-"+m[2]+"-"+m[3])
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range linesOf(t, object) {
			got[line]++
			p, err := decodeLine([]byte(line))
			if age := arrival.Sub(p.time()); err != nil || age > 5*time.Minute || age < -6*time.Minute {
				t.Fatalf("%s holds a datapoint of %v, %v", name, p.time(), err)
			}
		}
	}
	if !maps.Equal(got, once(f, hoursOf(monday(), 5))) {
		t.Errorf("%d lines, some missing, foreign, or twice", len(got))
	}
}

func TestSameSeedSameObjects(t *testing.T) {
	f := newFleet(t, simulator.Config{Jobs: 12})
	one, two := t.TempDir(), t.TempDir()
	cfg := between(monday(), 4*time.Hour)
	cfg.Faults = simulator.Faults{Duplicates: 0.2, Delays: 0.1}
	writeObjects(t, f, one, cfg)
	writeObjects(t, f, two, cfg)
	writeObjects(t, f, two, cfg) // once more over it
	if a, b := readObjects(t, one), readObjects(t, two); !maps.Equal(a, b) || len(a) < 20 {
		t.Errorf("%d objects, %d in the second directory, or other bytes", len(a), len(b))
	}
}

func TestUnwritableDirectory(t *testing.T) {
	f, file := newFleet(t, simulator.Config{Jobs: 3}), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := between(monday(), 2*time.Hour)
	cfg.Order = simulator.ByArrival
	if _, err := play(t, f, simulator.NewDirTarget(file, f), cfg); limnograph.ErrorCode(err) != limnograph.CodeInternal {
		t.Errorf("error %v, want %s", err, limnograph.CodeInternal)
	}
}

func BenchmarkDeliver(b *testing.B) {
	f := newFleet(b, simulator.Config{})
	n := 0
	for b.Loop() {
		p, err := simulator.NewPlayer(f, simulator.NewDirTarget(b.TempDir(), f), simulator.PlayerConfig{
			From: monday(), Until: monday().AddDate(0, 0, 1), Order: simulator.ByArrival,
		})
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
		for _, row := range f.Ledger(p.Delivered()) {
			n += int(row.Datapoints + row.DatapointsTotal)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "datapoints/s")
}
