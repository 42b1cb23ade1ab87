package panel_test

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/panel"
)

// Every panel says what it takes and what it gives, and names its parameters in the text.
func TestBuiltinPanels(t *testing.T) {
	for from, widths := range map[panel.Source]map[string]int{
		panel.Flat: {panel.Runs: 43, panel.Load: 7, panel.RunSeries: 8},
		panel.Curated: {
			panel.Runs: 43, panel.OneRun: 43, panel.Load: 6, panel.RunSeries: 8, panel.Jobs: 22, panel.JobPast: 7,
			panel.OpenRuns: 13, panel.RunTouched: 2, panel.RunMetrics: 23,
		},
	} {
		t.Run(string(from), func(t *testing.T) { testBuiltin(t, from, widths) })
	}
}

func testBuiltin(t *testing.T, from panel.Source, widths map[string]int) {
	panels := builtin(t, from)
	if len(panels) != len(widths) {
		t.Errorf("%d panels, want %d", len(panels), len(widths))
	}
	for name, width := range widths {
		p := panels[name]
		if p.Name != name || p.Title == "" || len(p.Columns) != width {
			t.Errorf("panel %s: %q with %d columns", name, p.Title, len(p.Columns))
		}
		for _, param := range p.Params {
			if !strings.Contains(p.SQL, "$"+param.Name) || param.Doc == "" {
				t.Errorf("panel %s: parameter %+v", name, param)
			}
		}
	}
}

func builtin(t *testing.T, from panel.Source) map[string]panel.Panel {
	t.Helper()
	panels, err := panel.Builtin(from)
	if err != nil {
		t.Fatal(err)
	}
	return panels
}

// The panels of the fleet read run records and the inventory, never datapoints; where there are none, they read what has
// landed.
func TestTablesThatPanelsTouch(t *testing.T) {
	for from, want := range map[panel.Source]map[string]string{
		panel.Curated: {
			panel.Runs: "job_runs", panel.OneRun: "job_runs", panel.Load: "job_runs", panel.OpenRuns: "job_runs", panel.JobPast: "job_runs",
			panel.Jobs: "jobs", panel.RunSeries: "glue_metrics", panel.RunMetrics: "glue_metrics", panel.RunTouched: "glue_metrics job_runs",
		},
		panel.Flat: {panel.Runs: "raw_glue_metrics_flat", panel.Load: "raw_glue_metrics_flat", panel.RunSeries: "raw_glue_metrics_flat"},
	} {
		t.Run(string(from), func(t *testing.T) {
			got, told := make(map[string]string), make(map[string]string)
			for name, p := range builtin(t, from) {
				got[name], told[name] = strings.Join(touched(p.SQL), " "), strings.Join(p.Tables, " ")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("tables in the text (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, told); diff != "" {
				t.Errorf("tables of the panel (-want +got):\n%s", diff)
			}
		})
	}
}

// touched lists what stands behind FROM and JOIN.
func touched(sql string) (names []string) {
	sql = regexp.MustCompile(`(?m)^\s*--.*$`).ReplaceAllString(sql, "")
	for _, m := range regexp.MustCompile(`\b(?:FROM|JOIN)\s+([a-z_"]+)`).FindAllStringSubmatch(sql, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// The two panels of runs, and those of both sources, have the same columns.
func TestPanelsOfRunsHaveTheSameColumns(t *testing.T) {
	names := func(p panel.Panel) (out []string) {
		for _, c := range p.Columns {
			out = append(out, c.Name)
		}
		return out
	}
	curated, flat := builtin(t, panel.Curated), builtin(t, panel.Flat)
	for what, other := range map[string]panel.Panel{"run": curated[panel.OneRun], "flat": flat[panel.Runs]} {
		if diff := cmp.Diff(names(curated[panel.Runs]), names(other)); diff != "" {
			t.Errorf("%s (-runs +other):\n%s", what, diff)
		}
	}
}

func TestPanelParameters(t *testing.T) {
	load := builtin(t, panel.Flat)[panel.Load]
	for name, tc := range map[string]struct {
		params map[string]any
		words  string // empty: fine
	}{
		"fine":       {map[string]any{"from": noon, "to": noon, "step": int64(300)}, ""},
		"missing":    {map[string]any{"from": noon, "to": noon}, "step is missing"},
		"wrong type": {map[string]any{"from": noon, "to": noon, "step": 300}, "step is int, want BIGINT"},
		"one more":   {map[string]any{"from": noon, "to": noon, "step": int64(300), "x": "y"}, "4 parameters given, 3 declared"},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := load.Query(tc.params, limnograph.TimeRange{From: noon, To: noon})
			if tc.words == "" {
				if err != nil || q.Name != panel.Load || q.Untrusted || q.SQL != load.SQL {
					t.Errorf("query %+v, error %v", q, err)
				}
				return
			}
			if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), tc.words) {
				t.Errorf("error %v, want %q", err, tc.words)
			}
		})
	}
}

