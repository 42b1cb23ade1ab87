package collector_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"limnograph"
	"limnograph/collector"
)

func (w *world) collect(id string) {
	w.t.Helper()
	if _, err := w.c.Collect(w.t.Context(), collector.Request{JobName: "orders", RunID: id}); err != nil {
		w.t.Fatal(err)
	}
}

func point(name, unit string, value float64, at time.Time, dims ...string) limnograph.Datapoint {
	p := limnograph.Datapoint{
		AccountID: account, Region: region, Namespace: "Glue", MetricName: name, Unit: unit, Timestamp: at.UnixMilli(),
		Statistics: limnograph.StatisticSet{Max: value, Min: value, Sum: value, SampleCount: 1, Reported: 15},
	}
	for i := 0; i < len(dims); i += 2 {
		p.Dimensions = append(p.Dimensions, limnograph.Dimension{Name: dims[i], Value: dims[i+1]})
	}
	return p
}

func TestPublish(t *testing.T) {
	minute := noon().Add(-2 * time.Minute)
	t.Run("state and duration go out with the minute of the end", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute+30*time.Second).state = limnograph.RunTimeout
		w.collect("jr_1")
		want := []limnograph.Datapoint{
			point("glue.run.status", "Count", 1, minute, "JobName", "orders", "JobRunId", "jr_1", "State", "TIMEOUT"),
			point("glue.run.duration", "Seconds", 510, minute, "JobName", "orders", "JobRunId", "jr_1"),
		}
		if diff := cmp.Diff(want, w.watch.points); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("what the lake knows follows some minutes later, under names of one's own", func(t *testing.T) {
		rows := int64(12)
		queue := 3.5
		w := newWorld(t, func(w *world) {
			w.cfg.Publish = collector.Kinds()
			w.cfg.Names = map[collector.Kind]string{collector.KindStatus: "our.state"}
			w.cfg.Facts = func(context.Context, limnograph.RunKey) (collector.Facts, error) {
				return collector.Facts{RecordsRead: &rows, QueueS: &queue}, nil
			}
		})
		r := w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		r.class, r.dpu = "FLEX", 99
		w.collect("jr_1")
		w.pass(10*time.Minute, 10*time.Second)
		want := []limnograph.Datapoint{
			point("our.state", "Count", 1, minute, "JobName", "orders", "JobRunId", "jr_1", "State", "SUCCEEDED"),
			point("glue.run.duration", "Seconds", 480, minute, "JobName", "orders", "JobRunId", "jr_1"),
			point("glue.run.dpuSeconds", "Count", 99, minute, "JobName", "orders", "JobRunId", "jr_1"),
			point("glue.run.queueTime", "Seconds", 3.5, minute, "JobName", "orders", "JobRunId", "jr_1"),
			point("glue.run.recordsRead", "Count", 12, minute, "JobName", "orders", "JobRunId", "jr_1"),
		}
		if diff := cmp.Diff(want, w.watch.points); diff != "" {
			t.Error(diff)
		}
		if s := w.c.Status().Targets[0].Metrics; s.Waiting != 0 || s.Published != 5 {
			t.Errorf("status is %+v", s)
		}
	})
	t.Run("DPU-seconds that come late are published then, and nothing else again", func(t *testing.T) {
		w := newWorld(t, hourly, func(w *world) { w.cfg.Publish = []collector.Kind{collector.KindStatus, collector.KindDPUSeconds} })
		r := w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		r.class, r.dpu, r.dpuFrom = "FLEX", 99, noon().Add(time.Minute)
		w.collect("jr_1")
		w.pass(90*time.Minute, time.Minute)
		var names []string
		for _, p := range w.watch.points {
			names = append(names, p.MetricName)
		}
		if diff := cmp.Diff([]string{"glue.run.status", "glue.run.dpuSeconds"}, names); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("what fails is tried again, over a restart too, and holds up no record", func(t *testing.T) {
		w := newWorld(t)
		w.tick()
		w.watch.fails = func([]limnograph.Datapoint) error { return throttled("") }
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		w.collect("jr_1")
		if w.land.run("jr_1")["state"] != "SUCCEEDED" || w.c.Status().Targets[0].Metrics.Waiting != 1 {
			t.Fatalf("row %v, status %+v", w.land.run("jr_1"), w.c.Status().Targets[0].Metrics)
		}
		w.pass(2*time.Minute, 5*time.Second)
		w.restart()
		w.watch.fails = nil
		w.pass(15*time.Minute, 5*time.Second)
		if len(w.watch.points) != 2 || w.c.Status().Targets[0].Metrics.Waiting != 0 {
			t.Errorf("%d datapoints, status %+v", len(w.watch.points), w.c.Status().Targets[0].Metrics)
		}
	})
	t.Run("one datapoint that is refused does not hold up the others", func(t *testing.T) {
		w := newWorld(t)
		w.watch.fails = func(points []limnograph.Datapoint) error {
			for _, p := range points {
				if p.MetricName == "glue.run.duration" {
					return &limnograph.Error{Code: limnograph.CodeInvalid, Message: "refused"}
				}
			}
			return nil
		}
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		w.collect("jr_1")
		if s := w.c.Status().Targets[0].Metrics; len(w.watch.points) != 1 || s.Refused != 1 || s.Waiting != 0 {
			t.Errorf("%d datapoints, status %+v", len(w.watch.points), s)
		}
	})
	t.Run("a job whose name no dimension can have is counted and left out", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("Aufträge", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		if _, err := w.c.Collect(t.Context(), collector.Request{JobName: "Aufträge", RunID: "jr_1"}); err != nil {
			t.Fatal(err)
		}
		if s := w.c.Status().Targets[0].Metrics; s.Skipped != 1 || s.Waiting != 0 || len(w.watch.points) != 0 {
			t.Errorf("status is %+v", s)
		}
	})
	t.Run("what a stream would not bring back is landed as if it had", func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.cfg.LandMetrics = true })
		w.glue.addRun("orders", "jr_1", noon().Add(-5*time.Hour), 8*time.Minute)
		w.collect("jr_1")
		ms := noon().Add(-5*time.Hour + 8*time.Minute).UnixMilli()
		want := []string{
			fmt.Sprintf(`{"metric_stream_name":"collector","account_id":"111122223333","region":"eu-west-1","namespace":"Glue","metric_name":"glue.run.status","dimensions":{"JobName":"orders","JobRunId":"jr_1","State":"SUCCEEDED"},"timestamp":%d,"value":{"count":1,"max":1,"min":1,"sum":1},"unit":"Count"}`, ms),
			fmt.Sprintf(`{"metric_stream_name":"collector","account_id":"111122223333","region":"eu-west-1","namespace":"Glue","metric_name":"glue.run.duration","dimensions":{"JobName":"orders","JobRunId":"jr_1"},"timestamp":%d,"value":{"count":1,"max":480,"min":480,"sum":480},"unit":"Seconds"}`, ms),
		}
		if diff := cmp.Diff(want, w.land.lines["glue_metrics"]); diff != "" || len(w.watch.points) != 0 {
			t.Errorf("%d datapoints to CloudWatch (-want +got):\n%s", len(w.watch.points), diff)
		}
	})
	t.Run("without CloudWatch it is landed at once, when that is asked for", func(t *testing.T) {
		for _, asked := range []bool{true, false} {
			w := newWorld(t)
			w.cfg.LandMetrics = asked
			c, err := collector.New([]collector.Target{{AccountID: account, Region: region, Glue: w.glue}}, w.land.land, w.cfg)
			if err != nil {
				t.Fatal(err)
			}
			w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
			if _, err := c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_1"}); err != nil {
				t.Fatal(err)
			}
			if got := w.land.count("glue_metrics"); (got == 2) != asked {
				t.Errorf("asked for %v, %d landed", asked, got)
			}
		}
	})
	t.Run("too late for the stream and not asked to land it, nothing goes out", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-5*time.Hour), 8*time.Minute)
		w.collect("jr_1")
		if len(w.watch.points) != 0 || w.land.count("glue_metrics") != 0 {
			t.Error("it went out")
		}
	})
	t.Run("without the lake's answer what is known goes out, and the rest waits", func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.cfg.Publish = []collector.Kind{collector.KindStatus, collector.KindCost}
			w.cfg.Facts = func(context.Context, limnograph.RunKey) (collector.Facts, error) {
				return collector.Facts{}, errors.New("no lake")
			}
		})
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		w.collect("jr_1")
		w.pass(20*time.Minute, 10*time.Second)
		if s := w.c.Status().Targets[0].Metrics; s.Published != 1 || s.Waiting != 1 {
			t.Errorf("status is %+v", s)
		}
	})
}

