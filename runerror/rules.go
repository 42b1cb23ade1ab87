package runerror

import "slices"

// rules lists the rules in the order in which they are tried: the cause before what it brings about, the particular
// before the general. Texts are in lower case.
func rules() []rule {
	return slices.Concat(memoryRules(), launchRules(), accessRules(), scriptRules(), dataRules(), networkRules(), generalRules())
}

func memoryRules() []rule {
	memory := []string{"outofmemoryerror", "java heap space", "gc overhead limit exceeded"}
	return []rule{
		{"OUT_OF_MEMORY_ERROR", "driver_result_too_large", []string{"spark.driver.maxresultsize"}, nil},
		{"OUT_OF_MEMORY_ERROR", "executor_out_of_memory", []string{"for exceeding memory limits", "exceeding physical memory limits", "running beyond physical memory"}, nil},
		{"OUT_OF_MEMORY_ERROR", "executor_out_of_memory", []string{"executorlostfailure", "lost task", "lost executor"}, append([]string{"exit code 137", "exit status: 137", "exitcode 137", "code: 137"}, memory...)},
		{"OUT_OF_MEMORY_ERROR", "driver_out_of_memory", memory, []string{"exit code 10", "in user class", "driver", "collecttopython", "broadcast"}},
		{"OUT_OF_MEMORY_ERROR", "driver_out_of_memory", []string{"memoryerror:", "memoryerror\n", "numpy.core._exceptions._arraymemoryerror"}, []string{"traceback", "memoryerror: unable to allocate", "numpy"}},
		{"OUT_OF_MEMORY_ERROR", "out_of_memory", append([]string{"memoryerror", "cannot allocate memory", "unable to create new native thread", "out_of_memory", "out of memory"}, memory...), nil},
		{"DISK_NO_SPACE_ERROR", "disk_full", []string{"no space left on device"}, nil},
		{"THROTTLING_ERROR", "throttled", []string{"rate exceeded", "throttling", "throttled", "error code: slowdown", "slow down", "reduce your request rate", "too many requests", "toomanyrequests", "provisionedthroughputexceeded", "requestlimitexceeded"}, nil},
	}
}

func launchRules() []rule {
	return []rule{
		{"LAUNCH_ERROR", "too_many_runs", []string{"concurrentrunsexceeded", "concurrent runs exceeded"}, nil},
		{"LAUNCH_ERROR", "quota_exceeded", []string{"resourcenumberlimitexceeded", "resource number limit", "maximum capacity exceeded", "max task dpus per account", "exceeds the maximum number of dpu", "task allocated capacity exceeded limit"}, nil},
		{"LAUNCH_ERROR", "subnet_full", []string{"enough free addresses", "not enough free ip", "insufficientfreeaddressesinsubnet", "insufficient free addresses"}, nil},
		{"LAUNCH_ERROR", "no_capacity", []string{"resource unavailable", "resource not available", "resources are not available", "insufficient capacity", "insufficientinstancecapacity", "capacity not available"}, nil},
		{"LAUNCH_ERROR", "launch_failed", []string{"launch error", "failed to launch", "error downloading from s3", "failed to start job", "resource setup error"}, nil},
	}
}

func accessRules() []rule {
	return []rule{
		{"LAKEFORMATION_ERROR", "missing_permission", []string{"lake formation", "lakeformation"}, []string{"insufficient", "permission", "denied", "not authorized"}},
		{"CONNECTION_ERROR", "bad_credentials", []string{"password authentication failed", "access denied for user", "login failed for user", "invalid username/password", "ora-01017", "authentication failed", "incorrect username or password"}, nil},
		{"PERMISSION_ERROR", "bad_credentials", []string{"invalidaccesskeyid", "expiredtoken", "token included in the request is", "signaturedoesnotmatch", "invalidclienttokenid", "unrecognizedclientexception"}, nil},
		{"PERMISSION_ERROR", "missing_role", []string{"unable to assume role", "cannot assume role", "could not assume role", "should be given assume role permissions"}, nil},
		{"PERMISSION_ERROR", "missing_key_permission", []string{"kms:decrypt", "kms:generatedatakey", "kms.disabledexception", "kmsexception", "awskmsexception"}, nil},
		{"PERMISSION_ERROR", "missing_permission", []string{"accessdenied", "access denied", "not authorized to", "unauthorizedoperation", "status code: 403", "403 forbidden", "permission denied", "accesscontrolexception", "insufficient privileges"}, nil},
	}
}

