package columns_test

import (
	"math"
	"testing"

	"limnograph"
	"limnograph/columns"
)

// TestHashTellsRowsApart changes one thing at a time; no two of the rows may have one hash.
func TestHashTellsRowsApart(t *testing.T) {
	l := newLayout(t, glue(t))
	changes := map[string]func(r *columns.Row, s *columns.Series){
		"Nothing":        func(*columns.Row, *columns.Series) {},
		"SID":            func(_ *columns.Row, s *columns.Series) { s.SID++ },
		"Account":        func(_ *columns.Row, s *columns.Series) { s.AccountID = "2" },
		"Region":         func(_ *columns.Row, s *columns.Series) { s.Region = "2" },
		"Namespace":      func(_ *columns.Row, s *columns.Series) { s.Namespace = "2" },
		"Metric":         func(_ *columns.Row, s *columns.Series) { s.MetricName = "2" },
		"Text":           func(_ *columns.Row, s *columns.Series) { s.Texts[0].Value = "2" },
		"EmptyText":      func(_ *columns.Row, s *columns.Series) { s.Texts[0].Value = "" },
		"NoText":         func(_ *columns.Row, s *columns.Series) { s.Texts[0] = columns.NullText{} },
		"MovedText":      func(_ *columns.Row, s *columns.Series) { s.Texts[0], s.Texts[3] = s.Texts[3], s.Texts[0] },
		"Total":          func(_ *columns.Row, s *columns.Series) { s.IsTotal = !s.IsTotal },
		"Dimensions":     func(_ *columns.Row, s *columns.Series) { s.Dimensions = "{}" },
		"Unit":           func(_ *columns.Row, s *columns.Series) { s.Unit = "2" },
		"TS":             func(r *columns.Row, _ *columns.Series) { r.TS++ },
		"Max":            func(r *columns.Row, _ *columns.Series) { r.Max++ },
		"Min":            func(r *columns.Row, _ *columns.Series) { r.Min++ },
		"Sum":            func(r *columns.Row, _ *columns.Series) { r.Sum++ },
		"Count":          func(r *columns.Row, _ *columns.Series) { r.Count++ },
		"Zero":           func(r *columns.Row, _ *columns.Series) { r.Sum = 0 },
		"NegativeZero":   func(r *columns.Row, _ *columns.Series) { r.Sum = math.Copysign(0, -1) },
		"Null":           func(r *columns.Row, _ *columns.Series) { r.Sum, r.Reported = 0, r.Reported&^limnograph.ReportedSum },
		"Stats":          func(r *columns.Row, _ *columns.Series) { r.Stats = `{"p99.9":2.5}` },
		"NoStats":        func(r *columns.Row, _ *columns.Series) { r.Stats, r.Extra = "", 0 },
		"StatisticCount": func(r *columns.Row, _ *columns.Series) { r.Extra++ },
		"Version":        func(r *columns.Row, _ *columns.Series) { r.Version++ },
	}
	seen := make(map[uint64]string)
	for name, change := range changes {
		dp := datapoint()
		r := l.NewInterner().Row(&dp, 1)
		s := columns.Series{ // anew: a changed copy would keep the hash of its texts
			SID: r.Series.SID, AccountID: "1", Region: "1", Namespace: "1", MetricName: "1",
			Texts: r.Series.Texts, IsTotal: true, Dimensions: r.Series.Dimensions, Unit: "1",
		}
		r.Series = &s
		change(&r, &s)
		h := columns.Hash(&r)
		if other, ok := seen[h]; ok {
			t.Errorf("%s and %s have one hash", name, other)
		}
		seen[h] = name
	}
}
