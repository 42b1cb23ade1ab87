package firehose_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/firehose"
)

// captured is what a captured request body must become.
type captured struct {
	Parts   map[string]int // datapoints by table
	Rejects bool
}

// TestCaptures delivers request bodies as they were captured from AWS.
func TestCaptures(t *testing.T) {
	for name, want := range map[string]captured{
		"telegraf_record.json":        {Parts: map[string]int{limnograph.OtherTable: 1}},
		"telegraf_records.json":       {Parts: map[string]int{limnograph.OtherTable: 785, "ebs_metrics": 375}},
		"aws_request_example.json":    {Parts: map[string]int{}, Rejects: true},
		"victoriametrics_otel07.json": {Parts: map[string]int{}, Rejects: true},
	} {
		for _, form := range []string{"Plain", "Gzip", "EscapedSlashes"} {
			t.Run(strings.TrimSuffix(name, ".json")+form, func(t *testing.T) {
				if d := cmp.Diff(want, deliverCapture(t, fixture(t, name), form)); d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
			})
		}
	}
}

func deliverCapture(t *testing.T, body []byte, form string) captured {
	t.Helper()
	app := &recorder{}
	srv := listen(t, newServer(t, app, nil, firehose.Config{}))
	if form == "EscapedSlashes" {
		body = []byte(strings.ReplaceAll(string(body), "/", `\/`))
	}
	req := delivery(t, srv.URL, body)
	if form == "Gzip" {
		zipped(gzipped(t, body))(req)
	}
	req.Header.Del("X-Amz-Firehose-Request-Id") // the capture has its own
	if g := send(t, srv.Client(), req); g.status != 200 || len(app.all()) != 1 {
		t.Fatalf("%d %s, %d batches", g.status, g.text, len(app.all()))
	}
	return summary(t, app.all()[0])
}

// summary checks the form of the lines on the way.
func summary(t *testing.T, b *limnograph.Batch) captured {
	t.Helper()
	out := captured{Parts: map[string]int{}, Rejects: len(b.Rejects) > 0}
	for _, p := range b.Parts {
		out.Parts[p.Table] = p.Count
		lines := string(p.Lines)
		if n := strings.Count(lines, "\n"); n != p.Count || strings.Count(lines, "}\n") != n {
			t.Errorf("table %s: %d lines, count %d", p.Table, n, p.Count)
		}
	}
	return out
}
