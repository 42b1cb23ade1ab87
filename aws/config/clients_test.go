package config_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"pgregory.net/rapid"

	"limnograph/aws/config"
)

// What is set for this program comes before what is set for all programs, and what is set for a service before what is set
// for all services.
func TestEndpoints(t *testing.T) {
	for name, tt := range map[string]struct {
		env     []string
		cfg     config.Config
		s3, sqs string
	}{
		"AWS":                    {nil, config.Config{}, "lake.s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"},
		"VariableForAll":         {[]string{"AWS_ENDPOINT_URL", "http://all.env"}, config.Config{}, "lake.all.env", "all.env"},
		"VariableForOne":         {[]string{"AWS_ENDPOINT_URL_S3", "http://s3.env"}, config.Config{}, "lake.s3.env", "sqs.eu-west-1.amazonaws.com"},
		"VariablesForBoth":       {[]string{"AWS_ENDPOINT_URL", "http://all.env", "AWS_ENDPOINT_URL_SQS", "http://sqs.env"}, config.Config{}, "lake.all.env", "sqs.env"},
		"SettingForAll":          {nil, config.Config{Endpoint: "http://all.set"}, "lake.all.set", "all.set"},
		"SettingForOne":          {nil, config.Config{Endpoint: "http://all.set", Endpoints: map[string]string{"sqs": "http://sqs.set"}}, "lake.all.set", "sqs.set"},
		"SettingOverVariable":    {[]string{"AWS_ENDPOINT_URL_S3", "http://s3.env", "AWS_ENDPOINT_URL", "http://all.env"}, config.Config{Endpoint: "http://all.set"}, "lake.all.set", "all.set"},
		"SettingOverOwnVariable": {[]string{"AWS_ENDPOINT_URL_S3", "http://s3.env"}, config.Config{Endpoints: map[string]string{"s3": "http://s3.set"}}, "lake.s3.set", "sqs.eu-west-1.amazonaws.com"},
		"SettingThoughIgnored":   {[]string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}, config.Config{Endpoint: "http://all.set"}, "lake.all.set", "all.set"},
	} {
		t.Run(name, func(t *testing.T) {
			bare(t, keys(tt.env...))
			w := &wire{}
			tt.cfg.HTTPClient = w
			call(t, load(t, tt.cfg))
			if got := w.requests(); len(got) != 2 || got[0].host != tt.s3 || got[1].host != tt.sqs {
				t.Errorf("asked %+v", got)
			}
		})
	}
}

// call asks S3 and SQS once each; the answers do not matter.
func call(t *testing.T, clients config.Clients) {
	t.Helper()
	bucket, name := "lake", "q"
	_, _ = s3.NewFromConfig(clients.For("s3")).HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &bucket})
	_, _ = sqs.NewFromConfig(clients.For("sqs")).GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
}

func TestUserAgentNamesTheProduct(t *testing.T) {
	bare(t, keys())
	for version, want := range map[string]string{"1.2.3": "limno/1.2.3", "": "limno/dev"} {
		w := &wire{}
		call(t, load(t, config.Config{Version: version, HTTPClient: w}))
		for _, r := range w.requests() {
			if !slices.Contains(strings.Fields(r.agent), want) {
				t.Errorf("user agent is %q, want %s in it", r.agent, want)
			}
		}
	}
}

// A call is tried as often as was set; the variable of the SDK counts when nothing was.
func TestAttempts(t *testing.T) {
	for name, tt := range map[string]struct {
		env  []string
		set  int
		want int
	}{
		"Setting":  {[]string{"AWS_MAX_ATTEMPTS", "4"}, 2, 2},
		"Variable": {[]string{"AWS_MAX_ATTEMPTS", "2"}, 0, 2},
		"Once":     {nil, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			bare(t, keys(tt.env...))
			w := &wire{answer: func(*http.Request, url.Values) (int, string) { return http.StatusServiceUnavailable, "" }}
			clients := load(t, config.Config{MaxAttempts: tt.set, HTTPClient: w})
			if _, err := clients.AccountID(t.Context()); err == nil {
				t.Error("an unavailable server gave an account")
			}
			if got := len(w.requests()); got != tt.want {
				t.Errorf("tried %d times, want %d", got, tt.want)
			}
		})
	}
}

