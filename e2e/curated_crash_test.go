package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// What was acknowledged stands in the curated table once, as its winner, whatever kill -9 interrupts: ingest, commits,
// compaction, expiry, packing. A reader never sees a sum fall or exceed what was sent.
func TestKillNineCurated(t *testing.T) {
	t.Parallel()
	dir, kills := t.TempDir(), size(t, "LIMNO_E2E_KILLS", 20)
	env := []string{
		"LIMNO_LAKE_COMMIT_EVERY=200ms", "LIMNO_LAKE_COMPACT_EVERY=1s", "LIMNO_QUERY_TIMEOUT=10s",
		"LIMNO_LANDING_SEAL_AFTER=1s", "LIMNO_LANDING_PACK_AFTER=1s",
	}
	load := newRestatements(time.Now())
	rnd := rand.New(rand.NewPCG(3, 4))
	for range kills {
		s := serve(t, dir, env...)
		stop := load.start(s.url)
		time.Sleep(time.Duration(300+rnd.IntN(1500)) * time.Millisecond) // the moment of the crash
		s.kill()
		stop()
		if t.Failed() {
			return
		}
	}
	s := serve(t, dir, env...)
	t.Logf("%d statements acknowledged over %d crashes, %d requests without an answer, %d looks", load.statements, kills, load.unanswered, load.looks)
	if load.statements < 500*kills || load.looks < 2*kills {
		t.Fatal("too little load to prove anything")
	}
	s.await(t, "equal to what was sent", 2*time.Minute, func() bool { return load.difference(t, s) == "" })
	for _, problem := range load.problems {
		t.Error(problem)
	}
}

// restatements says things about few datapoints again and again, and remembers what was acknowledged of each.
type restatements struct {
	first time.Time // minute 0

	mu         sync.Mutex
	rnd        *rand.Rand
	next       int
	acked      map[datum]int // greatest acknowledged sample count
	sent       map[datum]int // greatest one that may have been taken
	statements int
	unanswered int
	looks      int
	seen       float64 // greatest total that a reader saw
	problems   []string
}

// datum names a datapoint of the load.
type datum struct {
	run    string
	minute int
}

func newRestatements(now time.Time) *restatements {
	return &restatements{first: now.UTC().Truncate(time.Minute), rnd: rand.New(rand.NewPCG(5, 6)), acked: map[datum]int{}, sent: map[datum]int{}}
}

// sumOf makes the sum follow from the sample count, so that the winner's value does not depend on who came last.
func sumOf(count int) float64 { return float64(100 + count) }

func (l *restatements) start(url string) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	every := func(pause time.Duration, f func()) {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(pause):
					f()
				}
			}
		})
	}
	for range 3 {
		every(time.Millisecond, func() { l.deliver(url) })
	}
	every(50*time.Millisecond, func() { l.look(url) })
	return func() { close(done); wg.Wait() }
}

// deliver sends statements: new ones, duplicates, restatements up and down, late, old, and off the minute.
func (l *restatements) deliver(url string) {
	id, said := l.draw()
	var lines strings.Builder
	for d, count := range said {
		lines.WriteString(l.line(d, count))
	}
	body := envelope(id, lines.String())
	status, _, err := post(url+"/firehose/v1/crash", accessKey, body)
	if err == nil && status == http.StatusOK && len(said)%4 == 0 { // the same request again
		_, _, _ = post(url+"/firehose/v1/crash", accessKey, body)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || status != http.StatusOK {
		l.unanswered++
		return
	}
	for d, count := range said {
		l.acked[d] = max(l.acked[d], count)
		l.statements++
	}
}

func (l *restatements) draw() (id string, said map[datum]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	said = map[datum]int{}
	for range 60 {
		d := datum{"jr_" + strconv.Itoa(l.rnd.IntN(40)), l.rnd.IntN(90) - 80}
		if l.rnd.IntN(20) == 0 {
			d.minute -= 4000 // more than 48 h late
		}
		said[d] = 1 + l.rnd.IntN(4)
		l.sent[d] = max(l.sent[d], said[d])
	}
	return strconv.Itoa(l.next), said
}

func (l *restatements) timestamp(d datum) int64 {
	at := l.first.Add(time.Duration(d.minute) * time.Minute)
	if d.run == "jr_7" {
		at = at.Add(7 * time.Second) // off the minute
	}
	return at.UnixMilli()
}

func (l *restatements) line(d datum, count int) string {
	sum := sumOf(count)
	return fmt.Sprintf(`{"metric_stream_name":"s","account_id":"111122223333","region":"eu-west-1","namespace":"Glue","metric_name":"m","dimensions":{"JobName":"crash","JobRunId":%q,"Type":"count"},`+
		`"timestamp":%d,"value":{"max":%g,"min":%g,"sum":%g,"count":%d.0},"unit":"Count"}`+"\n", d.run, l.timestamp(d), sum, sum, sum, count)
}

// look reads the total as a dashboard does. A server that was killed meanwhile has no answer.
func (l *restatements) look(url string) {
	var limit float64
	rows, err := askJSON(url, `SELECT coalesce(sum("sum"), 0), count(*) - count(DISTINCT job_run_id || '/' || CAST(ts AS VARCHAR)) FROM glue_metrics WHERE job_name = 'crash'`)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, count := range l.sent {
		limit += sumOf(count)
	}
	if err != nil {
		return
	}
	l.looks++
	total, _ := rows[0][0].(float64)
	switch {
	case total < l.seen:
		l.problems = append(l.problems, fmt.Sprintf("the sum fell from %g to %g", l.seen, total))
	case total > limit:
		l.problems = append(l.problems, fmt.Sprintf("the sum is %g, and at most %g was sent", total, limit))
	case fmt.Sprint(rows[0][1]) != "0":
		l.problems = append(l.problems, fmt.Sprintf("%v datapoints stand twice", rows[0][1]))
	}
	l.seen = max(l.seen, total)
}

// askJSON asks over HTTP.
func askJSON(url, sql string) ([][]any, error) {
	body, err := json.Marshal(map[string]string{"sql": sql})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodPost, url+"/api/v1/query", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+adminToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var out struct{ Rows [][]any }
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode != http.StatusOK || len(out.Rows) == 0 {
		return nil, fmt.Errorf("status %s, %w", resp.Status, err)
	}
	return out.Rows, nil
}

// difference compares the table with what was acknowledged: every datapoint once, with the greatest sample count, and
// nothing else. A statement whose answer was lost may be there or not.
func (l *restatements) difference(t *testing.T, s *server) string {
	t.Helper()
	at := map[string]datum{}
	for d := range l.sent {
		at[d.run+"@"+strconv.FormatInt(l.timestamp(d), 10)] = d
	}
	seen := map[datum]bool{}
	for _, r := range s.query(t, `SELECT job_run_id, epoch_ms(ts), "count", "sum" FROM glue_metrics WHERE job_name = 'crash'`) {
		d, ok := at[r[0]+"@"+r[1]]
		count, err := strconv.ParseFloat(r[2], 64)
		sum, _ := strconv.ParseFloat(r[3], 64)
		switch {
		case !ok || err != nil || seen[d]:
			return fmt.Sprintf("row %v was not sent, or stands twice", r)
		case int(count) < l.acked[d] || int(count) > l.sent[d] || sum != sumOf(int(count)):
			return fmt.Sprintf("row %v, acknowledged %d, sent %d", r, l.acked[d], l.sent[d])
		}
		seen[d] = true
	}
	for d := range l.acked {
		if !seen[d] {
			return fmt.Sprintf("%+v is missing", d)
		}
	}
	return ""
}
