package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/config"
	"limnograph/mem"
	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

// Jobs and runs of other accounts are read under the roles that these have made, with the external id that their trust
// policies ask for; each role is assumed once. A role that can't be assumed fails the search in words, and nobody else's.
func TestOtherAccountsAreReadUnderTheirRoles(t *testing.T) {
	fleet, err := simulator.NewFleet(simulator.Config{Jobs: 6, Accounts: 3})
	if err != nil {
		t.Fatal(err)
	}
	api, err := glueapi.New(fleet, glueapi.Config{From: time.Now().Add(-72 * time.Hour), RequireRole: true, RoleName: "limno", ExternalID: "ext"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	own, roles := fleet.HubAccount(), []string{"arn:aws:iam::999999999999:role/nobody"}
	want, regions := map[string]bool{}, map[string]bool{}
	for _, job := range fleet.Jobs() {
		want[job.AccountID+" "+job.Region+" "+job.Name], regions[job.Region] = true, true
	}
	for _, account := range fleet.Accounts() {
		if account != own {
			roles = append(roles, "arn:aws:iam::"+account+":role/limno")
		}
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": fleet.Jobs()[0].Region, "AWS_ACCESS_KEY_ID": "AKIA" + own, "AWS_SECRET_ACCESS_KEY": "x", "AWS_MAX_ATTEMPTS": "1",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "", "AWS_SESSION_TOKEN": "",
	} {
		t.Setenv(name, value)
	}
	w := &world{t: t, store: mem.New()}
	f := w.over(map[string]string{
		"LIMNO_ACCOUNT": own, "LIMNO_COLLECT_ROLES": strings.Join(roles, ","), "LIMNO_COLLECT_EXTERNAL_ID": "ext", "LIMNO_COLLECT_TAGS": "off", "LIMNO_PUBLISH": "none",
		"LIMNO_COLLECT_REGIONS": strings.Join(slices.Collect(maps.Keys(regions)), ","),
	})
	_, err = f.call(t, `{"mode":"schedule"}`)
	if err == nil || !strings.Contains(err.Error(), "999999999999 in ") || !strings.Contains(err.Error(), "role/nobody") {
		t.Errorf("the search ended with %v", err)
	}
	for _, table := range []string{limnograph.JobsTable, limnograph.RunsTable} {
		got := map[string]bool{}
		_, records := w.landed(table)
		for _, r := range records {
			if job := fmt.Sprint(r["account_id"], " ", r["region"], " ", r["job_name"]); want[job] { // others emit no metrics
				got[job] = true
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-of the fleet +landed):\n%s", table, diff)
		}
	}
	if n := api.Calls()["AssumeRole"]; n != len(roles)*len(regions) {
		t.Errorf("roles were assumed %d times, want each of %d once in each of %d Regions", n, len(roles), len(regions))
	}
}

// over returns the function over the AWS of the environment and the world's bucket.
func (w *world) over(env map[string]string) *collectFunction {
	w.t.Helper()
	env["LIMNO_LAMBDA_MODE"] = "collect"
	s, err := readSettings(with(env))
	if err != nil {
		w.t.Fatal(err)
	}
	clients, err := config.Load(w.t.Context(), config.Config{})
	if err != nil {
		w.t.Fatal(err)
	}
	f, counts := &collectFunction{}, &tally{}
	targets, err := targetsOf(clients, s.collect, counts)
	if err != nil {
		w.t.Fatal(err)
	}
	f.collecting, err = assemble(s, targets, w.store, counts, slog.New(slog.NewJSONHandler(&f.stderr, nil)), &bytes.Buffer{})
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}
