package panel

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Inventory is the answer about jobs, whether they run or not.
type Inventory struct {
	Jobs          []InventoryJob `json:"jobs" nullable:"false"`
	NextPageToken *string        `json:"next_page_token"`
}

// InventoryJob is one job of the inventory. null means not reported.
type InventoryJob struct {
	AccountID      string            `json:"account_id"`
	Region         string            `json:"region"`
	JobName        string            `json:"job_name"`
	Deleted        bool              `json:"deleted" doc:"the inventory misses it"`
	DeletedAt      *time.Time        `json:"deleted_at" doc:"when that was seen"`
	JobType        *string           `json:"job_type"`
	GlueVersion    *string           `json:"glue_version"`
	WorkerType     *string           `json:"worker_type"`
	Workers        *int64            `json:"workers"`
	MaxCapacity    *float64          `json:"max_capacity" doc:"DPU"`
	ExecutionClass *string           `json:"execution_class"`
	TimeoutMin     *int64            `json:"timeout_min"`
	MaxRetries     *int64            `json:"max_retries"`
	MaxConcurrent  *int64            `json:"max_concurrent"`
	AutoScaling    *bool             `json:"auto_scaling"`
	Metrics        *bool             `json:"metrics_enabled" doc:"its default arguments switch metrics on"`
	Observability  *bool             `json:"observability_enabled" doc:"its default arguments switch observability metrics on"`
	Tags           map[string]string `json:"tags"`
	CreatedAt      *time.Time        `json:"created_at"`
	ModifiedAt     *time.Time        `json:"modified_at"`
	FirstSeenAt    *time.Time        `json:"first_seen_at"`
	ObservedAt     *time.Time        `json:"observed_at" doc:"when the inventory last told of it"`
	Runs           int64             `json:"runs" doc:"of the last 90 days"`
	LastBegin      *time.Time        `json:"last_begin" doc:"of the newest run of the last 90 days"`
	Silence        *SilenceNote      `json:"silence" doc:"why it has no metrics; null when it has some"`
}

// BuildInventory turns the rows of the panels Jobs and JobPast into the answer, by name, account and Region. Errors:
// CodeInvalid (page token).
func BuildInventory(jobs []JobRow, past []PastRow, f Filter, page Page) (Inventory, error) {
	after, err := parseToken(page.Token)
	if err != nil {
		return Inventory{}, err
	}
	byKey := make(map[jobKey]PastRow, len(past))
	for _, p := range past {
		byKey[jobKey{p.AccountID, p.Region, p.JobName}] = p
	}
	out := Inventory{Jobs: []InventoryJob{}}
	for _, j := range jobs {
		key := jobKey{j.AccountID, j.Region, j.JobName}
		if f.match(j.AccountID, j.JobName) && compareKeys(key, jobKey{after.Account, after.Region, after.Job}) > 0 {
			out.Jobs = append(out.Jobs, j.wire(byKey[key]))
		}
	}
	slices.SortFunc(out.Jobs, func(a, b InventoryJob) int { return compareKeys(a.key(), b.key()) })
	if page.Limit > 0 && len(out.Jobs) > page.Limit {
		out.Jobs = out.Jobs[:page.Limit]
		last := out.Jobs[page.Limit-1]
		token := pageKey{Job: last.JobName, Account: last.AccountID, Region: last.Region}.token()
		out.NextPageToken = &token
	}
	return out, nil
}

func (j InventoryJob) key() jobKey { return jobKey{j.AccountID, j.Region, j.JobName} }

func compareKeys(a, b jobKey) int {
	return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.account, b.account), strings.Compare(a.region, b.region))
}

func (j JobRow) wire(past PastRow) InventoryJob {
	out := InventoryJob{
		AccountID: j.AccountID, Region: j.Region, JobName: j.JobName, Deleted: j.Deleted, DeletedAt: timeOrNil(j.DeletedAt),
		JobType: textOrNil(j.Type), GlueVersion: textOrNil(j.GlueVersion), WorkerType: textOrNil(j.WorkerType), Workers: j.Workers,
		MaxCapacity: j.MaxCapacity, ExecutionClass: textOrNil(j.ExecutionClass), TimeoutMin: j.TimeoutMin, MaxRetries: j.MaxRetries,
		MaxConcurrent: j.MaxConcurrent, AutoScaling: j.AutoScaling, Metrics: j.Metrics, Observability: j.Observability,
		CreatedAt: timeOrNil(j.CreatedAt), ModifiedAt: timeOrNil(j.ModifiedAt), FirstSeenAt: timeOrNil(j.FirstSeenAt),
		ObservedAt: timeOrNil(j.ObservedAt), Runs: past.Runs, LastBegin: timeOrNil(past.LastBegin),
	}
	if json.Unmarshal([]byte(j.Tags), &out.Tags) != nil {
		out.Tags = nil // a text that is no object of texts names no tags
	}
	if reason, remedy := Silence(j, past); reason != "" {
		out.Silence = &SilenceNote{Reason: reason, Remedy: remedy}
	}
	return out
}
