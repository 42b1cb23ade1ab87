package web_test

import (
	"context"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/web"
)

// everyKind has a column of each kind of value and the hard ones of each.
func everyKind(limnograph.Query) (limnograph.Rows, error) {
	at := time.Date(2026, 11, 24, 5, 52, 2, 123e6, time.UTC)
	return &table{
		columns: columns("text", "VARCHAR", "n", "BIGINT", "x", "DOUBLE", "ok", "BOOLEAN", "ts", "TIMESTAMP WITH TIME ZONE", "m", "MAP(VARCHAR, DOUBLE)", "raw", "BLOB"),
		rows: [][]any{
			{"plain", int64(9007199254740993), 0.1, true, at, map[string]any{"p99": 1.5, "IQM": nil}, []byte{0, 255}},
			{`a "b", c`, int64(-1), 1e300, false, at.Truncate(time.Second), map[string]any{}, []byte{}},
			{nil, nil, nil, nil, nil, nil, nil},
			{"", int64(0), math.NaN(), true, at, []any{"x", int64(1), math.Inf(-1)}, nil},
			{"zwei\r\nZeilen <ü>", int64(0), 1e21, true, at, nil, nil},
		},
	}, nil
}

// Each format is exact to the byte.
func TestQueryFormats(t *testing.T) {
	f := start(t)
	f.engine.answer("sql", everyKind)
	for format, want := range map[string]struct{ contentType, body string }{
		"csv": {"text/csv; charset=utf-8; header=present", "text,n,x,ok,ts,m,raw\n" +
			`plain,9007199254740993,0.1,true,2026-11-24T05:52:02.123Z,"{""IQM"":null,""p99"":1.5}",AP8=` + "\n" +
			`"a ""b"", c",-1,1e+300,false,2026-11-24T05:52:02Z,{},""` + "\n" +
			",,,,,,\n" +
			`"",0,NaN,true,2026-11-24T05:52:02.123Z,"[""x"",1,""-Infinity""]",` + "\n" +
			"\"zwei\r\nZeilen <ü>\",0,1e+21,true,2026-11-24T05:52:02.123Z,,\n"},
		"ndjson": {"application/x-ndjson", `{"text":"plain","n":9007199254740993,"x":0.1,"ok":true,"ts":"2026-11-24T05:52:02.123Z","m":{"IQM":null,"p99":1.5},"raw":"AP8="}
{"text":"a \"b\", c","n":-1,"x":1e+300,"ok":false,"ts":"2026-11-24T05:52:02Z","m":{},"raw":""}
{"text":null,"n":null,"x":null,"ok":null,"ts":null,"m":null,"raw":null}
{"text":"","n":0,"x":"NaN","ok":true,"ts":"2026-11-24T05:52:02.123Z","m":["x",1,"-Infinity"],"raw":null}
{"text":"zwei\r\nZeilen <ü>","n":0,"x":1e+21,"ok":true,"ts":"2026-11-24T05:52:02.123Z","m":null,"raw":null}
`},
		"json": {"application/json", `{"columns":[{"name":"text","type":"VARCHAR"},{"name":"n","type":"BIGINT"},{"name":"x","type":"DOUBLE"},{"name":"ok","type":"BOOLEAN"},` +
			`{"name":"ts","type":"TIMESTAMP WITH TIME ZONE"},{"name":"m","type":"MAP(VARCHAR, DOUBLE)"},{"name":"raw","type":"BLOB"}],"rows":[` +
			`["plain",9007199254740993,0.1,true,"2026-11-24T05:52:02.123Z",{"IQM":null,"p99":1.5},"AP8="],
["a \"b\", c",-1,1e+300,false,"2026-11-24T05:52:02Z",{},""],
[null,null,null,null,null,null,null],
["",0,"NaN",true,"2026-11-24T05:52:02.123Z",["x",1,"-Infinity"],null],
["zwei\r\nZeilen <ü>",0,1e+21,true,"2026-11-24T05:52:02.123Z",null,null]],"truncated":false}
`},
		"parquet": {"application/vnd.apache.parquet", "PAR1"},
	} {
		t.Run(format, func(t *testing.T) {
			got := f.do(t, call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1","format":"` + format + `"}`})
			if got.StatusCode != 200 || got.Header.Get("Content-Type") != want.contentType || got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, headers %v", got.StatusCode, got.Header)
			}
			if diff := cmp.Diff(want.body, got.body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
	if q := f.engine.asked[0]; !q.Untrusted || q.SQL != "SELECT 1" {
		t.Errorf("query %+v must be untrusted", q)
	}
}

func TestQueryMaxRows(t *testing.T) {
	f := start(t)
	f.engine.answers["sql"] = func(limnograph.Query) (limnograph.Rows, error) {
		return &table{columns: columns("n", "BIGINT"), rows: [][]any{{int64(1)}, {int64(2)}, {int64(3)}}}, nil
	}
	for limit, want := range map[string]string{
		"2": "[1],\n[2]],\"truncated\":true}\n",
		"3": "[1],\n[2],\n[3]],\"truncated\":false}\n",
		"0": "[1],\n[2],\n[3]],\"truncated\":false}\n",
	} {
		t.Run(limit, func(t *testing.T) {
			got := f.do(t, call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1","max_rows":` + limit + `}`})
			if !strings.HasSuffix(got.body, want) {
				t.Errorf("body %s", got.body)
			}
		})
	}
}

func TestQueryWithoutRows(t *testing.T) {
	f := start(t)
	f.engine.answers["sql"] = func(limnograph.Query) (limnograph.Rows, error) {
		return &table{columns: columns("n", "BIGINT")}, nil
	}
	for format, want := range map[string]string{
		"json": `{"columns":[{"name":"n","type":"BIGINT"}],"rows":[],"truncated":false}` + "\n", "csv": "n\n", "ndjson": "",
	} {
		got := f.do(t, call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1","format":"` + format + `"}`})
		if got.StatusCode != 200 || got.body != want {
			t.Errorf("%s: status %d, body %q", format, got.StatusCode, got.body)
		}
	}
}

// A query that fails on its way must not look like a short but whole answer.
func TestQueryThatFailsOnItsWay(t *testing.T) {
	f := start(t)
	var open *table
	f.engine.answers["sql"] = func(limnograph.Query) (limnograph.Rows, error) {
		open = &table{columns: columns("t", "VARCHAR"), failAt: 50_000}
		for range 60_000 {
			open.rows = append(open.rows, []any{"some text"})
		}
		return open, nil
	}
	for _, format := range []string{"csv", "ndjson", "json"} {
		t.Run(format, func(t *testing.T) {
			got, err := f.try(t, call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1","format":"` + format + `"}`})
			if err == nil {
				t.Errorf("the client saw a whole answer of %d bytes", len(got.body))
			}
			if !open.closed {
				t.Error("the result was not closed")
			}
		})
	}
	t.Run("fails before the first row", func(t *testing.T) {
		f.engine.answers["sql"] = func(limnograph.Query) (limnograph.Rows, error) {
			return &failingTable{}, nil
		}
		got := f.do(t, call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1","format":"csv"}`})
		if got.StatusCode != 504 || !strings.Contains(got.body, `"code":"timeout"`) {
			t.Errorf("status %d: %s", got.StatusCode, got.body)
		}
	})
}

type failingTable struct{ table }

func (*failingTable) Next() ([]any, error) {
	return nil, &limnograph.Error{Code: limnograph.CodeTimeout, Message: "over the time limit"}
}

// An engine that can't export says so with a status, whatever stands before it, before a byte of Parquet is out.
func TestQueryParquetOfAnEngineWithoutIt(t *testing.T) {
	refusal := &limnograph.Error{Code: limnograph.CodeInvalid, Op: "export query", Message: "this engine exports no Parquet", Hint: "use CSV, or engine duckdb"}
	for name, change := range map[string]func(*web.Config){
		"ByTheGuard": func(c *web.Config) { c.Exporter = noExport{refusal} },
		"NoExporter": func(c *web.Config) { c.Exporter = nil },
	} {
		t.Run(name, func(t *testing.T) {
			got := start(t, change).do(t, call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1","format":"parquet"}`})
			if got.StatusCode != 400 || got.Header.Get("Content-Type") != "application/json" ||
				!strings.Contains(got.body, `"code":"invalid"`) || !strings.Contains(got.body, "exports no Parquet") || !strings.Contains(got.body, "csv") && !strings.Contains(got.body, "CSV") {
				t.Errorf("status %d, %v: %s", got.StatusCode, got.Header, got.body)
			}
		})
	}
}

type noExport struct{ err error }

func (n noExport) Export(context.Context, limnograph.Principal, limnograph.Query, io.Writer) error {
	return n.err
}
