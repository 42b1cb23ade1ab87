package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"limnograph/cmd/limno/internal/config"
)

// The lake folder is deleted while the server runs, once before and once after it has grown again: what was acknowledged is
// visible again without a restart.
func TestADeletedLakeComesBackWhileTheServerRuns(t *testing.T) {
	cfg := config.Default(t.TempDir())
	cfg.Listen, cfg.Token, cfg.Firehose.AccessKey = "127.0.0.1:0", "t", "k"
	cfg.Landing.MinFree, cfg.Lake.CommitEvery = 0, config.Duration(200*time.Millisecond)
	s := startServer(t, cfg)
	for i := range 3 {
		line := fmt.Sprintf(`{"metric_stream_name":"m","account_id":"111122223333","region":"eu-west-1","namespace":"Acme","metric_name":"Up","dimensions":{},"timestamp":%d,"value":{"max":1,"min":1,"sum":1,"count":1},"unit":"Count"}`+"\n",
			time.Now().Add(-time.Duration(i)*time.Minute).UnixMilli())
		s.ask(t, http.MethodPost, "/firehose/v1/s", fmt.Sprintf(`{"requestId":"1","records":[{"data":%q}]}`, base64.StdEncoding.EncodeToString([]byte(line))), http.StatusOK)
		for !s.answers(t, "SELECT count(*) AS n FROM other_metrics", fmt.Sprint(i+1)) {
			time.Sleep(20 * time.Millisecond)
		}
		if err := os.RemoveAll(filepath.Join(cfg.Data, "lake")); err != nil && !strings.Contains(err.Error(), "not empty") {
			t.Fatal(err)
		}
	}
	for !s.answers(t, "SELECT count(*) AS n FROM other_metrics", "3") {
		time.Sleep(20 * time.Millisecond)
	}
	s.stop()
	if err := <-s.done; err != nil {
		t.Fatalf("run: %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// answers reports whether a query has one value, which is want.
func (s *runningServer) answers(t *testing.T, sql, want string) bool {
	t.Helper()
	if err := t.Context().Err(); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"sql": sql})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, s.url()+"/api/v1/query", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer t")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode == http.StatusOK && strings.Contains(string(content), "["+want+"]")
}
