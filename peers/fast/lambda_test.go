//go:build peers

package fast_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/glue"
	"limnograph/aws/s3"
	"limnograph/objectkey"
	"limnograph/peers/lambdaruntime"
	"limnograph/peers/servers"
)

// watched is a server behind a proxy that counts what it is asked.
type watched struct {
	url string

	mu    sync.Mutex
	calls []string
}

// watch counts calls to a server by their action.
func watch(t *testing.T, s *servers.Server) *watched {
	t.Helper()
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }, // the host is signed
	}
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.calls = append(w.calls, actionOf(r))
		w.mu.Unlock()
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(front.Close)
	w.url = front.URL
	return w
}

func actionOf(r *http.Request) string {
	if _, action, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		return action
	}
	if r.URL.Query().Has("list-type") {
		return "LIST"
	}
	return r.Method
}

// took returns the actions since it was last asked.
func (w *watched) took() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := w.calls
	w.calls = nil
	return calls
}

// writes returns those that change something.
func (w *watched) writes() []string {
	return slices.DeleteFunc(w.took(), func(action string) bool {
		return strings.Contains(action, "Get") || action == "GET" || action == "HEAD" || action == "LIST"
	})
}

// road is a bucket in versitygw, a database in moto, and functions between them.
type road struct {
	t         *testing.T
	bootstrap string
	bucket    string
	env       []string
	glue      *watched
	s3        *watched
	store     *s3.Store
	cat       *glue.Catalog
}

const root = "data"

func newRoad(t *testing.T) *road {
	t.Helper()
	catalog, store := pool.Moto(t), pool.VersityGW(t)
	r := &road{t: t, bootstrap: lambdaruntime.Build(t), bucket: store.Bucket(t), glue: watch(t, catalog), s3: watch(t, store)}
	r.store = s3.New(store.SDK(t), s3.Location{Bucket: r.bucket, Prefix: root}, s3.Config{PathStyle: true})
	database := servers.Database(t)
	r.cat = glue.New(catalog.SDK(t), glue.Config{Database: database, Root: "s3://" + r.bucket + "/" + root})
	if _, err := r.cat.EnsureDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.env = append(catalog.Environment(t), "AWS_ENDPOINT_URL_GLUE="+r.glue.url, "AWS_ENDPOINT_URL_S3="+r.s3.url, "LIMNO_DATABASE="+database,
		"LIMNO_SCHEMAS=s3://"+r.bucket+"/"+root+"/schemas", "LIMNO_LANDING=s3://"+r.bucket+"/"+root+"/landing/metrics/")
	return r
}

func (r *road) start(mode string) *lambdaruntime.Function {
	r.t.Helper()
	return lambdaruntime.Start(r.t, r.bootstrap, append(slices.Clip(r.env), "LIMNO_LAMBDA_MODE="+mode))
}

// put stores an object under a name as Data Firehose gives it and returns its key in the store.
func (r *road) put(table string, arrival time.Time, n int) string {
	r.t.Helper()
	key := objectkey.Firehose{
		Prefix: objectkey.Folder(table, limnograph.Partition{Sender: "123456789012", Hour: arrival}), Stream: "limno-" + table, Version: "1",
		Arrival: arrival, ID: fmt.Sprintf("7f1c6c1e-7d0b-4b8e-9a62-%012d", n), Extension: ".gz",
	}.Key()
	return r.write(key, "x")
}

func (r *road) write(key, content string) string {
	r.t.Helper()
	if _, err := r.store.Put(r.t.Context(), key, strings.NewReader(content), limnograph.PutOptions{}); err != nil {
		r.t.Fatal(err)
	}
	return key
}

// created is an S3 notification of new objects.
func (r *road) created(keys ...string) string { return r.event("ObjectCreated:Put", keys...) }

func (r *road) event(name string, keys ...string) string {
	var records []string
	for _, key := range keys {
		encoded := strings.ReplaceAll(url.QueryEscape(root+"/"+key), "%2F", "/")
		records = append(records, fmt.Sprintf(`{"eventVersion":"2.6","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2026-11-24T12:00:00Z","eventName":%q,`+
			`"s3":{"s3SchemaVersion":"1.0","bucket":{"name":%q,"arn":"arn:aws:s3:::%[2]s"},"object":{"key":%q,"size":20,"sequencer":"0055AED6DCD90281E5"}}}`, name, r.bucket, encoded))
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

// batch is an SQS event; the ids are m1, m2, ...
func batch(bodies ...string) events.SQSEvent {
	event := events.SQSEvent{Records: []events.SQSMessage{}}
	for i, body := range bodies {
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: fmt.Sprintf("m%d", i+1), ReceiptHandle: "r", Body: body, EventSource: "aws:sqs", AWSRegion: "eu-west-1",
			EventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:limno", Attributes: map[string]string{"ApproximateReceiveCount": "1"},
		})
	}
	return event
}