func scriptRules() []rule {
	return []rule{
		{"IMPORT_ERROR", "missing_module", []string{"modulenotfounderror", "no module named", "importerror", "cannot import name"}, nil},
		{"IMPORT_ERROR", "missing_class", []string{"classnotfoundexception", "noclassdeffounderror", "nosuchmethoderror", "no suitable driver", "failed to find data source", "data_source_not_found"}, nil},
		{"SYNTAX_ERROR", "script_syntax", []string{"syntaxerror", "indentationerror", "taberror"}, nil},
		{"COMPILATION_ERROR", "script_compilation", []string{"compilation failed", "compilation error", "error: not found: value", "error: type mismatch", "codegenerator: failed to compile"}, nil},
		{"GLUE_JOB_BOOKMARK_VERSION_MISMATCH_ERROR", "bookmark_mismatch", []string{"bookmark"}, []string{"version", "does not match", "mismatch"}},
		{"INVALID_ARGUMENT_ERROR", "bad_argument", []string{"glueargumenterror", "arguments are required", "argument --", "unrecognized arguments", "invalid argument", "illegalargumentexception", "invalidparameter", "argparse"}, nil},
	}
}

func dataRules() []rule {
	return []rule{
		{"S3_ERROR", "missing_bucket", []string{"nosuchbucket", "bucket does not exist"}, nil},
		{"S3_ERROR", "missing_data", []string{"nosuchkey", "specified key does not exist", "path does not exist", "path_not_found", "no such file or directory", "filenotfoundexception", "unable to infer schema"}, []string{"s3://", "s3a://", "s3n://", "amazon s3", "nosuchkey", "specified key"}},
		{"RESOURCE_NOT_FOUND_ERROR", "missing_data", []string{"path does not exist", "path_not_found", "no such file or directory", "filenotfounderror", "filenotfoundexception"}, nil},
		{"RESOURCE_NOT_FOUND_ERROR", "missing_table", []string{"entitynotfoundexception", "nosuchtableexception", "nosuchdatabaseexception", "resourcenotfoundexception"}, nil},
		{"QUERY_ERROR", "missing_table", []string{"table or view not found", "table_or_view_not_found", "table not found", "database not found", "schema_not_found"}, nil},
		{"DATA_LAKE_FRAMEWORK_ERROR", "commit_conflict", []string{"commitfailedexception", "concurrentappendexception", "concurrentdeletereadexception", "concurrentmodificationexception", "hoodiewriteconflictexception", "metadatachangedexception"}, nil},
		{"RESOURCES_ALREADY_EXISTS_ERROR", "already_exists", []string{"alreadyexists", "already exists"}, nil},
		{"DATA_LAKE_FRAMEWORK_ERROR", "table_format", []string{"org.apache.iceberg", "org.apache.hudi", "hoodieexception", "io.delta", "delta.exceptions", "deltaanalysisexception"}, nil},
		{"QUERY_ERROR", "schema_mismatch", []string{"schema mismatch", "schemacolumnconvertnotsupported", "parquet column cannot be converted", "failed merging schema", "failed to merge fields", "incompatible_data", "incompatible schema", "cannot cast", "cast_invalid_input", "datatype_mismatch", "unable to resolve choice", "union can only be performed"}, nil},
		{"QUERY_ERROR", "missing_column", []string{"unresolved_column", "cannot resolve", "did you mean one of the following", "no such struct field", "nosuchfieldexception"}, nil},
		{"QUERY_ERROR", "bad_query", []string{"analysisexception", "parseexception", "parse_syntax_error", "syntax error at or near", "mismatched input", "sqlsyntaxerrorexception", "ora-009"}, nil},
		{"UNCLASSIFIED_SPARK_ERROR", "bad_data", []string{"malformed record", "badrecordexception", "numberformatexception", "is not a parquet file", "corrupt", "unicodedecodeerror", "jsonparseexception", "malformedinputexception", "datetimeexception", "arithmeticexception"}, nil},
	}
}

