//go:build peers

package peers_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/glue"
	"limnograph/aws/s3"
	"limnograph/peers/lambdaruntime"
	"limnograph/peers/servers"
	"limnograph/trino"
)

// The road from end to end: what Firehose would have written of a fleet, with points that come late and points that come
// again, is catalogued by the real function from shuffled and repeated notifications. SQL on Trino then finds per job and
// day exactly what the fleet's model says, and of every metric what the embedded DuckDB finds over the same objects.
func TestRoadEqualsLedger(t *testing.T) {
	h := simulate(t, 6, firstDay, firstDay.AddDate(0, 0, 2))
	if n := h.redeliver(t, 10); n < 20 {
		t.Fatalf("only %d objects came again: the test would prove little", n)
	}
	embedded := h.embedded(t)
	expectLedgerOf(t, h, embedded)
	other, _ := query(t, embedded, limnograph.Query{SQL: metricsSQL})

	mini := pool.MiniStack(t, servers.MiniStackOptions{})
	for name, on := range map[string]struct{ glue, s3 *servers.Server }{
		"moto and versitygw": {pool.Moto(t), pool.VersityGW(t)},
		"MiniStack":          {mini, mini},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoad(t, on.glue, on.s3)
			h.store(t, r.client, r.bucket)
			r.catalogue(t, notifications(h, 10))
			engine := r.trino(t)
			expectLedgerOf(t, h, engine)
			mine, _ := query(t, engine, limnograph.Query{SQL: metricsSQL})
			if diff := cmp.Diff(inOrder(other), inOrder(mine), close1e9()); diff != "" {
				t.Errorf("per metric (-DuckDB +Trino):\n%s", diff)
			}
			r.expectPruned(t, h, engine)
		})
	}
}

// ledgerSQL finds the figures of the ledger that belong to a day by the time of the datapoint.
const ledgerSQL = `SELECT CAST(CAST(ts AS date) AS varchar), account_id, region, job_name,
  count(*) FILTER (WHERE NOT is_total), count(*) FILTER (WHERE is_total),
  CAST(round(coalesce(sum("sum") FILTER (WHERE NOT is_total AND metric_name = 'glue.driver.aggregate.recordsRead'), 0)) AS bigint)
FROM raw_glue_metrics_flat GROUP BY 1, 2, 3, 4`

// metricsSQL reads every column of the flat view.
const metricsSQL = `SELECT metric_name, unit, namespace, metric_type, source, sink, observability_group, executor, is_total, "year", "month", "day",
  count(*), count(DISTINCT job_run_id), count(DISTINCT job_name), min(ts), max(ts), sum("sum"), sum("count"), min("min"), max("max"), count(stats)
FROM raw_glue_metrics_flat GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12`

// expectLedgerOf compares what an engine finds per job and day with the model, and sees that points did come twice.
func expectLedgerOf(t *testing.T, h *history, engine limnograph.Engine) {
	t.Helper()
	var want, got []string
	var points int64
	for _, row := range h.fleet.Ledger([]limnograph.TimeRange{h.span}) {
		points += row.Datapoints + row.DatapointsTotal
		want = append(want, fmt.Sprintf("%s | %s | %s | %s | %d | %d | %d", row.Day.Format(time.DateOnly), row.AccountID,
			row.Region, row.JobName, row.Datapoints, row.DatapointsTotal, row.RecordsRead))
	}
	rows, _ := query(t, engine, limnograph.Query{SQL: ledgerSQL})
	for _, row := range rows {
		got = append(got, rowText(row))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("per job and day (-ledger +%T):\n%s", engine, diff)
	}
	lines, _ := query(t, engine, limnograph.Query{SQL: "SELECT count(*) FROM raw_glue_metrics"})
	if lines[0][0].(int64) <= points {
		t.Errorf("%T: %v lines for %d points: nothing came twice, so the test proves little", engine, lines[0][0], points)
	}
}

// road is a database in a Glue server over a bucket in an S3 server, filled by the product alone.
type road struct {
	glue, s3 *servers.Server
	database string
	bucket   string
	client   *sdk.Client
	cat      *glue.Catalog
}

