//go:build peers

package peers_test

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	gocmp "github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/cloudwatch"
	"limnograph/peers/servers"
)

// account is a CloudWatch with whatever tests have published there, read by the SDK alone.
type account struct {
	server *servers.Server
	client *sdk.Client
	writer *cloudwatch.Writer
}

func newAccount(t *testing.T, server *servers.Server) account {
	t.Helper()
	cfg := server.SDK(t)
	return account{
		server: server,
		client: sdk.NewFromConfig(cfg, func(o *sdk.Options) { o.Protocol = awsjson.New11(schemas.GraniteServiceVersion20100801) }),
		writer: cloudwatch.New(cfg, cloudwatch.Config{Protocol: cloudwatch.JSON}),
	}
}

// streamed is one line of a metric stream.
type streamed struct {
	Stream     string             `json:"metric_stream_name"`
	Account    string             `json:"account_id"`
	Region     string             `json:"region"`
	Namespace  string             `json:"namespace"`
	Metric     string             `json:"metric_name"`
	Dimensions map[string]string  `json:"dimensions"`
	Timestamp  int64              `json:"timestamp"`
	Value      map[string]float64 `json:"value"`
	Unit       string             `json:"unit"`
}

// statistics are those that a metric stream sends, by their names there.
func statistics() map[string]string {
	return map[string]string{"max": "Maximum", "min": "Minimum", "sum": "Sum", "count": "SampleCount"}
}

// stream reads a namespace back as a metric stream would send it.
func (a account) stream(t *testing.T, namespace string, from, to time.Time) (lines []streamed) {
	t.Helper()
	listed, err := a.client.ListMetrics(t.Context(), &sdk.ListMetricsInput{Namespace: &namespace})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, m := range listed.Metrics {
		dimensions := make(map[string]string)
		for _, d := range m.Dimensions {
			dimensions[*d.Name] = *d.Value
		}
		if key := *m.MetricName + fmt.Sprint(dimensions); !seen[key] { // moto names a metric once for each datum
			seen[key] = true
			lines = append(lines, a.points(t, m, dimensions, from, to)...)
		}
	}
	slices.SortFunc(lines, func(x, y streamed) int {
		return cmp.Or(cmp.Compare(x.Metric, y.Metric), cmp.Compare(x.Dimensions["JobRunId"], y.Dimensions["JobRunId"]), cmp.Compare(x.Timestamp, y.Timestamp))
	})
	return lines
}

// points are the minutes of one metric.
func (a account) points(t *testing.T, m types.Metric, dimensions map[string]string, from, to time.Time) (lines []streamed) {
	t.Helper()
	in := &sdk.GetMetricDataInput{StartTime: &from, EndTime: &to, ScanBy: types.ScanByTimestampAscending}
	for name, statistic := range statistics() {
		in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{
			Id: aws.String(name), MetricStat: &types.MetricStat{Metric: &m, Period: aws.Int32(60), Stat: aws.String(statistic)},
		})
	}
	out, err := a.client.GetMetricData(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	byTime := make(map[int64]map[string]float64)
	for _, result := range out.MetricDataResults {
		for i, at := range result.Timestamps {
			if byTime[at.UnixMilli()] == nil {
				byTime[at.UnixMilli()] = make(map[string]float64)
			}
			byTime[at.UnixMilli()][*result.Id] = result.Values[i]
		}
	}
	for at, value := range byTime {
		lines = append(lines, streamed{
			Stream: "limnograph", Account: a.server.AccountID, Region: a.server.Region, Namespace: *m.Namespace, Metric: *m.MetricName,
			Dimensions: dimensions, Timestamp: at, Value: value, Unit: map[bool]string{true: "Seconds", false: "Count"}[strings.Contains(*m.MetricName, "duration")],
		})
	}
	return lines
}