// Calls of one service wait for each other, also those of different clients; those of another service do not.
func TestRateLimitIsPerService(t *testing.T) {
	bare(t, keys())
	clock := &handClock{now: time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)}
	clients := load(t, config.Config{RatePerSecond: 2, HTTPClient: &wire{}, Now: clock.Now, Wait: clock.Wait})
	for range 4 {
		call(t, clients) // S3 and SQS once each
	}
	half := 500 * time.Millisecond
	if want := []time.Duration{half, half}; !slices.Equal(clock.waited, want) {
		t.Errorf("waited %v, want %v: two calls of each service go at once, and the clock moves for both", clock.waited, want)
	}
}

// Each attempt counts: a server that is in trouble must not get more calls than one that is well.
func TestRateLimitCountsAttempts(t *testing.T) {
	bare(t, keys())
	clock := &handClock{now: time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)}
	w := &wire{answer: func(*http.Request, url.Values) (int, string) { return http.StatusServiceUnavailable, "" }}
	clients := load(t, config.Config{RatePerSecond: 1, MaxAttempts: 2, HTTPClient: w, Now: clock.Now, Wait: clock.Wait})
	_, _ = clients.AccountID(t.Context())
	if want := []time.Duration{time.Second}; !slices.Equal(clock.waited, want) || len(w.requests()) != 2 {
		t.Errorf("waited %v for %d calls, want %v", clock.waited, len(w.requests()), want)
	}
}

// A call that is given up while it waits leaves its turn to the next.
func TestRateLimitGivesTurnsBack(t *testing.T) {
	bare(t, keys())
	clock := &handClock{now: time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)}
	ctx, cancel := context.WithCancel(t.Context())
	var waited []time.Duration
	w := &wire{}
	clients := load(t, config.Config{RatePerSecond: 1, HTTPClient: w, Now: clock.Now, Wait: func(ctx context.Context, d time.Duration) error {
		waited = append(waited, d)
		cancel()
		return ctx.Err()
	}})
	_, _ = clients.AccountID(ctx)
	if _, err := clients.AccountID(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	_, _ = clients.AccountID(t.Context())
	if want := []time.Duration{time.Second, time.Second}; !slices.Equal(waited, want) || len(w.requests()) != 2 {
		t.Errorf("waited %v for %d calls, want %v", waited, len(w.requests()), want)
	}
}

// However calls come, no span of time sees more of them than the rate allows, and a burst of one second.
func TestRateLimitHolds(t *testing.T) {
	bare(t, keys())
	rapid.Check(t, func(rt *rapid.T) {
		rate := rapid.Float64Range(0.1, 50).Draw(rt, "rate")
		clock := &handClock{now: time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)}
		clients, err := config.Load(t.Context(), config.Config{RatePerSecond: rate, MaxAttempts: 1, HTTPClient: &wire{}, Now: clock.Now, Wait: clock.Wait})
		if err != nil {
			rt.Fatal(err)
		}
		var went []time.Time
		for _, gap := range rapid.SliceOfN(rapid.IntRange(0, 2000), 1, 40).Draw(rt, "gaps") {
			_ = clock.Wait(t.Context(), time.Duration(gap)*time.Millisecond)
			if _, err := clients.AccountID(t.Context()); err != nil {
				rt.Fatal(err)
			}
			went = append(went, clock.Now())
		}
		for i := range went {
			for j := i; j < len(went); j++ {
				span := went[j].Sub(went[i]).Seconds()
				if n := float64(j - i + 1); n > rate*span+max(rate, 1)+1e-3 {
					rt.Fatalf("%v calls within %v s at %v per second", n, span, rate)
				}
			}
		}
	})
}
