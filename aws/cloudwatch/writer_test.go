package cloudwatch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/cloudwatch"
)

var now = time.Date(2026, 11, 24, 12, 30, 0, 0, time.UTC)

// request is one that CloudWatch got.
type request struct {
	Namespace  string
	MetricData []datum

	agent, encoding string
	bytes           int
}

type datum struct {
	MetricName      string
	Dimensions      []struct{ Name, Value string }
	Timestamp       float64
	Unit            string
	Value           *float64
	StatisticValues *struct{ SampleCount, Sum, Minimum, Maximum float64 }
}

// fake takes what is published; status and body are its answers in turn, the last one for ever.
type fake struct {
	*httptest.Server
	status []int
	body   string

	mu  sync.Mutex
	got []request
}

func newFake(t testing.TB, body string, status ...int) *fake {
	f := &fake{status: status, body: body}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body)
	one := request{agent: r.Header.Get("Content-Type"), encoding: r.Header.Get("Content-Encoding"), bytes: len(text)}
	if one.encoding == "gzip" {
		if z, err := gzip.NewReader(bytes.NewReader(text)); err == nil {
			text, _ = io.ReadAll(z)
		}
	}
	_ = json.Unmarshal(text, &one) // of another protocol it stays empty
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got = append(f.got, one)
	status := f.status[0]
	if len(f.status) > 1 {
		f.status = f.status[1:]
	}
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, f.body)
}

func (f *fake) writer(protocol cloudwatch.Protocol) *cloudwatch.Writer {
	return cloudwatch.New(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &f.URL, HTTPClient: f.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = 3
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}, cloudwatch.Config{Protocol: protocol, Now: func() time.Time { return now }})
}

const all = limnograph.ReportedMax | limnograph.ReportedMin | limnograph.ReportedSum | limnograph.ReportedSampleCount

func single(v float64) limnograph.StatisticSet {
	return limnograph.StatisticSet{Max: v, Min: v, Sum: v, SampleCount: 1, Reported: all}
}

func point(changes ...func(*limnograph.Datapoint)) limnograph.Datapoint {
	p := limnograph.Datapoint{
		AccountID: "111122223333", Region: "eu-west-1", Namespace: "Glue", MetricName: "glue.run.duration", Timestamp: now.UnixMilli(), Unit: "Seconds",
		Dimensions: []limnograph.Dimension{{Name: "JobName", Value: "load"}, {Name: "JobRunId", Value: "jr_1"}}, Statistics: single(871),
	}
	for _, change := range changes {
		change(&p)
	}
	return p
}

func TestOneSampleIsAValueAndSeveralAreAStatisticSet(t *testing.T) {
	f := newFake(t, `{}`, 200)
	several := point(func(p *limnograph.Datapoint) {
		p.Unit, p.Statistics = "", limnograph.StatisticSet{Max: 5, Min: 1, Sum: 9, SampleCount: 3, Reported: all}
	})
	if err := f.writer(cloudwatch.JSON).Put(t.Context(), []limnograph.Datapoint{point(), several}); err != nil {
		t.Fatal(err)
	}
	dimensions := []struct{ Name, Value string }{{"JobName", "load"}, {"JobRunId", "jr_1"}}
	at, v := float64(now.Unix()), 871.0
	want := []datum{
		{MetricName: "glue.run.duration", Dimensions: dimensions, Timestamp: at, Unit: "Seconds", Value: &v},
		{
			MetricName: "glue.run.duration", Dimensions: dimensions, Timestamp: at,
			StatisticValues: &struct{ SampleCount, Sum, Minimum, Maximum float64 }{3, 9, 1, 5},
		},
	}
	if len(f.got) != 1 || f.got[0].Namespace != "Glue" {
		t.Fatalf("%+v", f.got)
	}
	if diff := cmp.Diff(want, f.got[0].MetricData); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}