func ofRun(metric, unit, run string, at time.Time, s limnograph.StatisticSet, more ...limnograph.Dimension) limnograph.Datapoint {
	s.Reported = limnograph.ReportedMax | limnograph.ReportedMin | limnograph.ReportedSum | limnograph.ReportedSampleCount
	return limnograph.Datapoint{
		Namespace: "Glue", MetricName: metric, Unit: unit, Timestamp: at.UnixMilli(), Statistics: s,
		Dimensions: append([]limnograph.Dimension{{Name: "JobName", Value: "orders"}, {Name: "JobRunId", Value: run}}, more...),
	}
}

func one(v float64) limnograph.StatisticSet {
	return limnograph.StatisticSet{Max: v, Min: v, Sum: v, SampleCount: 1}
}

// What is published is what CloudWatch has: single values and sets of statistics, more of them than one request takes. What
// AWS would refuse, and the emulator would not, never gets there.
func TestMetricsArePublished(t *testing.T) {
	a := newAccount(t, servers.Moto(t))
	at := time.Now().UTC().Add(-10 * time.Minute).Truncate(time.Minute)
	points := []limnograph.Datapoint{
		ofRun("glue.run.duration", "Seconds", "jr_1", at, one(871)),
		ofRun("glue.run.recordsRead", "Count", "jr_1", at, limnograph.StatisticSet{Max: 5, Min: 1, Sum: 9, SampleCount: 3}),
	}
	const further = 1200
	for i := range further {
		points = append(points, ofRun("glue.run.duration", "Seconds", "jr_many", at.Add(-time.Duration(i%100)*time.Minute), one(float64(i))))
	}
	if err := a.writer.Put(t.Context(), points); err != nil {
		t.Fatal(err)
	}
	lines := a.stream(t, "Glue", at.Add(-2*time.Hour), at.Add(time.Hour))
	samples, got := 0.0, map[string]map[string]float64{}
	for _, l := range lines {
		if l.Dimensions["JobRunId"] == "jr_many" {
			samples += l.Value["count"]
			continue
		}
		got[l.Metric] = l.Value
	}
	want := map[string]map[string]float64{
		"glue.run.duration":    {"max": 871, "min": 871, "sum": 871, "count": 1},
		"glue.run.recordsRead": {"max": 5, "min": 1, "sum": 9, "count": 3},
	}
	if diff := gocmp.Diff(want, got); diff != "" || samples != further {
		t.Errorf("read back (-published +got), and %v of %d samples:\n%s", samples, further, diff)
	}
	a.expectRefusals(t, at)
}

