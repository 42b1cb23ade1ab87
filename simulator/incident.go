package simulator

import (
	"sort"
	"time"
)

// Incident is a kind of trouble.
type Incident string

// The kinds of incident. Every half-day of a fleet (00:00 and 12:00 UTC) has each of them at least once.
const (
	IncidentFailure        Incident = "failure"         // an attempt fails; Glue retries once
	IncidentSlow           Incident = "slow_run"        // 2.5 to 4 times the usual duration for the same input
	IncidentSkew           Incident = "skew"            // one executor holds most of the data
	IncidentMemoryPressure Incident = "memory_pressure" // executor heaps fill up, sometimes until the run fails
	IncidentMissing        Incident = "missing_run"     // a planned run never starts
	IncidentLate           Incident = "late_run"        // a pipeline starts 40 to 100 minutes late
	IncidentDrop           Incident = "record_drop"     // the input has a small part of the usual records
)

// Incidents lists every kind.
func Incidents() []Incident {
	return []Incident{
		IncidentFailure, IncidentSlow, IncidentSkew, IncidentMemoryPressure, IncidentMissing, IncidentLate, IncidentDrop,
	}
}

// Happening is one incident of the truth.
type Happening struct {
	Kind    Incident
	Account string
	Region  string
	JobName string
	RunID   string    // empty for a missing run
	At      time.Time // start of the run; planned start of a missing one
}

// trouble is what is planned to go wrong in one slot of one dataset. Layers count from 0; -1 is none.
type trouble struct {
	missing, late, drop          bool
	fail, slow, skewed, pressure int
	hopeless                     bool // the retry fails too
	placed                       bool // guaranteed trouble: nothing else goes wrong in this slot
}

func noTrouble() trouble { return trouble{fail: -1, slow: -1, skewed: -1, pressure: -1} }

const (
	blockHours  = 12
	placeHours  = 10 // a late run placed in the last of these still starts within the block
	placedKinds = 9
)

// troubleOf decides what goes wrong in a slot.
func (f *Fleet) troubleOf(d *dataset, slot int64, s *source) trouble {
	t := noTrouble()
	if d.hourly() && f.place(d, slot, &t) {
		return t
	}
	t.missing, t.late, t.drop = s.chance(0.003), s.chance(0.006), s.chance(0.004)
	for l := range layers {
		strike(s, 0.008, &t.fail, l)
		strike(s, 0.006, &t.slow, l)
		strike(s, 0.005, &t.skewed, l)
		strike(s, 0.005, &t.pressure, l)
	}
	t.hopeless = s.chance(0.25)
	if d.class == 2 { // someone gets up for a daily load: it comes, if on the second attempt
		t.missing, t.hopeless = false, false
	}
	return t
}

func strike(s *source, p float64, target *int, layer int) {
	if s.chance(p) && *target < 0 {
		*target = layer
	}
}

// place puts the guaranteed incidents of a half-day: each takes another hour of the block, so two never meet in a
// slot however few datasets there are.
func (f *Fleet) place(d *dataset, slot int64, t *trouble) bool {
	block, at := floorDiv(slot, blockHours), int(slot-floorDiv(slot, blockHours)*blockHours)
	s := source{key: fold(fold(f.key, keyBlock), uint64(block))}
	hours := shuffledHours(&s)
	for kind := range placedKinds {
		chosen, layer := f.eligible[s.next()%uint64(len(f.eligible))], int(s.next()%2)
		if hours[kind] == at && chosen == d.index {
			t.set(kind, min(layer, d.jobs-1))
			return true
		}
	}
	return false
}

func shuffledHours(s *source) [placeHours]int {
	var hours [placeHours]int
	for i := range hours {
		j := s.within(0, i)
		hours[i], hours[j] = hours[j], i
	}
	return hours
}

func (t *trouble) set(kind, layer int) {
	t.placed = true
	switch kind {
	case 0, 1, 2:
		t.fail, t.hopeless = layer, kind == 2
	case 3:
		t.slow = layer
	case 4:
		t.skewed = layer
	case 5:
		t.pressure = layer
	case 6:
		t.missing = true
	case 7:
		t.late = true
	case 8:
		t.drop = true
	}
}

// Happenings lists the incidents of runs that start in [from, until), and of missing runs planned in it, by time.
func (f *Fleet) Happenings(from, until time.Time) []Happening {
	var found []Happening
	note := func(h Happening) {
		if !h.At.Before(from) && h.At.Before(until) {
			found = append(found, h)
		}
	}
	f.plans(from.Unix(), until.Unix(), func(p *pipeline) { p.happenings(note) })
	sort.SliceStable(found, func(i, j int) bool { return found[i].At.Before(found[j].At) })
	return found
}

func (p *pipeline) happenings(note func(Happening)) {
	for i := range p.runs {
		r := &p.runs[i]
		for _, kind := range r.incidents() {
			note(happening(r.Job, kind, r.ID, r.start))
		}
	}
	for i := range p.missing {
		note(happening(p.missing[i].job, IncidentMissing, "", p.missing[i].at))
	}
}

func happening(j *Job, kind Incident, id string, at int64) Happening {
	return Happening{
		Kind: kind, Account: j.AccountID, Region: j.Region, JobName: j.Name, RunID: id, At: time.Unix(at, 0).UTC(),
	}
}