func TestProtocolIsChosen(t *testing.T) {
	for protocol, want := range map[cloudwatch.Protocol]string{cloudwatch.CBOR: "application/cbor", cloudwatch.JSON: "application/x-amz-json-1.1"} {
		f := newFake(t, `{}`, 200)
		_ = f.writer(protocol).Put(t.Context(), []limnograph.Datapoint{point()}) // the fake answers JSON alone
		if len(f.got) == 0 || f.got[0].agent != want {
			t.Errorf("%q: %+v, want %s", protocol, f.got, want)
		}
	}
}

func TestNothingToPublishIsNoCall(t *testing.T) {
	f := newFake(t, `{}`, 200)
	if err := f.writer(cloudwatch.JSON).Put(t.Context(), nil); err != nil || len(f.got) > 0 {
		t.Errorf("%v, %d requests", err, len(f.got))
	}
}

// What CloudWatch would refuse is refused in words before a call, with everything beside it.
func TestLimitsAreKeptBeforeACall(t *testing.T) {
	value := func(v float64) func(*limnograph.Datapoint) {
		return func(p *limnograph.Datapoint) { p.Statistics = single(v) }
	}
	dimension := func(name, value string) func(*limnograph.Datapoint) {
		return func(p *limnograph.Datapoint) { p.Dimensions = []limnograph.Dimension{{Name: name, Value: value}} }
	}
	dimensions := func(n int) func(*limnograph.Datapoint) {
		return func(p *limnograph.Datapoint) {
			p.Dimensions = nil
			for i := range n {
				p.Dimensions = append(p.Dimensions, limnograph.Dimension{Name: fmt.Sprintf("d%d", i), Value: "x"})
			}
		}
	}
	moved := func(by time.Duration) func(*limnograph.Datapoint) {
		return func(p *limnograph.Datapoint) { p.Timestamp = now.Add(by).UnixMilli() }
	}
	name := func(text string) func(*limnograph.Datapoint) {
		return func(p *limnograph.Datapoint) { p.MetricName = text }
	}
	namespace := func(text string) func(*limnograph.Datapoint) {
		return func(p *limnograph.Datapoint) { p.Namespace = text }
	}
	statistics := func(change func(*limnograph.StatisticSet)) func(*limnograph.Datapoint) {
		return func(p *limnograph.Datapoint) {
			p.Statistics = limnograph.StatisticSet{Max: 5, Min: 1, Sum: 9, SampleCount: 3, Reported: all}
			change(&p.Statistics)
		}
	}
	const week = 7 * 24 * time.Hour
	long := strings.Repeat("x", 1025)
	for title, c := range map[string]struct {
		change func(*limnograph.Datapoint)
		words  string // empty: it is published
	}{
		"OK":                       {func(*limnograph.Datapoint) {}, ""},
		"OKLargest":                {value(math.Ldexp(1, 360)), ""},
		"OKSmallest":               {value(-math.Ldexp(1, 360)), ""},
		"OKZero":                   {value(0), ""},
		"OKThirtyDimensions":       {dimensions(30), ""},
		"OKNoDimensions":           {dimensions(0), ""},
		"OKOldest":                 {moved(-2 * week), ""},
		"OKNewest":                 {moved(2 * time.Hour), ""},
		"OKLongValue":              {dimension("JobName", long[1:]), ""},
		"OKLongName":               {name(long[:255]), ""},
		"OKNoUnit":                 {func(p *limnograph.Datapoint) { p.Unit = "" }, ""},
		"ErrNaN":                   {value(math.NaN()), "NaN is no number"},
		"ErrInfinite":              {value(math.Inf(1)), "is no number between"},
		"ErrTooLarge":              {value(math.Ldexp(1.001, 360)), "is no number between"},
		"ErrDimensions":            {dimensions(31), "31 dimensions"},
		"ErrBlankValue":            {dimension("JobName", "  "), "is blank"},
		"ErrEmptyValue":            {dimension("JobName", ""), "0 characters"},
		"ErrLongValue":             {dimension("JobName", long), "1025 characters"},
		"ErrUmlaut":                {dimension("JobName", "lädt"), "not ASCII"},
		"ErrControl":               {dimension("JobName", "a\nb"), "control character"},
		"ErrColon":                 {dimension(":JobName", "x"), "begins with a colon"},
		"ErrEmptyDimension":        {dimension("", "x"), "0 characters"},
		"ErrLongDimension":         {dimension(long[:256], "x"), "256 characters"},
		"ErrTwice":                 {func(p *limnograph.Datapoint) { p.Dimensions = append(p.Dimensions, p.Dimensions[0]) }, "stands twice"},
		"ErrTooOld":                {moved(-2*week - time.Second), "two weeks ago"},
		"ErrTooNew":                {moved(2*time.Hour + time.Second), "two hours ahead"},
		"ErrName":                  {name(""), "0 characters"},
		"ErrLongName":              {name(long[:256]), "256 characters"},
		"ErrNameInOtherScript":     {name("glue.größe"), "not ASCII"},
		"ErrNamespaceOfAWS":        {namespace("AWS/Glue"), "reserved"},
		"ErrNamespace":             {namespace(""), "0 characters"},
		"ErrNamespaceColon":        {namespace(":x"), "begins with a colon"},
		"ErrUnit":                  {func(p *limnograph.Datapoint) { p.Unit = "Percentage" }, "is no unit"},
		"ErrNoMaximum":             {statistics(func(s *limnograph.StatisticSet) { s.Reported &^= limnograph.ReportedMax }), "lacks one of"},
		"ErrNoCount":               {statistics(func(s *limnograph.StatisticSet) { s.Reported &^= limnograph.ReportedSampleCount }), "lacks one of"},
		"ErrPercentile":            {statistics(func(s *limnograph.StatisticSet) { s.Extra = []limnograph.Statistic{{Name: "p99"}} }), "further statistics"},
		"ErrNoSamples":             {statistics(func(s *limnograph.StatisticSet) { s.SampleCount = 0 }), "sample count is 0"},
		"ErrMinimumAbove":          {statistics(func(s *limnograph.StatisticSet) { s.Min = 6 }), "above its maximum"},
		"ErrOneSampleOfTwo":        {statistics(func(s *limnograph.StatisticSet) { s.SampleCount = 1 }), "one sample with"},
		"ErrSumIsInfinite":         {statistics(func(s *limnograph.StatisticSet) { s.Sum = math.Inf(-1) }), "is no number between"},
		"ErrTimeIsNotSet":          {func(p *limnograph.Datapoint) { p.Timestamp = 0 }, "two weeks ago"},
		"ErrTimeOutOfThisCalendar": {func(p *limnograph.Datapoint) { p.Timestamp = math.MaxInt64 }, "two hours ahead"},
	} {
		t.Run(title, func(t *testing.T) {
			f := newFake(t, `{}`, 200)
			err := f.writer(cloudwatch.JSON).Put(t.Context(), []limnograph.Datapoint{point(), point(c.change)})
			if c.words == "" {
				if err != nil || len(f.got) == 0 {
					t.Errorf("%v, %d requests", err, len(f.got))
				}
				return
			}
			if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), c.words) || len(f.got) > 0 {
				t.Errorf("%v after %d requests; want %q", err, len(f.got), c.words)
			}
		})
	}
}

