package duckdb_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph/objectkey"
)

func TestNamesAnswerBeforeFirstDelivery(t *testing.T) {
	l := newLake(t)
	for _, name := range []string{"raw_glue_metrics", "raw_glue_metrics_flat", "raw_other_metrics", "raw_other_metrics_flat"} {
		if got := l.query("SELECT count(*) FROM " + name); got[0] != "0" {
			t.Errorf("%s has %s rows", name, got[0])
		}
	}
}

func TestColumns(t *testing.T) {
	l := newLake(t)
	columns := func(table string) string {
		return strings.Join(l.query(`SELECT column_name || ' ' || data_type FROM information_schema.columns WHERE table_name = '`+table+`' ORDER BY ordinal_position`), ", ")
	}
	tests := map[string]string{
		"raw_glue_metrics": "metric_stream_name VARCHAR, account_id VARCHAR, region VARCHAR, namespace VARCHAR, metric_name VARCHAR, " +
			"dimensions MAP(VARCHAR, VARCHAR), timestamp BIGINT, value MAP(VARCHAR, DOUBLE), unit VARCHAR, limno_position BIGINT, limno_common_attributes MAP(VARCHAR, VARCHAR), " +
			"JobName VARCHAR, JobRunId VARCHAR, Type VARCHAR, Source VARCHAR, Sink VARCHAR, ObservabilityGroup VARCHAR, " +
			"sender VARCHAR, year VARCHAR, month VARCHAR, day VARCHAR, hour VARCHAR",
		"raw_glue_metrics_flat": "ts TIMESTAMP WITH TIME ZONE, account_id VARCHAR, region VARCHAR, namespace VARCHAR, metric_name VARCHAR, " +
			"job_name VARCHAR, job_run_id VARCHAR, is_total BOOLEAN, metric_type VARCHAR, source VARCHAR, sink VARCHAR, observability_group VARCHAR, executor VARCHAR, " +
			"dimensions VARCHAR, max DOUBLE, min DOUBLE, sum DOUBLE, count DOUBLE, stats VARCHAR, unit VARCHAR, year VARCHAR, month VARCHAR, day VARCHAR",
		"raw_other_metrics_flat": "ts TIMESTAMP WITH TIME ZONE, account_id VARCHAR, region VARCHAR, namespace VARCHAR, metric_name VARCHAR, is_total BOOLEAN, " +
			"dimensions VARCHAR, max DOUBLE, min DOUBLE, sum DOUBLE, count DOUBLE, stats VARCHAR, unit VARCHAR, year VARCHAR, month VARCHAR, day VARCHAR",
	}
	for table, want := range tests {
		if diff := cmp.Diff(want, columns(table)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", table, diff)
		}
	}
}

