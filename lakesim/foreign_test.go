package lakesim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"limnograph"
	"limnograph/columns"
	"limnograph/mem"
)

// foreignSnapshot lets another tool write: it adds a file of its own, or takes files away, or does nothing, but always
// without our ledger.
func (w *world) foreignSnapshot() {
	history := w.ground.peek()
	if len(history) == 0 {
		return
	}
	w.foreigner++
	change := limnograph.TableChange{Properties: map[string]string{}}
	switch w.foreigner % 3 {
	case 0:
		change.Add = []limnograph.DataFile{w.foreignFile()}
	case 1:
		change.Remove = history[0].Files[:min(1, len(history[0].Files))]
	}
	if _, err := w.ground.snapshots().Commit(context.Background(), table, history[0].ID, change); err != nil {
		w.trace("foreign snapshot: %v", err)
		w.heard(err)
		return
	}
	w.note("foreign snapshot")
	w.trace("foreign snapshot: %d files added, %d removed", len(change.Add), len(change.Remove))
}

// foreignFile stores a data file with a row that nobody sent.
func (w *world) foreignFile() limnograph.DataFile {
	dp := limnograph.Datapoint{AccountID: "999988887777", MetricName: "foreign", Timestamp: w.clock.UnixMilli()}
	dp.Statistics = limnograph.StatisticSet{Max: -1, Reported: limnograph.ReportedMax}
	var content bytes.Buffer
	out, err := columns.NewWriter(&content, w.reader.layout)
	if err == nil {
		err = out.Write([]columns.Row{w.reader.layout.NewInterner().Row(&dp, 1)})
	}
	if err != nil {
		panic(err)
	}
	sum, err := out.Close()
	if err != nil {
		panic(err)
	}
	f := limnograph.DataFile{
		Key: fmt.Sprintf("lake/%s/data/foreign-%d.parquet", table, w.foreigner), Rows: sum.Rows, MinTime: sum.MinTime, MaxTime: sum.MaxTime,
	}
	info, err := w.ground.Put(context.Background(), f.Key, &content, limnograph.PutOptions{})
	if err != nil {
		w.trace("foreign file: %v", err)
		w.heard(err)
	}
	f.Size = info.Size
	return f
}

// foreignRollBack lets another tool roll the table back.
func (w *world) foreignRollBack() {
	history := w.ground.peek()
	if len(history) < 2 {
		return
	}
	n := 1 + w.rand.IntN(len(history)-1)
	if err := w.ground.snapshots().RollBack(context.Background(), table, history[n].ID); err != nil {
		w.trace("foreign roll back: %v", err)
		w.heard(err)
	}
	if now := w.ground.peek(); len(now) == len(history) {
		return
	}
	w.note("foreign roll back") // though it may not know, or not be durable
	w.trace("foreign roll back to %d", history[n].ID)
	w.fallTo(w.ground.peek())
}

// heard takes in that the other tool met the power failure, which ends our process too.
func (w *world) heard(err error) {
	if errors.Is(err, mem.ErrPowerLost) && w.life != nil {
		w.life.gate.powerGone()
	}
}
