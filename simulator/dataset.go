package simulator

// dataset is one pipeline of up to three jobs that share a schedule and an input size.
type dataset struct {
	index   int
	key     uint64
	name    string
	jobs    int     // how many of the three layers the fleet has
	period  int64   // seconds between two schedule slots
	offset  int64   // seconds from the start of a period to the slot
	records float64 // typical input of a run
	width   float64 // bytes of a raw record
	weekend float64 // size on Saturday and Sunday against a working day
	closing float64 // size at the end of a month
	class   int     // 0 hourly, 1 every few hours, 2 daily
}

const (
	hour = 3600
	day  = 24 * hour
)

// cadence spreads the schedules over the datasets: hourly, every few hours, daily. The first is hourly always.
const cadence = "HMDHMDMHDMHDMDHMDHMD"

func newDataset(i int, key uint64) dataset {
	d := dataset{index: i, key: key, name: datasetName(i), closing: 1.15}
	s := source{key: key}
	switch cadence[i%len(cadence)] {
	case 'H':
		d.period, d.offset = hour, spread(i)*60
		d.records = s.between(0.2e6, 4e6)
	case 'M':
		periods := [...]int64{3, 2, 4, 3, 6}
		d.class, d.period = 1, periods[(i/3)%len(periods)]*hour
		d.offset, d.records = int64(s.within(0, 55))*60, s.between(1e6, 15e6)
	default:
		d.class, d.period = 2, day
		d.offset, d.records = 2*hour+int64(s.within(0, 47))*5*60, s.between(10e6, 120e6)
	}
	d.width = s.between(90, 420)
	d.weekend = []float64{0.65, 0.8, 1.2}[s.within(0, 2)]
	if closesMonth(i) {
		d.closing = 1.7
	}
	return d
}

// spread gives the hourly datasets minutes all over the hour, so that some job runs at nearly every moment.
func spread(i int) int64 { return int64(2 + i%len(cadence)/3*8 + i/len(cadence)%8) }

func (d *dataset) hourly() bool { return d.class == 0 }

// observed tells whether the two loading jobs have observability metrics switched on.
func (d *dataset) observed() bool { return d.index%5 != 3 }

// iceberg tells whether the curated table is an Iceberg table, for which Glue reports no written records.
func (d *dataset) iceberg() bool { return d.index%4 == 1 }

// joins tells whether the curated layer reads a second source.
func (d *dataset) joins() bool { return d.index%3 == 0 }

// slotTime is the planned start of a slot in seconds since the epoch.
func (d *dataset) slotTime(slot int64) int64 { return slot*d.period + d.offset }

// firstSlot is the first slot whose planned start is not before t.
func (d *dataset) firstSlot(t int64) int64 { return ceilDiv(t-d.offset, d.period) }

// floorDiv and ceilDiv divide rounding down and up, also below zero. b is positive.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func ceilDiv(a, b int64) int64 { return -floorDiv(-a, b) }
