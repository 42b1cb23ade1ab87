package runerror

import "slices"

// Categories lists Glue's error categories, sorted.
func Categories() []string {
	var all []string
	for _, d := range defaults() {
		all = append(all, d.Category)
	}
	return all
}

// Classes lists the classes, sorted.
func Classes() []string {
	all := []string{Other, "timeout", "expired_in_queue", "not_started"}
	for _, d := range defaults() {
		all = append(all, d.Class)
	}
	for _, r := range rules() {
		all = append(all, r.class)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// classOf returns the class of an error of which only Glue's category is known; "": none is known.
func classOf(category string) string {
	for _, d := range defaults() {
		if d.Category == category {
			return d.Class
		}
	}
	return ""
}

// defaults lists all categories, and the class of an error of which no more is known.
func defaults() []Class {
	return []Class{
		{"COMPILATION_ERROR", "script_compilation"},
		{"CONNECTION_ERROR", "unreachable"},
		{"DATA_LAKE_FRAMEWORK_ERROR", "table_format"},
		{"DISK_NO_SPACE_ERROR", "disk_full"},
		{"DYNAMODB_ERROR", "dynamodb"},
		{"GLUE_ERROR", "glue"},
		{"GLUE_INTERNAL_SERVICE_ERROR", "glue_internal"},
		{"GLUE_JOB_BOOKMARK_VERSION_MISMATCH_ERROR", "bookmark_mismatch"},
		{"GLUE_OPERATION_TIMEOUT_ERROR", "operation_timeout"},
		{"GLUE_VALIDATION_ERROR", "glue_validation"},
		{"IMPORT_ERROR", "missing_module"},
		{"INVALID_ARGUMENT_ERROR", "bad_argument"},
		{"LAKEFORMATION_ERROR", "lake_formation"},
		{"LAUNCH_ERROR", "launch_failed"},
		{"OUT_OF_MEMORY_ERROR", "out_of_memory"},
		{"PERMISSION_ERROR", "missing_permission"},
		{"QUERY_ERROR", "bad_query"},
		{"REDSHIFT_ERROR", "redshift"},
		{"RESOURCES_ALREADY_EXISTS_ERROR", "already_exists"},
		{"RESOURCE_NOT_FOUND_ERROR", "missing_resource"},
		{"S3_ERROR", "s3"},
		{"SYNTAX_ERROR", "script_syntax"},
		{"SYSTEM_EXIT_ERROR", "script_exit"},
		{"THROTTLING_ERROR", "throttled"},
		{"TIMEOUT_ERROR", "timeout"},
		{"UNCLASSIFIED_ERROR", Other},
		{"UNCLASSIFIED_SPARK_ERROR", "spark"},
		{"UNSUPPORTED_OPERATION_ERROR", "unsupported_operation"},
	}
}
