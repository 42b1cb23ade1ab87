package schema_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/schema"
)

func TestParse(t *testing.T) {
	type dims = []limnograph.PromotedDimension
	tests := map[string]struct {
		text string
		want limnograph.Schema
	}{
		"Minimal": {
			"namespace: AWS/EBS\ndimensions: [VolumeId]\n",
			limnograph.Schema{Namespace: "AWS/EBS", Table: "ebs_metrics", Dimensions: dims{{Name: "VolumeId", Column: "volume_id"}}},
		},
		"NamespaceAlone": {"namespace: CWAgent", limnograph.Schema{Namespace: "CWAgent", Table: "cw_agent_metrics"}},
		"DimensionsOfEveryForm": {
			"namespace: X\ndimensions:\n  - InstanceId\n  - {name: Per-VPC Metrics, column: vpc}\n  - name: DBInstanceIdentifier\n",
			limnograph.Schema{Namespace: "X", Table: "x_metrics", Dimensions: dims{
				{Name: "InstanceId", Column: "instance_id"},
				{Name: "Per-VPC Metrics", Column: "vpc"},
				{Name: "DBInstanceIdentifier", Column: "db_instance_identifier"},
			}},
		},
		"DimensionsAsMapping": {
			"namespace: X\ndimensions:\n  VolumeId: vol\n  Class: class\n",
			limnograph.Schema{Namespace: "X", Table: "x_metrics", Dimensions: dims{{Name: "VolumeId", Column: "vol"}, {Name: "Class", Column: "class"}}},
		},
		"Everything": {
			"# comment\nnamespace: 'Custom/My App'\ntable: my_app\ntotals: {Host: [ALL, '*'], Zone: 7}\nextract:\n  part: '^app\\.([a-z]+)'\nretention: 26w\n",
			limnograph.Schema{
				Namespace: "Custom/My App", Table: "my_app", Retention: 26 * 7 * 24 * time.Hour,
				Totals:   []limnograph.Dimension{{Name: "Host", Value: "ALL"}, {Name: "Host", Value: "*"}, {Name: "Zone", Value: "7"}},
				Extracts: []limnograph.ExtractedColumn{{Column: "part", Pattern: `^app\.([a-z]+)`}},
			},
		},
		"RetentionInDays":  {"namespace: X\nretention: 400d", limnograph.Schema{Namespace: "X", Table: "x_metrics", Retention: 400 * 24 * time.Hour}},
		"RetentionInHours": {"namespace: X\nretention: 36h30m", limnograph.Schema{Namespace: "X", Table: "x_metrics", Retention: 36*time.Hour + 30*time.Minute}},
		"Projection": {
			"namespace: X\nprojection: {senders: [\"111122223333\", dev-1], since: 2026}",
			limnograph.Schema{Namespace: "X", Table: "x_metrics", Projection: limnograph.Projection{Senders: []string{"111122223333", "dev-1"}, Since: 2026}},
		},
		"TableRetention":        {"namespace: X\ntable_retention: 104w", limnograph.Schema{Namespace: "X", Table: "x_metrics", TableRetention: 728 * 24 * time.Hour}},
		"TableRetentionForever": {"namespace: X\nretention: 2d\ntable_retention: forever", limnograph.Schema{Namespace: "X", Table: "x_metrics", Retention: 48 * time.Hour}},
		"RetentionIsForever":    {"namespace: X\nretention: forever", limnograph.Schema{Namespace: "X", Table: "x_metrics"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := schema.Parse("x.yaml", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestParseErrors: each mistake is found where it stands, with the way out.
func TestParseErrors(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string // position and a piece of the remedy, in this order
	}{
		"Empty":               {"", []string{"x.yaml:1:1: the file is empty"}},
		"NotYAML":             {"namespace: [", []string{"x.yaml:1:1: not valid YAML"}},
		"TabIndentation":      {"namespace: X\ndimensions:\n\t- A", []string{"x.yaml:3:1: not valid YAML"}},
		"List":                {"- a", []string{"x.yaml:1:1: a schema definition must be a mapping"}},
		"TwoDocuments":        {"namespace: X\n---\nnamespace: Y", []string{"x.yaml:2:1: a second document", "one definition per file"}},
		"NoNamespace":         {"table: x_metrics", []string{"x.yaml:1:1: namespace is missing", "namespace: AWS/EBS"}},
		"EmptyNamespace":      {"namespace:", []string{"x.yaml:1:11: namespace has no value"}},
		"NamespaceWithSpaces": {"namespace: ' X'", []string{"x.yaml:1:12: namespace \" X\" is no CloudWatch namespace"}},
		"UnknownKey":          {"namespace: X\ndimension: [A]", []string{"x.yaml:2:1: unknown key \"dimension\"", "did you mean dimensions?"}},
		"OddKey":              {"namespace: X\nzzz: 1", []string{"x.yaml:2:1: unknown key \"zzz\"", "known keys: namespace, table"}},
		"RepeatedKey":         {"namespace: X\nnamespace: Y", []string{"x.yaml:", "namespace"}},
		"BadTable":            {"namespace: X\ntable: My-Table", []string{"x.yaml:2:8: table \"My-Table\" is no table name", "lower-case"}},
		"TableFromNamespace":  {"namespace: 7up", []string{"x.yaml:1:12: table \"7up_metrics\"", "table: ebs_metrics"}},
		"LongTable":           {"namespace: X\ntable: " + strings.Repeat("a", 60), []string{"x.yaml:2:8: table", "at most 54"}},
		"OtherMetrics":        {"namespace: X\ntable: other_metrics", []string{"x.yaml:2:8: table other_metrics takes"}},
		"RawTable":            {"namespace: X\ntable: raw_x", []string{"x.yaml:2:8:", "leave out raw_"}},
		"FlatTable":           {"namespace: X\ntable: x_flat", []string{"x.yaml:2:8:", "leave out raw_"}},
		"ProductTable":        {"namespace: X\ntable: job_runs", []string{"x.yaml:2:8: table name \"job_runs\" is reserved", "job_runs_metrics"}},
		"RecordTable":         {"namespace: X\ntable: job_run_errors", []string{"x.yaml:2:8: table name \"job_run_errors\" is reserved for what the Glue API tells of jobs and runs"}},
		"ReservedColumn":      {"namespace: X\ndimensions: [A, Region]", []string{"x.yaml:2:17: column name \"region\" is reserved", "{name: Region, column: another_name}"}},
		"SQLWord":             {"namespace: X\ndimensions:\n  - Group", []string{"x.yaml:3:5: column name \"group\" is a word of SQL", "{name: Group, column: another_name}"}},
		"RepeatedColumn":      {"namespace: X\ndimensions: [VolumeId, volume-id]", []string{"x.yaml:2:24: column name \"volume_id\" is used twice", "{name: volume-id"}},
		"RepeatedDimension":   {"namespace: X\ndimensions: [A, {name: A, column: b}]", []string{"x.yaml:2:17: dimension \"A\" stands twice"}},
		"BadColumn":           {"namespace: X\ndimensions: [{name: A, column: 'a b'}]", []string{"x.yaml:2:14: \"a b\" is no column name", "lower-case"}},
		"NoColumnName":        {"namespace: X\ndimensions: ['日本']", []string{"x.yaml:2:14: \"\" is no column name", "column: another_name"}},
		"DimensionKey":        {"namespace: X\ndimensions: [{name: A, colum: a}]", []string{"x.yaml:2:24: unknown key \"colum\"", "column: volume_id"}},
		"DimensionList":       {"namespace: X\ndimensions: [[A]]", []string{"x.yaml:2:14: a dimension must be one value"}},
		"DimensionsScalar":    {"namespace: X\ndimensions: A", []string{"x.yaml:2:13: dimensions must be a list", "[VolumeId]"}},
		"TotalsList":          {"namespace: X\ntotals: [ALL]", []string{"x.yaml:2:9: totals must be a mapping", "JobRunId: ALL"}},
		"TotalWithoutValue":   {"namespace: X\ntotals: {A: }", []string{"x.yaml:2:", "the value of A has no value"}},
		"BadPattern":          {"namespace: X\nextract: {a: '(?=x)'}", []string{"x.yaml:2:14: the pattern of a is no RE2", "look-around"}},
		"PatternWithoutGroup": {"namespace: X\nextract: {a: 'x'}", []string{"x.yaml:2:14: the pattern of a has no group", "parentheses"}},
		"ExtractReserved":     {"namespace: X\nextract: {sum: '(x)'}", []string{"x.yaml:2:16: column name \"sum\" is reserved"}},
		"RetentionNumber":     {"namespace: X\nretention: 400", []string{"x.yaml:2:12: retention \"400\" is no length of time", "400d"}},
		"RetentionNegative":   {"namespace: X\nretention: -3d", []string{"x.yaml:2:12: retention"}},
		"RetentionZero":       {"namespace: X\nretention: 0d", []string{"x.yaml:2:12: retention"}},
		"RetentionHuge":       {"namespace: X\nretention: 99999999999w", []string{"x.yaml:2:12: retention"}},
		"RetentionShort":      {"namespace: X\nretention: 4s", []string{"x.yaml:2:12: retention is shorter than an hour", "400d"}},
		"ProjectionList":      {"namespace: X\nprojection: [a]", []string{"x.yaml:2:13: projection must be a mapping", "senders: [\"111122223333\"]"}},
		"ProjectionKey":       {"namespace: X\nprojection: {sender: [a], since: 2026}", []string{"x.yaml:2:14: unknown key \"sender\" of projection", "x.yaml:2:13: projection lists no senders"}},
		"ProjectionOfNobody":  {"namespace: X\nprojection: {senders: [], since: 2026}", []string{"x.yaml:2:23: senders must be a list of at least one"}},
		"ProjectionScalar":    {"namespace: X\nprojection: {senders: 111122223333, since: 2026}", []string{"x.yaml:2:23: senders must be a list"}},
		"ProjectionNoSince":   {"namespace: X\nprojection: {senders: [a]}", []string{"x.yaml:", "projection since 0 is no year", "since: 2026"}},
		"ProjectionSince":     {"namespace: X\nprojection: {senders: [a], since: soon}", []string{"x.yaml:2:35: since \"soon\" is no year"}},
		"ProjectionLongAgo":   {"namespace: X\nprojection: {senders: [a], since: 1999}", []string{"x.yaml:2:35: projection since 1999 is no year"}},
		"ProjectionSender":    {"namespace: X\nprojection: {senders: [a, 'b,c'], since: 2026}", []string{"x.yaml:2:27: sender \"b,c\" can't be computed", "use an account id"}},
		"ProjectionTwice":     {"namespace: X\nprojection: {senders: [a, a], since: 2026}", []string{"x.yaml:2:27: sender \"a\" stands twice"}},
		"Alias":               {"namespace: &a X\ntable: *a", []string{"x.yaml:2:8: table is a YAML alias", "write the value out"}},
		"MergeKey":            {"namespace: X\n<<: {table: y}", []string{"x.yaml:2:1: a key must be a plain name"}},
		"TableRetentionHours": {"namespace: X\ntable_retention: 36h", []string{"x.yaml:2:18: table_retention is no number of days", "800d"}},
		"TableRetentionWords": {"namespace: X\ntable_retention: long", []string{"x.yaml:2:18: table_retention \"long\" is no length of time"}},
		"SeveralMistakes":     {"namespace: X\ntable: [a]\nretention: soon\nfoo: 1", []string{"x.yaml:2:8:", "x.yaml:3:12:", "x.yaml:4:1:"}},
		"TooLarge":            {"# " + strings.Repeat("x", 1<<20), []string{"larger than 1 MiB"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := schema.Parse("x.yaml", []byte(tt.text))
			if err == nil {
				t.Fatalf("no error, but %+v", s)
			}
			if code := limnograph.ErrorCode(err); code != limnograph.CodeInvalid {
				t.Errorf("code %q", code)
			}
			rest := err.Error()
			for _, want := range tt.want {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("%q is not in the rest of\n%v", want, err)
				}
				rest = after
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("namespace: AWS/EBS\ndimensions: [VolumeId]\n"))
	f.Add([]byte("namespace: &a X\ntotals: {b: [*a, null]}\nextract: {c: '(.)'}\nretention: 3d"))
	f.Add([]byte("a: &a [*a]\n---\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := schema.Parse("f.yaml", data)
		if err != nil {
			return
		}
		if err := schema.Validate(s); err != nil {
			t.Errorf("parsed, but %v", err)
		}
		if _, err := schema.NewSet([]limnograph.Schema{s}); err != nil {
			t.Errorf("no set: %v", err)
		}
	})
}

func TestBuiltin(t *testing.T) {
	want := []limnograph.Schema{{
		Namespace: "Glue", Table: "glue_metrics",
		Dimensions: []limnograph.PromotedDimension{
			{Name: "JobName", Column: "job_name"},
			{Name: "JobRunId", Column: "job_run_id"},
			{Name: "Type", Column: "metric_type"},
			{Name: "Source", Column: "source"},
			{Name: "Sink", Column: "sink"},
			{Name: "ObservabilityGroup", Column: "observability_group"},
		},
		Totals:   []limnograph.Dimension{{Name: "JobRunId", Value: "ALL"}},
		Extracts: []limnograph.ExtractedColumn{{Column: "executor", Pattern: `^glue\.([0-9]+|driver|ALL)\.`}},
	}}
	if diff := cmp.Diff(want, schema.Builtin()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSnakeCase(t *testing.T) {
	tests := map[string]string{
		"VolumeId": "volume_id", "JobRunId": "job_run_id", "DBInstanceIdentifier": "db_instance_identifier", "Per-VPC Metrics": "per_vpc_metrics",
		"EC2InstanceId": "ec2_instance_id", "s3": "s3", "AZ": "az", "aws:tag/Name": "aws_tag_name", "ClusterName.": "cluster_name", "already_snake": "already_snake", "": "", "é": "",
	}
	for name, want := range tests {
		if got := schema.SnakeCase(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func TestRawDimensions(t *testing.T) {
	s := limnograph.Schema{Dimensions: []limnograph.PromotedDimension{{Name: "Region"}, {Name: "VolumeId"}, {Name: "volumeid"}, {Name: "UNIT"}, {Name: "Zone"}}}
	if diff := cmp.Diff([]string{"VolumeId", "Zone"}, schema.RawDimensions(s)); diff != "" {
		t.Error(diff)
	}
}

func TestSet(t *testing.T) {
	ebs := limnograph.Schema{Namespace: "AWS/EBS", Table: "ebs_metrics"}
	set, err := schema.NewSet([]limnograph.Schema{schema.Builtin()[0], ebs})
	if err != nil {
		t.Fatal(err)
	}
	for namespace, want := range map[string]string{"Glue": "glue_metrics", "AWS/EBS": "ebs_metrics", "glue": "other_metrics", "": "other_metrics", "AWS/EC2": "other_metrics"} {
		if got := set.TableOf(namespace); got != want {
			t.Errorf("%q belongs to %s, want %s", namespace, got, want)
		}
	}
	var names []string
	for _, s := range set.All() {
		names = append(names, s.Table)
	}
	if diff := cmp.Diff([]string{"ebs_metrics", "glue_metrics", "other_metrics"}, names); diff != "" {
		t.Error(diff)
	}
	bad := map[string][]limnograph.Schema{
		"SameTable":     {ebs, {Namespace: "X", Table: "ebs_metrics"}},
		"SameNamespace": {ebs, {Namespace: "AWS/EBS", Table: "disk_metrics"}},
		"OtherTwice":    {schema.Other(), schema.Other()},
		"NoNamespace":   {schema.Unknown("x_metrics")},
		"Invalid":       {{Namespace: "X", Table: "raw_x"}},
	}
	for name, schemas := range bad {
		if _, err := schema.NewSet(schemas); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoad(t *testing.T) {
	glue := "namespace: Glue\ntable: glue_metrics\ndimensions: [JobName, JobRunId, {name: Type, column: metric_type}, Source, Sink, ObservabilityGroup%s]\ntotals: {JobRunId: ALL}\nextract: {executor: '^glue\\.([0-9]+|driver|ALL)\\.'}\nretention: 30d\n"
	tests := map[string]struct {
		files  map[string]string
		tables string
		errs   []string
	}{
		"NoFolder":            {nil, "glue_metrics", nil},
		"AddsEBS":             {map[string]string{"ebs.yaml": "namespace: AWS/EBS\ndimensions: [VolumeId]"}, "ebs_metrics glue_metrics", nil},
		"YmlToo":              {map[string]string{"ebs.yml": "namespace: AWS/EBS"}, "ebs_metrics glue_metrics", nil},
		"OtherFilesIgnored":   {map[string]string{"README.md": "x", ".hidden.yaml": "x", "sub/ebs.yaml": "namespace: AWS/EBS", "ebs.yaml~": "x"}, "glue_metrics", nil},
		"OverridesGlue":       {map[string]string{"my.yaml": strings.Replace(glue, "%s", ", Team", 1)}, "glue_metrics", nil},
		"BadFileAlone":        {map[string]string{"a.yaml": "nonsense: 1", "ebs.yaml": "namespace: AWS/EBS"}, "ebs_metrics glue_metrics", []string{"schemas/a.yaml:1:1: unknown key", "namespace is missing"}[:1]},
		"NamespaceTwice":      {map[string]string{"a.yaml": "namespace: AWS/EBS", "b.yaml": "namespace: AWS/EBS\ntable: b"}, "ebs_metrics glue_metrics", []string{"schemas/b.yaml: namespace \"AWS/EBS\" is already defined by schemas/a.yaml"}},
		"TableTwice":          {map[string]string{"a.yaml": "namespace: AWS/EBS", "b.yaml": "namespace: EBS"}, "ebs_metrics glue_metrics", []string{"schemas/b.yaml: table \"ebs_metrics\" is already defined by schemas/a.yaml"}},
		"GlueUnderOtherTable": {map[string]string{"a.yaml": "namespace: Glue\ntable: my_jobs"}, "glue_metrics", []string{"schemas/a.yaml: table glue_metrics belongs to namespace Glue"}},
		"GlueTableTaken":      {map[string]string{"a.yaml": "namespace: X\ntable: glue_metrics"}, "glue_metrics", []string{"schemas/a.yaml: table glue_metrics belongs to namespace Glue"}},
		"GlueWithoutColumn":   {map[string]string{"a.yaml": "namespace: Glue\ndimensions: [JobName]"}, "glue_metrics", []string{"schemas/a.yaml: column job_run_id (dimension JobRunId) is missing"}},
		"GlueWithoutTotals":   {map[string]string{"a.yaml": strings.Replace(strings.Replace(glue, "%s", "", 1), "totals: {JobRunId: ALL}\n", "", 1)}, "glue_metrics", []string{"total JobRunId: ALL is missing"}},
		"GlueWithoutExecutor": {map[string]string{"a.yaml": strings.Replace(strings.Replace(glue, "%s", "", 1), "driver", "main", 1)}, "glue_metrics", []string{"extracted column executor is missing or differs"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for file, text := range tt.files {
				fsys["schemas/"+file] = &fstest.MapFile{Data: []byte(text)}
			}
			schemas, err := schema.Load(fsys, "schemas")
			var names []string
			for _, s := range schemas {
				names = append(names, s.Table)
			}
			if got := strings.Join(names, " "); got != tt.tables {
				t.Errorf("tables %s, want %s", got, tt.tables)
			}
			if (err != nil) != (tt.errs != nil) {
				t.Errorf("error %v", err)
			}
			for _, want := range tt.errs {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in %v", want, err)
				}
			}
			if _, err := schema.NewSet(schemas); err != nil {
				t.Errorf("the good schemas make no set: %v", err)
			}
		})
	}
	t.Run("OverrideIsTaken", func(t *testing.T) {
		schemas, err := schema.Load(fstest.MapFS{"s/my.yaml": {Data: []byte(strings.Replace(glue, "%s", ", Team", 1))}}, "s")
		if err != nil || len(schemas) != 1 || schemas[0].Retention != 30*24*time.Hour || len(schemas[0].Dimensions) != 7 {
			t.Errorf("%+v, %v", schemas, err)
		}
	})
}
