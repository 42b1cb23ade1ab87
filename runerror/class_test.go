package runerror_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/runerror"
)

func TestClassifyByText(t *testing.T) {
	const task = "An error occurred while calling o142.pyWriteDynamicFrame. Job aborted due to stage failure: Task 17 in stage 9.0 failed 4 times, most recent failure: Lost task 17.3 in stage 9.0 (TID 412) (10.0.11.8 executor 3): "
	for _, tc := range []struct{ text, category, class string }{
		{task + "ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: Container killed by YARN for exceeding memory limits. 10.4 GB of 10 GB physical memory used.", "OUT_OF_MEMORY_ERROR", "executor_out_of_memory"},
		{task + "ExecutorLostFailure (executor 3 exited) Reason: Command exited with code: 137", "OUT_OF_MEMORY_ERROR", "executor_out_of_memory"},
		{task + "java.lang.OutOfMemoryError: Java heap space", "OUT_OF_MEMORY_ERROR", "executor_out_of_memory"},
		{"Command failed with exit code 10: Exception in User Class: java.lang.OutOfMemoryError : GC overhead limit exceeded", "OUT_OF_MEMORY_ERROR", "driver_out_of_memory"},
		{"java.lang.OutOfMemoryError: Java heap space", "OUT_OF_MEMORY_ERROR", "out_of_memory"},
		{"Total size of serialized results is bigger than spark.driver.maxResultSize (1024.0 MiB)", "OUT_OF_MEMORY_ERROR", "driver_result_too_large"},
		{task + "java.io.IOException: No space left on device", "DISK_NO_SPACE_ERROR", "disk_full"},
		{"An error occurred (ThrottlingException) when calling the GetPartitions operation (reached max retries: 4): Rate exceeded", "THROTTLING_ERROR", "throttled"},
		{task + "com.amazonaws.services.s3.model.AmazonS3Exception: Please reduce your request rate. (Service: Amazon S3; Status Code: 503; Error Code: SlowDown)", "THROTTLING_ERROR", "throttled"},
		{"ConcurrentRunsExceededException: Concurrent runs exceeded for load", "LAUNCH_ERROR", "too_many_runs"},
		{"ResourceNumberLimitExceededException: Failed to allocate", "LAUNCH_ERROR", "quota_exceeded"},
		{"The specified subnet does not have enough free addresses to satisfy the request.", "LAUNCH_ERROR", "subnet_full"},
		{"Resource unavailable: Flex capacity", "LAUNCH_ERROR", "no_capacity"},
		{task + "com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)", "PERMISSION_ERROR", "missing_permission"},
		{"An error occurred (AccessDeniedException) when calling the GetTable operation: User: x is not authorized to perform: glue:GetTable", "PERMISSION_ERROR", "missing_permission"},
		{"AccessDeniedException: Insufficient Lake Formation permission(s) on orders", "LAKEFORMATION_ERROR", "missing_permission"},
		{"java.sql.SQLException: Access denied for user 'etl'@'10.0.0.1' (using password: YES)", "CONNECTION_ERROR", "bad_credentials"},
		{"The provided token is expired: ExpiredTokenException", "PERMISSION_ERROR", "bad_credentials"},
		{"User is not authorized to perform: kms:Decrypt on the resource", "PERMISSION_ERROR", "missing_key_permission"},
		{"AmazonS3Exception: The specified bucket does not exist (Error Code: NoSuchBucket)", "S3_ERROR", "missing_bucket"},
		{"AnalysisException: Path does not exist: s3://northlake-raw/orders/", "S3_ERROR", "missing_data"},
		{"FileNotFoundError: [Errno 2] No such file or directory: '/tmp/x'", "RESOURCE_NOT_FOUND_ERROR", "missing_data"},
		{"EntityNotFoundException: Entity Not Found (Service: AWSGlue; Status Code: 400)", "RESOURCE_NOT_FOUND_ERROR", "missing_table"},
		{"AnalysisException: Table or view not found: orders; line 1 pos 14", "QUERY_ERROR", "missing_table"},
		{"AnalysisException: Column 'customer_ref' does not exist. Did you mean one of the following? [customer_id, order_id]; line 3 pos 9", "QUERY_ERROR", "missing_column"},
		{"ParseException: Syntax error at or near 'FORM'(line 1, pos 9)", "QUERY_ERROR", "bad_query"},
		{"AnalysisException: expression is not aggregated", "QUERY_ERROR", "bad_query"},
		{"SchemaColumnConvertNotSupportedException: column: [a], physicalType: INT32", "QUERY_ERROR", "schema_mismatch"},
		{"AnalysisException: table glue.orders already exists", "RESOURCES_ALREADY_EXISTS_ERROR", "already_exists"},
		{"org.apache.iceberg.exceptions.CommitFailedException: Cannot commit", "DATA_LAKE_FRAMEWORK_ERROR", "commit_conflict"},
		{"org.apache.hudi.exception.HoodieException: Commit failed", "DATA_LAKE_FRAMEWORK_ERROR", "table_format"},
		{"ModuleNotFoundError: No module named 'pandas'", "IMPORT_ERROR", "missing_module"},
		{"java.lang.ClassNotFoundException: com.x.Y", "IMPORT_ERROR", "missing_class"},
		{"SyntaxError: invalid syntax (load.py, line 3)", "SYNTAX_ERROR", "script_syntax"},
		{"Compilation failed: /tmp/g.scala:12", "COMPILATION_ERROR", "script_compilation"},
		{"continuation: Job bookmark version does not match", "GLUE_JOB_BOOKMARK_VERSION_MISMATCH_ERROR", "bookmark_mismatch"},
		{"An error occurred while calling o98.getDynamicFrame. The connection attempt failed.", "CONNECTION_ERROR", "unreachable"},
		{"Py4JJavaError: An error occurred while calling o81.load. : java.net.SocketTimeoutException: connect timed out", "CONNECTION_ERROR", "unreachable"},
		{"com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure", "CONNECTION_ERROR", "unreachable"},
		{"javax.net.ssl.SSLHandshakeException: PKIX path building failed", "CONNECTION_ERROR", "bad_certificate"},
		{"OperationTimeoutException: the operation took too long", "GLUE_OPERATION_TIMEOUT_ERROR", "operation_timeout"},
		{"Futures timed out after [300 seconds]", "TIMEOUT_ERROR", "timeout"},
		{"GlueArgumentError: the following arguments are required: --day", "INVALID_ARGUMENT_ERROR", "bad_argument"},
		{"KeyError: 'day'", "INVALID_ARGUMENT_ERROR", "script_error"},
		{"TypeError: 'NoneType' object is not iterable", "UNCLASSIFIED_ERROR", "script_error"},
		{"UnsupportedOperationException: empty collection", "UNSUPPORTED_OPERATION_ERROR", "unsupported_operation"},
		{"amazon.dynamodb.x failed", "DYNAMODB_ERROR", "dynamodb"},
		{"Error: Load into table 'o' failed. Check 'stl_load_errors'", "REDSHIFT_ERROR", "redshift"},
		{task + "AmazonS3Exception: Internal Error (Service: Amazon S3; Status Code: 500; Error Code: InternalError)", "S3_ERROR", "s3"},
		{"Internal service error : Please retry", "GLUE_INTERNAL_SERVICE_ERROR", "glue_internal"},
		{task + "ExecutorLostFailure (executor 3 exited unrelated to the running tasks) Reason: worker lost", "UNCLASSIFIED_SPARK_ERROR", "executor_lost"},
		{"Job run was cancelled by user", "UNCLASSIFIED_ERROR", "cancelled"},
		{"SparkException: Job aborted due to stage failure: Task 4 in stage 21.0 failed 4 times", "UNCLASSIFIED_SPARK_ERROR", "spark"},
		{"Command failed with exit code 1", "SYSTEM_EXIT_ERROR", "script_exit"},
		{"it did not work", "UNCLASSIFIED_ERROR", "other"},
		{"", "UNCLASSIFIED_ERROR", "other"},
	} {
		t.Run(tc.class+" "+tc.category, func(t *testing.T) {
			want := runerror.Class{Category: tc.category, Class: tc.class}
			if got := runerror.Classify(tc.text, limnograph.RunFailed); got != want {
				t.Errorf("%s is %v, want %v", tc.text, got, want)
			}
		})
	}
}

