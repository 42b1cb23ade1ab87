//go:build peers

package peers_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"limnograph"
	"limnograph/duckdb"
	"limnograph/objectkey"
	"limnograph/schema"
	"limnograph/simulator"
)

// firstDay is where the simulated histories begin.
var firstDay = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// history is what Firehose would have written of a simulated fleet: objects in a folder, at their keys.
type history struct {
	dir   string
	files []limnograph.File // in key order; no bounds are known
	fleet *simulator.Fleet
	span  limnograph.TimeRange // of the datapoints
}

// simulate writes the objects of a fleet. One minute in twenty arrives up to 20 minutes late.
func simulate(t testing.TB, jobs int, from, until time.Time) *history {
	t.Helper()
	fleet, err := simulator.NewFleet(simulator.Config{Seed: 42, Jobs: jobs, Accounts: 3})
	if err != nil {
		t.Fatal(err)
	}
	h := &history{dir: t.TempDir(), fleet: fleet, span: limnograph.TimeRange{From: from, To: until}}
	target := simulator.NewDirTarget(filepath.Join(h.dir, filepath.FromSlash(objectkey.MetricsPrefix+"glue_metrics")), fleet)
	player, err := simulator.NewPlayer(fleet, target, simulator.PlayerConfig{
		From: from, Until: until, Order: simulator.ByArrival, Concurrency: 1, Faults: simulator.Faults{Delays: 0.05},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := player.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := target.Close(); err != nil {
		t.Fatal(err)
	}
	h.scan(t)
	return h
}

// scan lists the objects in the folder.
func (h *history) scan(t testing.TB) {
	t.Helper()
	h.files = nil
	err := filepath.WalkDir(h.dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		key, err := filepath.Rel(h.dir, name)
		h.files = append(h.files, limnograph.File{Key: filepath.ToSlash(key), Size: info.Size()})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(h.files, func(a, b limnograph.File) int { return strings.Compare(a.Key, b.Key) })
}

// path is the file of an object.
func (h *history) path(key string) string { return filepath.Join(h.dir, filepath.FromSlash(key)) }

// redeliver writes every nth object again under the name of the object after it, but with another id: its points come a
// second time, in another object and maybe another hour of the same arrival day. It returns how many it wrote.
func (h *history) redeliver(t testing.TB, n int) (objects int) {
	t.Helper()
	for i := 0; i+1 < len(h.files); i += n {
		from, after := h.files[i].Key, h.files[i+1].Key
		if dayOf(from) != dayOf(after) {
			continue
		}
		content, err := os.ReadFile(h.path(from))
		if err != nil {
			t.Fatal(err)
		}
		again := strings.TrimSuffix(after, ".gz")
		again = again[:len(again)-12] + fmt.Sprintf("%012d", i) + ".gz"
		if err := os.WriteFile(h.path(again), content, 0o600); err != nil {
			t.Fatal(err)
		}
		objects++
	}
	h.scan(t)
	return objects
}

// dayOf is the folder of an object's sender and arrival day.
func dayOf(key string) string { return path.Dir(path.Dir(key)) }

// size is the sum of the sizes of the objects that arrived on a day; of all objects for the zero day.
func (h *history) size(day time.Time) (total int64) {
	for _, f := range h.files {
		if day.IsZero() || strings.Contains(f.Key, "/"+day.Format("year=2006/month=01/day=02")+"/") {
			total += f.Size
		}
	}
	return total
}

// store puts the objects into a bucket.
func (h *history) store(t testing.TB, client *s3.Client, bucket string) {
	t.Helper()
	for _, f := range h.files {
		content, err := os.ReadFile(h.path(f.Key))
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &bucket, Key: aws.String(f.Key), Body: bytes.NewReader(content),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// embedded is DuckDB over the same objects, as the binary without AWS runs it.
func (h *history) embedded(t testing.TB) *duckdb.Engine {
	t.Helper()
	set := &limnograph.FileSet{Version: 1, Tables: []limnograph.TableFiles{{Schema: schema.Builtin()[0], Files: h.files}}}
	engine, err := duckdb.Open(t.Context(), duckdb.Config{
		Files: func() *limnograph.FileSet { return set }, Path: h.path, TempDir: t.TempDir(), Timeout: 5 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return engine
}
