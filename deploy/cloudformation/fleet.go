package cloudformation

import (
	"cmp"
	"fmt"

	"limnograph"
)

// Fleet is what is watched, in one account and Region. Zero fields take the values of a middle-sized fleet.
type Fleet struct {
	Jobs          int     // Glue jobs that run; 0: 100
	RunsPerDay    float64 // of each job; 0: 24
	MinutesPerRun float64 // 0: 10
	Executors     int     // of each run; 0: 9
	Observability bool    // jobs have observability metrics too
	Locations     int     // sources and sinks of a job, for observability's throughput metrics; 0: 2
	Accounts      int     // accounts with a stack of their own; 0: 1. The fleet above is that of each
	KeptMonths    float64 // how long landed objects are kept; 0: 12
	QueriesPerDay float64 // on Athena; 0: 100
	DaysPerQuery  float64 // arrival days that a query reads; 0: 1
	// Publish names the metrics that are published about each run, as Kinds does; "none": none. Nil: status and duration,
	// the default of the template.
	Publish []string
	Prices  Prices // zero: ListPrices
}

// bigFleet bounds what a plan computes with; a larger one is a mistake in a unit.
const bigFleet = 1e7

func (f Fleet) withDefaults() (Fleet, error) {
	f.Jobs, f.Executors, f.Locations, f.Accounts = cmp.Or(f.Jobs, 100), cmp.Or(f.Executors, 9), cmp.Or(f.Locations, 2), cmp.Or(f.Accounts, 1)
	f.RunsPerDay, f.MinutesPerRun, f.KeptMonths = cmp.Or(f.RunsPerDay, 24), cmp.Or(f.MinutesPerRun, 10), cmp.Or(f.KeptMonths, 12)
	f.QueriesPerDay, f.DaysPerQuery = cmp.Or(f.QueriesPerDay, 100), cmp.Or(f.DaysPerQuery, 1)
	if f.Publish == nil {
		f.Publish = []string{"status", "duration"}
	}
	if _, _, err := f.published(); err != nil {
		return f, err
	}
	for name, n := range map[string]float64{
		"jobs": float64(f.Jobs), "runs per day": f.RunsPerDay, "minutes per run": f.MinutesPerRun, "executors": float64(f.Executors),
		"locations": float64(f.Locations), "accounts": float64(f.Accounts), "months": f.KeptMonths, "queries per day": f.QueriesPerDay, "days per query": f.DaysPerQuery,
	} {
		if !(n > 0 && n <= bigFleet) {
			return f, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "plan", Message: fmt.Sprintf("%s %s of a fleet: use a number from above 0 to %s", number(n), name, Figure(bigFleet))}
		}
	}
	if f.Prices.Region != "" || len(f.Prices.list) > 0 {
		return f, nil
	}
	prices, err := ListPrices()
	f.Prices = prices
	return f, err
}
