package simulator_test

import (
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/simulator"
)

func TestDemonstrationFleet(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	datasets, suffixes, observed, blind, unreported := map[string]bool{}, map[string]int{}, 0, 0, 0
	accounts := map[string]bool{}
	for _, j := range f.Jobs() {
		datasets[j.Dataset] = true
		suffixes[strings.TrimPrefix(j.Name, j.Dataset)]++
		accounts[j.AccountID] = true
		switch {
		case !j.Observability:
			blind++
		case !j.ReportsWritten:
			unreported++
		default:
			observed++
		}
	}
	if len(datasets) != 20 || len(f.Accounts()) != 3 || len(accounts) != 3 || accounts[f.HubAccount()] {
		t.Errorf("%d datasets, accounts %v, hub %s", len(datasets), accounts, f.HubAccount())
	}
	for _, s := range []string{"-raw-to-staged", "-staged-to-curated", "-dq"} {
		if suffixes[s] != 20 {
			t.Errorf("%d jobs end in %s", suffixes[s], s)
		}
	}
	if observed == 0 || blind == 0 || unreported == 0 {
		t.Errorf("%d jobs report everything, %d lack written records, %d have no observability metrics", observed, unreported, blind)
	}
}

func TestListOfJobsIsCut(t *testing.T) {
	whole := newFleet(t, simulator.Config{Jobs: 60}).Jobs()
	for _, n := range []int{1, 2, 4, 59} {
		jobs := newFleet(t, simulator.Config{Jobs: n}).Jobs()
		if len(jobs) != n || jobs[n-1].Name != whole[n-1].Name {
			t.Errorf("%d jobs, the last is %s, want %s", len(jobs), jobs[len(jobs)-1].Name, whole[n-1].Name)
		}
	}
	names := map[string]bool{}
	for _, j := range newFleet(t, simulator.Config{Jobs: 1000, Accounts: 7}).Jobs() {
		names[j.AccountID+j.Name] = true
	}
	if len(names) != 1000 {
		t.Errorf("%d names of 1000 jobs", len(names))
	}
}

func TestImpossibleFleets(t *testing.T) {
	for _, cfg := range []simulator.Config{{Jobs: -1}, {Jobs: 1 << 20}, {Accounts: -2}, {Accounts: 5000}} {
		if _, err := simulator.NewFleet(cfg); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%+v: %v, want %s", cfg, err, limnograph.CodeInvalid)
		}
	}
}

// Any 24 hours have at least 500 runs, several failed ones, and all kinds of incident, wherever they begin.
func TestAnyDayHasEverything(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	for h := 0; h < 14*24; h += 5 {
		from := monday().Add(time.Duration(h) * time.Hour)
		checkDay(t, f, from)
	}
	small := newFleet(t, simulator.Config{Jobs: 2, Accounts: 1})
	for d := range 14 {
		checkIncidents(t, small, monday().AddDate(0, 0, d))
	}
}

func checkDay(t *testing.T, f *simulator.Fleet, from time.Time) {
	t.Helper()
	started := 0
	for _, r := range f.Runs(from, from.AddDate(0, 0, 1)) {
		if !r.Start().Before(from) {
			started++
		}
	}
	if started < 500 {
		t.Errorf("%d runs start in the day from %v", started, from)
	}
	checkIncidents(t, f, from)
}

func checkIncidents(t *testing.T, f *simulator.Fleet, from time.Time) {
	t.Helper()
	kinds, reported := map[simulator.Incident]int{}, 0
	observed := map[string]bool{}
	for _, j := range f.Jobs() {
		observed[j.AccountID+j.Name] = j.Observability
	}
	for _, h := range f.Happenings(from, from.AddDate(0, 0, 1)) {
		kinds[h.Kind]++
		if h.Kind == simulator.IncidentFailure && observed[h.Account+h.JobName] {
			reported++
		}
	}
	for _, kind := range simulator.Incidents() {
		if kinds[kind] == 0 {
			t.Errorf("no %s in the day from %v", kind, from)
		}
	}
	if reported < 3 {
		t.Errorf("%d reported failures in the day from %v", reported, from)
	}
}

// Layers of a pipeline run one after the other, a retry follows its failure, and each reads what the layer before wrote.
func TestPipelinesAreInOrder(t *testing.T) {
	f := newFleet(t, simulator.Config{Jobs: 3})
	runs := f.Runs(monday(), monday().AddDate(0, 0, 7))
	retries, chained := 0, 0
	for _, r := range runs {
		if r.Attempt == 2 {
			retries++
			if !followsFailure(runs, r) {
				t.Errorf("%s: a retry without a failure before it", r.ID)
			}
		}
		for _, next := range runs {
			read, _ := next.Records()
			if _, written := r.Records(); next.Job.Layer == r.Job.Layer+1 && !r.Failed && !next.Failed && read == written {
				chained++
				if next.Start().Before(r.End()) {
					t.Errorf("%s starts before %s ends", next.Job.Name, r.Job.Name)
				}
			}
		}
	}
	if retries == 0 || chained < 200 {
		t.Errorf("%d retries, %d runs that read what the layer before wrote", retries, chained)
	}
}

func followsFailure(runs []simulator.Run, retry simulator.Run) bool {
	for _, r := range runs {
		pause := retry.Start().Sub(r.End())
		if r.Job == retry.Job && r.Failed && r.Attempt == 1 && r.ID != retry.ID && pause > 0 && pause < 3*time.Minute {
			return true
		}
	}
	return false
}

// Every job runs on every day, so a page over a day shows the whole fleet.
func TestEveryJobRunsEveryDay(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	for d := range 120 {
		jobs := map[string]bool{}
		for _, row := range f.Ledger([]limnograph.TimeRange{hoursOf(monday().AddDate(0, 0, d), 24)}) {
			jobs[row.JobName] = true
		}
		if len(jobs) != 60 {
			t.Errorf("%d jobs run on %s", len(jobs), monday().AddDate(0, 0, d).Format(time.DateOnly))
		}
	}
}
