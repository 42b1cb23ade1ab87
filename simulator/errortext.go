package simulator

import (
	"fmt"
	"strings"
)

const errorTimeout = "TIMEOUT_ERROR"

// timeoutText is Glue's message of a run in TIMEOUT.
func timeoutText(minutes int64) string {
	return fmt.Sprintf("Job run exceeded the timeout of %d minutes", minutes)
}

// errorText is a message as Glue gives it for a failure of that category. One in four holds a secret or an address that
// must not be shown: texts of drivers are like that.
func errorText(category, job string, s *source) string {
	texts := errorTexts(category)
	text, leak := texts[s.within(0, len(texts)-1)], s.within(0, 3)
	text = strings.ReplaceAll(text, "{job}", job)
	return text + [...]string{"", "", "", leakOf(s)}[leak]
}

func leakOf(s *source) string {
	return [...]string{
		"; url: jdbc:postgresql://db.northlake.internal:5432/sales?user=etl&password=" + secretOf(s.key),
		" (Authorization: Bearer " + secretOf(s.key) + ")",
		", properties: {user=etl, password=" + secretOf(s.key) + ", ssl=true}",
	}[s.within(0, 2)]
}

func errorTexts(category string) []string {
	const task = "An error occurred while calling o142.pyWriteDynamicFrame. Job aborted due to stage failure: Task 17 in stage 9.0 failed 4 times, most recent failure: Lost task 17.3 in stage 9.0 (TID 412) (172.34.11.8 executor 3): "
	switch category {
	case "OUT_OF_MEMORY_ERROR":
		return []string{
			task + "ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: Container killed by YARN for exceeding memory limits. 10.4 GB of 10 GB physical memory used.",
			"java.lang.OutOfMemoryError: Java heap space",
			"Command failed with exit code 10: Exception in User Class: java.lang.OutOfMemoryError : GC overhead limit exceeded",
		}
	case "S3_ERROR":
		return []string{
			task + "com.amazonaws.services.s3.model.AmazonS3Exception: Internal Error (Service: Amazon S3; Status Code: 500; Error Code: InternalError)",
			"AnalysisException: Path does not exist: s3://northlake-raw/{job}/",
		}
	case "CONNECTION_ERROR":
		return []string{
			"An error occurred while calling o98.getDynamicFrame. The connection attempt failed.",
			"Py4JJavaError: An error occurred while calling o81.load. : java.net.SocketTimeoutException: connect timed out",
		}
	case "THROTTLING_ERROR":
		return []string{
			task + "com.amazonaws.services.s3.model.AmazonS3Exception: Please reduce your request rate. (Service: Amazon S3; Status Code: 503; Error Code: SlowDown)",
			"An error occurred (ThrottlingException) when calling the GetPartitions operation (reached max retries: 4): Rate exceeded",
		}
	case "QUERY_ERROR":
		return []string{
			"AnalysisException: Column 'customer_ref' does not exist. Did you mean one of the following? [customer_id, order_id]; line 3 pos 9",
			"ParseException: Syntax error at or near 'FORM'(line 1, pos 9)",
		}
	case "PERMISSION_ERROR":
		return []string{
			"An error occurred (AccessDeniedException) when calling the GetTable operation: User: arn:aws:sts::111122223333:assumed-role/northlake-glue/GlueJobRunnerSession is not authorized to perform: glue:GetTable",
			task + "com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)",
		}
	}
	return []string{
		"SparkException: Job aborted due to stage failure: Task 4 in stage 21.0 failed 4 times",
		"Command failed with exit code 1",
	}
}
