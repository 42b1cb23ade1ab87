package objectkey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/objectkey"
)

const id = "0f6a1d2e-3b4c-4d5e-8f90-a1b2c3d4e5f6"

var second = time.Date(2026, 11, 24, 5, 52, 2, 0, time.UTC)

// TestParseFirehose reads keys as Firehose makes them.
func TestParseFirehose(t *testing.T) {
	for _, tt := range []struct {
		name, key string
		want      objectkey.Firehose
	}{
		{
			"default prefix", "2026/11/24/05/fleet-1-2026-11-24-05-52-02-" + id,
			objectkey.Firehose{Prefix: "2026/11/24/05/", Stream: "fleet", Version: "1", Arrival: second, ID: id},
		},
		{
			"no prefix", "fleet-1-2026-11-24-05-52-02-" + id + ".gz",
			objectkey.Firehose{Stream: "fleet", Version: "1", Arrival: second, ID: id, Extension: ".gz"},
		},
		{
			"partitioned prefix", "landing/metrics/glue_metrics/sender=1/year=2026/month=11/day=24/hour=05/my-glue-stream-12-2026-11-24-05-52-02-" + id + ".gz",
			objectkey.Firehose{
				Prefix: "landing/metrics/glue_metrics/sender=1/year=2026/month=11/day=24/hour=05/",
				Stream: "my-glue-stream", Version: "12", Arrival: second, ID: id, Extension: ".gz",
			},
		},
		{
			"own extension", "p/s-1-2026-11-24-05-52-02-" + id + ".json.snappy",
			objectkey.Firehose{Prefix: "p/", Stream: "s", Version: "1", Arrival: second, ID: id, Extension: ".json.snappy"},
		},
		{
			"stream with dots and digits", "p/a.b-2-2020-01-01-00-00-00-3-2026-11-24-05-52-02-" + id + ".gz",
			objectkey.Firehose{Prefix: "p/", Stream: "a.b-2-2020-01-01-00-00-00", Version: "3", Arrival: second, ID: id, Extension: ".gz"},
		},
		{
			"stream like a whole name", "s-1-2020-01-01-00-00-00-" + id + ".gz-1-2026-11-24-05-52-02-" + id,
			objectkey.Firehose{Stream: "s-1-2020-01-01-00-00-00-" + id + ".gz", Version: "1", Arrival: second, ID: id},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := objectkey.ParseFirehose(tt.key)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Key() != tt.key {
				t.Errorf("Key gave %s", got.Key())
			}
		})
	}
}

