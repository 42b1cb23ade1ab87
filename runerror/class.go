package runerror

import "limnograph"

// Class is what an error is. Both words come from closed lists, so they may become values of a metric.
type Class struct {
	Category string // Glue's error category, such as OUT_OF_MEMORY_ERROR; "": the run has not failed
	Class    string // a finer word of ours, such as driver_out_of_memory; "other" when nobody knows, "": the run has not failed
}

// Classify tells what the error of a run in this state is, by its text as Glue wrote it.
func Classify(text string, state limnograph.RunState) Class { return Class{} }
