package cloudformation

const (
	collectID = "CollectRole"
	// collects is the condition of the template under which runs are collected at all, hasRoles that under which other
	// accounts are asked.
	collects = "CollectsRuns"
	hasRoles = "HasCollectRoles"
)

// collectRole may read what Glue knows of jobs and runs, and write what it has read.
func collectRole() Role {
	jobs := "arn:${AWS::Partition}:glue:*:${AWS::AccountId}:job/*"
	state := bucketARN + "/${KeyPrefix}state/collector.json"
	return Role{
		ID: collectID, Title: "collecting function", Service: "lambda.amazonaws.com", When: collects,
		Statements: []Statement{
			{
				Sid: "ReadRuns", May: "read job runs, and the tags of jobs",
				Why:     "It asks about each run that an event, an orchestrator or a listing names.",
				Actions: []string{"glue:GetJobRun", "glue:GetJobRuns", "glue:GetTags"}, Resources: []string{jobs},
			},
			{
				Sid: "ListJobs", May: "list jobs",
				Why:     "A new job is found by listing, which IAM does not tie to single jobs.",
				Actions: []string{"glue:GetJobs"}, Resources: []string{"*"},
			},
			{
				Sid: "Publish", May: "publish metrics into the namespace Glue",
				Why:     "State and duration of a run are no metrics of Glue's own. IAM ties this to a namespace, not to a resource.",
				Actions: []string{"cloudwatch:PutMetricData"}, Resources: []string{"*"},
				Conditions: []Condition{{Operator: "StringEquals", Key: "cloudwatch:namespace", Values: []string{"Glue"}}},
			},
			{
				Sid: "WriteRecords", May: "write run records, metrics that come too late for the stream, and its own state",
				Why:       "Run records are the truth about runs; the state says how far the listings have come.",
				Actions:   []string{"s3:PutObject"},
				Resources: []string{bucketARN + "/${KeyPrefix}landing/runs/*", bucketARN + "/${KeyPrefix}landing/metrics/glue_metrics/*", state},
			},
			{
				Sid: "ReadState", May: "read its own state",
				Why:     "It goes on where it ended.",
				Actions: []string{"s3:GetObject"}, Resources: []string{state},
			},
			{
				Sid: "MissState", May: "list its own state",
				Why:     "Only to who may list does S3 say that there is no state yet, rather than that it is forbidden.",
				Actions: []string{"s3:ListBucket"}, Resources: []string{bucketARN},
				Conditions: []Condition{{Operator: "StringLikeIfExists", Key: "s3:prefix", Values: []string{"${KeyPrefix}state/*"}}},
			},
			{
				Sid: "AssumeRoles", May: "assume the roles of CollectRoles",
				Why:     "Jobs of other accounts are read, and their metrics published, under roles that these accounts have made for it.",
				Actions: []string{"sts:AssumeRole"}, Resources: []string{"${CollectRoles}"}, Listed: "CollectRoles", When: hasRoles,
			},
			encrypt(),
			writeLogs("${Name}-collect"),
		},
	}
}