// Whatever their number and length, no point is lost or twice, their order stays, and no request is over a limit.
func TestRequestsStayWithinTheLimits(t *testing.T) {
	for name, c := range map[string]struct {
		points, requests int
		filler           string
	}{
		"One":                     {1, 1, "x"},
		"AThousandOfEachOfTwo":    {2000, 2, "x"},
		"OneMoreOfOne":            {2001, 3, "x"},
		"LongOnes":                {1200, 2, strings.Repeat("x", 1024)},
		"LongOnesThatAreEscaped":  {900, 6, strings.Repeat("<", 1024)},
		"LongOnesThatAreQuoted":   {900, 6, strings.Repeat(`"`, 1024)},
		"AFewOfEach":              {5, 2, "x"},
		"OneOfEachAndNothingElse": {2, 2, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, `{}`, 200)
			points := make([]limnograph.Datapoint, c.points)
			for i := range points {
				points[i] = point(func(p *limnograph.Datapoint) {
					p.Namespace, p.Statistics = []string{"Glue", "Own"}[i%2], single(float64(i))
					p.Dimensions = append(p.Dimensions, limnograph.Dimension{Name: "State", Value: c.filler})
				})
			}
			if err := f.writer(cloudwatch.JSON).Put(t.Context(), points); err != nil {
				t.Fatal(err)
			}
			f.expectAll(t, c.points)
			if len(f.got) != c.requests {
				t.Errorf("%d requests, want %d", len(f.got), c.requests)
			}
		})
	}
}