func (a account) expectRefusals(t *testing.T, at time.Time) {
	t.Helper()
	before := len(a.stream(t, "Glue", at.Add(-30*24*time.Hour), at.Add(24*time.Hour)))
	many := ofRun("glue.run.x", "Count", "jr_2", at, one(1))
	for i := range 29 {
		many.Dimensions = append(many.Dimensions, limnograph.Dimension{Name: fmt.Sprintf("d%d", i), Value: "x"})
	}
	foreign := ofRun("glue.run.x", "Count", "jr_2", at, one(1))
	foreign.Namespace = "AWS/Glue"
	for name, p := range map[string]limnograph.Datapoint{
		"31 dimensions": many, "a namespace of AWS": foreign, "an empty value": ofRun("glue.run.x", "Count", "", at, one(1)),
		"three weeks ago":   ofRun("glue.run.x", "Count", "jr_2", at.Add(-21*24*time.Hour), one(1)),
		"three hours ahead": ofRun("glue.run.x", "Count", "jr_2", time.Now().Add(3*time.Hour), one(1)),
	} {
		good := ofRun("glue.run.good", "Count", "jr_2", at, one(1))
		if err := a.writer.Put(t.Context(), []limnograph.Datapoint{good, p}); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := len(a.stream(t, "Glue", at.Add(-30*24*time.Hour), at.Add(24*time.Hour))); after != before {
		t.Errorf("%d datapoints were there, and %d after refusals", before, after)
	}
}

// Metrics of runs that were published into CloudWatch come back with the metric stream: state and duration are those that
// were published, and publishing them once more changes neither, though CloudWatch then counts them twice.
func TestPublishedRunsComeBackWithTheStream(t *testing.T) {
	a := newAccount(t, servers.Moto(t))
	at := time.Now().UTC().Add(-5 * time.Minute).Truncate(time.Minute)
	state := func(run, s string) limnograph.Datapoint {
		return ofRun("glue.run.status", "Count", run, at, one(1), limnograph.Dimension{Name: "State", Value: s})
	}
	points := []limnograph.Datapoint{
		state("jr_good", "SUCCEEDED"), ofRun("glue.run.duration", "Seconds", "jr_good", at, one(871)),
		state("jr_bad", "TIMEOUT"), ofRun("glue.run.duration", "Seconds", "jr_bad", at, one(28800)),
	}
	s := serve(t, t.TempDir(), []string{"LIMNO_FIREHOSE_ACCESS_KEY=key", "LIMNO_LAKE_COMMIT_EVERY=1s", "LIMNO_LAKE_COMPACT_EVERY=2s"})
	for round, samples := range []float64{1, 2} {
		if err := a.writer.Put(t.Context(), points); err != nil {
			t.Fatal(err)
		}
		lines := a.stream(t, "Glue", at.Add(-time.Hour), at.Add(time.Hour))
		if len(lines) != len(points) || lines[0].Value["count"] != samples {
			t.Fatalf("round %d: CloudWatch has %+v", round, lines)
		}
		s.deliver(t, lines)
		want := strings.ReplaceAll("glue.run.duration,jr_bad,,28800,N\nglue.run.duration,jr_good,,871,N\nglue.run.status,jr_bad,TIMEOUT,1,N\nglue.run.status,jr_good,SUCCEEDED,1,N\n",
			"N", fmt.Sprint(samples))
		var rows string
		eventually(t, "the metrics of the runs are in glue_metrics", time.Minute, func() bool {
			rows = s.query(t, `SELECT metric_name, job_run_id, json_extract_scalar(dimensions, '$.State') AS state, max(max) AS value, max(count) AS samples
				FROM glue_metrics WHERE metric_name LIKE 'glue.run.%' GROUP BY 1, 2, 3 ORDER BY 1, 2`)
			return strings.Contains(rows, fmt.Sprintf(",%v\n", samples))
		})
		if diff := gocmp.Diff(want, rows); diff != "" {
			t.Errorf("round %d (-published +read):\n%s", round, diff)
		}
	}
	if n := s.query(t, `SELECT count(*) AS n FROM (SELECT job_run_id, metric_name, ts FROM glue_metrics WHERE metric_name LIKE 'glue.run.%' GROUP BY 1, 2, 3 HAVING count(*) > 1) x`); n != "0\n" {
		t.Errorf("%s metrics have two rows", n)
	}
}

// deliver hands lines over as Data Firehose does.
func (s *limnoServer) deliver(t *testing.T, lines []streamed) {
	t.Helper()
	var data bytes.Buffer
	for _, l := range lines {
		text, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		data.Write(append(text, '\n'))
	}
	id := servers.Name(t)
	body, err := json.Marshal(map[string]any{
		"requestId": id, "timestamp": time.Now().UnixMilli(), "records": []map[string]string{{"data": base64.StdEncoding.EncodeToString(data.Bytes())}},
	})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/firehose/v1/limnograph", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "X-Amz-Firehose-Protocol-Version": "1.0", "X-Amz-Firehose-Request-Id": id, "X-Amz-Firehose-Access-Key": "key",
	} {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
		t.Fatalf("delivery: %d %s", response.StatusCode, text)
	}
}

// query returns the rows of a statement as CSV, without the names.
func (s *limnoServer) query(t *testing.T, sql string) string {
	t.Helper()
	out, err := limnoCommand(t, []string{"HOME=" + t.TempDir()}, "query", "--url", s.url, "--token", "token", "--format", "csv", sql).Output()
	if err != nil {
		return err.Error() // the table may not be there yet
	}
	_, rows, _ := strings.Cut(string(out), "\n")
	return rows
}
