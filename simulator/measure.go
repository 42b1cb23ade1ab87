package simulator

import "math"

// report adds report k (from 1) of the run to the readings of its minute.
func (r *Run) report(k int, to *readings) {
	e := r.crew(k, to)
	r.aggregates(k, e, to)
	r.driver(k, to)
	if r.Job.Observability {
		r.performance(k, e, to)
		r.utilization(k, e, to)
		r.throughput(k, to)
		r.outcome(k, to)
	}
}

// crew is what the executors say together at one report.
type crew struct {
	present int64
	usage   int64 // sums over the executors present; fractions in millionths
	load    int64
	read    int64
	written int64
}

// crew reports each executor, then all of them.
func (r *Run) crew(k int, to *readings) crew {
	var c crew
	var weights [maxExecutors]float64
	sum := 0.0
	for e := range r.executors {
		weights[e] = r.weight(e + 1)
		sum += weights[e]
	}
	in, out := r.records*r.width*r.progress(r.reports), r.records*r.kept*r.width*0.6*r.writing(r.reports)
	for e := range r.executors {
		if after, last := r.window(e + 1); after < k && k <= last {
			share := weights[e] / sum
			x := executor{run: r, id: e + 1, after: after, last: last, in: in * share, out: out * share}
			x.report(k, &c, to)
		}
	}
	c.report(r, to)
	return c
}

func (c *crew) report(r *Run, to *readings) {
	usage := c.usage / c.present
	to.observe(seriesAll, usage)
	to.observe(seriesAll+1, heapUsed(r.Job.WorkerType, usage))
	to.observe(seriesAll+2, c.load/c.present)
	to.observe(seriesAll+3, c.read)
	to.observe(seriesAll+4, c.written)
}

func heapUsed(w WorkerType, usage int64) int64 { return w.heap() / micro * usage }

// executor is one executor of a run at work.
type executor struct {
	run         *Run
	id          int
	after, last int
	in, out     float64 // bytes that it reads and writes in its life
}

func (x *executor) report(k int, c *crew, to *readings) {
	usage, load := x.memory(k), x.load(k)
	read, written := x.moved(k, x.in, (*Run).progress), x.moved(k, x.out, (*Run).writing)
	at := seriesExecutors + (x.id-1)*fiveOf
	to.observe(at, usage)
	to.observe(at+1, heapUsed(x.run.Job.WorkerType, usage))
	to.observe(at+2, load)
	to.observe(at+3, read)
	to.observe(at+4, written)
	c.present++
	c.usage += usage
	c.load += load
	c.read += read
	c.written += written
}

// moved is what went through the executor since its last report.
func (x *executor) moved(k int, total float64, share func(*Run, int) float64) int64 {
	low, high := share(x.run, x.after), share(x.run, x.last)
	if high <= low {
		return 0
	}
	now, before := share(x.run, k), share(x.run, k-1)
	return upTo(total, (now-low)/(high-low)) - upTo(total, (before-low)/(high-low))
}

// memory is the heap in use, in millionths: it rises with the run and falls with each collection.
func (x *executor) memory(k int) int64 {
	done := float64(k) / float64(x.run.planned)
	saw := noise(x.run.key^uint64(x.id), uint64(k)<<8|1)
	usage := 0.28 + 0.18*done + 0.22*saw
	if x.run.memory {
		usage = min(0.985, 0.45+0.55*math.Sqrt(done)+0.05*saw)
	}
	return int64(usage * micro)
}

// load is the CPU load in millionths. With skew all but the first executor soon have nothing to do.
func (x *executor) load(k int) int64 {
	wave := noise(x.run.key^uint64(x.id), uint64(k)<<8|2)
	load := 0.45 + 0.4*wave
	switch {
	case x.run.skewed && x.id > 1 && 3*k > x.run.planned:
		load = 0.01 + 0.03*wave
	case k >= x.last-1 || k == x.after+1:
		load *= 0.4
	}
	return int64(load * micro)
}

// driver reports the driver's own five.
func (r *Run) driver(k int, to *readings) {
	usage := int64((0.12 + 0.1*noise(r.key, uint64(k)<<8|3)) * micro)
	to.observe(seriesDriver, usage)
	to.observe(seriesDriver+1, heapUsed(r.Job.WorkerType, usage))
	to.observe(seriesDriver+2, int64((0.02+0.12*noise(r.key, uint64(k)<<8|4))*micro))
	to.observe(seriesDriver+3, int64(noise(r.key, uint64(k)<<8|5)*40_000))
	to.observe(seriesDriver+4, int64(noise(r.key, uint64(k)<<8|6)*9_000))
}