// Glue begins the text with its own category, which is then the one that its metrics count.
func TestClassifyTakesGluesCategory(t *testing.T) {
	for text, want := range map[string]runerror.Class{
		"Error Category: QUERY_ERROR; Failed Line Number: 7; AnalysisException: cannot resolve 'x'": {Category: "QUERY_ERROR", Class: "missing_column"},
		"Error Category: UNCLASSIFIED_ERROR; An error occurred. No module named x":                  {Category: "UNCLASSIFIED_ERROR", Class: "missing_module"},
		"Error Category: S3_ERROR; nobody knows":                                                    {Category: "S3_ERROR", Class: "s3"},
		"Error Category: NEW_ERROR; nobody knows":                                                   {Category: "UNCLASSIFIED_ERROR", Class: "other"},
		"Error Category: drop table; KeyError: 'a'":                                                 {Category: "INVALID_ARGUMENT_ERROR", Class: "script_error"},
	} {
		if got := runerror.Classify(text, limnograph.RunFailed); got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
}

func TestClassifyByState(t *testing.T) {
	const text = "KeyError: 'day'"
	for state, want := range map[limnograph.RunState]runerror.Class{
		limnograph.RunSucceeded: {}, limnograph.RunStopped: {}, limnograph.RunRunning: {}, limnograph.RunUnknown: {}, "PAUSED": {}, "": {},
		limnograph.RunTimeout: {Category: "TIMEOUT_ERROR", Class: "timeout"},
		limnograph.RunExpired: {Category: "LAUNCH_ERROR", Class: "expired_in_queue"},
		limnograph.RunError:   {Category: "INVALID_ARGUMENT_ERROR", Class: "script_error"},
	} {
		if got := runerror.Classify(text, state); got != want {
			t.Errorf("%s is %v, want %v", state, got, want)
		}
	}
	want := runerror.Class{Category: "LAUNCH_ERROR", Class: "not_started"}
	if got := runerror.Classify("job not found", limnograph.RunError); got != want {
		t.Errorf("ERROR without a known text is %v, want %v", got, want)
	}
}

func TestClassifyReadsBothEnds(t *testing.T) {
	filler := strings.Repeat("x ", 1<<20)
	want := runerror.Class{Category: "SYNTAX_ERROR", Class: "script_syntax"}
	for _, text := range []string{"SyntaxError: a " + filler, filler + " SyntaxError: a"} {
		if got := runerror.Classify(text, limnograph.RunFailed); got != want {
			t.Errorf("%.20s... is %v", text, got)
		}
	}
}

func TestLists(t *testing.T) {
	if categories := runerror.Categories(); len(categories) != 28 || !slices.IsSorted(categories) {
		t.Errorf("%d categories, sorted %v", len(categories), slices.IsSorted(categories))
	}
	for _, class := range runerror.Classes() {
		if class == "" || strings.Trim(class, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			t.Errorf("class %q is no snake_case word", class)
		}
	}
}

// Whatever the text, both words are of the lists: they may become values of a metric.
func TestClassifyAnswersFromTheLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { requireListed(t, rapid.String().Draw(t, "text")) })
}

func requireListed(t failer, text string) {
	t.Helper()
	for _, state := range []limnograph.RunState{limnograph.RunFailed, limnograph.RunError, limnograph.RunTimeout, limnograph.RunExpired} {
		c := runerror.Classify(text, state)
		if !slices.Contains(runerror.Categories(), c.Category) || !slices.Contains(runerror.Classes(), c.Class) {
			t.Errorf("%q is %v", text, c)
		}
	}
}

func FuzzClassify(f *testing.F) {
	f.Add("Error Category: QUERY_ERROR; x")
	f.Add("java.lang.OutOfMemoryError")
	f.Fuzz(func(t *testing.T, text string) { requireListed(t, text) })
}
