package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/collector"
	"limnograph/mem"
	"limnograph/objectkey"
)

// world is a Glue API, a CloudWatch and a bucket, beside any number of functions.
type world struct {
	t     *testing.T
	store *mem.Store

	mu        sync.Mutex
	runs      []limnograph.JobRun // of job orders
	failing   error               // of every call
	slow      time.Duration       // of every call
	asked     []string
	published []limnograph.Datapoint
}

const (
	orders = "orders"
	secret = "card 4111111111111111"
)

func newWorld(t *testing.T) *world {
	w := &world{t: t, store: mem.New()}
	w.add("jr_good", limnograph.RunSucceeded)
	return w
}

// add lets a run end at this moment.
func (w *world) add(id string, state limnograph.RunState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	end := time.Now().UTC().Truncate(time.Second)
	w.runs = append(w.runs, limnograph.JobRun{
		RunKey: runKey(id), Source: limnograph.FromAPI, State: state, Attempt: aws.Int64(0), StartedAt: end.Add(-15 * time.Minute), CompletedAt: end,
		ModifiedAt: end, ExecutionS: aws.Int64(871), ErrorMessage: secret,
	})
}

func runKey(id string) limnograph.RunKey {
	return limnograph.RunKey{JobKey: limnograph.JobKey{AccountID: "111122223333", Region: "eu-west-1", JobName: orders}, RunID: id}
}

func (w *world) ask(ctx context.Context, operation string) error {
	if w.slow > 0 {
		select {
		case <-time.After(w.slow):
		case <-ctx.Done():
			return &limnograph.Error{Code: limnograph.CodeTimeout, Err: ctx.Err()}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, operation)
	return w.failing
}

// Run implements limnograph.GlueReader.
func (w *world) Run(ctx context.Context, job, run string) (limnograph.JobRun, error) {
	if err := w.ask(ctx, "GetJobRun"); err != nil {
		return limnograph.JobRun{}, err
	}
	for _, r := range w.runs {
		if r.JobName == job && r.RunID == run {
			r.ObservedAt = time.Now().UTC()
			return r, nil
		}
	}
	return limnograph.JobRun{}, &limnograph.Error{Code: limnograph.CodeNotFound, Message: "no such run"}
}

// Runs implements limnograph.GlueReader.
func (w *world) Runs(ctx context.Context, _, _ string) (runs []limnograph.JobRun, next string, err error) {
	if err := w.ask(ctx, "GetJobRuns"); err != nil {
		return nil, "", err
	}
	for i := range w.runs {
		r := w.runs[len(w.runs)-1-i]
		r.ObservedAt = time.Now().UTC()
		runs = append(runs, r)
	}
	return runs, "", nil
}

// Jobs implements limnograph.GlueReader.
func (w *world) Jobs(ctx context.Context, _ string) (jobs []limnograph.Job, next string, err error) {
	if err := w.ask(ctx, "GetJobs"); err != nil {
		return nil, "", err
	}
	return []limnograph.Job{{JobKey: runKey("").JobKey, ObservedAt: time.Now().UTC(), Exists: true, Type: "glueetl"}}, "", nil
}

// Tags implements limnograph.GlueReader.
func (w *world) Tags(ctx context.Context, _ string) (map[string]string, error) {
	return map[string]string{}, w.ask(ctx, "GetTags")
}

// Put implements limnograph.MetricWriter.
func (w *world) Put(_ context.Context, points []limnograph.Datapoint) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.published = append(w.published, points...)
	return nil
}

// function is one container of the function, which writes where a test can read.
type collectFunction struct {
	*collecting
	stdout, stderr bytes.Buffer
}

func (w *world) function() *collectFunction {
	w.t.Helper()
	f := &collectFunction{}
	s, err := readSettings(with(map[string]string{"LIMNO_LAMBDA_MODE": "collect", "LIMNO_ACCOUNT": "111122223333"}))
	if err != nil {
		w.t.Fatal(err)
	}
	t := &tally{}
	targets := []collector.Target{{AccountID: "111122223333", Region: "eu-west-1", Glue: w, Metrics: counted{w, t}}}
	f.collecting, err = assemble(s, targets, w.store, t, slog.New(slog.NewJSONHandler(&f.stderr, nil)), &f.stdout)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// call invokes the function as Lambda does, with a time limit, and returns its answer as JSON, or its error.
func (f *collectFunction) call(t *testing.T, event string) (map[string]any, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	answer, err := f.handle(ctx, json.RawMessage(event))
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	return object, nil
}

func event(run, state string) string {
	return `{"version":"0","detail-type":"Glue Job State Change","source":"aws.glue","account":"111122223333","region":"eu-west-1","time":"` +
		time.Now().UTC().Format(time.RFC3339) + `","resources":[],"detail":{"jobName":"orders","severity":"INFO","state":"` + state + `","jobRunId":"` + run + `","message":"` + secret + `"}}`
}

// landed returns the keys and lines of a table, without their positions and the times of the statements.
func (w *world) landed(table string) (keys int, lines []map[string]any) {
	w.t.Helper()
	for o, err := range w.store.List(w.t.Context(), objectkey.TablePrefix(table), "") {
		if err != nil {
			w.t.Fatal(err)
		}
		keys++
		for line := range strings.Lines(w.text(o.Key)) {
			var one map[string]any
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				w.t.Fatalf("%v in %s", err, line)
			}
			delete(one, "limno_position")
			lines = append(lines, one)
		}
	}
	return keys, lines
}

