package panel_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/panel"
)

// Every panel says what it takes and what it gives, and names its parameters in the text.
func TestBuiltinPanels(t *testing.T) {
	for _, from := range []panel.Source{panel.Curated, panel.Flat} {
		t.Run(string(from), func(t *testing.T) { testBuiltin(t, from) })
	}
}

func testBuiltin(t *testing.T, from panel.Source) {
	panels, err := panel.Builtin(from)
	if err != nil {
		t.Fatal(err)
	}
	for name, width := range map[string]int{panel.Runs: 16, panel.Load: 7, panel.RunSeries: 8} {
		p := panels[name]
		if p.Name != name || p.Title == "" || len(p.Columns) != width {
			t.Errorf("panel %s: %q with %d columns", name, p.Title, len(p.Columns))
		}
		for _, param := range p.Params {
			if !strings.Contains(p.SQL, "$"+param.Name) || param.Doc == "" {
				t.Errorf("panel %s: parameter %+v", name, param)
			}
		}
		if n := strings.Count(p.SQL, "glue_metrics"); n != 1 || !strings.Contains(p.SQL, "FROM "+string(from)+"\n") {
			t.Errorf("panel %s names %d sources, want %s alone", name, n, from)
		}
	}
}

func TestPanelParameters(t *testing.T) {
	panels, err := panel.Builtin(panel.Curated)
	if err != nil {
		t.Fatal(err)
	}
	load := panels[panel.Load]
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

// NULL stays unknown, numbers of any kind are read, what is no number is a defect.
func TestReadRuns(t *testing.T) {
	at := noon.In(time.FixedZone("", 3600))
	good := []any{"1", "r", "j", "jr", false, at, at, int64(3), "12.6", nil, math.NaN(), math.Inf(1), 0.5, nil, 2.0, "S3_ERROR"}
	rows, err := panel.ReadRuns(&table{width: 16, rows: [][]any{good}})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	r := rows[0]
	if *r.RecordsRead != 3 || *r.RecordsWritten != 13 || r.ExecutorsNow != nil || r.ExecutorsMax != nil || r.CPU != nil || *r.Heap != 0.5 {
		t.Errorf("row %+v", r)
	}
	if r.Failed || !r.Succeeded || r.ErrorClass != "S3_ERROR" || r.First.Location() != time.UTC {
		t.Errorf("row %+v", r)
	}
	broken := errors.New("the disk broke")
	for name, tc := range map[string]struct {
		table *table
		code  limnograph.Code
	}{
		"too few columns": {&table{width: 15}, limnograph.CodeInternal},
		"text for a time": {&table{width: 16, rows: [][]any{withCell(good, 5, "now")}}, limnograph.CodeInternal},
		"text for number": {&table{width: 16, rows: [][]any{withCell(good, 7, "many")}}, limnograph.CodeInternal},
		"time for text":   {&table{width: 16, rows: [][]any{withCell(good, 0, at)}}, limnograph.CodeInternal},
		"number for bool": {&table{width: 16, rows: [][]any{withCell(good, 4, 1.0)}}, limnograph.CodeInternal},
		"the read fails":  {&table{width: 16, fail: broken}, limnograph.CodeInternal},
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
