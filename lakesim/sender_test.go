package lakesim_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"limnograph"
	"limnograph/metricstream"
)

const table = "glue_metrics"

// glue is a schema with what the shipped one has, but fewer columns.
func glue() limnograph.Schema {
	return limnograph.Schema{
		Namespace: "Glue", Table: table,
		Dimensions: []limnograph.PromotedDimension{{Name: "JobName", Column: "job_name"}, {Name: "JobRunId", Column: "job_run_id"}},
		Totals:     []limnograph.Dimension{{Name: "JobRunId", Value: "ALL"}},
	}
}

// statement is one thing that the sender says about one datapoint. Its number stands in each of its values, so that a
// row tells which statement it is.
type statement struct {
	number   int
	series   string // account, metric and dimensions: as they stand in the line
	ts       int64  // milliseconds
	reported limnograph.Reported
	count    float64
	extra    int
}

// weight is by what a statement beats another, in words of the test.
type weight struct {
	count      float64 // -1: not reported
	statistics int
	position   int64
}

func (w weight) beats(other weight) bool {
	switch {
	case w.count != other.count:
		return w.count > other.count
	case w.statistics != other.statistics:
		return w.statistics > other.statistics
	}
	return w.position > other.position
}

func (s statement) weight(position int64) weight {
	w := weight{count: -1, statistics: s.extra, position: position}
	for _, r := range []limnograph.Reported{limnograph.ReportedMax, limnograph.ReportedMin, limnograph.ReportedSum, limnograph.ReportedSampleCount} {
		if s.reported&r != 0 {
			w.statistics++
		}
	}
	if s.reported&limnograph.ReportedSampleCount != 0 {
		w.count = s.count
	}
	return w
}

// line is the statement as a metric stream delivers it, with the attempt in a field that nobody knows.
func (s statement) line(attempt int) string {
	var values []string
	for i, name := range []string{"max", "min", "sum"} {
		if s.reported&(1<<i) != 0 {
			values = append(values, fmt.Sprintf(`"%s":%d.0`, name, s.number))
		}
	}
	if s.reported&limnograph.ReportedSampleCount != 0 {
		values = append(values, fmt.Sprintf(`"count":%.1f`, s.count))
	}
	for i := range s.extra {
		values = append(values, fmt.Sprintf(`"p%d":1.5`, 90+i))
	}
	return fmt.Sprintf(`{"metric_stream_name":"s",%s,"timestamp":%d,"value":{%s},"unit":"Count","attempt":%d}`+"\n",
		s.series, s.ts, strings.Join(values, ","), attempt)
}

// seriesLines are the series of the sender: twins, executors, and one without dimensions.
func seriesLines() []string {
	line := func(account, metric, dimensions string) string {
		return fmt.Sprintf(`"account_id":"%s","region":"eu-west-1","namespace":"Glue","metric_name":"%s","dimensions":{%s}`, account, metric, dimensions)
	}
	return []string{
		line("111122223333", "glue.driver.aggregate.bytesRead", `"JobName":"orders","JobRunId":"jr_1"`),
		line("111122223333", "glue.driver.aggregate.bytesRead", `"JobName":"orders","JobRunId":"ALL"`),
		line("111122223333", "glue.1.jvm.heap.usage", `"JobRunId":"jr_1","JobName":"orders","Type":"gauge"`),
		line("444455556666", "glue.driver.aggregate.bytesRead", `"JobName":"orders","JobRunId":"jr_1"`),
		line("444455556666", "account.concurrency", ``),
	}
}

// attempt is one request: some statements, sent at a time.
type attempt struct {
	statements []int
	arrival    time.Time
	id         string // of the request
}

// sender makes statements and keeps the truth about them.
type sender struct {
	rand     *rand.Rand
	series   []string
	sent     []statement
	attempts []attempt
	acked    map[int]bool // statements, by number
	requests []int        // attempts that began a request, rather than repeat one
}

func newSender(random *rand.Rand) *sender {
	return &sender{rand: random, series: seriesLines(), acked: map[int]bool{}}
}

