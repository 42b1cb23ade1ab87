package objectkey_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/objectkey"
)

var arrival = time.Date(2026, 11, 24, 5, 52, 2, 123_000_000, time.UTC)

const folder = "landing/metrics/glue_metrics/sender=team-a/year=2026/month=11/day=24/hour=05/"

// TestLandingKey shows the form of keys.
func TestLandingKey(t *testing.T) {
	for _, tt := range []struct {
		name           string
		sender, stream string
		sequence       uint64
		want           string
	}{
		{"plain", "team-a", "fleet", 7, folder + "fleet-2026-11-24-05-52-02.123-0000000000000007.gz"},
		{
			"stream like a name", "team-a", "x-2026-11-24-05-52-02.123-0000000000000001.gz", 7,
			folder + "x-2026-11-24-05-52-02.123-0000000000000001.gz-2026-11-24-05-52-02.123-0000000000000007.gz",
		},
		{"hidden for Hive", "team-a", "_fleet", 1, folder + "%5Ffleet-2026-11-24-05-52-02.123-0000000000000001.gz"},
		{"dots", "team-a", "..", 1, folder + "%2E.-2026-11-24-05-52-02.123-0000000000000001.gz"},
		{"slash, percent, equals sign, letters beyond ASCII", "team-a", "a/%=é", 1, folder + "a%2F%25%3D%C3%A9-2026-11-24-05-52-02.123-0000000000000001.gz"},
		{"greatest sequence", "team-a", "fleet", math.MaxUint64, folder + "fleet-2026-11-24-05-52-02.123-18446744073709551615.gz"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := objectkey.Landing{Table: "glue_metrics", Sender: tt.sender, Stream: tt.stream, Arrival: arrival, Sequence: tt.sequence}
			if got := l.Key(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			requireLanding(t, l)
		})
	}
}

// TestRecordKey: run records rest beside the datapoints.
func TestRecordKey(t *testing.T) {
	for _, table := range limnograph.RecordTables() {
		l := objectkey.Landing{Table: table, Sender: "collector", Stream: "runs", Arrival: arrival, Sequence: 7}
		want := "landing/runs/" + table + "/sender=collector/year=2026/month=11/day=24/hour=05/runs-2026-11-24-05-52-02.123-0000000000000007.gz"
		if got := l.Key(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		requireLanding(t, l)
	}
	if got := objectkey.LandedPrefixes(); !slices.Equal(got, []string{"landing/metrics/", "landing/runs/"}) {
		t.Errorf("prefixes %q", got)
	}
}

// TestLandingKeyIsUTC formats an arrival in another zone.
func TestLandingKeyIsUTC(t *testing.T) {
	l := objectkey.Landing{Table: "t", Sender: "s", Stream: "x", Arrival: arrival}
	other := l
	other.Arrival = arrival.In(time.FixedZone("", 9*3600)).Add(999 * time.Microsecond)
	if l.Key() != other.Key() {
		t.Errorf("%s\n%s", l.Key(), other.Key())
	}
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func requireLanding(t fataler, l objectkey.Landing) {
	t.Helper()
	key := l.Key()
	got, err := objectkey.ParseLanding(key)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	requirePrefix(t, l, key)
	if diff := cmp.Diff(l, got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", key, diff)
	}
	table, p, err := objectkey.PartitionOf(key)
	want := limnograph.Partition{Sender: l.Sender, Hour: l.Arrival.Truncate(time.Hour)}
	if diff := cmp.Diff(want, p); err != nil || table != l.Table || diff != "" {
		t.Fatalf("partition of %s: table %q, %v\n%s", key, table, err, diff)
	}
	if at, ok := objectkey.ArrivalOf(key); !ok || !at.Equal(l.Arrival) {
		t.Fatalf("arrival of %s: %v %v", key, at, ok)
	}
	for _, part := range strings.Split(key, "/") {
		if part == "" || part[0] == '.' || part[0] == '_' || strings.Trim(part, keyBytes) != "" {
			t.Fatalf("%s: folder or name %q", key, part)
		}
	}
}

// requirePrefix checks that an object rests below the prefix of its table, and that the same key below the other one is
// none.
func requirePrefix(t fataler, l objectkey.Landing, key string) {
	t.Helper()
	own, other := objectkey.MetricsPrefix, objectkey.RunsPrefix
	if limnograph.IsRecordTable(l.Table) {
		own, other = other, own
	}
	if objectkey.TablePrefix(l.Table) != own+l.Table+"/" || !strings.HasPrefix(key, own+l.Table+"/") {
		t.Fatalf("%s is not below %s", key, objectkey.TablePrefix(l.Table))
	}
	moved := other + strings.TrimPrefix(key, own)
	if _, err := objectkey.ParseLanding(moved); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Fatalf("%s: %v", moved, err)
	}
	if table, _, err := objectkey.PartitionOf(moved); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Fatalf("%s is of table %q, %v", moved, table, err)
	}
}

const keyBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.=%+"

