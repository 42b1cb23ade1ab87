package lake

import (
	"context"
	"time"

	"limnograph"
	"limnograph/columns"
)

// kind says how a datapoint differs.
type kind int

const (
	missing kind = iota
	extra
	different
	twice
)

// findings are what differs in one window.
type findings struct {
	unsealed, older int64
	series          map[seriesHour]*[4]int64 // differences by kind
	examples        map[columns.Key]*example // of the series-hours that are listed
	listed          map[seriesHour]*Difference
}

type seriesHour struct{ sid, hour int64 }

// example is a datapoint to show.
type example struct{ landed, row *columns.Row }

func newFindings() findings {
	return findings{series: map[seriesHour]*[4]int64{}, examples: map[columns.Key]*example{}, listed: map[seriesHour]*Difference{}}
}

// note counts a difference, and remembers it as an example when there is room.
func (f *findings) note(s *statement, k kind) {
	at := seriesHour{s.sid, hourOf(s.ts)}
	counts, ok := f.series[at]
	if !ok {
		counts = new([4]int64)
		f.series[at] = counts
	}
	counts[k]++
	if _, ok := f.listed[at]; !ok {
		if len(f.listed) == listedSeries {
			return
		}
		f.listed[at] = &Difference{Hour: time.UnixMilli(at.hour * hourMillis).UTC(), SID: s.sid, Examples: []Example{}}
	}
	if counts[missing]+counts[extra]+counts[different]+counts[twice] <= listedExamples {
		f.examples[columns.Key{SID: s.sid, TS: s.ts}] = &example{}
	}
}

// into adds the findings to the report.
func (f *findings) into(r *TableReport) {
	r.Unsealed += f.unsealed
	r.Older += f.older
	r.Series += int64(len(f.series))
	for _, counts := range f.series {
		r.Missing += counts[missing]
		r.Extra += counts[extra]
		r.Different += counts[different]
		r.Twice += counts[twice]
	}
	for at, d := range f.listed {
		if len(r.Differences) == listedSeries {
			return
		}
		counts := f.series[at]
		d.Missing, d.Extra, d.Different, d.Twice = counts[missing], counts[extra], counts[different], counts[twice]
		r.Differences = append(r.Differences, *d)
	}
}

// describe reads the window once more, for what the examples say.
func (c *comparison) describe(ctx context.Context, p *pin, w window) error {
	if len(c.found.examples) == 0 || len(c.report.Differences) == listedSeries {
		return nil
	}
	scan := newLandedScan(c.reader, p.files.layout, w, func(r *columns.Row) error {
		if e, ok := c.found.examples[r.Key()]; ok && (e.landed == nil || Wins(r, e.landed)) {
			e.landed = new(columns.Row)
			*e.landed = *r
		}
		return nil
	})
	for _, o := range p.objects {
		if !w.overlaps(o.min, o.max) {
			continue
		}
		if err := scan.read(ctx, o); err != nil && limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			return err
		}
	}
	err := c.eachStored(ctx, p, w, false, func(r *columns.Row) error {
		if e, ok := c.found.examples[r.Key()]; ok {
			e.row = new(columns.Row)
			*e.row = *r
		}
		return nil
	})
	c.found.show(p.files.layout)
	return err
}

// show fills in the listed series-hours.
func (f *findings) show(layout *columns.Layout) {
	for key, e := range f.examples {
		d, ok := f.listed[seriesHour{key.SID, hourOf(key.TS)}]
		if !ok {
			continue
		}
		for _, r := range []*columns.Row{e.row, e.landed} {
			if r != nil {
				d.describe(r.Series, layout)
			}
		}
		if len(d.Examples) < listedExamples {
			d.Examples = append(d.Examples, Example{Time: time.UnixMilli(key.TS).UTC(), Landing: valuesOf(e.landed), Table: valuesOf(e.row)})
		}
	}
}

func (d *Difference) describe(s *columns.Series, layout *columns.Layout) {
	d.Namespace, d.Metric, d.Dimensions = s.Namespace, s.MetricName, s.Dimensions
	for i, name := range layout.Texts() {
		if name == "job_name" {
			d.Job = s.Texts[i].Value
		}
	}
}

func valuesOf(r *columns.Row) *Values {
	if r == nil {
		return nil
	}
	v := &Values{Stats: r.Stats, Version: r.Version}
	for _, s := range []struct {
		reported limnograph.Reported
		from     float64
		to       **float64
	}{
		{limnograph.ReportedMax, r.Max, &v.Max},
		{limnograph.ReportedMin, r.Min, &v.Min},
		{limnograph.ReportedSum, r.Sum, &v.Sum},
		{limnograph.ReportedSampleCount, r.Count, &v.Count},
	} {
		if r.Reported&s.reported != 0 {
			*s.to = &s.from
		}
	}
	return v
}
