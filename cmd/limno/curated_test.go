package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"limnograph"
	"limnograph/cmd/limno/internal/config"
)

// A damaged catalog of the curated tables keeps nobody from starting, and the tables are what they were.
func TestDamagedCatalogIsPutAside(t *testing.T) {
	cfg := config.Default(t.TempDir())
	rows := func(land bool) (n int64) {
		c, err := openCore(t.Context(), cfg, slog.New(slog.DiscardHandler), "test")
		if err != nil {
			t.Fatal(errors.Join(err, c.close()))
		}
		defer func() {
			if err := c.close(); err != nil {
				t.Error(err)
			}
		}()
		if land {
			landOne(t, c)
		}
		for _, f := range c.curation.snapshots()["glue_metrics"].Files {
			n += f.Rows
		}
		return n
	}
	if n := rows(true); n != 1 {
		t.Fatalf("%d rows", n)
	}
	catalog := filepath.Join(cfg.Data, "lake", "catalog.db")
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(catalog + suffix); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(catalog, []byte("this is no database, whatever its name says"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := rows(false); n != 1 {
		t.Errorf("%d rows after the catalog was damaged", n)
	}
	if _, err := os.Stat(catalog + ".broken"); err != nil {
		t.Error(err)
	}
}

// landOne lands and curates one datapoint.
func landOne(t *testing.T, c *core) {
	t.Helper()
	now := time.Now().UTC()
	line := `{"account_id":"111122223333","namespace":"Glue","metric_name":"m","dimensions":{"JobName":"j"},"timestamp":` +
		strconv.FormatInt(now.Truncate(time.Minute).UnixMilli(), 10) + `,"value":{"sum":1.0,"count":1.0}}` + "\n"
	b := &limnograph.Batch{Sender: "s", Stream: "x", RequestID: "r", Arrival: now, Parts: []limnograph.Part{{Table: "glue_metrics", Lines: []byte(line), Count: 1, MinTime: now.UnixMilli(), MaxTime: now.UnixMilli()}}}
	if err := c.lander.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := c.curation.CatchUp(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
}