func TestParseKinds(t *testing.T) {
	for words, want := range map[string][]collector.Kind{
		"status,duration": {collector.KindDuration, collector.KindStatus},
		"records":         {collector.KindRecordsRead, collector.KindRecordsWritten},
		"cost,cost":       {collector.KindCost},
		"none":            {},
	} {
		if got, err := collector.ParseKinds(strings.Split(words, ",")); err != nil || !cmp.Equal(want, got, cmpopts.EquateEmpty()) || got == nil {
			t.Errorf("%s: %v, %v", words, got, err)
		}
	}
	for _, words := range []string{"cpu", "none,status", ""} {
		if _, err := collector.ParseKinds(strings.Split(words, ",")); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%q: %v", words, err)
		}
	}
}

func TestMonthlyPrice(t *testing.T) {
	two := []collector.Kind{collector.KindStatus, collector.KindDuration}
	for _, c := range []struct {
		runs int64
		most float64
		text string
	}{
		{1000, 600, "2,000 metrics/month x $0.30 = $600.00 at most; $0.83 where"},
		{180_000, 3000 + 24_000 + 5500, "360,000 metrics/month: 10,000 x $0.30 + 240,000 x $0.10 + 110,000 x $0.05 = $32500.00 at most"},
		{0, 0, "0 metrics/month = $0.00 at most"},
	} {
		b := collector.MonthlyPrice(c.runs, two, collector.ListPrices())
		if b.Metrics != 2*c.runs || b.Most != c.most || !strings.HasPrefix(b.Text, c.text) {
			t.Errorf("%d runs: %+v", c.runs, b)
		}
	}
}