// TestFirehoseRoundTrip formats and parses any name.
func TestFirehoseRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := objectkey.Firehose{
			Prefix:    rapid.StringMatching(`([^/]{0,8}/){0,3}`).Draw(rt, "prefix"),
			Stream:    rapid.StringMatching(`[-a-zA-Z0-9_.]{1,64}`).Draw(rt, "stream"),
			Version:   rapid.StringMatching(`[1-9][0-9]{0,4}`).Draw(rt, "version"),
			Arrival:   time.Unix(rapid.Int64Range(0, 253402300799).Draw(rt, "arrival"), 0).UTC(),
			ID:        rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`).Draw(rt, "id"),
			Extension: rapid.StringMatching(`(\.[a-z0-9]{1,6}){0,2}`).Draw(rt, "extension"),
		}
		got, err := objectkey.ParseFirehose(want.Key())
		if err != nil {
			rt.Fatalf("%s: %v", want.Key(), err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("%s (-want +got):\n%s", want.Key(), diff)
		}
	})
}

// TestHostileFirehoseKeys refuses names that Firehose does not make.
func TestHostileFirehoseKeys(t *testing.T) {
	good := "p/fleet-1-2026-11-24-05-52-02-" + id + ".gz"
	for _, tt := range []struct{ name, old, replacement string }{
		{"empty", good, ""},
		{"folder", good, "p/"},
		{"no stream", "fleet-", "-"},
		{"no version", "fleet-1-", "fleet-"},
		{"version that is no number", "-1-2026", "-x-2026"},
		{"month 13", "2026-11", "2026-13"},
		{"hour 24", "-05-", "-24-"},
		{"short id", id, id[1:]},
		{"id with other letters", "0f6a", "0g6a"},
		{"id without dashes", id, strings.ReplaceAll(id, "-", "0")},
		{"extension without dot", ".gz", "gz"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := strings.Replace(good, tt.old, tt.replacement, 1)
			f, err := objectkey.ParseFirehose(key)
			if key == good || limnograph.ErrorCode(err) != limnograph.CodeInvalid {
				t.Errorf("%s: %+v, %v", key, f, err)
			}
		})
	}
}

// TestArrivalOf tries the sources of a time in their order.
func TestArrivalOf(t *testing.T) {
	hour := second.Truncate(time.Hour)
	for _, tt := range []struct {
		name, key string
		want      time.Time
	}{
		{"Firehose name", "2020/01/01/00/s-1-2026-11-24-05-52-02-" + id, second},
		{"landing name", "old/year=2020/month=01/day=01/hour=00/s-2026-11-24-05-52-02.123-0000000000000007.gz", arrival},
		{"packed landing name", "old/year=2020/month=01/day=01/hour=00/s+0000000000000012-2026-11-24-05-52-02.123-0000000000000007.gz", arrival},
		{"landing name of an escaped stream", "%2Fs-2026-11-24-05-52-02.123-0000000000000007.gz", arrival},
		{"named folders", "2020/01/01/00/year=2026/month=11/day=24/hour=05/x.json", hour},
		{"named folders before plain ones", "year=2026/month=11/day=24/hour=05/2020/01/01/00/x.json", hour},
		{"plain folders", "2026/11/24/05/x", hour},
		{"plain folders behind a prefix", "/a/b/2026/11/24/05/c/x", hour},
		{"last plain folders", "2020/01/01/00/2026/11/24/05/x", hour},
		{"folders out of range", "2026/13/24/05/x", time.Time{}},
		{"hour missing", "2026/11/24/x", time.Time{}},
		{"time in the name alone", "a/2026-11-24.json", time.Time{}},
		{"hour as the name", "2026/11/24/05", time.Time{}},
		{"nothing", "", time.Time{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := objectkey.ArrivalOf(tt.key)
			if !got.Equal(tt.want) || ok == tt.want.IsZero() {
				t.Errorf("got %v, %v", got, ok)
			}
		})
	}
}

// FuzzKeys parses any key: what is accepted is formatted to the same key.
func FuzzKeys(f *testing.F) {
	f.Add(folder + "fleet-2026-11-24-05-52-02.123-0000000000000007.gz")
	f.Add(folder + "fleet+0000000000000012-2026-11-24-05-52-02.123-0000000000000007.gz")
	f.Add("2026/11/24/05/fleet-1-2026-11-24-05-52-02-" + id + ".gz")
	f.Add("landing/metrics/t/sender=%2F/year=0000/month=01/day=01/hour=00/%5F-0000-01-01-00-00-00.000-99999999999999999.gz")
	f.Add(strings.Replace(folder, "metrics/glue_metrics", "runs/job_runs", 1) + "runs-2026-11-24-05-52-02.123-0000000000000007.gz")
	f.Add(strings.Replace(folder, "metrics/glue_metrics", "metrics/jobs", 1) + "x.gz")
	f.Fuzz(func(t *testing.T, key string) {
		if table, p, err := objectkey.PartitionOf(key); err == nil && !strings.HasPrefix(key, objectkey.Folder(table, p)) {
			t.Errorf("%q is not in the folder of table %q, %+v", key, table, p)
		}
		if l, err := objectkey.ParseLanding(key); err == nil && l.Key() != key {
			t.Errorf("landing %q became %q", key, l.Key())
		}
		if o, err := objectkey.ParseFirehose(key); err == nil && o.Key() != key {
			t.Errorf("Firehose %q became %q", key, o.Key())
		}
		if at, ok := objectkey.ArrivalOf(key); ok == at.IsZero() && at.Year() != 1 {
			t.Errorf("%q: %v %v", key, at, ok)
		}
	})
}
