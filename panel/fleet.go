package panel

import (
	"cmp"
	"slices"
	"strings"

	"limnograph"
)

// Filter narrows what is shown. Empty fields match everything.
type Filter struct {
	Account string // account id, exact
	Dataset string // prefix of the dataset
	Job     string // part of the job's name, whatever the case
}

func (f Filter) match(account, jobName string) bool {
	dataset, _ := DatasetOf(jobName)
	return (f.Account == "" || f.Account == account) &&
		strings.HasPrefix(dataset, f.Dataset) &&
		strings.Contains(strings.ToLower(jobName), strings.ToLower(f.Job))
}

// Page asks for a part of the jobs.
type Page struct {
	Limit int    // 0: all
	Token string // NextPageToken of the answer before; empty: from the start
}

// Rows are what the fleet's answers are made of.
type Rows struct {
	Runs []RunRow  // of the panel Runs, read from Moment.ReadFrom to Moment.To
	Jobs []JobRow  // the inventory; nil: there is none
	Past []PastRow // what the runs of its jobs were in all
}

// BuildFleet turns rows into the fleet's answer for the window. Errors: CodeInvalid (page token).
func BuildFleet(rows Rows, m Moment, f Filter, page Page) (Fleet, error) {
	after, err := parseToken(page.Token)
	if err != nil {
		return Fleet{}, err
	}
	out := Fleet{From: m.From, To: m.To, Accounts: []string{}, Datasets: []string{}, Jobs: []Job{}}
	if !m.AsOf.IsZero() {
		out.AsOf = &m.AsOf
	}
	if !m.NewestDatapoint.IsZero() {
		out.NewestDatapoint = &m.NewestDatapoint
	}
	var jobs []Job
	for _, j := range gather(rows, m) {
		out.Accounts = append(out.Accounts, j.key.account)
		if j.dataset != "" {
			out.Datasets = append(out.Datasets, j.dataset)
		}
		if f.match(j.key.account, j.key.name) {
			jobs = append(jobs, j.wire())
			out.Summary.add(j)
		}
	}
	out.Accounts, out.Datasets = distinct(out.Accounts), distinct(out.Datasets)
	slices.SortFunc(jobs, compareJobs)
	out.Jobs, out.NextPageToken = cut(jobs, after, page.Limit)
	return out, nil
}

func compareJobs(a, b Job) int {
	return cmp.Or(
		cmp.Compare(a.Need.rank(), b.Need.rank()),
		cmp.Compare(b.RunsFailed, a.RunsFailed), // a job that recovered stands before one that never failed
		strings.Compare(a.JobName, b.JobName),
		strings.Compare(a.AccountID, b.AccountID),
		strings.Compare(a.Region, b.Region))
}

func distinct(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

func (s *Summary) add(j *job) {
	s.Jobs++
	s.Runs += len(j.shown)
	s.Failed += j.count(isFailed)
	s.Running += j.count(isRunning)
	s.Queued += j.count(isWaiting)
	s.Slow += j.count(isSlow)
	if _, late := j.overdue(); late {
		s.Late++
	}
	read, written := j.records()
	s.RecordsRead = addWhole(s.RecordsRead, read)
	s.RecordsWritten = addWhole(s.RecordsWritten, written)
}

// records sums over the shown runs; a job that reports only totals gives those. nil: not reported.
func (j *job) records() (read, written *int64) {
	for _, r := range j.shown {
		read, written = addWhole(read, r.RecordsRead), addWhole(written, r.RecordsWritten)
	}
	if len(j.runs) == 0 && j.total != nil {
		read, written = j.total.RecordsRead, j.total.RecordsWritten
	}
	return read, written
}

func (j *job) wire() Job {
	out := Job{
		AccountID: j.key.account, Region: j.key.region, JobName: j.key.name,
		Dataset: j.dataset, Layer: j.layer, RunsFailed: j.count(isFailed), Now: j.now(), Runs: make([]Run, 0, len(j.shown)),
		Deleted: j.isDeleted(), Silence: j.silence(),
	}
	out.Need, out.Reason = j.need()
	if d, ok := typicalDuration(j.runs); ok {
		s := d.Seconds()
		out.TypicalDurationS = &s
	}
	out.RecordsRead, out.RecordsWritten = j.records()
	out.RecordsReason = j.whyNoRecords(out.RecordsRead, out.RecordsWritten)
	for _, r := range j.shown {
		out.Runs = append(out.Runs, r.wire())
	}
	return out
}

// whyNoRecords takes the words of the newest run that lacks a number; where runs have none, it concludes.
func (j *job) whyNoRecords(read, written *int64) string {
	for _, r := range slices.Backward(j.shown) {
		if r.RecordsReason != "" && (read == nil || written == nil) {
			return r.RecordsReason
		}
	}
	return whyNoRecords(read, written, j.observed())
}

// observed reports whether a run's metrics told how it ended: then the job's observability metrics are on.
func (j *job) observed() bool {
	return slices.ContainsFunc(j.shown, func(r run) bool { return r.Outcome != "" })
}

func whyNoRecords(read, written *int64, observed bool) string {
	switch {
	case read == nil && written == nil:
		return "records not reported: job metrics are off, or its formats report none"
	case read == nil:
		return "records read not reported: job metrics are off, or its sources report none"
	case written == nil && observed:
		return "records written not reported: its sinks report none (JDBC, Iceberg)"
	case written == nil:
		return "records written not reported: observability metrics are off, or its sinks report none (JDBC, Iceberg)"
	default:
		return ""
	}
}

func (r *run) wire() Run {
	out := Run{
		RunID: r.RunID, Start: r.start, End: r.end, DurationS: seconds(r.duration()), State: stateText(r.State), Phase: r.phase,
		ByMetrics: r.byMetrics, Attempt: r.Attempt, ErrorCategory: textOrNil(r.ErrorCategory), ErrorClass: textOrNil(r.ErrorClass),
		Slow: r.slow, RecordsRead: r.RecordsRead, RecordsWritten: r.RecordsWritten,
	}
	if r.knowsLead {
		lead := seconds(r.lead)
		out.LeadS = &lead
	}
	return out
}

func stateText(s limnograph.RunState) string { return string(cmp.Or(s, limnograph.RunUnknown)) }

func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