// TestFlat shows what becomes of one line.
func TestFlat(t *testing.T) {
	const all = `ts, account_id, job_name, job_run_id, is_total, metric_type, source, executor, dimensions, "max", "min", "sum", "count", stats, unit, "year", "month", "day"`
	tests := map[string]struct {
		point point
		want  string
	}{
		"OK": {
			point{},
			`2026-11-24T12:00:00Z|111122223333|load|jr_1|false|count|NULL|driver|{"JobName":"load","JobRunId":"jr_1","Type":"count"}|1|1|1|1|NULL|Count|2026|11|24`,
		},
		"TotalIsMarked": {
			point{dims: `{"JobName":"load","JobRunId":"ALL","Source":"s3"}`, metric: "glue.12.system.cpuSystemLoad"},
			`2026-11-24T12:00:00Z|111122223333|load|ALL|true|NULL|s3|12|{"JobName":"load","JobRunId":"ALL","Source":"s3"}|1|1|1|1|NULL|Count|2026|11|24`,
		},
		"EmptyDimensions": {
			point{dims: `{}`, metric: "custom"},
			`2026-11-24T12:00:00Z|111122223333|NULL|NULL|false|NULL|NULL|NULL|{}|1|1|1|1|NULL|Count|2026|11|24`,
		},
		"NotReportedIsNull": {
			point{value: `{"max":3.5,"p99.9":2.25,"TM(25%:75%)":1.5}`, unit: "absent"},
			`2026-11-24T12:00:00Z|111122223333|load|jr_1|false|count|NULL|driver|{"JobName":"load","JobRunId":"jr_1","Type":"count"}|3.5|NULL|NULL|NULL|{"TM(25%:75%)":1.5,"p99.9":2.25}|None|2026|11|24`,
		},
		"AbsurdTimestampIsNull": {
			point{ts: "9223372036854775807"},
			`NULL|111122223333|load|jr_1|false|count|NULL|driver|{"JobName":"load","JobRunId":"jr_1","Type":"count"}|1|1|1|1|NULL|Count|2026|11|24`,
		},
		"NegativeAbsurdTimestampIsNull": {
			point{ts: "-9223372036854775808"},
			`NULL|111122223333|load|jr_1|false|count|NULL|driver|{"JobName":"load","JobRunId":"jr_1","Type":"count"}|1|1|1|1|NULL|Count|2026|11|24`,
		},
		"HugeNumbers": {
			point{value: `{"max":1.7976931348623157e308,"min":-1e300,"sum":5e-324,"count":1e15}`},
			`2026-11-24T12:00:00Z|111122223333|load|jr_1|false|count|NULL|driver|{"JobName":"load","JobRunId":"jr_1","Type":"count"}|1.7976931348623157e+308|-1e+300|5e-324|1e+15|NULL|Count|2026|11|24`,
		},
		"QuotesAndSlashesInDimensions": {
			point{dims: `{"JobName":"a\"b/c'd é","JobRunId":"~1"}`},
			`2026-11-24T12:00:00Z|111122223333|a"b/c'd é|~1|false|NULL|NULL|driver|{"JobName":"a\"b/c'd é","JobRunId":"~1"}|1|1|1|1|NULL|Count|2026|11|24`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLake(t)
			l.object(noon, tt.point.line())
			if diff := cmp.Diff([]string{tt.want}, l.query("SELECT "+all+" FROM raw_glue_metrics_flat")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := l.query("SELECT count(*) FROM raw_glue_metrics"); got[0] != "1" {
				t.Errorf("raw table has %s rows", got[0])
			}
		})
	}
}