// record is a row of the panel Runs with what must be there, and further cells by their place.
func recordCells(cells map[int]any) []any {
	row := make([]any, 43)
	row[0], row[1], row[2], row[3], row[4] = "1", "r", "j", "jr", false
	for at, v := range cells {
		row[at] = v
	}
	return row
}

// NULL stays unknown, numbers of any kind are read, what is no number is a defect.
func TestReadRuns(t *testing.T) {
	at := noon.In(time.FixedZone("", 3600))
	good := recordCells(map[int]any{
		5: at, 6: "RUNNING", 7: "SUCCEEDED", 11: at, 14: int64(5), 17: int64(3), 18: "12.6", 21: nil, 24: math.NaN(), 25: math.Inf(1), 26: 0.5,
		27: "S3_ERROR", 39: true,
	})
	rows, err := panel.ReadRuns(&table{width: 43, rows: [][]any{good}})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	want := panel.RunRow{
		AccountID: "1", Region: "r", JobName: "j", RunID: "jr", Begins: noon, State: limnograph.RunRunning, Outcome: limnograph.RunSucceeded,
		First: noon, ExecutionS: ptr(5.0), RecordsRead: ptr(int64(3)), RecordsWritten: ptr(int64(13)), Heap: ptr(0.5),
		ErrorCategory: "S3_ERROR", AutoScaling: ptr(true),
	}
	if diff := cmp.Diff(want, rows[0]); diff != "" || rows[0].First.Location() != time.UTC {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	broken := errors.New("the disk broke")
	for name, tc := range map[string]struct {
		table *table
		code  limnograph.Code
	}{
		"too few columns": {&table{width: 42}, limnograph.CodeInternal},
		"text for a time": {&table{width: 43, rows: [][]any{withCell(good, 5, "now")}}, limnograph.CodeInternal},
		"text for number": {&table{width: 43, rows: [][]any{withCell(good, 17, "many")}}, limnograph.CodeInternal},
		"time for text":   {&table{width: 43, rows: [][]any{withCell(good, 0, at)}}, limnograph.CodeInternal},
		"number for bool": {&table{width: 43, rows: [][]any{withCell(good, 4, 1.0)}}, limnograph.CodeInternal},
		"number for flag": {&table{width: 43, rows: [][]any{withCell(good, 39, 1.0)}}, limnograph.CodeInternal},
		"the read fails":  {&table{width: 43, fail: broken}, limnograph.CodeInternal},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := panel.ReadRuns(tc.table)
			if rows != nil || limnograph.ErrorCode(err) != tc.code {
				t.Errorf("%d rows, error %v", len(rows), err)
			}
			if tc.table.fail != nil && !errors.Is(err, broken) {
				t.Errorf("error %v hides its cause", err)
			}
		})
	}
}

func withCell(row []any, at int, v any) []any {
	out := slices.Clone(row)
	out[at] = v
	return out
}
