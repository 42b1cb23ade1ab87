//go:build peers

package peers_test

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// record has a limno collect what the stage's Glue runs. From now on it answers in place of the stage's own collector. With
// backfill off it looks for nothing by itself before a day has passed.
func (s *stage) record(t *testing.T, backfill string) *limnoServer {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "limno.yaml")
	settings := fmt.Sprintf(`collector: {accounts: [{account: %q, regions: [eu-west-1]}], token: %s, publish: [none], backfill: %q, sweep_every: 24h}`,
		s.account, stageToken, backfill)
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	server := serve(t, filepath.Join(dir, "data"), []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LIMNO_CONFIG=" + file, "LIMNO_AWS_ENDPOINT=" + s.URL, "LIMNO_AWS_REGION=eu-west-1",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
	})
	address, err := url.Parse(server.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(address)
		r.Out.Header.Set("Authorization", "Bearer "+stageToken) // what a connection of EventBridge keeps
	}}
	proxy.ModifyResponse = func(answer *http.Response) error {
		if answer.StatusCode != http.StatusOK {
			t.Errorf("limno answered %s to a run", answer.Status)
		}
		return nil
	}
	s.limno = proxy
	return server
}

// wantRecorded fails the test unless job_runs has the runs that were started, each once and as it ended.
func (s *stage) wantRecorded(t *testing.T, server *limnoServer) {
	t.Helper()
	s.mu.Lock()
	var want []string
	for i, run := range s.started {
		want = append(want, run.JobName+","+run.JobRunID+","+s.ended[i])
	}
	s.mu.Unlock()
	slices.Sort(want)
	var got []string
	eventually(t, "job_runs has every run", 20*time.Second, func() bool {
		got = strings.Fields(server.query(t, "SELECT job_name, job_run_id, state FROM job_runs WHERE job_name LIKE 'orders-%' ORDER BY 1, 2"))
		slices.Sort(got)
		return len(got) >= len(want)
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("runs that were started (-) and that job_runs has (+):\n%s", diff)
	}
}
