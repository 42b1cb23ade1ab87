package panel

import (
	"time"

	"limnograph"
)

// LoadRow is one row of the panel Load of the source Flat, and what SpreadLoad makes of run records.
type LoadRow struct {
	Bucket             time.Time
	AccountID, JobName string
	Last               time.Time // newest minute behind the row
	ExecutorMinutes    *float64
	RecordsRead        *int64
	Runs               int64
}

// LoadRun is one row of the panel Load of the source Curated.
type LoadRun struct {
	AccountID, JobName string
	Begins, Ends       time.Time // Ends is zero for a run that is under way and reported nothing
	Executors          *float64  // mean
	RecordsRead        *int64    // in all
}

// MinuteRow is one row of the panel RunSeries.
type MinuteRow struct {
	TS                  time.Time
	Region              string
	CPUAll, CPUDriver   *float64
	HeapAll, HeapDriver *float64
	Executors           *float64
	RecordsRead         *int64
}

// ReadLoad reads the rows of the panel Load of the source Flat to their end. It does not close them.
func ReadLoad(rows limnograph.Rows) ([]LoadRow, error) {
	return read(rows, 7, func(c *cells) LoadRow {
		return LoadRow{
			Bucket: time.Unix(c.count(), 0).UTC(), AccountID: c.text(), JobName: c.text(), Last: c.time(),
			ExecutorMinutes: c.float(), RecordsRead: c.whole(), Runs: c.count(),
		}
	})
}

// ReadLoadRuns reads the rows of the panel Load of the source Curated to their end. It does not close them.
func ReadLoadRuns(rows limnograph.Rows) ([]LoadRun, error) {
	return read(rows, 6, func(c *cells) LoadRun {
		return LoadRun{
			AccountID: c.text(), JobName: c.text(), Begins: c.time(), Ends: c.moment(),
			Executors: c.float(), RecordsRead: c.whole(),
		}
	})
}

// ReadRunSeries reads the rows of the panel RunSeries to their end. It does not close them.
func ReadRunSeries(rows limnograph.Rows) ([]MinuteRow, error) {
	return read(rows, 8, func(c *cells) MinuteRow {
		return MinuteRow{
			TS: c.time(), Region: c.text(), CPUAll: c.float(), CPUDriver: c.float(),
			HeapAll: c.float(), HeapDriver: c.float(), Executors: c.float(), RecordsRead: c.whole(),
		}
	})
}
