package gluejob

import (
	"cmp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"limnograph"
)

// runOf translates an answer about a run of a job.
func (r *Reader) runOf(a types.JobRun, job string) limnograph.JobRun {
	return limnograph.JobRun{
		RunKey:     limnograph.RunKey{JobKey: r.key(cmp.Or(aws.ToString(a.JobName), job)), RunID: aws.ToString(a.Id)},
		Source:     limnograph.FromAPI,
		ObservedAt: r.cfg.Now().UTC(),
		State:      stateOf(a.JobRunState),

		Attempt: aws.Int64(int64(a.Attempt)), PreviousRunID: aws.ToString(a.PreviousRunId), TriggerName: aws.ToString(a.TriggerName),
		StartedAt: moment(a.StartedOn), CompletedAt: moment(a.CompletedOn), ModifiedAt: moment(a.LastModifiedOn),
		ExecutionS: executionOf(a), DPUSeconds: a.DPUSeconds,
		MaxCapacity: capacityOf(a.MaxCapacity, a.AllocatedCapacity), //nolint:staticcheck // runs of long ago have nothing else
		Workers:     wide(a.NumberOfWorkers), WorkerType: string(a.WorkerType), ExecutionClass: string(a.ExecutionClass),
		GlueVersion: aws.ToString(a.GlueVersion), JobMode: string(a.JobMode), TimeoutMin: wide(a.Timeout),
		AutoScaling: ofRun(a.Arguments, argumentAutoScaling), Arguments: r.told(a.Arguments),
		ErrorMessage: aws.ToString(a.ErrorMessage), SecurityProfile: aws.ToString(a.SecurityConfiguration), LogGroup: aws.ToString(a.LogGroupName),
	}
}

func (r *Reader) key(job string) limnograph.JobKey {
	return limnograph.JobKey{AccountID: r.cfg.AccountID, Region: r.cfg.Region, JobName: job}
}

// stateOf takes a state that Glue has added as it is; one that is missing is unknown.
func stateOf(state types.JobRunState) limnograph.RunState {
	return cmp.Or(limnograph.RunState(state), limnograph.RunUnknown)
}

// executionOf is the time in which the run used resources. Glue says 0 until the run has ended, which is no report; of an
// ended run 0 is one, as when it was stopped while it was queued.
func executionOf(a types.JobRun) *int64 {
	if a.ExecutionTime == 0 && !stateOf(a.JobRunState).IsTerminal() {
		return nil
	}
	return aws.Int64(int64(a.ExecutionTime))
}

// capacityOf prefers the present field to the one of old jobs, whose 0 is no report.
func capacityOf(maximum *float64, allocated int32) *float64 {
	if maximum != nil || allocated == 0 {
		return maximum
	}
	return aws.Float64(float64(allocated))
}

func wide(n *int32) *int64 {
	if n == nil {
		return nil
	}
	return aws.Int64(int64(*n))
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
