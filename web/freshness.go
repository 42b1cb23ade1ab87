package web

import (
	"strings"
	"sync"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// futureSlack is how far ahead of its arrival a datapoint may be stamped; one beyond it is no measure of freshness.
const futureSlack = 2 * time.Hour

// fresh says how new what readers see is. Zero times mean that nothing is published.
type fresh struct {
	version uint64
	asOf    time.Time            // arrival of the newest batch that they see
	newest  map[string]time.Time // newest datapoint by published name, of curated and of raw tables
}

// freshness remembers the answer for the newest file set.
type freshness struct {
	mu   sync.Mutex
	of   *limnograph.FileSet
	last fresh
}

func (f *freshness) look(files *limnograph.FileSet) fresh {
	if files == nil {
		return fresh{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of != files {
		f.of, f.last = files, measure(files)
	}
	return f.last
}

func measure(files *limnograph.FileSet) fresh {
	out := fresh{version: files.Version, asOf: newestArrival(files), newest: make(map[string]time.Time)}
	limit := out.asOf.Add(futureSlack).UnixMilli()
	note := func(name string, maxTime int64) {
		if at := time.UnixMilli(maxTime).UTC(); maxTime > 0 && maxTime <= limit && at.After(out.newest[name]) {
			out.newest[name] = at
		}
	}
	for _, t := range files.Tables {
		for _, f := range t.Files {
			if f.Lines > 0 {
				note(t.Schema.RawTable(), f.MaxTime)
			}
		}
		if t.Snapshot == nil {
			continue
		}
		for _, f := range t.Snapshot.Files {
			note(t.Schema.Table, f.MaxTime)
		}
	}
	return out
}

// newestArrival is that of the curated tables, where there are any: their rows show before the objects are sealed, and
// an object that they don't hold yet does not show. What was asked of the Glue API tells nothing of deliveries: it counts
// only while there are none.
func newestArrival(files *limnograph.FileSet) time.Time {
	curated := false
	var delivered, asked time.Time
	for _, t := range files.Tables {
		if t.Snapshot == nil {
			continue
		}
		newest := &delivered
		if t.Schema.Records != nil {
			newest = &asked
		}
		if at := t.Snapshot.Arrival(); at.After(*newest) {
			*newest = at.UTC()
		}
		curated = true
	}
	if !curated {
		return newestObject(files)
	}
	if delivered.IsZero() {
		return asked
	}
	return delivered
}

// newestObject reads the arrival times of the objects of the newest hour. Keys without one leave the time of
// publication.
func newestObject(files *limnograph.FileSet) (newest time.Time) {
	hour, some := newestHour(files)
	for _, t := range files.Tables {
		for _, f := range t.Files {
			if hourOf(f.Key) != hour {
				continue
			}
			if at, ok := objectkey.ArrivalOf(f.Key); ok && at.After(newest) {
				newest = at.UTC()
			}
		}
	}
	if newest.IsZero() && some {
		return files.Published.UTC()
	}
	return newest
}

func newestHour(files *limnograph.FileSet) (hour string, some bool) {
	for _, t := range files.Tables {
		for _, f := range t.Files {
			some = true
			hour = max(hour, hourOf(f.Key))
		}
	}
	return hour, some
}

// hourOf cuts the folders year= to hour= out of a key; they sort by time.
func hourOf(key string) string {
	i := strings.Index(key, "/year=")
	if i < 0 {
		return ""
	}
	return key[i : strings.LastIndexByte(key, '/')+1]
}
