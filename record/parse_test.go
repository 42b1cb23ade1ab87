package record_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/record"
)

const head = `"account_id":"1","region":"r","job_name":"j","job_run_id":"jr_1","source":"api","observed_at":1795514400000,"state":"RUNNING"`

func TestParseRefuses(t *testing.T) {
	for name, line := range map[string]string{
		"nothing":               ``,
		"no JSON":               `{` + head,
		"two objects":           `{` + head + `}{}`,
		"no object":             `["state"]`,
		"null":                  `null`,
		"no account":            `{"region":"r","job_name":"j","job_run_id":"jr_1","source":"api","observed_at":1795514400000,"state":"RUNNING"}`,
		"an empty run id":       `{` + strings.Replace(head, `"jr_1"`, `""`, 1) + `}`,
		"a run id that is null": `{` + strings.Replace(head, `"jr_1"`, `null`, 1) + `}`,
		"no state":              `{` + strings.Replace(head, `"state"`, `"State"`, 1) + `}`,
		"no time":               `{` + strings.Replace(head, `"observed_at"`, `"at"`, 1) + `}`,
		"no source":             `{` + strings.Replace(head, `"source"`, `"by"`, 1) + `}`,
		"a source of its own":   `{` + strings.Replace(head, `"api"`, `"metrics"`, 1) + `}`,
		"a long name":           `{` + strings.Replace(head, `"j"`, `"`+strings.Repeat("j", 1025)+`"`, 1) + `}`,
		"a number as text":      `{` + head + `,"workers":"3"}`,
		"a text as number":      `{` + head + `,"worker_type":3}`,
		"a fraction":            `{` + head + `,"workers":3.5}`,
		"an exponent":           `{` + head + `,"workers":1e3}`,
		"a negative number":     `{` + head + `,"execution_s":-1}`,
		"too great a number":    `{` + head + `,"execution_s":9223372036854775808}`,
		"a negative double":     `{` + head + `,"dpu_seconds":-0.5}`,
		"an infinite double":    `{` + head + `,"dpu_seconds":1e999}`,
		"a boolean as text":     `{` + head + `,"auto_scaling":"true"}`,
		"arguments as text":     `{` + head + `,"arguments":"{}"}`,
		"arguments of numbers":  `{` + head + `,"arguments":{"--day":1}}`,
		"a time as text":        `{` + head + `,"started_at":"2026-11-24T10:00:00Z"}`,
		"a time in seconds":     `{` + head + `,"started_at":1795514400}`,
		"a time in nanoseconds": `{` + head + `,"started_at":1795514400000000000}`,
		"a time before Glue":    `{` + head + `,"started_at":1262303999999}`,
		"a time after all":      `{` + head + `,"started_at":4102444800000}`,
		"deep nesting":          `{` + head + `,"arguments":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := record.Runs().Parse([]byte(line), 1)
			if limnograph.ErrorCode(err) != limnograph.CodeInvalid {
				t.Errorf("it gives %v, want an error with code invalid", err)
			}
		})
	}
}

func TestParseTakes(t *testing.T) {
	for name, tc := range map[string]struct {
		line string
		want map[string]any
	}{
		"what it needs":      {`{` + head + `}`, map[string]any{"state": "RUNNING", "seen_in": "api"}},
		"white space":        {" {\t" + strings.ReplaceAll(head, ":", " : ") + " }\r\n", map[string]any{"job_run_id": "jr_1"}},
		"unknown fields":     {`{` + head + `,"x":[{"state":"FAILED"},"}"],"limno_position":3,"y":{"a":{}}}`, map[string]any{"state": "RUNNING"}},
		"null":               {`{` + head + `,"workers":3,"workers":null,"trigger_name":null}`, map[string]any{"workers": nil, "trigger_name": nil}},
		"a field twice":      {`{` + head + `,"workers":3,"workers":4}`, map[string]any{"workers": 4}},
		"an empty text":      {`{` + head + `,"trigger_name":""}`, map[string]any{"trigger_name": nil}},
		"escapes":            {`{` + head + `,"\u0074rigger_name":"\u00fc\"\\\n\ud83d\ude00"}`, map[string]any{"trigger_name": "ü\"\\\n😀"}},
		"half a surrogate":   {`{` + head + `,"trigger_name":"a\ud83db"}`, map[string]any{"trigger_name": "a\ufffdb"}},
		"zero":               {`{` + head + `,"attempt":0,"dpu_seconds":-0.0,"max_capacity":0}`, map[string]any{"attempt": 0, "dpu_seconds": 0.0, "max_capacity": 0.0}},
		"a whole double":     {`{` + head + `,"max_capacity":1E1}`, map[string]any{"max_capacity": 10.0}},
		"arguments":          {`{` + head + `,"arguments":{"--b":"ü<&>","--a":"\u0031"}}`, map[string]any{"arguments": `{"--a":"1","--b":"ü<&>"}`}},
		"no arguments":       {`{` + head + `,"arguments":{}}`, map[string]any{"arguments": `{}`}},
		"a state of its own": {`{` + strings.Replace(head, "RUNNING", "PAUSED", 1) + `}`, map[string]any{"state": "PAUSED"}},
		"names of case":      {`{` + head + `,"Workers":3}`, map[string]any{"workers": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			table := record.Runs()
			require(t, table.Merge(nil, parsed(t, table, []byte(tc.line), 1)), tc.want)
		})
	}
}

func TestMinusZeroIsZero(t *testing.T) {
	table := record.Runs()
	row := table.Merge(nil, parsed(t, table, []byte(`{`+head+`,"dpu_seconds":-0.0}`), 1))
	if value, ok := row.Double("dpu_seconds"); !ok || math.Signbit(value) {
		t.Errorf("-0 is %v, %v", value, ok)
	}
}

// What is no number is not reported: JSON has no form for it.
func TestNoNumberIsNotReported(t *testing.T) {
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		run := answer(limnograph.RunRunning, 1)
		run.DPUSeconds, run.MaxCapacity = &value, to(2.0)
		require(t, merged(t, run), map[string]any{"dpu_seconds": nil, "max_capacity": 2.0})
	}
}

// Two statements of one rank say different things only when somebody tampered with landing. Any order gives one row.
func TestEqualRanks(t *testing.T) {
	table := record.Runs()
	a, b := answer(limnograph.RunRunning, 1), answer(limnograph.RunRunning, 1)
	a.Workers, a.TriggerName, a.AutoScaling, a.MaxCapacity = to[int64](1), "z", to(true), to(0.5)
	b.Workers, b.TriggerName, b.AutoScaling, b.MaxCapacity = to[int64](2), "a", to(false), to(1.5)
	for _, order := range [][]limnograph.JobRun{{a, b}, {b, a}} {
		var row *record.Row
		for _, r := range order {
			row = table.Merge(row, parsed(t, table, record.EncodeRun(r), 7))
		}
		require(t, row, map[string]any{"workers": 2, "trigger_name": "z", "auto_scaling": true, "max_capacity": 1.5})
	}
}

// Errors must not tell what a line holds: they are logged.
func TestParseErrorsTellNoValues(t *testing.T) {
	for _, line := range []string{
		`{` + head + `,"arguments":{"--password":["hunter2"]}}`, `{` + head + `,"workers":"hunter2"}`, `{"hunter2":`, `{` + strings.Replace(head, "api", "hunter2", 1) + `}`,
	} {
		if _, err := record.Runs().Parse([]byte(line), 1); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// A statement comes out as it went in: every field of it.
func TestEncodedStatementsAreParsed(t *testing.T) {
	run := limnograph.JobRun{
		RunKey: runKey(), Source: limnograph.FromAPI, ObservedAt: after(700), State: limnograph.RunFailed, Attempt: to[int64](2),
		PreviousRunID: "jr_0", TriggerName: "nightly", StartedAt: after(1), CompletedAt: after(601), ModifiedAt: after(602),
		ExecutionS: to[int64](590), DPUSeconds: to(5900.25), MaxCapacity: to(10.0), Workers: to[int64](5), WorkerType: "G.2X",
		ExecutionClass: "FLEX", GlueVersion: "5.0", JobType: "glueetl", JobMode: "SCRIPT", TimeoutMin: to[int64](480), AutoScaling: to(true),
		Arguments: map[string]string{"--day": "\"1\""}, ErrorCategory: "S3_ERROR", ErrorClass: "other", ErrorMessage: "never here",
		SecurityProfile: "kms", LogGroup: "/aws-glue/jobs",
	}
	require(t, merged(t, run), map[string]any{
		"ts": after(1), "account_id": "111122223333", "region": "eu-west-1", "job_name": "orders-raw-to-staged", "job_run_id": "jr_1",
		"attempt": 2, "previous_run_id": "jr_0", "trigger_name": "nightly", "state": "FAILED", "started_at": after(1), "ended_at": after(601),
		"modified_at": after(602), "execution_s": 590, "job_type": "glueetl", "job_mode": "SCRIPT", "glue_version": "5.0", "worker_type": "G.2X",
		"workers": 5, "max_capacity": 10.0, "execution_class": "FLEX", "timeout_min": 480, "auto_scaling": true, "dpu_seconds": 5900.25,
		"dpu_source": "observed", "error_category": "S3_ERROR", "error_class": "other", "log_group": "/aws-glue/jobs", "security_configuration": "kms",
		"arguments": `{"--day":"\"1\""}`, "seen_in": "api", "observed_at": after(700),
	})
	if strings.Contains(string(record.EncodeRun(run)), "never here") {
		t.Error("the error message stands in job_runs")
	}
	table := record.Errors()
	require(t, table.Merge(nil, parsed(t, table, record.EncodeRunError(run), 1)), map[string]any{
		"ts": after(1), "job_run_id": "jr_1", "error_category": "S3_ERROR", "error_class": "other", "message": "never here", "observed_at": after(700),
	})
	run.ErrorMessage = ""
	if line := record.EncodeRunError(run); line != nil {
		t.Errorf("a run without an error message gives %q", line)
	}
}

func TestEncodedJobsAreParsed(t *testing.T) {
	job := limnograph.Job{
		JobKey: runKey().JobKey, ObservedAt: after(9), Exists: true, Type: "glueetl", GlueVersion: "5.0", WorkerType: "G.1X", Workers: to[int64](3),
		MaxCapacity: to(3.0), ExecutionClass: "STANDARD", TimeoutMin: to[int64](60), MaxRetries: to[int64](0), MaxConcurrent: to[int64](1),
		ScriptLocation: "s3://b/k.py", AutoScaling: to(false), Metrics: to(true), Observability: to(false),
		Arguments: map[string]string{}, Tags: map[string]string{"ü": "1"}, CreatedAt: after(1), ModifiedAt: after(2),
	}
	require(t, mergedJobs(t, job), map[string]any{
		"ts": 0, "job_type": "glueetl", "glue_version": "5.0", "worker_type": "G.1X", "workers": 3, "max_capacity": 3.0,
		"execution_class": "STANDARD", "timeout_min": 60, "max_retries": 0, "max_concurrent": 1, "script_location": "s3://b/k.py",
		"auto_scaling": false, "metrics_enabled": true, "observability_enabled": false, "arguments": "{}", "tags": `{"ü":"1"}`,
		"created_at": after(1), "modified_at": after(2), "first_seen_at": after(9), "observed_at": after(9), "exists": true, "deleted_at": nil,
	})
}

// Errors of a run stay in the day in which it started, and until that is known in the one in which they were first told.
func TestErrorTS(t *testing.T) {
	table := record.Errors()
	told, again, api := event(limnograph.RunFailed, 50), event(limnograph.RunFailed, 40), ended(limnograph.RunFailed, 30)
	told.ErrorMessage, again.ErrorMessage, api.ErrorMessage = "told", "again", "api"
	var row *record.Row
	for i, want := range []struct {
		run     limnograph.JobRun
		ts      any
		message string
	}{{told, after(50), "told"}, {again, after(40), "told"}, {api, start(), "api"}} {
		row = table.Merge(row, parsed(t, table, record.EncodeRunError(want.run), int64(i)))
		require(t, row, map[string]any{"ts": want.ts, "message": want.message})
	}
}

func TestRowOfRefusesWhatNoRowIs(t *testing.T) {
	table := record.Runs()
	whole := table.MergeMetrics(merged(t, ended(limnograph.RunSucceeded, 600)), full())
	for name, change := range map[string]func(map[string]any){
		"no versions":        func(v map[string]any) { v["versions"] = nil },
		"damaged versions":   func(v map[string]any) { v["versions"] = `[[1,2,3,4,"ff"` },
		"an empty rank":      func(v map[string]any) { v["versions"] = `[[]]` },
		"a rank of texts":    func(v map[string]any) { v["versions"] = `[["1",2,3,4,"10"]]` },
		"fields of no hex":   func(v map[string]any) { v["versions"] = `[[1,2,3,4,"x"]]` },
		"an unknown field":   func(v map[string]any) { v["versions"] = `[{"cost":1}]` },
		"a kept wrong type":  func(v map[string]any) { v["versions"] = `[[1,2,3,4,"10"],{"state":1}]` },
		"a number as state":  func(v map[string]any) { v["state"] = int64(1) },
		"a rank of nothing":  func(v map[string]any) { v["started_at"] = nil },
		"no account":         func(v map[string]any) { v["account_id"] = nil },
		"text as a metric":   func(v map[string]any) { v["skew"] = "1" },
		"no history":         func(v map[string]any) { v["states"] = `[]` },
		"an absurd history":  func(v map[string]any) { v["states"] = `{"RUNNING":1}` },
		"a list that is one": func(v map[string]any) { v["seen_in"] = true },
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]any{}
			columns := table.Schema().Records.Columns
			for i, value := range whole.Values() {
				values[columns[i].Name] = value
			}
			change(values)
			var changed []any
			for _, c := range columns {
				changed = append(changed, values[c.Name])
			}
			want := limnograph.CodeInvalid
			if name == "an unknown field" { // which a later release may have written: no damage
				want = limnograph.CodeConflict
			}
			if _, err := table.RowOf(changed); limnograph.ErrorCode(err) != want {
				t.Errorf("it gives %v, want an error with code %s", err, want)
			}
		})
	}
	if _, err := table.RowOf(whole.Values()[1:]); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("too few values give %v", err)
	}
}

// FuzzParse looks for lines that make the parser fail, or whose row is another one once it was stored.
func FuzzParse(f *testing.F) {
	f.Add(record.EncodeRun(ended(limnograph.RunFailed, 60)), int64(1))
	f.Add(record.EncodeRun(event("PAUSED", 60)), int64(-1))
	f.Add(record.EncodeJob(limnograph.Job{JobKey: runKey().JobKey, Exists: true, ObservedAt: start(), Tags: map[string]string{"a": "\x00"}}), int64(7))
	f.Add([]byte(`{`+head+`,"message":"m","arguments":{"a":"\ud800","a":"b"}, "x" : [ { } , "\\" ] }`), int64(0))
	f.Fuzz(func(t *testing.T, line []byte, position int64) {
		for _, table := range tables() {
			s, err := table.Parse(line, position)
			if err != nil {
				if limnograph.ErrorCode(err) != limnograph.CodeInvalid {
					t.Fatalf("%s: %v", table.Schema().Table, err)
				}
				continue
			}
			row := table.Merge(nil, s)
			again, err := table.RowOf(row.Values())
			if err != nil {
				t.Fatalf("%s: %v\n%s", table.Schema().Table, err, textOf(row.Values()))
			}
			if diff := cmp.Diff(row.Values(), again.Values()); diff != "" || row.Key() != again.Key() || s.Key() != row.Key() {
				t.Fatalf("%s: (-row +stored)\n%s", table.Schema().Table, diff)
			}
			requireFits(t, table, row)
		}
	})
}

// requireFits checks values against the schema.
func requireFits(t *testing.T, table *record.Table, row *record.Row) {
	t.Helper()
	types := map[limnograph.ColumnType]string{
		limnograph.TextColumn: "string", limnograph.LongColumn: "int64", limnograph.DoubleColumn: "float64",
		limnograph.BooleanColumn: "bool", limnograph.TimeColumn: "int64",
	}
	for i, c := range table.Schema().Records.Columns {
		value := row.Values()[i]
		if value == nil && c.Required || value != nil && fmt.Sprintf("%T", value) != types[c.Type] {
			t.Errorf("%s.%s is %v (%T)", table.Schema().Table, c.Name, value, value)
		}
	}
}
