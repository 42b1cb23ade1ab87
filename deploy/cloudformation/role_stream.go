package cloudformation

// firehoseRole may write one table's objects, and those that failed.
func (s Stream) firehoseRole() Role {
	table := s.Schema.Table
	return Role{
		ID: s.id() + "FirehoseRole", Title: "delivery stream of " + table,
		Service: "firehose.amazonaws.com", External: "${AWS::AccountId}",
		Statements: []Statement{
			{
				Sid: "WriteObjects", May: "write objects of " + table + " and its failed records",
				Why:     "Large objects go up in parts; those of an upload that failed are taken back.",
				Actions: []string{"s3:AbortMultipartUpload", "s3:PutObject"},
				Resources: []string{
					bucketARN + "/${KeyPrefix}landing/metrics/" + table + "/*",
					bucketARN + "/${KeyPrefix}errors/" + table + "/*",
				},
			},
			{
				Sid: "FindBucket", May: "find the bucket and its unfinished uploads",
				Why:       "Firehose looks where the bucket is and which uploads it left open.",
				Actions:   []string{"s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"},
				Resources: []string{bucketARN},
			},
			encrypt(),
			{
				Sid: "WriteLog", May: "write its delivery errors into the log",
				Why:       "They say why an object could not be written.",
				Actions:   []string{"logs:PutLogEvents"},
				Resources: []string{logGroups + firehoseLogs + ":log-stream:" + table},
			},
		},
	}
}

// metricStreamRole may hand datapoints to one delivery stream.
func (s Stream) metricStreamRole() Role {
	return Role{
		ID: s.id() + "MetricStreamRole", Title: "metric stream of " + s.Schema.Table,
		Service: "streams.metrics.cloudwatch.amazonaws.com",
		Statements: []Statement{{
			Sid: "Deliver", May: "put records into the delivery stream ${Name}-" + s.Schema.Table,
			Why:       "A metric stream has no other way out.",
			Actions:   []string{"firehose:PutRecord", "firehose:PutRecordBatch"},
			Resources: []string{"arn:${AWS::Partition}:firehose:${AWS::Region}:${AWS::AccountId}:deliverystream/${Name}-" + s.Schema.Table},
		}},
	}
}
