package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/cataloging"
	"limnograph/localdir"
)

// The curated tables stop writing at the mark of free space, delete all the same, and go on when there is space again.
func TestRoomyStore(t *testing.T) {
	store, err := localdir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	full := &limnograph.Error{Code: limnograph.CodeUnavailable, Message: "no room"}
	var refuse error
	s := roomyStore{store, func() error { return refuse }}
	put := func() error {
		_, err := s.Put(t.Context(), "lake/t/data/x.parquet", strings.NewReader("x"), limnograph.PutOptions{})
		return err
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	refuse = full
	if err := put(); limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
		t.Errorf("at the mark: %v", err)
	}
	if err := s.Delete(t.Context(), "lake/t/data/x.parquet"); err != nil {
		t.Error(err)
	}
	refuse = nil
	if err := put(); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

func TestTendEvery(t *testing.T) {
	for packAfter, want := range map[time.Duration]time.Duration{
		0: 10 * time.Minute, time.Second: time.Second, 20 * time.Second: 5 * time.Second, 2 * time.Hour: 10 * time.Minute,
	} {
		if got := tendEvery(packAfter); got != want {
			t.Errorf("tendEvery(%v) = %v, want %v", packAfter, got, want)
		}
	}
}

// Record tables are tended though nothing publishes them.
func TestRecordTablesAreTended(t *testing.T) {
	c := &core{worker: cataloging.New(nil, nil, nil, func() []limnograph.Schema { return nil }, cataloging.Config{})}
	var tended []string
	for _, s := range c.tendedSchemas() {
		tended = append(tended, s.Table)
	}
	if !slices.Equal(tended, limnograph.RecordTables()) {
		t.Errorf("tended: %q", tended)
	}
}
