package simulator

// performance reports skewness (0 is below the factor, 1 twice the factor) and the share of workers that are used.
func (r *Run) performance(k int, c crew, to *readings) {
	stage := 0.3 * noise(r.key, uint64(k)<<8|9)
	job := 0.12 + 0.05*noise(r.key, 12)
	if r.skewed && 4*k > r.planned {
		stage = 2.5 + 3*noise(r.key, uint64(k)<<8|9)
		job = 2 + 1.2*noise(r.key, 12)
	}
	to.observe(seriesSkewStage, int64(stage*micro))
	to.observe(seriesSkewJob, int64(job*micro))
	to.observe(seriesUtilization, min(micro, c.load/int64(r.executors)*13/10))
}

// utilization reports memory and disk of the driver and of all executors.
func (r *Run) utilization(k int, c crew, to *readings) {
	driver := int64((0.12 + 0.1*noise(r.key, uint64(k)<<8|3)) * micro)
	r.twelve(seriesDriverMemory, driver, 0, to)
	r.twelve(seriesAllMemory, c.usage/c.present, r.spilled(k)*1_000_000/c.present, to)
}

// twelve reports the memory and disk of one place: usage in millionths of the heap, spilled in bytes.
func (r *Run) twelve(at int, usage, spilled int64, to *readings) {
	w := r.Job.WorkerType
	heap, other := heapUsed(w, usage), int64(140<<20)+w.heap()/512
	sizes := [...][2]int64{{w.heap(), heap}, {512 << 20, other}, {w.heap() + 512<<20, heap + other}}
	for i, s := range sizes {
		to.observe(at+3*i, s[0]-s[1])
		to.observe(at+3*i+1, s[1])
		to.observe(at+3*i+2, ratio(s[1], s[0]))
	}
	used := min(w.disk(), 6*gib+spilled)
	to.observe(at+9, gigabytes(w.disk()-used))
	to.observe(at+10, gigabytes(used))
	to.observe(at+11, ratio(used, w.disk()))
}

// ratio is part/whole in millionths.
func ratio(part, whole int64) int64 { return int64(float64(part) / float64(whole) * micro) }

// gigabytes is bytes in millionths of a GB.
func gigabytes(bytes int64) int64 { return bytes / 1000 }

// throughput reports running totals by source and sink, and of ALL.
func (r *Run) throughput(k int, to *readings) {
	records, p := r.readBy(k), r.progress(k)
	second := int64(0)
	if len(r.Job.sources) > 1 {
		second = records / 50
		r.source(seriesRead+4, second, p/2, to)
	}
	r.source(seriesRead, records-second, p, to)
	r.source(seriesRead+8, records, p, to)
	if r.Job.ReportsWritten {
		r.sink(seriesWritten, k, to)
		r.sink(seriesWritten+3, k, to)
	}
}

func (r *Run) source(at int, records int64, progress float64, to *readings) {
	to.observe(at, int64(float64(records)*r.width))
	to.observe(at+1, records)
	to.observe(at+2, upTo(4+r.records*r.width/(48<<20), progress))
	to.observe(at+3, 1+upTo(float64(r.key%23), progress))
}

func (r *Run) sink(at, k int, to *readings) {
	records := r.writtenBy(k)
	to.observe(at, int64(float64(records)*r.width*0.6))
	to.observe(at+1, records)
	to.observe(at+2, upTo(2+r.records*r.kept*r.width/(96<<20), r.writing(k)))
}

// outcome reports how the run ended, with its last report.
func (r *Run) outcome(k int, to *readings) {
	switch {
	case k < r.reports:
	case !r.Failed:
		to.observe(seriesSucceeded, 1)
	default:
		to.observe(seriesErrorAll, 1)
		for i, category := range errorCategories() {
			if category == r.Error {
				to.observe(seriesErrorCategory+i, 1)
			}
		}
	}
}