// next makes a statement about a datapoint of about now.
func (s *sender) next(now time.Time) statement {
	st := statement{number: len(s.sent), series: s.series[s.rand.IntN(len(s.series))], ts: s.time(now), count: float64(1 + s.rand.IntN(3))}
	if len(s.sent) > 0 && s.rand.IntN(3) == 0 { // a restatement
		old := s.sent[s.rand.IntN(len(s.sent))]
		st.series, st.ts = old.series, old.ts
	}
	st.reported = 15
	switch s.rand.IntN(10) {
	case 0:
		st.reported &^= limnograph.ReportedSampleCount
	case 1:
		st.reported = limnograph.ReportedSum
	case 2:
		st.extra = 1 + s.rand.IntN(2)
	}
	s.sent = append(s.sent, st)
	return st
}

// time draws a timestamp: mostly of the last minutes, in few minutes so that many statements meet.
func (s *sender) time(now time.Time) int64 {
	minute := now.Truncate(time.Minute).Add(-time.Duration(s.rand.IntN(3)) * time.Minute)
	switch s.rand.IntN(24) {
	case 0, 1, 2:
		minute = now.Truncate(time.Hour).Add(-time.Duration(s.rand.IntN(3)) * time.Minute) // about the hour
	case 3, 4:
		minute = now.Truncate(24 * time.Hour).Add(-time.Duration(s.rand.IntN(2)) * time.Minute) // about midnight
	case 5, 6:
		minute = minute.Add(-time.Duration(1+s.rand.IntN(30)) * time.Hour) // late
	case 7, 8:
		minute = now.Truncate(24 * time.Hour).Add(-time.Duration(2+s.rand.IntN(12))*24*time.Hour + time.Duration(s.rand.IntN(2))*time.Minute) // very late
	case 9:
		minute = minute.Add(-time.Duration(1 + s.rand.IntN(59_999)*int(time.Millisecond))) // off the minute
	case 10:
		minute = s.absurd(now)
	}
	return minute.UnixMilli()
}

// absurd draws a timestamp that no table takes, or one that it just takes.
func (s *sender) absurd(now time.Time) time.Time {
	const tick = time.Millisecond
	now = now.Truncate(tick)
	all := []time.Time{
		time.UnixMilli(0), time.UnixMilli(-1), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		now.Add(-oldest), now.Add(-oldest - tick), now.Add(ahead), now.Add(ahead + tick),
	}
	return all[s.rand.IntN(len(all))]
}

// What a table takes, as the design says it.
const (
	oldest = 15 * 24 * time.Hour
	ahead  = 2 * time.Hour
)

// begin notes an attempt to send statements.
func (s *sender) begin(now time.Time, id string, numbers []int) (int, *limnograph.Batch) {
	a := len(s.attempts)
	s.attempts = append(s.attempts, attempt{numbers, now, id})
	var text strings.Builder
	for _, n := range numbers {
		text.WriteString(s.sent[n].line(a))
	}
	split := metricstream.NewSplitter(func(string) string { return table })
	split.Reset(nil)
	split.Add(0, []byte(text.String()))
	return a, &limnograph.Batch{Sender: "team-a", Stream: "glue", RequestID: id, Arrival: now, Parts: split.Parts(), Rejects: split.Rejects()}
}

// fresh makes a request of new statements.
func (s *sender) fresh(now time.Time) (int, *limnograph.Batch) {
	var numbers []int
	for range 1 + s.rand.IntN(4) {
		numbers = append(numbers, s.next(now).number)
	}
	s.requests = append(s.requests, len(s.attempts))
	return s.begin(now, fmt.Sprint("request-", len(s.requests)), numbers)
}

// again repeats an earlier request; nil when there is none.
func (s *sender) again(now time.Time) (int, *limnograph.Batch) {
	if len(s.requests) == 0 {
		return 0, nil
	}
	old := s.attempts[s.requests[s.rand.IntN(len(s.requests))]]
	return s.begin(now, old.id, old.statements)
}

// other sends another body under the id of an earlier request.
func (s *sender) other(now time.Time) (int, *limnograph.Batch) {
	if len(s.requests) == 0 {
		return 0, nil
	}
	old := s.attempts[s.requests[s.rand.IntN(len(s.requests))]]
	return s.begin(now, old.id, append([]int{s.next(now).number}, old.statements[1:]...))
}

// ack notes that an attempt was acknowledged.
func (s *sender) ack(a int) {
	for _, n := range s.attempts[a].statements {
		s.acked[n] = true
	}
}

// takes reports whether the table takes a statement of an attempt.
func (s *sender) takes(number, attempt int) bool {
	at, arrival := s.sent[number].ts, s.attempts[attempt].arrival
	return at >= arrival.Add(-oldest).UnixMilli() && at <= arrival.Add(ahead).UnixMilli()
}
