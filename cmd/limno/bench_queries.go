package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"limnograph"
	"limnograph/cmd/limno/internal/config"
	"limnograph/panel"
)

// benchQueriesFlags are the flags of `limno bench queries`.
type benchQueriesFlags struct {
	repeat   int
	baseline bool
	json     bool
}

func newBenchQueriesCommand() *cobra.Command {
	var f benchQueriesFlags
	cmd := &cobra.Command{
		Use:   "queries",
		Short: "Measure four bounded questions over a data directory",
		Long: "Asks the curated table glue_metrics of a directory that no server holds: the fleet over its last 24 hours, one job over\n" +
			"7 days, one run minute by minute, and one metric of all jobs in an hour. With --baseline it asks the flattening view over\n" +
			"the raw JSON the same, once and over all objects.",
		Example: "  limno bench queries --data /var/lib/limno --repeat 50\n  limno bench queries --data /var/lib/limno --baseline",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().IntVar(&f.repeat, "repeat", 40, "how often each question is asked")
	cmd.Flags().BoolVar(&f.baseline, "baseline", false, "ask the raw JSON too, without pruning")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the report as JSON")
	set := addSettings(cmd, "limno", nil, "data")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := set.load(cmd)
		if err != nil {
			return err
		}
		return f.run(cmd, cfg)
	}
	return cmd
}

func (f benchQueriesFlags) run(cmd *cobra.Command, cfg config.Config) (err error) {
	if err := needsDirectory(cfg, "limno bench queries", "unset storage"); err != nil {
		return err
	}
	cfg.Query.Timeout = config.Duration(time.Hour) // for the baseline
	o := &offline{}
	defer func() { err = errors.Join(err, closeAll(o.closers)) }()
	if err := openDirectoryOffline(cmd.Context(), cfg, o); err != nil {
		return err
	}
	report, err := f.measure(cmd.Context(), o.engine)
	if err != nil {
		return err
	}
	return (&benchFlags{json: f.json}).show(cmd, report)
}

func (f benchQueriesFlags) measure(ctx context.Context, e limnograph.Engine) (*queriesReport, error) {
	s, err := newBenchSubject(ctx, e)
	if err != nil {
		return nil, err
	}
	report := &queriesReport{Version: version, Rows: s.rows}
	for _, q := range benchQuestions() {
		m := queryFigures{Name: q.name}
		ask, err := q.query(s, panel.Curated)
		if err != nil {
			return nil, err
		}
		if m.Rows, m.Times, err = f.time(ctx, e, ask, f.repeat); err != nil {
			return nil, err
		}
		if f.baseline {
			if err := f.compare(ctx, e, s, q, &m); err != nil {
				return nil, err
			}
		}
		report.Queries = append(report.Queries, m)
	}
	return report, nil
}

// compare asks the raw JSON, all of it, once.
func (f benchQueriesFlags) compare(ctx context.Context, e limnograph.Engine, s *benchSubject, q benchQuestion, m *queryFigures) error {
	ask, err := q.query(s, panel.Flat)
	if err != nil {
		return err
	}
	ask.Range = limnograph.TimeRange{}
	_, times, err := f.time(ctx, e, ask, 1)
	m.BaselineMS = times.P50
	m.Ratio = times.P50 / m.Times.P50
	return err
}

// time asks repeatedly and returns how many rows came and how long it took.
func (f benchQueriesFlags) time(ctx context.Context, e limnograph.Engine, q limnograph.Query, repeat int) (rows int, _ ackQuantiles, err error) {
	var times []time.Duration
	for range repeat {
		began := time.Now()
		if rows, err = countRows(ctx, e, q); err != nil {
			return 0, ackQuantiles{}, err
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	return rows, quantiles(times), nil
}

func countRows(ctx context.Context, e limnograph.Engine, q limnograph.Query) (n int, err error) {
	rows, err := e.Query(ctx, limnograph.Principal{Name: "bench", Admin: true}, q)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		if _, err := rows.Next(); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, err
		}
		n++
	}
}

// queriesReport is the outcome; its JSON names are stable.
type queriesReport struct {
	Version string         `json:"version"`
	Rows    int64          `json:"rows"` // of glue_metrics
	Queries []queryFigures `json:"queries"`
}

// queryFigures are the times of one question.
type queryFigures struct {
	Name       string       `json:"name"`
	Rows       int          `json:"rows"` // of the answer
	Times      ackQuantiles `json:"ms"`
	BaselineMS float64      `json:"raw_json_ms,omitempty"`
	Ratio      float64      `json:"times_faster,omitempty"`
}

// print writes the report for a person.
func (r *queriesReport) print(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%d datapoints in glue_metrics\n", r.Rows); err != nil {
		return err
	}
	for _, q := range r.Queries {
		line := fmt.Sprintf("%-28s p50 %7.1f ms, p99 %7.1f ms, %6d rows", q.Name, q.Times.P50, q.Times.P99, q.Rows)
		if q.BaselineMS > 0 {
			line += fmt.Sprintf("; raw JSON %.1f s, %.0f times as long", q.BaselineMS/1000, q.Ratio)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
