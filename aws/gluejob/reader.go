package gluejob

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"

	"limnograph"
)

// The most that a page may hold: of runs by the API's limit, of jobs so that an answer stays small.
const (
	runsPerPage = 200
	jobsPerPage = 200
)

// Config says whose Glue API is asked. The account is not found out: it is part of every answer's key.
type Config struct {
	AccountID string // 12 digits
	Region    string // empty: that of the SDK's configuration
	// Arguments names the job arguments that may be told, with or without their two dashes; empty: none.
	Arguments []string
	Now       func() time.Time       // for the time of an answer; nil: time.Now
	Calls     func(operation string) // called for each request that is sent, repeated ones too; nil: nobody counts
}

func (c Config) withDefaults(cfg aws.Config) Config {
	if c.Region == "" {
		c.Region = cfg.Region
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Calls == nil {
		c.Calls = func(string) {}
	}
	return c
}

// Reader asks the Glue API of one account and Region. It is safe for concurrent use.
type Reader struct {
	cfg     Config
	allowed map[string]bool // names of arguments without dashes
	client  *glue.Client
}

var _ limnograph.GlueReader = (*Reader)(nil)

// New returns a reader. It makes no call.
func New(cfg aws.Config, opt Config) *Reader {
	r := &Reader{cfg: opt.withDefaults(cfg), allowed: make(map[string]bool, len(opt.Arguments))}
	for _, name := range opt.Arguments {
		r.allowed[bare(name)] = true
	}
	r.client = glue.NewFromConfig(cfg, func(o *glue.Options) {
		o.Region = r.cfg.Region
		o.APIOptions = append(o.APIOptions[:len(o.APIOptions):len(o.APIOptions)], counting(r.cfg.Calls))
	})
	return r
}

// Run returns a run. Errors: CodeInvalid (Glue takes no such name), CodeNotFound (job or run), CodeForbidden,
// CodeUnauthorized, CodeUnavailable, CodeTimeout.
func (r *Reader) Run(ctx context.Context, job, run string) (limnograph.JobRun, error) {
	about := question{op: "read job run", action: "glue:GetJobRun", about: "run " + run + " of job " + job}
	out, err := r.client.GetJobRun(ctx, &glue.GetJobRunInput{JobName: &job, RunId: &run})
	if err != nil {
		return limnograph.JobRun{}, about.explain(ctx, err)
	}
	if out.JobRun == nil || aws.ToString(out.JobRun.Id) != run {
		return limnograph.JobRun{}, about.strange("the answer is not about that run")
	}
	return r.runOf(*out.JobRun, job), nil
}

// Runs returns one page of a job's runs, the newest first, 200 at most, and the token of the next one. Errors: as Run.
func (r *Reader) Runs(ctx context.Context, job, token string) (runs []limnograph.JobRun, next string, err error) {
	about := question{op: "list job runs", action: "glue:GetJobRuns", about: "job " + job}
	out, err := r.client.GetJobRuns(ctx, &glue.GetJobRunsInput{JobName: &job, MaxResults: aws.Int32(runsPerPage), NextToken: optional(token)})
	if err != nil {
		return nil, "", about.explain(ctx, err)
	}
	for _, one := range out.JobRuns {
		if aws.ToString(one.Id) == "" {
			return nil, "", about.strange("a run in the answer has no id")
		}
		runs = append(runs, r.runOf(one, job))
	}
	return runs, aws.ToString(out.NextToken), nil
}

// Jobs returns one page of the jobs without their tags, 200 at most, and the token of the next one. Errors: CodeForbidden,
// CodeUnauthorized, CodeUnavailable, CodeTimeout; CodeInvalid (a token that Glue does not know any more).
func (r *Reader) Jobs(ctx context.Context, token string) (jobs []limnograph.Job, next string, err error) {
	about := question{op: "list jobs", action: "glue:GetJobs", about: r.place()}
	out, err := r.client.GetJobs(ctx, &glue.GetJobsInput{MaxResults: aws.Int32(jobsPerPage), NextToken: optional(token)})
	if err != nil {
		return nil, "", about.explain(ctx, err)
	}
	for _, one := range out.Jobs {
		if aws.ToString(one.Name) == "" {
			return nil, "", about.strange("a job in the answer has no name")
		}
		jobs = append(jobs, r.jobOf(one))
	}
	return jobs, aws.ToString(out.NextToken), nil
}

// Tags returns the tags of a job; never nil. Errors: CodeNotFound, as Jobs.
func (r *Reader) Tags(ctx context.Context, job string) (map[string]string, error) {
	about := question{op: "read tags", action: "glue:GetTags", about: "job " + job}
	out, err := r.client.GetTags(ctx, &glue.GetTagsInput{ResourceArn: aws.String(r.arn(job))})
	if err != nil {
		return nil, about.explain(ctx, err)
	}
	if out.Tags == nil {
		return map[string]string{}, nil
	}
	return out.Tags, nil
}

// place names the account and Region, for messages.
func (r *Reader) place() string { return "account " + r.cfg.AccountID + " in " + r.cfg.Region }

// arn names a job as tags know it.
func (r *Reader) arn(job string) string {
	return "arn:" + partition(r.cfg.Region) + ":glue:" + r.cfg.Region + ":" + r.cfg.AccountID + ":job/" + job
}

// partition is the first part of the ARNs of a Region.
func partition(region string) string {
	for _, p := range []struct{ prefix, name string }{
		{"cn-", "aws-cn"},
		{"us-gov-", "aws-us-gov"},
		{"us-isob-", "aws-iso-b"},
		{"us-isof-", "aws-iso-f"},
		{"eu-isoe-", "aws-iso-e"},
		{"us-iso-", "aws-iso"},
		{"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.name
		}
	}
	return "aws"
}

func optional(token string) *string {
	if token == "" {
		return nil
	}
	return &token
}