func (w *world) text(key string) string {
	w.t.Helper()
	r, err := w.store.Open(w.t.Context(), key)
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Close()
	z, err := gzip.NewReader(r)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// The same event again, and a call about the same run, change nothing.
func TestEventIsCollectedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f := w.function()
		first := event("jr_good", "SUCCEEDED")
		answer, err := f.call(t, first)
		if err != nil || answer["state"] != "SUCCEEDED" || answer["executionSeconds"] != 871.0 || answer["jobRunId"] != "jr_good" {
			t.Fatalf("%v, %v\n%s", answer, err, f.stderr.String())
		}
		keys, lines := w.landed(limnograph.RunsTable)
		if keys == 0 || len(lines) != 2 {
			t.Fatalf("%d objects of %d lines; the event and the answer were to land", keys, len(lines))
		}
		for _, again := range []string{first, `{"jobName":"orders","jobRunId":"jr_good"}`} {
			answer, err := f.call(t, again)
			if err != nil || answer["state"] != "SUCCEEDED" || answer["landed"] != 0.0 {
				t.Errorf("again: %v, %v", answer, err)
			}
		}
		if now, _ := w.landed(limnograph.RunsTable); now != keys || len(w.published) != 2 {
			t.Errorf("%d objects became %d, and %d metrics were published", keys, now, len(w.published))
		}
	})
}

// Two containers may get the same event: what lands then says the same twice.
func TestTwoContainersSayTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for range 2 {
			if _, err := w.function().call(t, `{"jobName":"orders","jobRunId":"jr_good"}`); err != nil {
				t.Fatal(err)
			}
		}
		keys, lines := w.landed(limnograph.RunsTable)
		if keys != 2 || len(lines) != 2 {
			t.Fatalf("%d objects, %d lines", keys, len(lines))
		}
		if diff := cmp.Diff(lines[0], lines[1]); diff != "" {
			t.Errorf("two statements differ:\n%s", diff)
		}
	})
}

// What an orchestrator sees when it had no run id, or another one: a type to tell errors apart by, and words.
func TestBadCallsAreErrorsInWords(t *testing.T) {
	for name, c := range map[string]struct{ body, kind, words string }{
		"NoRunID":      {`{"jobName":"orders"}`, "limno.invalid", "jobRunId is missing"},
		"NoneFromAir":  {`{"jobName":"orders","jobRunId":"None"}`, "limno.invalid", "jobRunId is the text None"},
		"Null":         {`{"jobName":"orders","jobRunId":null}`, "limno.invalid", "jobRunId is missing"},
		"NoJob":        {`{"jobRunId":"jr_good"}`, "limno.invalid", "jobName is missing"},
		"NoObject":     {`"orders"`, "limno.invalid", "no JSON object"},
		"AnotherMode":  {`{"mode":"curate"}`, "limno.invalid", `"mode" is not "schedule"`},
		"UnknownRun":   {`{"jobName":"orders","jobRunId":"jr_other"}`, "limno.not_found", "jr_other"},
		"OtherAccount": {`{"jobName":"orders","jobRunId":"jr_good","accountId":"999999999999"}`, "limno.not_found", "999999999999"},
		"OtherEvent":   {strings.Replace(event("jr_good", "SUCCEEDED"), "Job State Change", "Crawler State Change", 1), "limno.invalid", "not about a job run"},
		"EventNoRun":   {event("None", "SUCCEEDED"), "limno.invalid", "jobRunId is the text None"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newWorld(t).function()
			_, err := f.call(t, c.body)
			var told messages.InvokeResponse_Error
			if !errors.As(err, &told) || told.Type != c.kind || !strings.Contains(told.Message, c.words) {
				t.Errorf("%+v; want %s with %q", err, c.kind, c.words)
			}
			if log := lines(t, f.stderr.String()); len(log) == 0 || log[len(log)-1]["msg"] != "collecting failed" || log[len(log)-1]["remedy"] == nil {
				t.Errorf("log: %v", log)
			}
		})
	}
}

