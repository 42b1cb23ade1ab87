package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"limnograph"
	"limnograph/panel"
)

// benchSubject is what the questions are about: the newest day of a table, and the job and run with the most rows in it.
type benchSubject struct {
	rows              int64
	to                time.Time // end of the minute of the newest datapoint
	account, job, run string
}

// errNoRows says that there is nothing to ask about.
var errNoRows = errors.New("glue_metrics has no rows: import or deliver something first")

func newBenchSubject(ctx context.Context, e limnograph.Engine) (*benchSubject, error) {
	s := &benchSubject{}
	row, err := oneRow(ctx, e, limnograph.Query{Name: "bench", SQL: `SELECT count(*), max(ts) FROM glue_metrics`})
	if err != nil {
		return nil, err
	}
	newest, ok := row[1].(time.Time)
	if s.rows, _ = row[0].(int64); !ok {
		return nil, errNoRows
	}
	s.to = newest.Add(time.Minute)
	q := limnograph.Query{
		Name: "bench", Params: map[string]any{"from": s.to.AddDate(0, 0, -1), "to": s.to}, Range: s.last(24 * time.Hour),
		SQL: `SELECT account_id, job_name, job_run_id FROM glue_metrics WHERE ts >= $from AND ts < $to AND NOT is_total AND job_run_id IS NOT NULL
			GROUP BY ALL ORDER BY count(*) DESC, job_run_id LIMIT 1`,
	}
	if row, err = oneRow(ctx, e, q); err != nil {
		return nil, err
	}
	s.account, s.job, s.run = fmt.Sprint(row[0]), fmt.Sprint(row[1]), fmt.Sprint(row[2])
	return s, nil
}

// oneRow returns a copy of the first row.
func oneRow(ctx context.Context, e limnograph.Engine, q limnograph.Query) (row []any, err error) {
	rows, err := e.Query(ctx, limnograph.Principal{Name: "bench", Admin: true}, q)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values, err := rows.Next()
	return append(row, values...), err
}

func (s *benchSubject) last(d time.Duration) limnograph.TimeRange {
	return limnograph.TimeRange{From: s.to.Add(-d), To: s.to}
}

// benchQuestion is one bounded question.
type benchQuestion struct {
	name  string
	query func(s *benchSubject, from panel.Source) (limnograph.Query, error)
}

func benchQuestions() []benchQuestion {
	return []benchQuestion{
		{"fleet over 24 h", func(s *benchSubject, from panel.Source) (limnograph.Query, error) {
			q, err := panelQuery(from, panel.Runs, s.last(24*time.Hour), nil)
			q.Range.From = q.Range.From.Add(-panel.MaxRun) // the rows of runs stand where these begin
			return q, err
		}},
		{"one job over 7 days", func(s *benchSubject, from panel.Source) (limnograph.Query, error) {
			r := s.last(7 * 24 * time.Hour)
			return limnograph.Query{
				Name: "bench", Range: r, Params: map[string]any{"from": r.From, "to": r.To, "job": s.job},
				SQL: `SELECT date_trunc('day', ts) AS day, job_run_id, sum("sum") AS read FROM ` + string(from) +
					` WHERE ts >= $from AND ts < $to AND job_name = $job AND NOT is_total AND metric_name = 'glue.driver.aggregate.recordsRead' GROUP BY 1, 2`,
			}, nil
		}},
		{"one run", func(s *benchSubject, from panel.Source) (limnograph.Query, error) {
			return panelQuery(from, panel.RunSeries, s.last(24*time.Hour), map[string]any{"account": s.account, "job": s.job, "run": s.run})
		}},
		{"one metric of all jobs, 1 h", func(s *benchSubject, from panel.Source) (limnograph.Query, error) {
			r := s.last(time.Hour)
			return limnograph.Query{
				Name: "bench", Range: r, Params: map[string]any{"from": r.From, "to": r.To},
				SQL: `SELECT job_name, avg("sum" / "count") AS load FROM ` + string(from) +
					` WHERE ts >= $from AND ts < $to AND metric_name = 'glue.ALL.system.cpuSystemLoad' AND NOT is_total GROUP BY 1`,
			}, nil
		}},
	}
}

func panelQuery(from panel.Source, name string, r limnograph.TimeRange, params map[string]any) (limnograph.Query, error) {
	panels, err := panel.Builtin(from)
	if err != nil {
		return limnograph.Query{}, err
	}
	if params == nil {
		params = map[string]any{}
	}
	params["from"], params["to"] = r.From, r.To
	return panels[name].Query(params, r)
}
