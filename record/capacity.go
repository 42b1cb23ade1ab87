package record

import "limnograph"

// Where DPU-seconds come from.
const (
	observedDPU = "observed"
	derivedDPU  = "derived"
	unknownDPU  = "unknown"
)

func (f *facts) dpuSeconds() any {
	value, source := f.dpu()
	if source == observedDPU || source == derivedDPU {
		return value
	}
	return nil
}

func (f *facts) dpuSource() any {
	if _, source := f.dpu(); source != "" {
		return source
	}
	return nil
}

// dpu returns the DPU-seconds and where they come from; "": the run goes on and nobody has told of any.
func (f *facts) dpu() (float64, string) {
	if told, ok := f.double(runDPUSeconds); ok {
		return told, observedDPU
	}
	if !f.state().IsTerminal() {
		return 0, ""
	}
	capacity, ok := f.capacity()
	execution, whole := f.wholeExecution()
	if !ok || !whole {
		return 0, unknownDPU
	}
	return float64(execution) * capacity, derivedDPU
}

// wholeExecution returns the seconds of execution that were told after the end: earlier ones are a part of them.
func (f *facts) wholeExecution() (int64, bool) {
	execution, ok := f.long(runExecution)
	return execution, ok && f.stated[runExecution].rank.terminal == 1
}

// capacity returns the DPU that the run had all the time; false for one that may have had fewer at times: FLEX and auto
// scaling runs.
func (f *facts) capacity() (float64, bool) {
	if scaling := f.stated[runAutoScaling]; scaling != nil && scaling.value == true || f.text(runExecutionClass) == "FLEX" {
		return 0, false
	}
	if told, ok := f.double(runMaxCapacity); ok && told > 0 {
		return told, true
	}
	workers, ok := f.long(runWorkers)
	each := workerCapacity(f.text(runWorkerType))
	return float64(workers) * each, ok && each > 0
}

// workerCapacity returns the DPU of a worker (M-DPU of those of type R and Z); 0: nobody knows.
func workerCapacity(workerType string) float64 {
	switch workerType {
	case "G.025X":
		return 0.25
	case "G.1X", "R.1X":
		return 1
	case "G.2X", "R.2X", "Z.2X":
		return 2
	case "G.4X", "R.4X":
		return 4
	case "G.8X", "R.8X":
		return 8
	case "G.12X":
		return 12
	case "G.16X":
		return 16
	}
	return 0
}

// recordsReason says why a number of records is NULL.
func (f *facts) recordsReason() any {
	in, out := f.rolled.at(slotRecordsIn) != nil, f.rolled.at(slotRecordsOut) != nil
	execution, whole := f.wholeExecution()
	switch kind := f.text(runJobType); {
	case in && out:
		return nil
	case kind == "pythonshell":
		return "no metrics: Python shell"
	case kind == "glueray":
		return "no metrics: Ray"
	case f.rolled == nil && whole && execution == 0 && f.state() != limnograph.RunSucceeded:
		return "it never ran"
	case f.rolled == nil:
		return "no datapoint of this run arrived"
	case in:
		return "records written are not reported"
	case out:
		return "records read are not reported"
	}
	return "its formats report no records"
}