func networkRules() []rule {
	return []rule{
		{"GLUE_OPERATION_TIMEOUT_ERROR", "operation_timeout", []string{"operationtimeoutexception"}, nil},
		{"CONNECTION_ERROR", "unreachable", []string{"communications link failure", "connection refused", "connectexception", "connection timed out", "connect timed out", "sockettimeoutexception", "connection attempt failed", "unknownhostexception", "could not connect", "unable to connect", "connection reset", "no route to host", "network adapter could not establish", "failed to connect", "connection is closed", "connecttimeouterror", "endpointconnectionerror", "name or service not known"}, nil},
		{"CONNECTION_ERROR", "bad_certificate", []string{"sslhandshakeexception", "pkix path", "certificate verify failed", "sslerror"}, nil},
		{"TIMEOUT_ERROR", "timeout", []string{"exceeded the timeout", "timed out", "timeoutexception", "timeouterror"}, nil},
		{"DYNAMODB_ERROR", "dynamodb", []string{"dynamodb"}, nil},
		{"REDSHIFT_ERROR", "redshift", []string{"redshift", "stl_load_errors"}, nil},
		{"S3_ERROR", "s3", []string{"amazons3exception", "service: amazon s3", "s3exception", "service: s3"}, nil},
		{"LAKEFORMATION_ERROR", "lake_formation", []string{"lake formation", "lakeformation"}, nil},
	}
}

func generalRules() []rule {
	return []rule{
		{"GLUE_INTERNAL_SERVICE_ERROR", "glue_internal", []string{"internalserviceexception", "internal service", "internal error"}, nil},
		{"GLUE_VALIDATION_ERROR", "glue_validation", []string{"validationexception", "validation error"}, nil},
		{"UNCLASSIFIED_SPARK_ERROR", "executor_lost", []string{"executorlostfailure", "executor lost", "lost executor", "slave lost", "fetchfailedexception", "metadatafetchfailed", "worker lost"}, nil},
		{"UNSUPPORTED_OPERATION_ERROR", "unsupported_operation", []string{"unsupportedoperation", "unsupported", "not supported", "notimplementederror"}, nil},
		{"UNCLASSIFIED_ERROR", "cancelled", []string{"cancelled", "canceled", "killed by user", "stopped by user", "keyboardinterrupt"}, nil},
		{"INVALID_ARGUMENT_ERROR", "bad_argument", []string{"invalidinputexception", "invalidrequestexception"}, nil},
		{"INVALID_ARGUMENT_ERROR", "script_error", []string{"keyerror", "valueerror"}, nil},
		{"UNCLASSIFIED_ERROR", "script_error", []string{"typeerror", "attributeerror", "nameerror", "indexerror", "zerodivisionerror", "assertionerror", "runtimeerror", "nullpointerexception", "classcastexception", "nosuchelementexception", "indexoutofboundsexception", "matcherror"}, nil},
		{"UNCLASSIFIED_SPARK_ERROR", "spark", []string{"sparkexception", "stage failure", "py4jjavaerror", "error occurred while calling o"}, nil},
		{"SYSTEM_EXIT_ERROR", "script_exit", []string{"systemexit", "system.exit", "sys.exit", "exit code", "exit status"}, nil},
		{"GLUE_ERROR", "glue", []string{"glueexception"}, nil},
	}
}
