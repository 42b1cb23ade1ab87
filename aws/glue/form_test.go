package glue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/glue"
	"limnograph/schema"
)

func parameters(t object) object { return t["Parameters"].(object) }

func TestTableForm(t *testing.T) {
	f := newFake(t)
	ensure(t, f.catalog(), schema.Other(), true)
	table := f.table("raw_other_metrics")
	text := func(name string) object { return object{"Name": name, "Type": "string"} }
	columns := []any{
		text("metric_stream_name"), text("account_id"), text("region"), text("namespace"), text("metric_name"),
		object{"Name": "dimensions", "Type": "map<string,string>"},
		object{"Name": "timestamp", "Type": "bigint"},
		object{"Name": "value", "Type": "map<string,double>"},
		text("unit"),
		object{"Name": "limno_position", "Type": "bigint"},
		object{"Name": "limno_common_attributes", "Type": "map<string,string>"},
	}
	want := object{
		"Name": "raw_other_metrics", "DatabaseName": database, "VersionId": "1", "TableType": "EXTERNAL_TABLE", "Owner": "limnograph",
		"Parameters": object{
			"EXTERNAL": "TRUE", "classification": "json", "compressionType": "gzip",
			"limno.schema": `{"namespace":"","table":"other_metrics"}`, "limno.version": "1",
		},
		"PartitionKeys": []any{text("sender"), text("year"), text("month"), text("day"), text("hour")},
		"StorageDescriptor": object{
			"Columns": columns, "Location": "s3://bucket/prefix/landing/metrics/other_metrics/",
			"InputFormat":  "org.apache.hadoop.mapred.TextInputFormat",
			"OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
			"SerdeInfo": object{
				"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
				"Parameters":           object{"ignore.malformed.json": "true", "serialization.format": "1"},
			},
		},
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestViewForm(t *testing.T) {
	f := newFake(t)
	ensure(t, f.catalog(), schema.Other(), true)
	view := f.table("raw_other_metrics_flat")
	text, _ := view["ViewOriginalText"].(string)
	if !strings.HasPrefix(text, "/* Presto View: ") {
		t.Errorf("%q", text)
	}
	delete(view, "ViewOriginalText")
	descriptor := view["StorageDescriptor"].(object)
	if columns := descriptor["Columns"].([]any); len(columns) != 16 || cmp.Diff(columns[0], object{"Name": "ts", "Type": "timestamp"}) != "" {
		t.Errorf("%d columns: %v", len(columns), columns)
	}
	delete(descriptor, "Columns")
	want := object{
		"Name": "raw_other_metrics_flat", "DatabaseName": database, "VersionId": "1", "TableType": "VIRTUAL_VIEW", "Owner": "limnograph",
		"Parameters":       object{"presto_view": "true", "comment": "Presto View", "limno.table": "other_metrics", "limno.version": "1"},
		"Description":      "Presto View",
		"ViewExpandedText": "/* Presto View */", "PartitionKeys": []any{},
		"StorageDescriptor": object{"Location": "", "SerdeInfo": object{}},
	}
	if diff := cmp.Diff(want, view); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPartitionForm(t *testing.T) {
	f := newFake(t)
	c := f.catalog()
	ensure(t, c, schema.Other(), true)
	p := hour(5)
	p.Sender = "a b"
	if _, err := c.AddPartitions(t.Context(), "other_metrics", []limnograph.Partition{p}); err != nil {
		t.Fatal(err)
	}
	got := f.partitions["raw_other_metrics"][0]
	descriptor := f.table("raw_other_metrics")["StorageDescriptor"].(object)
	descriptor["Location"] = "s3://bucket/prefix/landing/metrics/other_metrics/sender=a%20b/year=2026/month=11/day=24/hour=05/"
	want := object{"Values": []any{"a b", "2026", "11", "24", "05"}, "StorageDescriptor": descriptor}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDamageHeals: whatever is wrong with a table of ours, the next call puts right, and nothing else.
func TestDamageHeals(t *testing.T) {
	const table, view = "raw_glue_metrics", "raw_glue_metrics_flat"
	descriptor := func(t object) object { return t["StorageDescriptor"].(object) }
	tests := map[string]struct {
		name   string
		damage func(t object)
	}{
		"ViewText":      {view, func(t object) { t["ViewOriginalText"] = "/* Presto View: e30= */" }},
		"ViewParameter": {view, func(t object) { delete(parameters(t), "presto_view") }},
		"ViewComment":   {view, func(t object) { parameters(t)["comment"] = "mine" }},
		"ViewOwner":     {view, func(t object) { delete(t, "Owner") }},
		"ViewColumns":   {view, func(t object) { descriptor(t)["Columns"] = []any{} }},
		"ViewOlderForm": {view, func(t object) { parameters(t)["limno.version"] = "0" }},
		"TableSerde": {table, func(t object) {
			descriptor(t)["SerdeInfo"].(object)["SerializationLibrary"] = "org.apache.hive.hcatalog.data.JsonSerDe"
		}},
		"TableNoSerde":    {table, func(t object) { delete(descriptor(t), "SerdeInfo") }},
		"TableMalformed":  {table, func(t object) { delete(descriptor(t)["SerdeInfo"].(object), "Parameters") }},
		"TableColumn":     {table, func(t object) { descriptor(t)["Columns"] = descriptor(t)["Columns"].([]any)[1:] }},
		"TableFormat":     {table, func(t object) { descriptor(t)["InputFormat"] = "x" }},
		"TableProjection": {table, func(t object) { parameters(t)["projection.enabled"] = "true" }},
		"TableOlderForm":  {table, func(t object) { delete(parameters(t), "limno.version") }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			c := f.catalog()
			ensure(t, c, glueSchema(), true)
			want := cmp.Transformer("JSON", func(o object) string { return key(withoutVersion(o)) })
			before := key(withoutVersion(f.table(tt.name)))
			f.edit(tt.name, tt.damage)
			f.forgetCalls()
			ensure(t, c, glueSchema(), true)
			wantWrites(t, f, "UpdateTable")
			if diff := cmp.Diff(before, key(withoutVersion(f.table(tt.name))), want); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			ensure(t, c, glueSchema(), false)
		})
	}
	t.Run("ViewMissing", func(t *testing.T) {
		f := newFake(t)
		c := f.catalog()
		ensure(t, c, glueSchema(), true)
		delete(f.tables, view)
		ensure(t, c, glueSchema(), true)
		ensure(t, c, glueSchema(), false)
	})
}

func withoutVersion(t object) object {
	copied := make(object, len(t))
	for name, value := range t {
		if name != "VersionId" {
			copied[name] = value
		}
	}
	return copied
}

// TestAdditionsStay: what people put on a table is theirs.
func TestAdditionsStay(t *testing.T) {
	f := newFake(t)
	c := f.catalog()
	ensure(t, c, glueSchema(), true)
	f.edit("raw_glue_metrics", func(t object) {
		t["Description"], t["Owner"], t["Retention"] = "for the data office", "team", 7
		parameters(t)["cost-center"] = "42"
	})
	ensure(t, c, glueSchema(), false)
	s := glueSchema()
	s.Dimensions = append(s.Dimensions, limnograph.PromotedDimension{Name: "Team", Column: "team"})
	ensure(t, c, s, true)
	table := f.table("raw_glue_metrics")
	if table["Description"] != "for the data office" || table["Owner"] != "team" || table["Retention"] != float64(7) || parameters(table)["cost-center"] != "42" {
		t.Errorf("%v", table)
	}
}

func TestForeignTablesAreLeftAlone(t *testing.T) {
	f := newFake(t)
	c := f.catalog()
	f.edit("raw_other_metrics", func(t object) { t["TableType"] = "EXTERNAL_TABLE" })
	_, err := c.EnsureTable(t.Context(), schema.Other())
	wantCode(t, err, limnograph.CodeConflict, "limno.raw_other_metrics exists already and was not made by this program")
	_, err = c.AddPartitions(t.Context(), "other_metrics", []limnograph.Partition{hour(1)})
	wantCode(t, err, limnograph.CodeConflict, "was not made by")
	wantWrites(t, f)

	f = newFake(t)
	c = f.catalog()
	f.edit("raw_other_metrics_flat", func(t object) { t["TableType"] = "VIRTUAL_VIEW" })
	_, err = c.EnsureTable(t.Context(), schema.Other())
	wantCode(t, err, limnograph.CodeConflict, "limno.raw_other_metrics_flat exists already")
	wantWrites(t, f, "CreateTable")

	ensure(t, c, glueSchema(), true)
	f.edit("foreign", func(object) {})
	f.edit("copied", func(t object) { t["Parameters"] = object{"limno.table": "glue_metrics"} })
	tables, err := c.Tables(t.Context())
	if diff := cmp.Diff([]limnograph.Schema{glueSchema(), schema.Other()}, tables); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestNewerReleaseIsLeftAlone(t *testing.T) {
	f := newFake(t)
	c := f.catalog()
	ensure(t, c, glueSchema(), true)
	for _, name := range []string{"raw_glue_metrics", "raw_glue_metrics_flat"} {
		f.edit(name, func(t object) {
			parameters(t)["limno.version"] = "2"
			t["StorageDescriptor"] = object{"Location": "s3://bucket/prefix/landing/metrics/glue_metrics/"}
		})
	}
	f.forgetCalls()
	ensure(t, c, glueSchema(), false)
	f.edit("raw_glue_metrics_flat", func(t object) { parameters(t)["limno.version"], t["ViewOriginalText"] = "1", "theirs" })
	ensure(t, c, glueSchema(), false) // the view belongs to the table
	s := glueSchema()
	s.Retention = 1 << 50
	_, err := c.EnsureTable(t.Context(), s)
	wantCode(t, err, limnograph.CodeConflict, "newer release")
	wantWrites(t, f)
}

func TestOtherRootIsRefused(t *testing.T) {
	f := newFake(t)
	ensure(t, f.catalog(), glueSchema(), true)
	f.edit("raw_glue_metrics", func(t object) {
		t["StorageDescriptor"].(object)["Location"] = "s3://other/landing/metrics/glue_metrics/"
	})
	f.forgetCalls()
	_, err := f.catalog().EnsureTable(t.Context(), glueSchema())
	wantCode(t, err, limnograph.CodeConflict, "reads s3://other/landing/metrics/glue_metrics/, not s3://bucket/prefix")
	wantWrites(t, f)
}

func TestDamagedDefinition(t *testing.T) {
	for name, text := range map[string]string{"NotJSON": "{", "OtherTable": `{"namespace":"Glue","table":"x_metrics"}`} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			c := f.catalog()
			ensure(t, c, glueSchema(), true)
			f.edit("raw_glue_metrics", func(t object) { parameters(t)["limno.schema"] = text })
			_, err := c.Tables(t.Context())
			wantCode(t, err, limnograph.CodeInvalid, "limno.schema of limno.raw_glue_metrics")
			_, err = c.EnsureTable(t.Context(), glueSchema())
			wantCode(t, err, limnograph.CodeInvalid, "restore it")
		})
	}
}

func TestProjection(t *testing.T) {
	f := newFake(t)
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	c := f.catalog(func(c *glue.Config) { c.Now = func() time.Time { return now } })
	s := schema.Other()
	ensure(t, c, s, true)
	before := key(parameters(f.table("raw_other_metrics")))
	s.Projection = limnograph.Projection{Senders: []string{"111122223333", "444455556666"}, Since: 2026}
	ensure(t, c, s, true)
	ensure(t, c, s, false)
	want := object{
		"EXTERNAL": "TRUE", "classification": "json", "compressionType": "gzip", "limno.version": "1",
		"limno.schema":       `{"namespace":"","table":"other_metrics","projection":{"senders":["111122223333","444455556666"],"since":2026}}`,
		"projection.enabled": "true", "projection.sender.type": "enum", "projection.sender.values": "111122223333,444455556666",
		"projection.year.type": "integer", "projection.year.range": "2026,2027", "projection.year.digits": "4",
		"projection.month.type": "integer", "projection.month.range": "1,12", "projection.month.digits": "2",
		"projection.day.type": "integer", "projection.day.range": "1,31", "projection.day.digits": "2",
		"projection.hour.type": "integer", "projection.hour.range": "0,23", "projection.hour.digits": "2",
		"storage.location.template": "s3://bucket/prefix/landing/metrics/other_metrics/sender=${sender}/year=${year}/month=${month}/day=${day}/hour=${hour}/",
	}
	if diff := cmp.Diff(want, parameters(f.table("raw_other_metrics"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	f.forgetCalls()
	if _, err := c.AddPartitions(t.Context(), "other_metrics", []limnograph.Partition{hour(1)}); err != nil {
		t.Error(err)
	}
	wantWrites(t, f)
	now = now.AddDate(0, 2, 0)
	ensure(t, c, s, true)
	ensure(t, c, s, false)
	if years := parameters(f.table("raw_other_metrics"))["projection.year.range"]; years != "2026,2028" {
		t.Errorf("in the next year: %s", years)
	}
	ensure(t, c, schema.Other(), true)
	if got := key(parameters(f.table("raw_other_metrics"))); got != before {
		t.Errorf("without projection: %s", got)
	}
}
