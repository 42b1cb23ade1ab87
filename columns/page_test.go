package columns_test

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/columns"
)

const page = "../docs/format/lake.md"

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// vector is one line of the page's golden vectors.
type vector struct {
	Line struct {
		AccountID  string            `json:"account_id"`
		Region     string            `json:"region"`
		Namespace  string            `json:"namespace"`
		MetricName string            `json:"metric_name"`
		Dimensions map[string]string `json:"dimensions"`
		Unit       string            `json:"unit"`
	} `json:"line"`
	Canonical string `json:"canonical"`
	SID       int64  `json:"sid"`
}

func (v *vector) datapoint() limnograph.Datapoint {
	dp := limnograph.Datapoint{
		AccountID: v.Line.AccountID, Region: v.Line.Region, Namespace: v.Line.Namespace, MetricName: v.Line.MetricName, Unit: v.Line.Unit,
	}
	for name, value := range v.Line.Dimensions { // in any order
		dp.Dimensions = append(dp.Dimensions, limnograph.Dimension{Name: name, Value: value})
	}
	return dp
}

// TestVectors computes the golden vectors of the page, which were made with another implementation of the hash.
func TestVectors(t *testing.T) {
	_, block, _ := strings.Cut(readPage(t), "```json\n")
	block, _, _ = strings.Cut(block, "```")
	lines := strings.Split(strings.TrimSpace(block), "\n")
	if len(lines) < 5 {
		t.Fatalf("the page has %d vectors", len(lines))
	}
	l := newLayout(t, glue(t))
	for _, line := range lines {
		var v vector
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		dp := v.datapoint()
		if diff := cmp.Diff(v.Canonical, string(columns.AppendCanonical(nil, &dp))); diff != "" {
			t.Errorf("%s\n(-page +code):\n%s", line, diff)
		}
		if got := columns.SID(&dp); got != v.SID {
			t.Errorf("%s\nsid is %d", line, got)
		}
		row := l.NewInterner().Row(&dp, 0)
		if row.Series.SID != v.SID {
			t.Errorf("%s\nsid of the row is %d", line, row.Series.SID)
		}
	}
}

// TestPageListsColumns compares the columns of glue_metrics with the page.
func TestPageListsColumns(t *testing.T) {
	types := map[columns.Type]string{columns.Timestamp: "timestamptz", columns.Text: "string", columns.Boolean: "boolean", columns.Double: "double", columns.Long: "long"}
	var b strings.Builder
	for _, c := range columns.ColumnsOf(glue(t)) {
		null := "when absent"
		if c.Required {
			null = "never"
		}
		b.WriteString("| " + strconv.Itoa(c.ID) + " | `" + c.Name + "` | " + types[c.Type] + " | " + null + " |\n")
	}
	_, rest, _ := strings.Cut(readPage(t), "| id | column | type | NULL |\n| --- | --- | --- | --- |\n")
	table, _, _ := strings.Cut(rest, "\n\n")
	if diff := cmp.Diff(strings.TrimSpace(b.String()), table); diff != "" {
		t.Errorf("%s (-code +page):\n%s", page, diff)
	}
}

func TestPageNamesVersion(t *testing.T) {
	text := readPage(t)
	version := strconv.Itoa(columns.LayoutVersion)
	for _, want := range []string{"\nLayout " + version + ".", "| `limno.layout` | " + version + " |", "| metadata | `limno.layout`: `" + version + "` |"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not say %q", page, want)
		}
	}
}
