package athena_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"limnograph"
	"limnograph/aws/athena"
)

var succeeded = []object{state("SUCCEEDED")}

// What is sent is the checked, bound text, to the workgroup and the database.
func TestRequest(t *testing.T) {
	s := start(t, succeeded, numbers([]any{"n"}, []any{"1"}))
	e := open(t, s, func(c *athena.Config) { c.OutputLocation = "s3://results/limno/" })
	if _, _, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT $x ;\n", Params: map[string]any{"x": "it's"}}); err != nil {
		t.Fatal(err)
	}
	got := s.calls["StartQueryExecution"][0]
	token, _ := got["ClientRequestToken"].(string)
	if len(token) < 32 || len(token) > 128 {
		t.Errorf("token %q", token)
	}
	delete(got, "ClientRequestToken")
	got["QueryString"] = strings.Join(strings.Fields(got["QueryString"].(string)), " ")
	want := object{
		"QueryString": "SELECT 'it''s'", "WorkGroup": "limno",
		"QueryExecutionContext": object{"Catalog": "AwsDataCatalog", "Database": "lake"},
		"ResultConfiguration":   object{"OutputLocation": "s3://results/limno/"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A call that is repeated because its answer was lost starts no second execution; another query has another token.
func TestLostAnswersStartOneExecution(t *testing.T) {
	s := start(t, succeeded, numbers([]any{"n"}, []any{"1"}))
	s.reply = func(call string, n int) *reply {
		if call == "StartQueryExecution" && n <= 2 {
			return &reply{done: true}
		}
		return nil
	}
	e := open(t, s)
	for range 2 {
		if _, _, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1"}); err != nil {
			t.Fatal(err)
		}
	}
	if calls := s.count("StartQueryExecution"); calls != 4 || len(s.runs) != 2 {
		t.Errorf("%d calls started %d executions", calls, len(s.runs))
	}
}

// The pauses between looks grow to five seconds, and jitter spreads them.
func TestPolling(t *testing.T) {
	var states []object
	for range 20 {
		states = append(states, state("RUNNING"))
	}
	states = append(states, state("QUEUED"), state("SUCCEEDED"))
	var pauses []time.Duration
	jitter := 0.0
	e := open(t, start(t, states, numbers()), func(c *athena.Config) {
		c.Wait = func(ctx context.Context, d time.Duration) error { pauses = append(pauses, d); return ctx.Err() }
		c.Jitter = func() float64 { jitter = 1 - jitter; return jitter }
	})
	if _, _, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1"}); err != nil {
		t.Fatal(err)
	}
	if len(pauses) != 22 || pauses[0] != 312500*time.Microsecond || pauses[1] != 281250*time.Microsecond {
		t.Errorf("%d pauses begin with %v", len(pauses), pauses[:2])
	}
	if last := pauses[20:]; last[0] != 6250*time.Millisecond || last[1] != 3750*time.Millisecond {
		t.Errorf("they end with %v", last)
	}
}