// TestLandingRoundTrip formats and parses any sender and stream.
func TestLandingRoundTrip(t *testing.T) {
	text := rapid.OneOf(rapid.StringN(1, -1, 64), rapid.StringMatching(`[-_.%/a-f0-9=]{1,40}`),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 20), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(rt *rapid.T) {
		requireLanding(rt, objectkey.Landing{
			Table:    anyTable().Draw(rt, "table"),
			Sender:   text.Draw(rt, "sender"),
			Stream:   text.Draw(rt, "stream"),
			Arrival:  time.UnixMilli(rapid.Int64Range(-62135596800000, 253402300799999).Draw(rt, "arrival")).UTC(),
			Sequence: rapid.Uint64().Draw(rt, "sequence"),
		})
	})
}

// anyTable draws tables of datapoints and record tables.
func anyTable() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringMatching(`[a-z][a-z0-9_]{0,20}`), rapid.SampledFrom(limnograph.RecordTables()))
}

// TestPackedRoundTrip does so with packed objects.
func TestPackedRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		first := rapid.Uint64Min(0).Draw(rt, "first")
		requireLanding(rt, objectkey.Landing{
			Table: anyTable().Draw(rt, "table"), Sender: "a+b", Stream: rapid.StringN(1, -1, 64).Draw(rt, "stream"), Arrival: arrival,
			Sequence: first, Through: rapid.Uint64Range(max(first, 1), math.MaxUint64).Draw(rt, "through"),
		})
	})
}

// TestPackedKey shows the form of the key of a packed object, and which objects it replaces.
func TestPackedKey(t *testing.T) {
	packed := objectkey.Landing{Table: "glue_metrics", Sender: "team-a", Stream: "a+b", Arrival: arrival, Sequence: 7, Through: 12}
	if want := folder + "a%2Bb+0000000000000012-2026-11-24-05-52-02.123-0000000000000007.gz"; packed.Key() != want {
		t.Errorf("got  %s\nwant %s", packed.Key(), want)
	}
	requireLanding(t, packed)
	for _, name := range []string{
		"a+12-2026-11-24-05-52-02.123-0000000000000007.gz", "a+0000000000000000-2026-11-24-05-52-02.123-0000000000000000.gz",
		"a+0000000000000006-2026-11-24-05-52-02.123-0000000000000007.gz", "+0000000000000012-2026-11-24-05-52-02.123-0000000000000007.gz",
		"a+b+0000000000000012-2026-11-24-05-52-02.123-0000000000000007.gz", "a+-2026-11-24-05-52-02.123-0000000000000007.gz",
		"a+00000000000000012-2026-11-24-05-52-02.123-0000000000000007.gz",
	} {
		if l, err := objectkey.ParseName(name); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
	other := func(change func(*objectkey.Landing)) objectkey.Landing {
		l := objectkey.Landing{Table: "glue_metrics", Sender: "team-a", Stream: "x", Arrival: arrival.Add(time.Minute), Sequence: 9}
		change(&l)
		return l
	}
	for name, tt := range map[string]struct {
		change func(*objectkey.Landing)
		want   bool
	}{
		"first":        {func(l *objectkey.Landing) { l.Sequence = 7 }, true},
		"last":         {func(l *objectkey.Landing) { l.Sequence = 12 }, true},
		"before":       {func(l *objectkey.Landing) { l.Sequence = 6 }, false},
		"behind":       {func(l *objectkey.Landing) { l.Sequence = 13 }, false},
		"other table":  {func(l *objectkey.Landing) { l.Table = "x" }, false},
		"other sender": {func(l *objectkey.Landing) { l.Sender = "x" }, false},
		"other hour":   {func(l *objectkey.Landing) { l.Arrival = arrival.Add(time.Hour) }, false},
		"packed":       {func(l *objectkey.Landing) { l.Through = 9 }, false},
	} {
		if got := packed.Replaces(other(tt.change)); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if other(func(*objectkey.Landing) {}).Replaces(packed) {
		t.Error("an object that is not packed replaces one")
	}
}

// TestLandingKeysSort compares the order of keys with the order of arrival.
func TestLandingKeysSort(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		at := rapid.Int64Range(0, 253402300799999)
		a, b := at.Draw(rt, "a"), at.Draw(rt, "b")
		key := func(ms int64) string {
			return objectkey.Landing{Table: "t", Sender: "s", Stream: "x", Arrival: time.UnixMilli(ms)}.Key()
		}
		if (a < b) != (key(a) < key(b)) {
			rt.Fatalf("%d %s\n%d %s", a, key(a), b, key(b))
		}
	})
}