// deal gives a batch to a function and compares the ids of those that failed.
func (r *road) deal(f *lambdaruntime.Function, event events.SQSEvent, want ...string) {
	r.t.Helper()
	document, failed := f.Invoke(r.t, event, time.Minute)
	if failed != "" {
		r.t.Fatalf("the batch failed: %s", failed)
	}
	var answer struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(document, &answer); err != nil || answer.Failures == nil {
		r.t.Fatalf("%s: %v", document, err)
	}
	var ids []string
	for _, one := range answer.Failures {
		ids = append(ids, one.ID)
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		r.t.Errorf("failures (-want +got):\n%s\n%s", diff, f.Log())
	}
}

func (r *road) partitions(table string) (hours []string) {
	r.t.Helper()
	parts, err := r.cat.Partitions(r.t.Context(), table)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, p := range parts {
		hours = append(hours, p.Sender+"@"+p.Hour.Format("02T15"))
	}
	return hours
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// An empty database and one message: table, view and partition. The same message again, also in a new process: no write.
func TestFunctionMakesEverythingOnceAndNothingTwice(t *testing.T) {
	r := newRoad(t)
	key := r.put("glue_metrics", noon, 1)
	f := r.start("catalog")
	r.deal(f, batch(r.created(key)))
	if diff := cmp.Diff([]string{"CreateTable", "CreateTable", "BatchCreatePartition"}, r.glue.writes()); diff != "" {
		t.Errorf("first message (-want +got):\n%s", diff)
	}
	if tables, err := r.cat.Tables(t.Context()); err != nil || len(tables) != 1 || tables[0].Table != "glue_metrics" {
		t.Errorf("%+v, %v", tables, err)
	}
	if diff := cmp.Diff([]string{"123456789012@24T12"}, r.partitions("glue_metrics")); diff != "" {
		t.Error(diff)
	}
	r.s3.took()
	r.deal(f, batch(r.created(key), r.created(key)))
	if calls := slices.Concat(r.glue.took(), r.s3.took()); len(calls) != 0 {
		t.Errorf("second message: %q", calls)
	}
	cold := r.start("catalog")
	r.deal(cold, batch(r.created(key)))
	if calls := r.glue.writes(); len(calls) != 0 {
		t.Errorf("in a new process: %q", calls)
	}
}

func TestFunctionFailsThePoisonAlone(t *testing.T) {
	r := newRoad(t)
	a, b, c, d := r.put("glue_metrics", noon, 1), r.put("glue_metrics", noon.Add(time.Hour), 2), r.put("glue_metrics", noon.Add(2*time.Hour), 3), r.put("other_metrics", noon, 4)
	plus := r.write(strings.Replace(a, "limno-glue", "limno+glue =", 1), "x")
	undefined := r.put("ebs_metrics", noon, 5)
	sns, err := json.Marshal(map[string]string{"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "Message": r.created(d)})
	if err != nil {
		t.Fatal(err)
	}
	event := batch(
		`{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-24T12:00:00.000Z","Bucket":"`+r.bucket+`","RequestId":"x","HostId":"y"}`,
		strings.ReplaceAll(r.created(plus), "/", "%2F"),
		r.created(plus),
		r.event("ObjectRemoved:DeleteMarkerCreated", a),
		r.created("errors/glue_metrics/processing-failed/2026/11/24/12/limno-1"),
		r.created(strings.TrimSuffix(a, ".gz")+".parquet"),
		r.created(undefined),
		fmt.Sprintf(`{"version":"0","detail-type":"Object Created","source":"aws.s3","detail":{"version":"0","bucket":{"name":%q},"object":{"key":%q,"size":20}}}`, r.bucket, root+"/"+plus),
		string(sns),
		r.created(b, c),
	)
	f := r.start("catalog")
	r.deal(f, event, "m7")
	if diff := cmp.Diff([]string{"123456789012@24T12", "123456789012@24T13", "123456789012@24T14"}, r.partitions("glue_metrics")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"123456789012@24T12"}, r.partitions("other_metrics")); diff != "" {
		t.Error(diff)
	}
	remedy := "put s3://" + r.bucket + "/" + root + "/schemas/ebs_metrics.yaml there, then redrive"
	if log := f.Log(); !strings.Contains(log, `"message_id":"m7"`) || !strings.Contains(log, `"remedy":"`+remedy) {
		t.Errorf("the log does not name m7 and the remedy:\n%s", log)
	}
	r.write("schemas/ebs_metrics.yaml", "namespace: AWS/EBS\ndimensions: [VolumeId]\n")
	r.deal(f, batch(event.Records[6].Body))
	if diff := cmp.Diff([]string{"123456789012@24T12"}, r.partitions("ebs_metrics")); diff != "" {
		t.Error(diff)
	}
}

// All notifications of an hour were lost; the days before are catalogued, and nobody looks at them.
func TestFunctionReconcilesWithoutListingHistory(t *testing.T) {
	r := newRoad(t)
	now := time.Now().UTC()
	for i := range 40 {
		r.put("glue_metrics", now.Add(-time.Duration(i+4)*time.Hour), i)
	}
	for i := range 5 {
		r.put("glue_metrics", now, 100+i)
	}
	r.s3.took()
	f := r.start("reconcile")
	document, failed := f.Invoke(t, map[string]any{"source": "aws.events", "detail-type": "Scheduled Event"}, time.Minute)
	if failed != "" || !strings.Contains(string(document), `"partitionsAdded":1`) {
		t.Errorf("%s %s", document, failed)
	}
	if diff := cmp.Diff([]string{"123456789012@" + now.Format("02T15")}, r.partitions("glue_metrics")); diff != "" {
		t.Error(diff)
	}
	lists := slices.DeleteFunc(r.s3.took(), func(action string) bool { return action != "LIST" })
	if len(lists) != 6 || !strings.Contains(f.Metrics(), `"ListCalls":6`) { // table, sender and hour, and after each of them: none
		t.Errorf("%d list calls, and %s", len(lists), f.Metrics())
	}
	r.glue.took()
	if _, failed := f.Invoke(t, map[string]any{}, time.Minute); failed != "" {
		t.Error(failed)
	}
	if calls := r.glue.writes(); len(calls) != 0 {
		t.Errorf("the second time: %q", calls)
	}
}

func TestFunctionGivesBackWhatItHasNoTimeFor(t *testing.T) {
	r := newRoad(t)
	f := r.start("catalog")
	known := r.created(r.put("glue_metrics", noon, 1))
	r.deal(f, batch(known))
	document, failed := f.Invoke(t, batch(known, r.created(r.put("glue_metrics", noon.Add(time.Hour), 2))), 1500*time.Millisecond)
	if want := `{"batchItemFailures":[{"itemIdentifier":"m2"}]}`; string(document) != want || failed != "" {
		t.Errorf("%s %s, want %s", document, failed, want)
	}
}

func TestFunctionRefusesWhatIsNoBatch(t *testing.T) {
	r := newRoad(t)
	f := r.start("catalog")
	var direct any
	if err := json.Unmarshal([]byte(r.created("landing/metrics/x.gz")), &direct); err != nil {
		t.Fatal(err)
	}
	for name, event := range map[string]any{"a schedule": map[string]any{"source": "aws.events"}, "S3 without a queue": direct, "null": nil} {
		if document, failed := f.Invoke(t, event, time.Minute); document != nil || !strings.Contains(failed, "no batch of SQS messages") {
			t.Errorf("%s: %s %s", name, document, failed)
		}
	}
	r.deal(f, batch(`{"Event":"s3:TestEvent"}`)) // it goes on
}

func TestFunctionRefusesWrongSettings(t *testing.T) {
	r := newRoad(t)
	for name, tc := range map[string]struct {
		change string
		words  []string
	}{
		"no mode":       {"LIMNO_LAMBDA_MODE=", []string{"LIMNO_LAMBDA_MODE is not set", "catalog, reconcile or collect"}},
		"unknown mode":  {"LIMNO_LAMBDA_MODE=curate", []string{`there is no mode \"curate\"`, "catalog, reconcile or collect"}},
		"wrong landing": {"LIMNO_LANDING=bucket", []string{"LIMNO_LANDING=bucket", "s3://"}},
		"no region":     {"AWS_REGION=", []string{"Region"}},
	} {
		env := append(slices.Clip(r.env), "LIMNO_LAMBDA_MODE=catalog", "AWS_DEFAULT_REGION=", tc.change)
		log := lambdaruntime.Refuses(t, r.bootstrap, env)
		for _, words := range tc.words {
			if !strings.Contains(log, words) {
				t.Errorf("%s: %q is not in %s", name, words, log)
			}
		}
	}
}

// largestEvent is the most bytes that Lambda hands to a function at once.
const largestEvent = 6 << 20

// What a cold start and a busy process cost.
func TestFunctionIsSmallAndQuick(t *testing.T) {
	r := newRoad(t)
	quickest := time.Hour
	var f *lambdaruntime.Function
	for range 5 {
		f = r.start("catalog")
		quickest = min(quickest, f.StartTime)
	}
	for i := range 30 {
		bodies := make([]string, 10)
		for j := range bodies {
			bodies[j] = r.created(r.put("glue_metrics", noon.Add(-time.Duration(i*5+j/2)*time.Hour), i*10+j))
		}
		r.deal(f, batch(bodies...))
	}
	greatest := slices.Repeat([]string{r.created(r.put("glue_metrics", noon, 1000))}, largestEvent/1000)
	r.deal(f, batch(greatest...))
	archive, err := os.Stat(lambdaruntime.Pack(t, r.bootstrap))
	if err != nil {
		t.Fatal(err)
	}
	memory := f.PeakMemory(t)
	t.Logf("start to first next %v, peak memory %.1f MB after 300 messages and one event of 6 MB, archive %.1f MB", quickest, float64(memory)/1e6, float64(archive.Size())/1e6)
	if quickest > 100*time.Millisecond || memory > 64<<20 || archive.Size() > 12<<20 {
		t.Errorf("start %v, memory %d, archive %d: over 100 ms, 64 MiB or 12 MiB", quickest, memory, archive.Size())
	}
}
