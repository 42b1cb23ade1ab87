package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A namespace gets its table from a definition file alone; what has none is in the other table.
func TestCaptureThroughSchemaFile(t *testing.T) {
	s := serve(t, t.TempDir())
	if n := s.number(t, "SELECT count(*) FROM raw_glue_metrics_flat"); n != 0 {
		t.Fatalf("%d rows before the first delivery", n)
	}
	write(t, filepath.Join(s.dir, "schemas", "ebs.yaml"), "namespace: AWS/EBS\ntable: ebs_metrics\ndimensions: [VolumeId]\nretention: 400d\n")
	s.await(t, "published", 20*time.Second, func() bool {
		return len(s.query(t, "SELECT table_name FROM information_schema.tables WHERE table_name = 'raw_ebs_metrics_flat'")) == 1
	})
	if status, answer := s.deliver(t, "aws", accessKey, capture(t, "telegraf_records.json")); status != http.StatusOK {
		t.Fatalf("delivery answered %d %v", status, answer)
	}
	s.awaitCount(t, 375, "SELECT count(*) FROM raw_ebs_metrics")
	s.awaitCount(t, 785, "SELECT count(*) FROM raw_other_metrics")
	if n := s.number(t, "SELECT count(*) FROM raw_ebs_metrics_flat WHERE volume_id LIKE 'vol-%'"); n != 375 {
		t.Errorf("%d flat rows with a volume, want 375", n)
	}
	if n := s.number(t, "SELECT count(*) FROM raw_ebs_metrics WHERE VolumeId = dimensions['VolumeId']"); n != 375 {
		t.Errorf("%d raw rows with the promoted dimension, want 375", n)
	}
	if n := s.number(t, "SELECT count(*) FROM raw_other_metrics WHERE cardinality(dimensions) = 0"); n != 12 {
		t.Errorf("%d rows without dimensions, want 12", n)
	}
}

// Redelivery changes nothing in the flat view; a restatement of the same minute takes the place of the earlier one.
func TestRedeliveryAndRestatement(t *testing.T) {
	withinOneDay(t)
	s := serve(t, t.TempDir())
	minute := time.Now().Add(-10 * time.Minute).Truncate(time.Minute).UnixMilli()
	first := envelope("1", point("j", "jr_1", "m", minute, 5)+point("j", "ALL", "m", minute, 5))
	for range 3 {
		s.deliver(t, "s", accessKey, first)
	}
	s.deliver(t, "s", accessKey, envelope("2", point("j", "jr_1", "m", minute, 7)))
	s.awaitCount(t, 7, "SELECT count(*) FROM raw_glue_metrics")
	got := s.query(t, "SELECT job_run_id, is_total, sum FROM raw_glue_metrics_flat ORDER BY job_run_id")
	if diff := cmp.Diff([][]string{{"ALL", "true", "5"}, {"jr_1", "false", "7"}}, got); diff != "" {
		t.Errorf("flat view (-want +got):\n%s", diff)
	}
}

// One good line beside bad ones is kept, the bad ones are in quarantine, and the request is not sent again for ever.
func TestGoodLineBesideBadOnes(t *testing.T) {
	s := serve(t, t.TempDir())
	minute := time.Now().Add(-5 * time.Minute).Truncate(time.Minute).UnixMilli()
	bad := `{"CHANGE":-0.09}` + "\n" + `{"metric_name":"m","timestamp":1,"value":{"max":NaN}}` + "\nnot json\n"
	status, _ := s.deliver(t, "s", accessKey, envelope("1", bad+point("j", "jr_1", "m", minute, 1), ""))
	if status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	s.awaitCount(t, 1, "SELECT count(*) FROM raw_glue_metrics")
	s.await(t, "quarantined", 10*time.Second, func() bool {
		found, _ := filepath.Glob(filepath.Join(s.dir, "quarantine", "*", "*", "*", "*", "*.gz"))
		return len(found) > 0
	})
}

func TestAccessKeysChangeWithoutRestart(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config.yaml")
	write(t, file, "firehose:\n  access_keys:\n    - {name: prod, key: old}\n")
	s := serve(t, dir, "LIMNO_CONFIG="+file)
	body := envelope("1", point("j", "jr_1", "m", 1700000000000, 1))
	for key, want := range map[string]int{"old": 200, accessKey: 200, "new": 401, "": 401} {
		if status, answer := s.deliver(t, "s", key, body); status != want || answer["requestId"] != "1" && want == 200 {
			t.Errorf("key %q answered %d %v, want %d", key, status, answer, want)
		}
	}
	write(t, file, "firehose:\n  access_keys:\n    - {name: prod, key: new}\n")
	s.await(t, "changed", 15*time.Second, func() bool { status, _ := s.deliver(t, "s", "new", body); return status == http.StatusOK })
	if status, _ := s.deliver(t, "s", "old", body); status != http.StatusUnauthorized {
		t.Errorf("the replaced key answered %d", status)
	}
}

func TestForeignAccountsOfABoundKeyAreQuarantined(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config.yaml")
	write(t, file, "firehose:\n  access_keys:\n    - {name: one, key: bound, accounts: ['999999999999']}\n")
	s := serve(t, dir, "LIMNO_CONFIG="+file)
	body := envelope("1", point("j", "jr_1", "m", 1700000000000, 1))
	s.deliver(t, "s", "bound", body)
	s.deliver(t, "s", accessKey, body)
	s.awaitCount(t, 1, "SELECT count(*) FROM raw_glue_metrics")
	if got := s.query(t, "SELECT DISTINCT sender FROM raw_glue_metrics"); got[0][0] != "default" {
		t.Errorf("sender %v", got)
	}
}

// The attributes that Firehose attaches to a delivery are kept, once, beside its lines.
func TestCommonAttributesAreKept(t *testing.T) {
	s := serve(t, t.TempDir())
	body := envelope("1", point("j", "jr_1", "a", 1700000000000, 1)+point("j", "jr_1", "b", 1700000000000, 1))
	req, err := http.NewRequest(http.MethodPost, s.url+"/firehose/v1/s", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "X-Amz-Firehose-Protocol-Version": "1.0", "X-Amz-Firehose-Request-Id": "1",
		"X-Amz-Firehose-Access-Key": accessKey, "X-Amz-Firehose-Common-Attributes": `{"commonAttributes":{"env":"prod"}}`,
	} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("answered %v, %v", resp, err)
	}
	resp.Body.Close()
	s.awaitCount(t, 2, "SELECT count(*) FROM raw_glue_metrics")
	got := s.query(t, `SELECT metric_name, max(limno_common_attributes['env']) OVER (PARTITION BY limno_position >> 24) FROM raw_glue_metrics ORDER BY 1`)
	if diff := cmp.Diff([][]string{{"a", "prod"}, {"b", "prod"}}, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
