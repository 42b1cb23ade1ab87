package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"limnograph"
	"limnograph/cmd/limno/internal/config"
	"limnograph/collector"
	"limnograph/panel"
)

// asker runs the panels that the server itself needs, on the newest published state.
type asker struct {
	engine limnograph.Engine // nil: nothing is known of runs
	panels map[string]panel.Panel
	prices dpuPrices
	now    func() time.Time
}

// dpuPrices are what a DPU-hour costs.
type dpuPrices struct{ standard, flex float64 }

func newAsker(engine limnograph.Engine, s config.Collector) (asker, error) {
	panels, err := panel.Builtin(panel.Curated)
	if err != nil {
		return asker{}, err
	}
	prices, err := pricesOf(s)
	return asker{engine: engine, panels: panels, prices: prices, now: time.Now}, err
}

// own is who asks when the server does.
func own() limnograph.Principal { return limnograph.Principal{Name: "limno", Admin: true} }

// ask runs a panel and reads its rows.
func ask[T any](ctx context.Context, a asker, name string, params map[string]any, r limnograph.TimeRange, read func(limnograph.Rows) (T, error)) (result T, err error) {
	query, err := a.panels[name].Query(params, r)
	if err != nil {
		return result, err
	}
	rows, err := a.engine.Query(ctx, own(), query)
	if err != nil {
		return result, err
	}
	result, err = read(rows)
	return result, errors.Join(err, rows.Close())
}

// rollUp adds up the datapoints of the runs that have one in a range: from where the first of these runs began.
func (a asker) rollUp(ctx context.Context, touched limnograph.TimeRange) ([]limnograph.RunMetrics, error) {
	params := map[string]any{"touched_from": touched.From, "touched_to": touched.To}
	found, err := ask(ctx, a, panel.RunTouched, params, limnograph.TimeRange{From: touched.From.Add(-panel.MaxRun), To: touched.To}, panel.ReadRunTouched)
	if err != nil || found.Runs == 0 {
		return nil, err
	}
	params["from"] = found.First
	return ask(ctx, a, panel.RunMetrics, params, limnograph.TimeRange{From: found.First, To: a.now().Add(farAhead)}, panel.ReadRunMetrics)
}

// farAhead is beyond every datapoint that a curated table takes.
const farAhead = 24 * time.Hour

// openRuns are the runs that are not known to have ended, or that Glue was not asked about yet. It tells nothing before
// anything is published of runs.
func (a asker) openRuns(ctx context.Context) ([]collector.OpenRun, error) {
	since := a.now().Add(-panel.MaxRun)
	rows, err := ask(ctx, a, panel.OpenRuns, map[string]any{"since": since}, limnograph.TimeRange{From: since, To: a.now().Add(farAhead)}, panel.ReadOpenRuns)
	open := make([]collector.OpenRun, len(rows))
	for i, r := range rows {
		open[i] = collector.OpenRun{
			RunKey: r.RunKey, State: r.State, Outcome: r.Outcome, Asked: strings.Contains(r.SeenIn, string(limnograph.FromAPI)),
			Since: r.Begins, LastDatapoint: r.LastDatapoint, TimeoutMin: r.TimeoutMin,
		}
		if open[i].Outcome == "" && r.MetricState.IsTerminal() {
			open[i].Outcome = r.MetricState
		}
	}
	return open, err
}

// facts are what is known of a run beside the answer of the API.
func (a asker) facts(ctx context.Context, run limnograph.RunKey) (f collector.Facts, err error) {
	now := a.now()
	params := map[string]any{"from": now.Add(-panel.MaxRun), "to": now.Add(farAhead), "account": run.AccountID, "job": run.JobName, "run": run.RunID}
	rows, err := ask(ctx, a, panel.OneRun, params, limnograph.TimeRange{From: now.Add(-panel.MaxRun), To: now.Add(farAhead)}, panel.ReadRuns)
	if err != nil {
		return f, err
	}
	for _, r := range rows {
		if r.Region == run.Region {
			f = collector.Facts{QueueS: r.WaitingS, RecordsRead: r.RecordsRead, RecordsWritten: r.RecordsWritten, Cost: a.prices.cost(r)}
		}
	}
	return f, nil
}

// cost is what the DPU-seconds of a run cost; nil: they are not known.
func (p dpuPrices) cost(r panel.RunRow) *float64 {
	if r.DPUSeconds == nil {
		return nil
	}
	price := p.standard
	if r.ExecutionClass == "FLEX" {
		price = p.flex
	}
	cost := *r.DPUSeconds / time.Hour.Seconds() * price
	return &cost
}
