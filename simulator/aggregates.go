package simulator

// aggregates reports what the driver counts over all tasks, and the executors it has and would like to have.
func (r *Run) aggregates(k int, c crew, to *readings) {
	in, now, before := r.records*r.width, r.progress(k), r.progress(k-1)
	delta := func(i int, total float64) { to.observe(i, upTo(total, now)-upTo(total, before)) }
	delta(seriesBytesRead, in)
	to.observe(seriesElapsed, reportEvery*1000)
	delta(seriesStages, float64(r.stages()))
	delta(seriesTasks, float64(r.tasks()))
	to.observe(seriesFailedTasks, r.failedTasks(k))
	to.observe(seriesKilledTasks, r.killedTasks(k))
	to.observe(seriesRecordsRead, r.readBy(k)-r.readBy(k-1))
	delta(seriesShuffleWritten, in*r.shuffled())
	delta(seriesShuffleLocal, in*r.shuffled()/float64(r.executors))
	to.observe(seriesDiskSpace, r.spilled(k))
	to.observe(seriesExecutorsNow, c.present)
	to.observe(seriesExecutorsNeeded, r.needed(k))
}

func (r *Run) stages() int64 { return 6 + int64(r.key%9) }

// tasks counts one for each 128 MB, and the shuffles' own.
func (r *Run) tasks() int64 { return 24 + int64(r.records*r.width/(128<<20)) + r.stages()*8 }

// shuffled is the share of the input that is shuffled.
func (r *Run) shuffled() float64 { return [layers]float64{0.12, 0.8, 0.25}[r.Job.Layer] }

// failedTasks are single failures that Spark repairs; a failing run loses four in its last report.
func (r *Run) failedTasks(k int) int64 {
	if r.Failed && k == r.reports {
		return 4
	}
	if r.memory && noise(r.key, uint64(k)<<8|7) < 0.2 || noise(r.key, uint64(k)<<8|7) < 0.004 {
		return 1
	}
	return 0
}

// killedTasks are speculative copies.
func (r *Run) killedTasks(k int) int64 {
	if r.skewed && noise(r.key, uint64(k)<<8|8) < 0.3 {
		return 1
	}
	return 0
}

// spilled is the disk space in use, in MB.
func (r *Run) spilled(k int) int64 {
	share := 0.05
	if r.memory {
		share = 0.6
	}
	return int64(r.records * r.width * r.shuffled() * share * r.progress(k) / 1e6)
}

// needed is how many executors the waiting tasks could use.
func (r *Run) needed(k int) int64 {
	demand := float64(r.executors) * 1.4
	if r.Job.AutoScaling {
		demand = float64(r.executors)
	}
	left := 1 - float64(k-1)/float64(r.planned)
	return max(1, int64(demand*min(1, 0.3+left)))
}
