package e2e_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"
)

// At the limit of landing the sender is asked to come back, by the delivery protocol, and nothing breaks: 413 would
// make Firehose drop the data.
func TestFullLandingAsksTheSenderToComeBack(t *testing.T) {
	s := serve(t, t.TempDir(), "LIMNO_LANDING_MAX_BYTES=1KiB")
	minute := time.Now().Truncate(time.Minute).UnixMilli()
	var lines string
	for range 200 {
		lines += point("job", "jr_1", "m"+time.Now().Format("150405.000000000"), minute, 1)
	}
	s.await(t, "full", 20*time.Second, func() bool {
		status, _ := s.deliver(t, "s", accessKey, envelope("1", lines))
		return status == http.StatusServiceUnavailable
	})
	req, err := http.NewRequest(http.MethodPost, s.url+"/firehose/v1/s", bytes.NewReader(envelope("7", lines)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Amz-Firehose-Protocol-Version", "1.0")
	req.Header.Set("X-Amz-Firehose-Request-Id", "7")
	req.Header.Set("X-Amz-Firehose-Access-Key", accessKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("answered %s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
	}
	if got := s.get(t, "/readyz", "").StatusCode; got != http.StatusServiceUnavailable {
		t.Errorf("/readyz says %d while deliveries are refused", got)
	}
	if got := s.get(t, "/healthz", "").StatusCode; got != http.StatusOK {
		t.Errorf("/healthz says %d", got)
	}
	s.await(t, "answering with what was acknowledged before", 20*time.Second, func() bool {
		return s.number(t, "SELECT count(*) FROM raw_glue_metrics") > 0
	})
}
