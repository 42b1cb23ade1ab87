package simulator

// WorkerType is the size of a Glue worker.
type WorkerType string

// The worker types of the fleet.
const (
	G1X WorkerType = "G.1X"
	G2X WorkerType = "G.2X"
	G4X WorkerType = "G.4X"
)

const gib = 1 << 30

// heap is the JVM heap of one worker in bytes.
func (w WorkerType) heap() int64 { return w.scale() * 10 * gib }

// disk is the local disk of one worker in bytes.
func (w WorkerType) disk() int64 { return w.scale()*44*gib + 50*gib }

// scale is the number of data processing units of one worker.
func (w WorkerType) scale() int64 {
	switch w {
	case G4X:
		return 4
	case G2X:
		return 2
	}
	return 1
}

// maxExecutors bounds the executor series of a run.
const maxExecutors = 20

// Job is one Glue job of the fleet.
type Job struct {
	Index          int // position in Fleet.Jobs
	Name           string
	Dataset        string
	Layer          Layer
	AccountID      string
	Region         string
	WorkerType     WorkerType
	Executors      int  // most executors of a run, 1 to 20 (one worker is the driver)
	AutoScaling    bool // runs take the executors that they need, up to Executors
	Observability  bool // observability metrics are on; without them Glue reports neither outcome nor written records
	ReportsWritten bool // written records are reported: observability on and a sink that supports it

	key     uint64
	seconds float64 // typical duration
	sources []string
	sink    string
	head    []byte // line up to the metric name
	dims    []byte // from the end of the metric name up to the run id
}

func newJob(index int, d *dataset, l Layer, account, region string) Job {
	j := Job{
		Index: index, Name: d.name + "-" + l.String(), Dataset: d.name, Layer: l, AccountID: account, Region: region,
		AutoScaling: d.index%3 == 1 && l != Quality, key: fold(d.key, uint64(l)),
	}
	j.Observability = d.observed() && (l != Quality || d.index%2 == 0)
	j.ReportsWritten = j.Observability && (l != StagedToCurated || !d.iceberg())
	j.size(d)
	j.locate(d)
	j.prepareText()
	return j
}

// size chooses workers and a typical duration for the cadence and layer.
func (j *Job) size(d *dataset) {
	s := source{key: j.key}
	minutes := [3][layers][2]float64{
		{{3, 6}, {4, 8}, {1.5, 3}},    // hourly
		{{6, 11}, {8, 15}, {2.5, 5}},  // every few hours
		{{20, 36}, {24, 45}, {6, 12}}, // daily
	}[d.class][j.Layer]
	j.seconds = 60 * s.between(minutes[0], minutes[1])
	executors := [3][2]int{{3, 6}, {5, 9}, {9, 18}}[d.class]
	types := [3][2]WorkerType{{G1X, G1X}, {G1X, G2X}, {G2X, G4X}}[d.class]
	j.Executors, j.WorkerType = s.within(executors[0], executors[1]), types[s.within(0, 1)]
	if j.Layer == Quality {
		j.Executors, j.WorkerType = s.within(2, 3), G1X
	}
}

func (j *Job) locate(d *dataset) {
	zones := [layers + 1]string{"raw", "staged", "curated", "quality"}
	j.sources = []string{location(zones[j.Layer], j.Region, d.name)}
	if j.Layer == StagedToCurated && d.joins() {
		j.sources = append(j.sources, location("reference", j.Region, "calendar"))
	}
	j.sink = location(zones[j.Layer+1], j.Region, d.name)
}

// prepareText builds the parts of a line that are the same for all runs. No name needs JSON escaping.
func (j *Job) prepareText() {
	j.head = []byte(`{"metric_stream_name":"limno-demo","account_id":"` + j.AccountID + `","region":"` + j.Region +
		`","namespace":"Glue","metric_name":"`)
	j.dims = []byte(`","dimensions":{"JobName":"` + j.Name + `","JobRunId":"`)
}
