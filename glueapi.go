package limnograph

import "context"

// RunReader asks the Glue API of one account and Region about runs. Every call is one or more requests there.
type RunReader interface {
	// Run returns a run. Errors: CodeNotFound (job or run), CodeForbidden, CodeUnavailable (throttled, in trouble),
	// CodeTimeout.
	Run(ctx context.Context, job, run string) (JobRun, error)
	// Runs returns one page of a job's runs, the newest first, and the token of the next page; "": it was the last. Errors:
	// as Run.
	Runs(ctx context.Context, job, token string) (runs []JobRun, next string, err error)
}

// JobReader asks the Glue API of one account and Region about jobs.
type JobReader interface {
	// Jobs returns one page of the jobs without their tags, and the token of the next page; "": it was the last. Errors:
	// CodeForbidden, CodeUnavailable, CodeTimeout.
	Jobs(ctx context.Context, token string) (jobs []Job, next string, err error)
	// Tags returns the tags of a job; never nil. Errors: CodeNotFound, as Jobs.
	Tags(ctx context.Context, job string) (map[string]string, error)
}

// GlueReader asks the Glue API of one account and Region.
type GlueReader interface {
	RunReader
	JobReader
}

// MetricWriter publishes custom metrics into one account and Region.
type MetricWriter interface {
	// Put publishes datapoints, which have the namespace, name, dimensions, time, statistics and unit that they are to get
	// there; after an error some may have been published. Errors: CodeInvalid (one that CloudWatch would refuse: nothing
	// was published), CodeForbidden, CodeUnavailable, CodeTimeout.
	Put(ctx context.Context, points []Datapoint) error
}
