package simulator_test

import (
	"encoding/json"
	"testing"
	"time"

	"go.uber.org/goleak"

	"limnograph"
	"limnograph/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newFleet(tb testing.TB, cfg simulator.Config) *simulator.Fleet {
	tb.Helper()
	f, err := simulator.NewFleet(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// monday is the start of a week that crosses the end of a month.
func monday() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }

func hoursOf(from time.Time, n int) limnograph.TimeRange {
	return limnograph.TimeRange{From: from, To: from.Add(time.Duration(n) * time.Hour)}
}

// point is a line as a naive decoder sees it.
type point struct {
	Stream     string             `json:"metric_stream_name"`
	AccountID  string             `json:"account_id"`
	Region     string             `json:"region"`
	Namespace  string             `json:"namespace"`
	Metric     string             `json:"metric_name"`
	Dimensions map[string]string  `json:"dimensions"`
	Timestamp  int64              `json:"timestamp"`
	Value      map[string]float64 `json:"value"`
	Unit       string             `json:"unit"`
}

func (p *point) job() string     { return p.Dimensions["JobName"] }
func (p *point) run() string     { return p.Dimensions["JobRunId"] }
func (p *point) total() bool     { return p.run() == "ALL" }
func (p *point) time() time.Time { return time.UnixMilli(p.Timestamp).UTC() }

// series names the series without the run: metric and the other dimensions.
func (p *point) series() string {
	d := p.Dimensions
	return p.job() + " " + p.Metric + " " + d["Type"] + d["ObservabilityGroup"] + d["Source"] + "|" + d["Sink"]
}

func decodeLine(line []byte) (p point, err error) {
	err = json.Unmarshal(line, &p)
	return p, err
}

// points decodes every datapoint of the ranges.
func points(tb testing.TB, f *simulator.Fleet, ranges ...limnograph.TimeRange) []point {
	tb.Helper()
	var out []point
	g := f.Generator()
	for _, r := range ranges {
		for line := range g.Lines(r) {
			p, err := decodeLine(line)
			if err != nil {
				tb.Fatalf("%v in %s", err, line)
			}
			out = append(out, p)
		}
	}
	return out
}
