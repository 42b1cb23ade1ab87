package e2e_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fleetAnswer is what the page reads.
type fleetAnswer struct {
	Progress *struct{ Done float64 } `json:"progress"`
	Accounts []string                `json:"accounts"`
	Summary  struct{ Jobs, Runs, Failed int }
	Newest   time.Time `json:"newest_datapoint"`
}

// The demo shows the last day of 60 jobs in 3 accounts within a minute, ends cleanly, and goes on where it was.
func TestDemoShowsADayAndContinues(t *testing.T) {
	dir := t.TempDir()
	ledger := filepath.Join(dir, "ledger.csv")
	d, first := demo(t, dir, ledger)
	if first.Summary.Jobs < 60 || first.Summary.Runs < 500 || first.Summary.Failed == 0 || len(first.Accounts) != 3 {
		t.Errorf("the page shows %+v", first)
	}
	if err := d.stop(t, 30*time.Second); err != nil {
		t.Fatalf("Ctrl-C did not end cleanly: %v", err)
	}
	checkDemoLedger(t, dir, ledger)
	again, second := demo(t, dir, ledger)
	if second.Summary.Runs < first.Summary.Runs*9/10 || second.Newest.Before(first.Newest) {
		t.Errorf("the second start shows %+v after %+v", second, first)
	}
	if err := again.stop(t, 30*time.Second); err != nil {
		t.Fatal(err)
	}
	checkDemoLedger(t, dir, ledger)
}

// demo starts one and waits, at most a minute, until the page shows the whole history.
func demo(t *testing.T, dir, ledger string) (*server, fleetAnswer) {
	t.Helper()
	p := start(t, []string{"HOME=" + dir, "LIMNO_LANDING_MIN_FREE=1MiB"}, "demo", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--ledger", ledger)
	address := strings.Fields(p.line(t, "/?token=", time.Minute))
	url, token, _ := strings.Cut(address[len(address)-1], "/?token=")
	s := &server{process: p, dir: filepath.Join(dir, "data"), url: url}
	var fleet fleetAnswer
	s.await(t, "showing a day", time.Minute, func() bool {
		fleet = fleetAnswer{}
		resp := s.get(t, "/api/v1/fleet", token)
		return resp.StatusCode == http.StatusOK && json.NewDecoder(resp.Body).Decode(&fleet) == nil &&
			fleet.Progress == nil && fleet.Summary.Jobs >= 60 && fleet.Summary.Runs >= 500 && time.Since(fleet.Newest) < 10*time.Minute
	})
	return s, fleet
}

// checkDemoLedger compares the stopped directory with the truth of what was delivered. A start on another arrival day
// may deliver the batch in flight again, so the test looks at one moment's directory alone.
func checkDemoLedger(t *testing.T, dir, ledger string) {
	t.Helper()
	want := readLedger(t, ledger)
	for _, table := range sources() {
		got := queryDir(t, filepath.Join(dir, "data"), "SELECT count(*) FILTER (WHERE NOT is_total), count(*) FILTER (WHERE is_total) FROM "+table+" WHERE metric_name NOT LIKE 'glue.run.%'")
		if num(t, got[0][0]) != want.points || num(t, got[0][1]) != want.totals {
			t.Errorf("%s holds %v, the ledger says %d and %d", table, got, want.points, want.totals)
		}
	}
}
