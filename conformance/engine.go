package conformance

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
)

// EngineArrival is when the fixture's object arrived.
func EngineArrival() time.Time { return time.Date(2026, 11, 24, 12, 3, 0, 0, time.UTC) }

// EngineLines are the lines of the fixture's object: a datapoint, its redelivery, a restatement with more samples, its
// total, and one of another minute without count.
func EngineLines() []string {
	line := func(run string, minute int, value string, position int) string {
		ts := EngineArrival().Truncate(time.Hour).Add(time.Duration(minute) * time.Minute).UnixMilli()
		return fmt.Sprintf(`{"metric_stream_name":"s","account_id":"111122223333","region":"eu-west-1","namespace":"Glue","metric_name":"glue.driver.aggregate.bytesRead",`+
			`"dimensions":{"JobName":"load","JobRunId":"%s","Type":"count"},"timestamp":%d,"value":%s,"unit":"Bytes","limno_position":%d}`, run, ts, value, position)
	}
	one, two := `{"max":1.0,"min":1.0,"sum":1.0,"count":1.0}`, `{"max":2.0,"min":1.0,"sum":3.0,"count":2.0}`
	return []string{
		line("jr_1", 0, one, 0), line("jr_1", 0, one, 1), line("jr_1", 0, two, 2), line("jr_1", 0, one, 3),
		line("ALL", 0, two, 4), line("jr_1", 1, `{"max":5.0,"p99":4.5}`, 5),
	}
}

// Engine checks that an engine answers as every engine must. When open returns, the engine has published by its own
// means: the table glue_metrics by its built-in schema, with one object of EngineLines that arrived at EngineArrival
// from the sender default, and an empty other_metrics. The SQL is that of the Trino dialect.
func Engine(t *testing.T, open func(t *testing.T) limnograph.Engine, lacks ...Lack) {
	e := open(t)
	Run(t, engineChecks(e), lacks...)
}

func engineChecks(e limnograph.Engine) (checks []Check) {
	for _, c := range slices.Concat(tableCases(), valueCases(), engineCases()) {
		checks = append(checks, Check{c.name, func(t testing.TB) { c.run(t, e) }})
	}
	return checks
}

type engineCase struct {
	name string
	run  func(testing.TB, limnograph.Engine)
}

func engineCases() []engineCase {
	return []engineCase{
		{"RangePrunesWithoutChangingTheAnswer", engineRange},
		{"ErrorsHaveCodes", engineErrors},
		{"ColumnsAreNamedAndTyped", engineColumns},
		{"ParametersAreBound", engineParameters},
		{"TextThatOnlyLooksLikeParameters", engineQuoting},
		{"SemicolonAtTheEnd", engineSemicolon},
		{"RowsEndWithEOFAndCloseTwice", engineRows},
		{"LargeResultStreams", engineStream},
		{"ConcurrentQueries", engineConcurrent},
		{"CancelledContext", engineCancelled},
		{"CancelledWhileRunning", engineCancelledRunning},
		{"CancelledWhileReading", engineCancelledReading},
		{"ClosedBeforeTheEnd", engineClosed},
		{"TimeLimit", engineTimeLimit},
	}
}

func asker() limnograph.Principal { return limnograph.Principal{Name: "conformance", Admin: true} }

// ask returns the rows of a query, values joined by |.
func ask(t testing.TB, e limnograph.Engine, q limnograph.Query) ([]string, error) {
	t.Helper()
	rows, err := e.Query(t.Context(), asker(), q)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	var lines []string
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		var parts []string
		for _, v := range row {
			if at, ok := v.(time.Time); ok {
				v = at.Format(time.RFC3339)
			}
			parts = append(parts, fmt.Sprint(v))
		}
		lines = append(lines, strings.Join(parts, "|"))
	}
}
