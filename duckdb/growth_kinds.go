package duckdb

import "strings"

// A value's size, counted in columns: how many times a stored column's value (taken as 100 bytes) it may be. It is an
// estimate from the text of a statement alone, made because DuckDB's memory limit does not count the values that
// functions hand to each other: repeat in the argument of replace would take all memory in one call.
const (
	// maxSize refuses a statement. DuckDB works on 2048 rows at a time: 2048 such values are about 800 MB.
	maxSize = 4000

	maxRepeat    = 100  // what repeat, lpad and rpad give at most: shim.sql bounds them to 10,000 characters
	element      = 0.16 // one number in a list
	maxElements  = 1e4  // of what range, sequence and generate_series give as a list, by shim.sql
	aggregated   = 400  // times the argument: a text or list of many rows; it may grow tenfold in what is made of it
	split        = 16   // times the argument: a text as a list of its characters
	unknownTimes = 10   // times both arguments: a replacement that is no constant
	columnBytes  = 100
)

// growing says how the result of a function depends on the size of its arguments. Others give at most their sum.
func growing() map[string]growth {
	m := make(map[string]growth)
	for kind, list := range map[growth]string{
		number: `length len char_length character_length strlen octet_length bit_length length_grapheme cardinality array_length json_array_length count
			count_if countif count_star sum avg approx_count_distinct approx_distinct position strpos instr contains starts_with ends_with prefix suffix
			regexp_matches regexp_full_match regexp_like list_contains array_contains list_has list_position list_sum list_avg list_count hash md5 sha1 sha256
			~~ !~~ ~~* !~~* ~~~ date_part date_diff datediff date_sub epoch epoch_ms`,
		filler:      `repeat lpad rpad`,
		series:      `range generate_series sequence`,
		bins:        `equi_width_bins`,
		top:         `max min max_by min_by arg_max arg_min argmax argmin`,
		aggregate:   `string_agg listagg group_concat list array_agg histogram histogram_exact json_group_array json_group_object json_group_structure approx_top_k`,
		splitter:    `string_split split str_split string_to_array string_split_regex str_split_regex regexp_split_to_array regexp_extract_all`,
		elements:    `unnest`,
		replacement: `replace`,
		pattern:     `regexp_replace`,
		translation: `translate`,
		joiner: `array_to_string array_to_string_comma_default list_string_agg list_aggregate list_aggr array_aggregate array_aggr list_select array_select
			json_extract json_extract_path json_extract_string json_extract_path_text json_extract_scalar json_value ->>`,
		separated: `concat_ws`,
		filtering: `list_filter array_filter filter`,
		lambda:    `list_transform array_transform list_apply array_apply apply`,
	} {
		for _, name := range strings.Fields(list) {
			m[name] = kind
		}
	}
	return m
}

type growth int

const (
	number growth = iota + 1
	filler
	series
	bins
	top
	aggregate
	splitter
	elements
	replacement
	pattern
	translation
	joiner
	separated
	filtering
	lambda
)