func newRoad(t *testing.T, catalog, store *servers.Server) *road {
	t.Helper()
	r := &road{glue: catalog, s3: store, database: servers.Database(t), bucket: store.Bucket(t)}
	r.client = sdk.NewFromConfig(store.SDK(t), func(o *sdk.Options) { o.UsePathStyle = true })
	r.cat = glue.New(catalog.SDK(t), glue.Config{Database: r.database, Root: s3.Location{Bucket: r.bucket}.String()})
	if _, err := r.cat.EnsureDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// notifications are those of S3 about every object, one in n of them twice, in any order.
func notifications(h *history, n int) (keys []string) {
	for i, f := range h.files {
		keys = append(keys, f.Key)
		if i%n == 0 {
			keys = append(keys, f.Key)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	return keys
}

// catalogue hands messages about the objects to the real function, ten at a time as the queue does.
func (r *road) catalogue(t *testing.T, keys []string) {
	t.Helper()
	function := lambdaruntime.Start(t, lambdaruntime.Build(t), append(r.glue.Environment(t), "AWS_ENDPOINT_URL_S3="+r.s3.URL,
		"LIMNO_LAMBDA_MODE=catalog", "LIMNO_DATABASE="+r.database,
		"LIMNO_SCHEMAS=s3://"+r.bucket+"/schemas", "LIMNO_LANDING=s3://"+r.bucket))
	for some := range slices.Chunk(keys, 10) {
		var event events.SQSEvent
		for i, key := range some {
			event.Records = append(event.Records, events.SQSMessage{
				MessageId: fmt.Sprint(i), Body: r.notification(t, key), EventSource: "aws:sqs",
			})
		}
		document, failed := function.Invoke(t, event, time.Minute)
		if failed != "" || strings.Contains(string(document), "itemIdentifier") {
			t.Fatalf("the function failed: %s %s\n%s", failed, document, function.Log())
		}
	}
}

// notification is what S3 says of a new object. Its key is encoded as in a form, but for the slashes.
func (r *road) notification(t *testing.T, key string) string {
	t.Helper()
	record := events.S3EventRecord{EventSource: "aws:s3", EventName: "ObjectCreated:Put", EventVersion: "2.1"}
	record.S3.Bucket.Name = r.bucket
	record.S3.Object.Key = strings.ReplaceAll(url.QueryEscape(key), "%2F", "/")
	record.S3.Object.Size = 1
	text, err := json.Marshal(map[string]any{"Records": []any{record}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// trino is the product's engine over the road.
func (r *road) trino(t *testing.T) *trino.Engine {
	t.Helper()
	engine, err := trino.Open(trino.Config{
		URL: pool.Trino(t, r.glue, r.s3).URL, User: "limno", Schema: r.database, HTTPClient: servers.LoopbackClient(t),
		Published: r.cat.Tables, Timeout: 5 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return engine
}

// expectPruned compares what Trino reads with the sizes of the objects: of all, of those of one arrival day that a
// person names, and of those from the first day of a query's range on.
func (r *road) expectPruned(t *testing.T, h *history, engine limnograph.Engine) {
	t.Helper()
	const all = `SELECT count(*), sum("sum") FROM raw_glue_metrics_flat`
	second := firstDay.AddDate(0, 0, 1)
	for name, c := range map[string]struct {
		q    limnograph.Query
		want int64
	}{
		"all days":           {limnograph.Query{SQL: all}, h.size(time.Time{})},
		"one arrival day":    {limnograph.Query{SQL: all + second.Format(" WHERE year = '2006' AND month = '01' AND day = '02'")}, h.size(second)},
		"range of last hour": {limnograph.Query{SQL: all, Range: limnograph.TimeRange{From: h.span.To.Add(-time.Hour), To: h.span.To}}, h.size(second) + h.size(h.span.To)},
	} {
		if _, usage := query(t, engine, c.q); usage.BytesScanned != c.want || c.want == 0 {
			t.Errorf("%s: Trino read %d bytes, the objects have %d", name, usage.BytesScanned, c.want)
		}
	}
}