// A search finds the runs that nobody told of, in whichever form the schedule asks for it; the next one, in another
// container, goes on from the state and finds nothing new.
func TestScheduleSearchesAndRemembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		answer, err := w.function().call(t, `{"mode":"schedule"}`)
		if err != nil || answer["complete"] != true || answer["metrics"] != 2.0 {
			t.Fatalf("%v, %v", answer, err)
		}
		if _, runs := w.landed(limnograph.RunsTable); len(runs) != 1 || runs[0]["state"] != "SUCCEEDED" {
			t.Errorf("runs: %v", runs)
		}
		if _, jobs := w.landed(limnograph.JobsTable); len(jobs) == 0 {
			t.Error("no job landed")
		}
		if _, err := w.store.Stat(t.Context(), "state/collector.json"); err != nil {
			t.Errorf("state: %v", err)
		}
		calls := len(w.asked)
		w.add("jr_bad", limnograph.RunFailed)
		time.Sleep(2 * time.Hour)
		f := w.function()
		answer, err = f.call(t, `{"detail-type":"Scheduled Event","source":"aws.events","detail":{}}`)
		if err != nil {
			t.Fatal(err)
		}
		_, runs := w.landed(limnograph.RunsTable)
		if len(runs) != 2 || len(w.asked)-calls > 3 {
			t.Errorf("%d runs landed by %v in %v", len(runs), w.asked[calls:], answer)
		}
		if both := f.stderr.String() + f.stdout.String(); strings.Contains(both, "4111") {
			t.Errorf("a log or metric holds error text:\n%s", both)
		}
	})
}

// While Glue does not answer, the event is kept, and the invocation fails so that Lambda comes again.
func TestEventWithoutAnswerComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f := w.function()
		w.failing = &limnograph.Error{Code: limnograph.CodeUnavailable, Message: "throttled"}
		told := event("jr_good", "SUCCEEDED")
		if _, err := f.call(t, told); err == nil || !strings.Contains(err.Error(), "the event is kept") {
			t.Errorf("%v", err)
		}
		if _, lines := w.landed(limnograph.RunsTable); len(lines) != 1 {
			t.Errorf("%d lines landed", len(lines))
		}
		w.failing = nil
		time.Sleep(time.Minute)
		if answer, err := f.call(t, told); err != nil || answer["executionSeconds"] != 871.0 {
			t.Errorf("after a minute: %v, %v", answer, err)
		}
	})
}

// An event of an account that is not collected is kept, and that is all.
func TestEventOfAnotherAccountIsKept(t *testing.T) {
	w := newWorld(t)
	answer, err := w.function().call(t, strings.Replace(event("jr_x", "FAILED"), "111122223333", "444455556666", 1))
	if err != nil || answer["state"] != "FAILED" || answer["landed"] != 1.0 || len(w.asked) > 0 {
		t.Errorf("%v, %v, asked %v", answer, err, w.asked)
	}
}

// What only a person can mend fails a search: its alarm is the one that somebody sees.
func TestRefusedSearchFailsWithItsRemedy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.failing = &limnograph.Error{Code: limnograph.CodeForbidden, Message: "AccessDenied"}
		f := w.function()
		_, err := f.call(t, `{"mode":"schedule"}`)
		var told messages.InvokeResponse_Error
		if !errors.As(err, &told) || told.Type != "limno.forbidden" || !strings.Contains(told.Message, "allow glue:GetJobs") {
			t.Errorf("%+v", err)
		}
		if doc := lines(t, f.stdout.String())[0]; doc["Failed"] != 1.0 || doc["Mode"] != "collect" {
			t.Errorf("metrics: %v", doc)
		}
	})
}

// A search that runs out of time ends before the function is stopped, keeps what it has, and is no error.
func TestSearchEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.slow = 2 * time.Minute
		f := w.function()
		started := time.Now()
		answer, err := f.call(t, `{"mode":"schedule"}`)
		if took := time.Since(started); err != nil || answer["complete"] != false || took > 5*time.Minute-5*time.Second {
			t.Errorf("%v, %v after %v\n%s", answer, err, took, f.stderr.String())
		}
		if _, err := w.store.Stat(t.Context(), "state/collector.json"); err != nil {
			t.Errorf("state: %v", err)
		}
		w.slow = 0
		if answer, err := w.function().call(t, `{"mode":"schedule"}`); err != nil || answer["complete"] != true {
			t.Errorf("the next search: %v, %v", answer, err)
		}
		if _, runs := w.landed(limnograph.RunsTable); len(runs) == 0 {
			t.Error("no run was found")
		}
	})
}