func TestValues(t *testing.T) {
	at := time.Date(2026, 11, 24, 11, 0, 0, 789e6, time.UTC)
	tests := map[string]struct {
		kind, column string
		text         any
		want         any
	}{
		"Null":      {"varchar", "VARCHAR", nil, nil},
		"NullMap":   {"map", "MAP", nil, nil},
		"EmptyText": {"varchar", "VARCHAR", "", ""},
		"Char":      {"char", "VARCHAR", "ab ", "ab "},
		"Boolean":   {"boolean", "BOOLEAN", "true", true},
		"Tiny":      {"tinyint", "TINYINT", "-128", int64(-128)},
		"Whole":     {"integer", "INTEGER", "7", int64(7)},
		"Biggest":   {"bigint", "BIGINT", "9223372036854775807", int64(math.MaxInt64)},
		"Double":    {"double", "DOUBLE", "1.5E-7", 1.5e-7},
		"NaN":       {"double", "DOUBLE", "NaN", math.NaN()},
		"Infinity":  {"double", "DOUBLE", "-Infinity", math.Inf(-1)},
		"Float":     {"float", "FLOAT", "0.1", float64(float32(0.1))},
		"Decimal":   {"decimal", "DECIMAL(10,2)", "1.50", "1.50"},
		"Date":      {"date", "DATE", "2026-11-24", "2026-11-24"},
		"Timestamp": {"timestamp", "TIMESTAMP", "2026-11-24 11:00:00.789", at},
		"Zone":      {"timestamp with time zone", "TIMESTAMP WITH TIME ZONE", "2026-11-24 11:00:00.789 UTC", at},
		"NamedZone": {"timestamp with time zone", "TIMESTAMP WITH TIME ZONE", "2026-11-24 12:00:00.789 Europe/Warsaw", at},
		"Offset":    {"timestamp with time zone", "TIMESTAMP WITH TIME ZONE", "2026-11-24 12:00:00.789 +01:00", at},
		"Bytes":     {"varbinary", "BLOB", "00 ff", []byte{0, 0xff}},
		"Map":       {"map", "MAP", "{a=1, b=2}", "{a=1, b=2}"},
		"Array":     {"array", "ARRAY", "[1, null]", "[1, null]"},
		"Row":       {"row", "ROW", "{a=1}", "{a=1}"},
		"JSON":      {"json", "JSON", `{"a":1}`, `{"a":1}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := page([]string{"v", "v"}, []string{tt.kind, "integer"}, []any{"v", "v"}, []any{tt.text, "1"})
			rows, err := open(t, start(t, succeeded, p)).Query(t.Context(), admin, limnograph.Query{SQL: "SELECT 1"})
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			want := []limnograph.Column{{Name: "v", Type: tt.column}, {Name: "v_1", Type: "INTEGER"}}
			if diff := cmp.Diff(want, rows.Columns()); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
			row, err := rows.Next()
			if diff := cmp.Diff([]any{tt.want, int64(1)}, row, cmpopts.EquateNaNs()); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestUnreadableValue(t *testing.T) {
	e := open(t, start(t, succeeded, numbers([]any{"n"}, []any{"many"})))
	if _, _, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1"}); limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), "column n (BIGINT)") {
		t.Errorf("%v", err)
	}
}

// The names of the columns are the first row of the first page alone, and only of a SELECT; a page may be empty.
func TestPages(t *testing.T) {
	header, one, two := []any{"n"}, []any{"1"}, []any{"2"}
	tests := map[string]struct {
		kind  string
		pages []object
		want  []any
	}{
		"ManyPages":       {"DML", []object{numbers(header, one), numbers(two, one), numbers(two)}, []any{int64(1), int64(2), int64(1), int64(2)}},
		"EmptyInTheMid":   {"DML", []object{numbers(header), numbers(), numbers(two)}, []any{int64(2)}},
		"NoRows":          {"DML", []object{numbers(header)}, nil},
		"NothingAtAll":    {"DML", []object{numbers()}, nil},
		"UtilityNoHeader": {"UTILITY", []object{page([]string{"tab_name"}, []string{"string"}, []any{"tab_name"})}, []any{"tab_name"}},
		"LaterHeaderIsData": {"DML", []object{
			page([]string{"x"}, []string{"varchar"}, []any{"x"}, []any{"x"}), page([]string{"x"}, []string{"varchar"}, []any{"x"}),
		}, []any{"x", "x"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := start(t, []object{state("SUCCEEDED", object{"StatementType": tt.kind})}, tt.pages...)
			got, _, err := ask(t.Context(), open(t, s), limnograph.Query{SQL: "SELECT 1"})
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			for i, call := range s.calls["GetQueryResults"] {
				if wanted := i > 0; (call["NextToken"] == "next") != wanted || call["MaxResults"] != 1000.0 {
					t.Errorf("page %d asked with %v", i, call)
				}
			}
		})
	}
}

// What a row lacks is NULL, not the value of the row before.
func TestShortRow(t *testing.T) {
	p := page([]string{"a", "b"}, []string{"integer", "integer"}, []any{"a", "b"}, []any{"1", "2"}, []any{"3"})
	rows, err := open(t, start(t, succeeded, p)).Query(t.Context(), admin, limnograph.Query{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for _, want := range [][]any{{int64(1), int64(2)}, {int64(3), nil}} {
		if row, err := rows.Next(); err != nil || !slices.Equal(row, want) {
			t.Errorf("%v, want %v; %v", row, want, err)
		}
	}
}

func TestUsage(t *testing.T) {
	const tb = 1 << 40
	reused := object{"Statistics": object{"DataScannedInBytes": 1 << 30, "ResultReuseInformation": object{"ReusedPreviousResult": true}}}
	tests := map[string]struct {
		state object
		price float64
		want  limnograph.Usage
	}{
		"Terabyte":   {state("SUCCEEDED", scanned(tb)), 0, limnograph.Usage{BytesScanned: tb, CostUSD: 5}},
		"OtherPrice": {state("SUCCEEDED", scanned(tb)), 6.25, limnograph.Usage{BytesScanned: tb, CostUSD: 6.25}},
		"NoPrice":    {state("SUCCEEDED", scanned(tb)), -1, limnograph.Usage{BytesScanned: tb}},
		"RoundedUp":  {state("SUCCEEDED", scanned(20<<20+1)), 0, limnograph.Usage{BytesScanned: 20<<20 + 1, CostUSD: 21 * 5.0 / (1 << 20)}},
		"Minimum":    {state("SUCCEEDED", scanned(1)), 0, limnograph.Usage{BytesScanned: 1, CostUSD: 10 * 5.0 / (1 << 20)}},
		"Nothing":    {state("SUCCEEDED"), 0, limnograph.Usage{CostUSD: 10 * 5.0 / (1 << 20)}},
		"DDL":        {state("SUCCEEDED", scanned(tb), object{"StatementType": "DDL"}), 0, limnograph.Usage{BytesScanned: tb}},
		"Reused":     {state("SUCCEEDED", reused), 0, limnograph.Usage{BytesScanned: 1 << 30}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := open(t, start(t, []object{tt.state}, numbers()), func(c *athena.Config) { c.PricePerTB = tt.price })
			if _, got, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1"}); err != nil || got != tt.want {
				t.Errorf("%+v, want %+v; %v", got, tt.want, err)
			}
		})
	}
}

// The error of an execution that costs something says how much.
func TestUsageOfErrors(t *testing.T) {
	tests := map[string]struct {
		state object
		want  limnograph.Usage
	}{
		"Cancelled": {state("CANCELLED", scanned(1<<30)), limnograph.Usage{BytesScanned: 1 << 30, CostUSD: 1024 * 5.0 / (1 << 20)}},
		"Failed":    {state("FAILED", scanned(1<<30)), limnograph.Usage{BytesScanned: 1 << 30}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := ask(t.Context(), open(t, start(t, []object{tt.state})), limnograph.Query{SQL: "SELECT 1"})
			var m interface {
				error
				limnograph.Metered
			}
			if !errors.As(err, &m) || m.Usage() != tt.want {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestTextLimit(t *testing.T) {
	s := start(t, succeeded, numbers())
	_, _, err := ask(t.Context(), open(t, s), limnograph.Query{SQL: "SELECT '" + strings.Repeat("é", 131_072) + "'"})
	if limnograph.ErrorCode(err) != limnograph.CodeTooLarge || s.count("StartQueryExecution") > 0 {
		t.Errorf("%.200v", err)
	}
}

func TestUnpublishedNamesAreRefusedBeforeAsking(t *testing.T) {
	s := start(t, succeeded, numbers())
	_, _, err := ask(t.Context(), open(t, s), limnograph.Query{SQL: "SELECT * FROM secrets", Untrusted: true})
	if limnograph.ErrorCode(err) != limnograph.CodeForbidden || len(s.calls) > 0 {
		t.Errorf("%v after %v", err, s.calls)
	}
}

// An execution gives its place back when it has ended, not when its rows are read.
func TestConcurrency(t *testing.T) {
	s := start(t, succeeded, numbers(), numbers(), numbers())
	e := open(t, s, func(c *athena.Config) { c.MaxConcurrent = 1 })
	for range 3 {
		if _, err := e.Query(t.Context(), admin, limnograph.Query{SQL: "SELECT 1"}); err != nil {
			t.Fatal(err)
		}
	}
	hold := make(chan struct{})
	s.reply = func(call string, n int) *reply {
		if call == "GetQueryExecution" && n == 4 {
			return &reply{hold: hold}
		}
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, _, err := ask(ctx, e, limnograph.Query{SQL: "SELECT 1"})
		ended <- err
	}()
	<-hold
	_, _, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1", Timeout: 20 * time.Millisecond})
	if limnograph.ErrorCode(err) != limnograph.CodeUnavailable || !strings.Contains(err.Error(), "too many queries") {
		t.Errorf("%v", err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestRowsAfterClose(t *testing.T) {
	rows, err := open(t, start(t, succeeded, numbers([]any{"n"}, []any{"1"}), numbers())).Query(t.Context(), admin, limnograph.Query{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(rows.Close(), rows.Close()); err != nil {
		t.Error(err)
	}
	if row, err := rows.Next(); limnograph.ErrorCode(err) != limnograph.CodeConflict {
		t.Errorf("%v, %v", row, err)
	}
}

func (s *service) stopped(t *testing.T) []string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, call := range s.calls["StopQueryExecution"] {
		ids = append(ids, call["QueryExecutionId"].(string))
	}
	return slices.Compact(ids)
}