// TestHostileLandingKeys refuses what Key does not make.
func TestHostileLandingKeys(t *testing.T) {
	good := folder + "fleet-2026-11-24-05-52-02.123-0000000000000007.gz"
	if _, err := objectkey.ParseLanding(good); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, replacement string }{
		{"prefix of run records", "landing/metrics/", "landing/runs/"},
		{"table of run records", "glue_metrics", "job_runs"},
		{"unknown prefix", "landing/metrics/", "landing/other/"},
		{"no table", "glue_metrics", ""},
		{"no sender", "sender=team-a/", ""},
		{"empty sender", "team-a", ""},
		{"sender that should be escaped", "team-a", "team a"},
		{"sender with needless escape", "team-a", "team%2Da"},
		{"lower-case escape", "team-a", "team%2fa"},
		{"cut escape", "team-a", "team%2"},
		{"escape without digits", "team-a", "team%zz"},
		{"month 13", "month=11", "month=13"},
		{"February 30", "month=11/day=24", "month=02/day=30"},
		{"one-digit hour", "hour=05", "hour=5"},
		{"other folder order", "month=11/day=24", "day=24/month=11"},
		{"hour of another time", "hour=05", "hour=06"},
		{"folder too many", "hour=05/", "hour=05/x/"},
		{"no name", "fleet-2026-11-24-05-52-02.123-0000000000000007.gz", ""},
		{"no stream", "/fleet-", "/-"},
		{"hidden stream", "/fleet-", "/_fleet-"},
		{"short sequence", "0000000000000007", "7"},
		{"long sequence with zeros", "0000000000000007", "00000000000000000007"},
		{"sequence above 64 bits", "0000000000000007", "18446744073709551616"},
		{"negative sequence", "0000000000000007", "-000000000000007"},
		{"no milliseconds", "02.123", "02"},
		{"comma for the milliseconds", "02.123", "02,123"},
		{"other extension", ".gz", ".json"},
		{"traversal", "glue_metrics", "../../etc"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := strings.Replace(good, tt.old, tt.replacement, 1)
			l, err := objectkey.ParseLanding(key)
			if key == good || limnograph.ErrorCode(err) != limnograph.CodeInvalid {
				t.Errorf("%s: %+v, %v", key, l, err)
			}
		})
	}
}

// TestPartitionOf reads the folders alone.
func TestPartitionOf(t *testing.T) {
	table, p, err := objectkey.PartitionOf(folder + "fleet-1-2026-11-24-05-47-01-0f6a1d2e-3b4c-4d5e-8f90-a1b2c3d4e5f6.gz")
	want := limnograph.Partition{Sender: "team-a", Hour: arrival.Truncate(time.Hour)}
	if diff := cmp.Diff(want, p); err != nil || table != "glue_metrics" || diff != "" {
		t.Errorf("%q, %v, %s", table, err, diff)
	}
	for _, key := range []string{"", "/", "landing/metrics/", "landing/runs/", "landing/runs/job_runs", "landing/runs//x", folder, "quarantine/x", folder + "a/b"} {
		if _, _, err := objectkey.PartitionOf(key); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// TestParseName accepts exactly what Name makes.
func TestParseName(t *testing.T) {
	want := objectkey.Landing{Stream: "a/b", Arrival: arrival, Sequence: 7}
	const name = "a%2Fb-2026-11-24-05-52-02.123-0000000000000007.gz"
	got, err := objectkey.ParseName(name)
	if diff := cmp.Diff(want, got); err != nil || diff != "" || want.Name() != name {
		t.Error(err, diff, want.Name())
	}
	for _, bad := range []string{
		"", ".gz", "a-0000000000000007.gz", "a-2026-11-24-05-52-02.123-7.gz", "a-2026-11-24-05-52-02.123-0000000000000007x.gz",
		"a-2026-11-24-05-52-02.123-00000000000000007.gz", "a-2026-11-24-05-52-02.123-+000000000000007.gz",
		"-2026-11-24-05-52-02.123-0000000000000007.gz", "a-2026-11-31-05-52-02.123-0000000000000007.gz",
		"a/b-2026-11-24-05-52-02.123-0000000000000007.gz", "a-2026-11-24-05-52-02.123-0000000000000007", "a-2026-11-24-05-52-02.123-0000000000000007.bin",
	} {
		_, err := objectkey.ParseName(bad)
		if limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestFolder: the folder of a partition is the one that PartitionOf reads.
func TestFolder(t *testing.T) {
	for want, p := range map[string]limnograph.Partition{
		folder: {Sender: "team-a", Hour: arrival},
		"landing/metrics/glue_metrics/sender=%2Fa%20b/year=2026/month=11/day=24/hour=05/": {Sender: "/a b", Hour: arrival.In(time.FixedZone("", 3600))},
	} {
		got := objectkey.Folder("glue_metrics", p)
		if got != want {
			t.Errorf("%+v has the folder %s, want %s", p, got, want)
		}
		if _, back, err := objectkey.PartitionOf(got + "x"); err != nil || back.Sender != p.Sender || !back.Hour.Equal(arrival.Truncate(time.Hour)) {
			t.Errorf("%s is of %+v, %v", got, back, err)
		}
	}
}

// TestHourFolders are those of the key, in UTC.
func TestHourFolders(t *testing.T) {
	if got := objectkey.HourFolders(arrival.In(time.FixedZone("", 9*3600))); got != "year=2026/month=11/day=24/hour=05/" {
		t.Error(got)
	}
}