// expectAll sees that the points, which have their numbers as values, came in order.
func (f *fake) expectAll(t *testing.T, points int) {
	t.Helper()
	next := map[string]int{"Glue": 0, "Own": 1}
	for _, r := range f.got {
		if len(r.MetricData) > 1000 || r.bytes > 1_000_000 {
			t.Errorf("a request of %d metrics and %d bytes", len(r.MetricData), r.bytes)
		}
		for _, d := range r.MetricData {
			if int(*d.Value) != next[r.Namespace] {
				t.Fatalf("point %v comes where %v is due", *d.Value, next[r.Namespace])
			}
			next[r.Namespace] += 2
		}
	}
	if next["Glue"]+next["Own"] != 2*points+1 {
		t.Errorf("%v of %d points arrived", next, points)
	}
}

func TestErrorsHaveTheirCode(t *testing.T) {
	fault := func(code string) string { return `{"__type":"` + code + `","message":"told you"}` }
	for name, c := range map[string]struct {
		body   string
		status int
		code   limnograph.Code
		words  string
	}{
		"Denied":     {fault("AccessDenied"), 403, limnograph.CodeForbidden, "cloudwatch:namespace is Glue"},
		"Throttled":  {fault("Throttling"), 400, limnograph.CodeUnavailable, "too often"},
		"Fault":      {fault("InternalServiceFault"), 500, limnograph.CodeUnavailable, "try again later"},
		"Refused":    {fault("InvalidParameterValue"), 400, limnograph.CodeInvalid, "told you"},
		"Expired":    {fault("ExpiredToken"), 403, limnograph.CodeUnauthorized, "renew"},
		"NotOurs":    {"<html>", 403, limnograph.CodeForbidden, "cloudwatch:PutMetricData"},
		"BadGateway": {"<html>", 502, limnograph.CodeUnavailable, "check region"},
		"CutOff":     {"", 0, limnograph.CodeUnavailable, "check region"},
	} {
		t.Run(name, func(t *testing.T) {
			err := newFake(t, c.body, c.status).writer(cloudwatch.JSON).Put(t.Context(), []limnograph.Datapoint{point()})
			if limnograph.ErrorCode(err) != c.code || !strings.Contains(err.Error(), c.words) || strings.Contains(err.Error(), "http://") {
				t.Errorf("%q: %v; want %q with %q", limnograph.ErrorCode(err), err, c.code, c.words)
			}
		})
	}
	over, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if err := newFake(t, `{}`, 200).writer(cloudwatch.JSON).Put(over, []limnograph.Datapoint{point()}); limnograph.ErrorCode(err) != limnograph.CodeTimeout {
		t.Errorf("%v", err)
	}
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	f := newFake(t, `{}`, 503, 0, 200)
	if err := f.writer(cloudwatch.JSON).Put(t.Context(), []limnograph.Datapoint{point()}); err != nil || len(f.got) != 3 {
		t.Errorf("%v after %d requests", err, len(f.got))
	}
}
