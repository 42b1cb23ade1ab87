package runsim_test

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"limnograph"
	"limnograph/aws/gluejob"
	"limnograph/collector"
	"limnograph/columns"
	"limnograph/lake"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/record"
	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

// How large the world is; `make soak` takes the one that is promised.
var (
	jobs = flag.Int("runsim.jobs", 60, "jobs of the fleet")
	days = flag.Int("runsim.days", 1, "simulated days")
)

// start is when the simulated time begins.
var start = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)

// clock is the time of a world. It is safe for concurrent use.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// world is a fleet with its Glue API, and everything that collects its runs.
type world struct {
	clock     clock
	fleet     *simulator.Fleet
	api       *glueapi.Server
	collector *collector.Collector
	lake      *lake.Lake
	store     *mem.Store
	events    []simulator.Event
	requests  map[string]int // of the adapter, by operation
	mu        sync.Mutex     // guards requests
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newWorld builds a world whose fleet has run for a while when it begins.
func newWorld(t *testing.T, faults glueapi.Faults, events simulator.EventFaults) *world {
	t.Helper()
	w := &world{store: mem.New(), requests: make(map[string]int)}
	w.clock.set(start)
	var err error
	w.fleet, err = simulator.NewFleet(simulator.Config{Seed: 7, Jobs: *jobs, Accounts: 3, Silent: 24})
	must(t, err)
	w.api, err = glueapi.New(w.fleet, glueapi.Config{Now: w.clock.now, From: start, Faults: faults})
	must(t, err)
	w.events = w.fleet.Events(start, w.end(), events)
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	w.collector, err = collector.New(w.targets(server.URL), w.lander(t), collector.Config{
		Now: w.clock.now, NoTags: true, NoBackfill: true, CallsPerSecond: 50, Burst: 3000,
		Publish: []collector.Kind{}, Open: w.open,
	})
	must(t, err)
	return w
}

func (w *world) end() time.Time { return start.AddDate(0, 0, *days) }

// targets are all accounts and Regions of the fleet.
func (w *world) targets(url string) (targets []collector.Target) {
	type place struct{ account, region string }
	seen := make(map[place]bool)
	for _, j := range w.fleet.JobLedger(start, w.end()) {
		p := place{j.AccountID, j.Region}
		if seen[p] {
			continue
		}
		seen[p] = true
		cfg := aws.Config{
			Region: p.region, BaseEndpoint: aws.String(url), Credentials: credentials.NewStaticCredentialsProvider("AKIA"+p.account, "secret", ""),
			Retryer: func() aws.Retryer {
				return retry.NewStandard(func(o *retry.StandardOptions) {
					o.MaxAttempts, o.RateLimiter = 5, unlimited{}
					o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
				})
			},
		}
		targets = append(targets, collector.Target{AccountID: p.account, Region: p.region, Glue: gluejob.New(cfg, gluejob.Config{
			AccountID: p.account, Region: p.region, Arguments: []string{"--dataset"}, Now: w.clock.now, Calls: w.count,
		})})
	}
	return targets
}

// unlimited lets every attempt be repeated.
type unlimited struct{}

func (unlimited) GetToken(context.Context, uint) (func() error, error) {
	return func() error { return nil }, nil
}
func (unlimited) AddTokens(uint) error { return nil }

func (w *world) count(operation string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests[operation]++
}

// lander lands records, and the lake of the world reads what has landed.
func (w *world) lander(t *testing.T) collector.Lander {
	t.Helper()
	lander, err := landing.New(t.Context(), w.store, w.store, nil, landing.Config{Now: w.clock.now})
	must(t, err)
	feed := landing.NewFeed(lander, w.store)
	t.Cleanup(func() { must(t, feed.Close()) })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- lander.Run(ctx) }()
	t.Cleanup(func() { stop(); must(t, <-ended) })
	schemas := []limnograph.Schema{record.Runs().Schema(), record.Jobs().Schema(), record.Errors().Schema()}
	w.lake, err = lake.New(w.store, mem.NewSnapshots(w.store), feed, func() []limnograph.Schema { return schemas }, lake.Config{Now: w.clock.now})
	must(t, err)
	must(t, w.lake.Open(t.Context()))
	return lander.Append
}

// live lets the time pass: events come when they are due, the collector ticks every minute, and the lake curates.
func (w *world) live(t *testing.T, until time.Time) {
	t.Helper()
	for at := w.clock.now(); at.Before(until); at = at.Add(time.Minute) {
		w.clock.set(at)
		for len(w.events) > 0 && !w.events[0].At.After(at) {
			_, err := w.collector.Event(t.Context(), w.events[0].Body)
			tolerate(t, err)
			w.events = w.events[1:]
		}
		tolerate(t, w.collector.Tick(t.Context()))
		if at.Minute()%10 == 0 {
			w.curate(t)
		}
	}
	w.curate(t)
}

// tolerate lets errors of Glue pass: what they kept back is found later.
func tolerate(t *testing.T, err error) {
	t.Helper()
	switch limnograph.ErrorCode(err) {
	case "", limnograph.CodeUnavailable, limnograph.CodeNotFound:
	default:
		t.Fatal(err)
	}
}

func (w *world) curate(t *testing.T) {
	t.Helper()
	must(t, w.lake.CatchUp(t.Context()))
}

// open finds the runs that are not known to have ended, as the server does by SQL. Looking every half hour is enough for
// what the other ways have not told.
func (w *world) open(ctx context.Context) (open []collector.OpenRun, err error) {
	if now := w.clock.now(); now.Minute()%30 != 0 || now.Second() != 0 {
		return nil, nil
	}
	rows, err := w.rows(ctx, limnograph.RunsTable)
	for _, r := range rows {
		if state := limnograph.RunState(r.Text("state")); !state.IsTerminal() || !strings.Contains(r.Text("seen_in"), "api") {
			open = append(open, openRun(r))
		}
	}
	return open, err
}

func keyOf(r *record.Row) limnograph.RunKey {
	job := limnograph.JobKey{AccountID: r.Text("account_id"), Region: r.Text("region"), JobName: r.Text("job_name")}
	return limnograph.RunKey{JobKey: job, RunID: r.Text("job_run_id")}
}

// rows reads a table.
func (w *world) rows(ctx context.Context, table string) (rows []*record.Row, err error) {
	s := w.lake.Snapshots().Tables[table]
	schema := record.TableOf(table).Schema()
	ids := make(map[string]int)
	for i, c := range schema.Records.Columns {
		ids[c.Name] = i + 1
	}
	for _, f := range s.Files {
		object, err := w.store.OpenAt(ctx, f.Key)
		if err != nil {
			return nil, err
		}
		values, err := columns.ReadRecords(object, object.Size(), schema, ids)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Key, err)
		}
		for _, v := range values {
			row, err := record.TableOf(table).RowOf(v)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
		if err := object.Close(); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// openRun is what the collector is told of a run.
func openRun(r *record.Row) collector.OpenRun {
	o := collector.OpenRun{RunKey: keyOf(r), State: limnograph.RunState(r.Text("state")), Outcome: limnograph.RunState(r.Text("outcome")), Since: time.UnixMilli(r.TS())}
	o.Asked = strings.Contains(r.Text("seen_in"), "api")
	o.TimeoutMin, _ = r.Long("timeout_min")
	return o
}
