package gluejob

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"limnograph"
)

// jobOf translates an answer about a job. Its tags are asked for one by one.
func (r *Reader) jobOf(a types.Job) limnograph.Job {
	job := limnograph.Job{
		JobKey: r.key(aws.ToString(a.Name)), ObservedAt: r.cfg.Now().UTC(), Exists: true,
		GlueVersion: aws.ToString(a.GlueVersion), WorkerType: string(a.WorkerType), Workers: wide(a.NumberOfWorkers),
		MaxCapacity:    capacityOf(a.MaxCapacity, a.AllocatedCapacity), //nolint:staticcheck // jobs of long ago have nothing else
		ExecutionClass: string(a.ExecutionClass),
		TimeoutMin:     wide(a.Timeout), MaxRetries: aws.Int64(int64(a.MaxRetries)),
		AutoScaling: aws.Bool(isTrue(a.DefaultArguments, argumentAutoScaling)), Metrics: aws.Bool(isThere(a.DefaultArguments, argumentMetrics)),
		Observability: aws.Bool(isTrue(a.DefaultArguments, argumentObservability)), Arguments: r.told(a.DefaultArguments),
		CreatedAt: moment(a.CreatedOn), ModifiedAt: moment(a.LastModifiedOn),
	}
	if a.Command != nil {
		job.Type, job.ScriptLocation = aws.ToString(a.Command.Name), aws.ToString(a.Command.ScriptLocation)
	}
	if a.ExecutionProperty != nil {
		job.MaxConcurrent = aws.Int64(int64(a.ExecutionProperty.MaxConcurrentRuns))
	}
	return job
}
