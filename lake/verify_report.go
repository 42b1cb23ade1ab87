package lake

import (
	"cmp"
	"slices"
	"time"
)

// Bounds of what a report lists; it counts everything.
const (
	listedSeries   = 100 // differing series-hours of a table
	listedExamples = 3   // datapoints of one of them
	listedProblems = 100 // files and objects of a table
)

// Report is what Verify found.
type Report struct {
	Tables []TableReport `json:"tables"`
}

// Equal reports whether nothing differs and every file and object could be read.
func (r Report) Equal() bool {
	return !slices.ContainsFunc(r.Tables, func(t TableReport) bool { return !t.Equal() })
}

// TableReport is what Verify found about one table. What is counted apart is no difference.
type TableReport struct {
	Table      string `json:"table"`
	Snapshot   int64  `json:"snapshot"`   // the state that was compared; 0: the table is empty
	Files      int    `json:"files"`      // data and held files read
	Objects    int    `json:"objects"`    // landing objects read
	Rows       int64  `json:"rows"`       // of the table
	Statements int64  `json:"statements"` // of landing that were compared, each once
	Hours      int64  `json:"hours"`      // hours of datapoint time compared

	// Counted apart.
	Held     int64 `json:"held"`     // statements that wait for the next compaction
	Outside  int64 `json:"outside"`  // landed statements whose timestamp lies too far from their arrival
	Damaged  int64 `json:"damaged"`  // landed lines that can't be read
	Unsealed int64 `json:"unsealed"` // rows of batches that are not in a sealed object yet
	Older    int64 `json:"older"`    // rows of batches that landing does not hold any more
	Skipped  int64 `json:"skipped"`  // rows of hours that were not compared, because a file of them is damaged

	// Differences.
	Missing   int64 `json:"missing"`   // datapoints that landing has and the table has not
	Extra     int64 `json:"extra"`     // the other way round, though landing holds their batch
	Different int64 `json:"different"` // datapoints with other values than the winning statement's
	Twice     int64 `json:"twice"`     // rows beyond the first one of a datapoint

	Series       int64         `json:"series"` // series-hours that differ
	Differences  []Difference  `json:"differences"`
	Problems     []FileProblem `json:"problems"`
	ProblemCount int           `json:"problem_count"`
}

// Equal reports whether nothing of the table differs and every file and object could be read.
func (r *TableReport) Equal() bool {
	return r.Missing+r.Extra+r.Different+r.Twice == 0 && r.ProblemCount == 0
}

// FileProblem names a file or landing object that is not as it was written.
type FileProblem struct {
	Key  string `json:"key"`
	What string `json:"what"`
}

// Difference is one series in one hour.
type Difference struct {
	Hour       time.Time `json:"hour"`
	SID        int64     `json:"sid,string"`
	Namespace  string    `json:"namespace"`
	Metric     string    `json:"metric"`
	Job        string    `json:"job,omitempty"` // of tables with a column job_name
	Dimensions string    `json:"dimensions"`    // JSON text
	Missing    int64     `json:"missing"`
	Extra      int64     `json:"extra"`
	Different  int64     `json:"different"`
	Twice      int64     `json:"twice"`
	Examples   []Example `json:"examples"`
}

// Example is one datapoint that differs.
type Example struct {
	Time    time.Time `json:"time"`
	Landing *Values   `json:"landing"` // the winning statement; nil: none
	Table   *Values   `json:"table"`   // nil: no row
}

// Values are those of a row. Nil is not reported.
type Values struct {
	Max     *float64 `json:"max"`
	Min     *float64 `json:"min"`
	Sum     *float64 `json:"sum"`
	Count   *float64 `json:"count"`
	Stats   string   `json:"stats,omitempty"`
	Version int64    `json:"version,string"`
}

func (r *TableReport) problem(key, what string) {
	r.ProblemCount++
	if len(r.Problems) < listedProblems {
		r.Problems = append(r.Problems, FileProblem{key, what})
	}
}

func (r *TableReport) sort() {
	slices.SortFunc(r.Differences, func(a, b Difference) int {
		return cmp.Or(a.Hour.Compare(b.Hour), cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.SID, b.SID))
	})
	slices.SortFunc(r.Problems, func(a, b FileProblem) int { return cmp.Compare(a.Key, b.Key) })
}

// Progress says how far Verify or Rebuild is with a table.
type Progress struct {
	Table string `json:"table"`
	Doing string `json:"doing"` // in words
	Done  int64  `json:"done"`  // rows and lines
	Total int64  `json:"total"` // about
}
