package lake

import (
	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
)

// metrics are what an operator watches of the lake, by table.
type metrics struct {
	commits, failed, steppedBack, startedOver, heldLost, recordsLost, foreign *prometheus.CounterVec
	statements, appended, heldBack, outside, unread                           *prometheus.CounterVec
	bytesWritten, rowsWritten, merged, dropped, compactions, deleted          *prometheus.CounterVec
	files, rows, bytes, heldRows, seenBytes, newest                           *prometheus.GaugeVec
}

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "limno_lake_" + name + "_total", Help: help}, append([]string{"table"}, labels...))
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "limno_lake_" + name, Help: help}, []string{"table"})
	}
	return &metrics{
		commits:      counter("commits", "Snapshots committed."),
		failed:       counter("failed_commits", "Commits that failed, or whose outcome had to be looked up, by error code.", "code"),
		steppedBack:  counter("stepped_back", "States that were not intact at start and were left."),
		startedOver:  counter("started_over", "Times that a table or a file of it was gone while the process ran, and the table began anew from what was left."),
		heldLost:     counter("lost_held_files", "Files of held statements that were gone or damaged; landing was curated again for them."),
		recordsLost:  counter("lost_record_files", "Files of record tables that were gone or damaged; landing was curated again for them."),
		foreign:      counter("foreign_snapshots", "Snapshots of other writers that were rolled back."),
		statements:   counter("statements", "Statements read from landing."),
		appended:     counter("appended_rows", "Rows whose key the table did not have."),
		heldBack:     counter("held_rows", "Statements of keys that the table had, kept for the next compaction."),
		outside:      counter("outside_window", "Statements whose timestamp lies too far from their arrival; landing keeps them."),
		unread:       counter("damaged_lines", "Landed lines that could not be read; limno verify tells more."),
		bytesWritten: counter("written_bytes", "Bytes of data and held files written."),
		rowsWritten:  counter("written_rows", "Rows of data and held files written; divided by the rows of the tables it is the write amplification."),
		merged:       counter("merged_rows", "Held statements that replaced a row."),
		dropped:      counter("dropped_rows", "Held statements that lost against the row of the table."),
		compactions:  counter("compactions", "Compaction tasks done, by kind.", "kind"),
		deleted:      counter("deleted_files", "Files deleted because no snapshot needs them."),
		files:        gauge("files", "Live data files."),
		rows:         gauge("rows", "Rows of the newest snapshot."),
		bytes:        gauge("bytes", "Bytes of the live data files."),
		heldRows:     gauge("held_rows", "Statements that wait to be merged."),
		seenBytes:    gauge("seen_bytes", "Memory of the seen index."),
		newest:       gauge("newest_datapoint_seconds", "Timestamp of the newest datapoint, seconds since the epoch."),
	}
}

func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	for _, c := range []prometheus.Collector{
		m.commits, m.failed, m.steppedBack, m.startedOver, m.heldLost, m.recordsLost, m.foreign, m.statements, m.appended, m.heldBack, m.outside, m.unread,
		m.bytesWritten, m.rowsWritten, m.merged, m.dropped, m.compactions, m.deleted, m.files, m.rows, m.bytes, m.heldRows, m.seenBytes, m.newest,
	} {
		if err := r.Register(c); err != nil {
			return &limnograph.Error{Code: limnograph.CodeConflict, Op: "register metrics of the lake", Err: err}
		}
	}
	return nil
}

func (m *metrics) written(table string, bytes, rows int64) {
	m.bytesWritten.WithLabelValues(table).Add(float64(bytes))
	m.rowsWritten.WithLabelValues(table).Add(float64(rows))
}

// round counts what a committed round has done.
func (m *metrics) round(table string, statements, appended, held int, s skipped) {
	m.statements.WithLabelValues(table).Add(float64(statements + s.outside + s.damaged))
	m.appended.WithLabelValues(table).Add(float64(appended))
	m.heldBack.WithLabelValues(table).Add(float64(held))
	m.outside.WithLabelValues(table).Add(float64(s.outside))
	m.unread.WithLabelValues(table).Add(float64(s.damaged))
}

// state shows a new base.
func (m *metrics) state(table string, s state, seenBytes int64) {
	var rows, bytes, newest int64
	for _, f := range s.Files {
		rows, bytes, newest = rows+f.Rows, bytes+f.Size, max(newest, f.MaxTime)
	}
	m.files.WithLabelValues(table).Set(float64(len(s.Files)))
	m.rows.WithLabelValues(table).Set(float64(rows))
	m.bytes.WithLabelValues(table).Set(float64(bytes))
	m.heldRows.WithLabelValues(table).Set(float64(s.heldRows()))
	m.seenBytes.WithLabelValues(table).Set(float64(seenBytes))
	m.newest.WithLabelValues(table).Set(float64(newest) / 1000)
}