func TestFiveHundredStatistics(t *testing.T) {
	var extra strings.Builder
	for i := range 500 {
		fmt.Fprintf(&extra, `,"p%d.5":%d.25`, i, i)
	}
	l := newLake(t)
	l.object(noon, point{value: `{"count":2.0,"max":1.0` + extra.String() + `}`}.line())
	got := l.query(`SELECT json_extract_scalar(stats, '$."p499.5"'), len(json_keys(stats)), "count" FROM raw_glue_metrics_flat`)
	if diff := cmp.Diff([]string{"499.25|500|2"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestReduction shows which of several lines about one datapoint is kept.
func TestReduction(t *testing.T) {
	const (
		one      = `{"max":1.0,"min":1.0,"sum":10.0,"count":1.0}`
		two      = `{"max":2.0,"min":1.0,"sum":20.0,"count":2.0}`
		twoAgain = `{"max":2.0,"min":1.0,"sum":21.0,"count":2.0}`
		twoMore  = `{"max":2.0,"min":1.0,"sum":22.0,"count":2.0,"p99":1.0}`
		noCount  = `{"max":2.0,"min":1.0,"sum":23.0,"p99":1.0,"p98":1.0}`
		noSum    = `{"max":2.0,"min":1.0,"count":3.0}`
	)
	at := func(hour int) time.Time { return noon.Add(time.Duration(hour) * time.Hour) }
	tests := map[string]struct {
		objects map[int][]string // by hours after noon: values
		want    []string         // sums
	}{
		"RedeliveryIsOneRow":              {map[int][]string{0: {one, one}, 1: {one}}, []string{"10"}},
		"GreaterCountWins":                {map[int][]string{0: {two, one}, 1: {one}}, []string{"20"}},
		"LaterObjectLosesAgainstCount":    {map[int][]string{0: {two}, 2: {one}}, []string{"20"}},
		"MoreStatisticsWin":               {map[int][]string{0: {twoMore, two}, 1: {two}}, []string{"22"}},
		"NoCountIsLowest":                 {map[int][]string{0: {one, noCount}}, []string{"10"}},
		"SameObjectPositionDecides":       {map[int][]string{0: {two, twoAgain}}, []string{"21"}},
		"SameObjectPositionDecidesEither": {map[int][]string{0: {twoAgain, two}}, []string{"20"}},
		"LaterKeyDecides":                 {map[int][]string{0: {two}, 1: {twoAgain}}, []string{"21"}},
		"LaterKeyDecidesEither":           {map[int][]string{0: {twoAgain}, 1: {two}}, []string{"20"}},
		"NextArrivalDayIsItsOwnRow":       {map[int][]string{0: {two}, 12: {twoAgain}}, []string{"20", "21"}},
		"WinnerWithoutSumHasNoSum":        {map[int][]string{0: {two, noSum}}, []string{"NULL"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLake(t)
			for _, hour := range []int{12, 2, 1, 0} { // published in another order than that of keys
				var lines []string
				for _, v := range tt.objects[hour] {
					lines = append(lines, point{value: v}.line())
				}
				if lines != nil {
					l.object(at(hour), lines...)
				}
			}
			got := l.query(`SELECT "sum" FROM raw_glue_metrics_flat ORDER BY "sum"`)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestKey shows what makes lines statements about the same datapoint.
func TestKey(t *testing.T) {
	tests := map[string]struct {
		a, b point
		rows string
	}{
		"DimensionOrderDoesNotMatter": {point{dims: `{"A":"1","B":"2"}`}, point{dims: `{"B":"2","A":"1"}`}, "1"},
		"AbsentUnitIsNone":            {point{unit: "None"}, point{unit: "absent"}, "1"},
		"UnitMatters":                 {point{unit: "Count"}, point{unit: "Bytes"}, "2"},
		"AccountMatters":              {point{account: "1"}, point{account: "2"}, "2"},
		"DimensionMatters":            {point{dims: `{"A":"1"}`}, point{dims: `{"A":"1","B":""}`}, "2"},
		"BorderOfNameAndValueMatters": {point{dims: `{"A":"1,B"}`}, point{dims: `{"A,1":"B"}`}, "2"},
		"MillisecondMatters":          {point{ts: "1"}, point{ts: "2"}, "2"},
		"AbsurdTimestampsStayApart":   {point{ts: "9223372036854775807"}, point{ts: "9223372036854775806"}, "2"},
		"TwinStaysARow":               {point{dims: `{"JobRunId":"jr"}`}, point{dims: `{"JobRunId":"ALL"}`}, "2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLake(t)
			l.object(noon, tt.a.line(), tt.b.line())
			if got := l.query(`SELECT count(*) FROM raw_glue_metrics_flat`); got[0] != tt.rows {
				t.Errorf("%s rows, want %s", got[0], tt.rows)
			}
		})
	}
}

func TestSendersAreReducedTogether(t *testing.T) {
	l := newLake(t)
	l.objectOf("glue_metrics", "a/b =ü", noon, point{}.line())
	l.objectOf("glue_metrics", "c", noon.Add(time.Hour), point{}.line())
	if got := l.query(`SELECT count(*) FROM raw_glue_metrics_flat`); got[0] != "1" {
		t.Errorf("%s rows, want 1", got[0])
	}
	if diff := cmp.Diff([]string{"a/b =ü|12", "c|13"}, l.query(`SELECT sender, "hour" FROM raw_glue_metrics ORDER BY 1`)); diff != "" {
		t.Error(diff)
	}
}

// TestLaterArrivalWins: neither the sender's nor the stream's name decides between equal statements.
func TestLaterArrivalWins(t *testing.T) {
	tests := map[string]struct{ senders, streams [2]string }{
		"TwoSenders":         {[2]string{"prod", "dev"}, [2]string{"s", "s"}},
		"TwoSendersEither":   {[2]string{"dev", "prod"}, [2]string{"s", "s"}},
		"TwoStreams":         {[2]string{"default", "default"}, [2]string{"zzz", "aaa"}},
		"TwoStreamsEither":   {[2]string{"default", "default"}, [2]string{"aaa", "zzz"}},
		"StreamLooksLikeAge": {[2]string{"default", "default"}, [2]string{"s-2027-01-01-00-00-00.000-0000000000000009.gz", "s"}},
		"Both":               {[2]string{"prod", "dev"}, [2]string{"zzz", "aaa"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLake(t)
			for i, sum := range []string{"1.0", "2.0"} {
				l.stream = tt.streams[i]
				l.objectOf("glue_metrics", tt.senders[i], noon.Add(time.Duration(i)*time.Millisecond), point{value: `{"sum":` + sum + `,"count":1}`}.line())
			}
			if diff := cmp.Diff([]string{"2"}, l.query(`SELECT "sum" FROM raw_glue_metrics_flat`)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestObjectsOfOtherNames: they are ranked by key, and below those whose name has an arrival.
func TestObjectsOfOtherNames(t *testing.T) {
	l := newLake(t)
	said := func(sum string, positions int) {
		lines := slices.Repeat([]string{point{value: `{"sum":` + sum + `,"count":1}`}.line()}, positions)
		l.object(noon, lines...)
	}
	sum := func() string { return l.query(`SELECT "sum" FROM raw_glue_metrics_flat`)[0] }
	said("1.0", 1)
	l.rename("b.gz")
	said("2.0", 3)
	l.rename("a.gz")
	if got := sum(); got != "1" {
		t.Errorf("of two other names: %s", got)
	}
	said("3.0", 1)
	if got := sum(); got != "3" {
		t.Errorf("of a name with an arrival and others: %s", got)
	}
}

// TestFirehoseNamesHaveAnArrival: objects that Data Firehose wrote are ranked by the time in their names, beside those of
// our own landing.
func TestFirehoseNamesHaveAnArrival(t *testing.T) {
	firehose := func(stream string, second int, extension string) string {
		at := noon.Add(time.Duration(second) * time.Second)
		return objectkey.Firehose{Stream: stream, Version: "1", Arrival: at, ID: "0f6a1d2e-3b4c-4d5e-8f90-a1b2c3d4e5f6", Extension: extension}.Key()
	}
	landing := func(second int, sequence uint64) string {
		return objectkey.Landing{Stream: "s", Arrival: noon.Add(time.Duration(second) * time.Second), Sequence: sequence}.Name()
	}
	packed := func(second int, first, through uint64) string {
		at := noon.Add(time.Duration(second) * time.Second)
		return objectkey.Landing{Stream: "s", Arrival: at, Sequence: first, Through: through}.Name()
	}
	tests := map[string]struct{ loser, winner string }{
		"PackedBefore":          {packed(1, 7, 9), firehose("a", 2, ".gz")},
		"PackedAfter":           {firehose("z", 1, ".gz"), packed(2, 7, 9)},
		"PackedLongSequence":    {firehose("z", 1, ".gz"), packed(2, 99_999_999_999_999_999, 99_999_999_999_999_999)},
		"LaterSecond":           {firehose("z", 1, ".gz"), firehose("a", 2, ".gz")},
		"OwnExtension":          {firehose("z", 1, ".gz"), firehose("a", 2, ".json.gz")},
		"StreamLooksLikeAge":    {firehose("z-1-"+firehose("z", 9, ".gz"), 1, ".gz"), firehose("a", 2, ".gz")},
		"NoExtension":           {firehose("z", 1, ""), firehose("a", 2, "")},
		"LandingBefore":         {landing(1, 7), firehose("a", 2, ".gz")},
		"LandingAfter":          {firehose("z", 1, ".gz"), landing(2, 7)},
		"LandingOfTheSecond":    {firehose("z", 1, ".gz"), landing(1, 7)},
		"LongSequence":          {firehose("z", 1, ".gz"), landing(2, 99_999_999_999_999_999)},
		"OtherNameIsBelow":      {"zzz.gz", firehose("a", 1, ".gz")},
		"NoVersionIsStillAName": {"zzz.gz", "a-2026-11-24-12-00-01-0f6a1d2e-3b4c-4d5e-8f90-a1b2c3d4e5f6.gz"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLake(t)
			for i, object := range []string{tt.loser, tt.winner} {
				l.object(noon, point{value: fmt.Sprintf(`{"sum":%d,"count":1}`, i)}.line())
				l.rename(object)
			}
			if got := l.query(`SELECT "sum" FROM raw_glue_metrics_flat`); !slices.Equal(got, []string{"1"}) {
				t.Errorf("%v: the loser won", got)
			}
		})
	}
}

func TestDamagedLinesHarmNothingElse(t *testing.T) {
	l := newLake(t)
	l.landed("glue_metrics", "default", noon, strings.Join([]string{
		point{metric: "good1"}.line(),
		`not json`,
		``,
		`{"metric_name":"late","timestamp":1e300,"dimensions":{"A":"1","A":"2"},"value":{"max":"x"}}`,
		`{"metric_name":"wrong","timestamp":"soon","dimensions":[1],"value":7}`,
		`[1,2]`,
		point{metric: "good2"}.line(),
	}, "\n"))
	got := l.query(`SELECT metric_name FROM raw_glue_metrics_flat WHERE metric_name LIKE 'good%' ORDER BY 1`)
	if diff := cmp.Diff([]string{"good1", "good2"}, got); diff != "" {
		t.Error(diff)
	}
	l.query(`SELECT * FROM raw_glue_metrics`)
}

func TestSchemaWithOddDimensionNames(t *testing.T) {
	l := newLake(t)
	s := mustParse(t, `
namespace: Custom/Odd
dimensions:
  - {name: "a/b~c", column: abc}
  - {name: "it's \"quoted\"", column: quoted}
  - {name: Region, column: odd_region}
totals: {"a/b~c": ["x'y", ALL]}
`)
	l.publish(s)
	l.objectOf(s.Table, "default", noon, `{"metric_name":"m","region":"eu","dimensions":{"a/b~c":"x'y","it's \"quoted\"":"q","Region":"r"},"timestamp":0,"value":{"max":1}}`)
	got := l.query(`SELECT abc, quoted, odd_region, region, is_total FROM raw_custom_odd_metrics_flat`)
	if diff := cmp.Diff([]string{"x'y|q|r|eu|true"}, got); diff != "" {
		t.Error(diff)
	}
	got = l.query(`SELECT "a/b~c", "it's ""quoted""", region, dimensions['Region'] FROM raw_custom_odd_metrics`)
	if diff := cmp.Diff([]string{"x'y|q|eu|r"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestCapture reads a record as CloudWatch sent it, delivered twice.
func TestCapture(t *testing.T) {
	data, err := os.ReadFile("testdata/cwmetricstream_multiple_records.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	l := newLake(t)
	l.landed("other_metrics", "default", noon, string(data))
	l.landed("other_metrics", "default", noon.Add(time.Minute), string(data))
	for sql, want := range map[string]string{
		`SELECT count(*) FROM raw_other_metrics`:                                                           "254",
		`SELECT count(*), count(DISTINCT namespace) FROM raw_other_metrics_flat`:                           "127|6",
		`SELECT count(*) FROM raw_other_metrics_flat WHERE "sum" IS NULL OR "count" IS NULL OR ts IS NULL`: "0",
	} {
		if got := l.query(sql); got[0] != want {
			t.Errorf("%s: %s, want %s", sql, got[0], want)
		}
	}
}
