package simulator

import (
	"cmp"
	"slices"
	"time"

	"limnograph"
)

func sortedRuns(runs []RunTruth) []RunTruth {
	slices.SortFunc(runs, func(a, b RunTruth) int {
		return cmp.Or(compareKeys(a.JobKey, b.JobKey), a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.RunID, b.RunID))
	})
	return runs
}

// sortedJobs sorts the jobs and leaves those out that exist at no time of [from, until).
func sortedJobs(jobs []JobTruth, from, until time.Time) []JobTruth {
	jobs = slices.DeleteFunc(jobs, func(j JobTruth) bool {
		return !j.CreatedAt.Before(until) || !j.DeletedAt.IsZero() && !j.DeletedAt.After(from)
	})
	slices.SortFunc(jobs, func(a, b JobTruth) int { return compareKeys(a.JobKey, b.JobKey) })
	return jobs
}

func compareKeys(a, b limnograph.JobKey) int {
	return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Region, b.Region), cmp.Compare(a.JobName, b.JobName))
}
