package record_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/record"
)

const page = "../docs/format/runs.md"

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestColumnsAreDocumented compares the tables of the format page with the schemas.
func TestColumnsAreDocumented(t *testing.T) {
	text := readPage(t)
	for _, table := range tables() {
		t.Run(table.Schema().Table, func(t *testing.T) {
			_, section, _ := strings.Cut(text, "\n### "+table.Schema().Table+"\n")
			section, _, _ = strings.Cut(section, "\n#")
			var got []string
			for line := range strings.Lines(section) {
				if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| ") && strings.Contains(cells[1], "`") {
					got = append(got, cells[1]+" "+cells[2])
				}
			}
			if diff := cmp.Diff(columnsOf(table), got); diff != "" {
				t.Errorf("(-code +page)\n%s", diff)
			}
		})
	}
}

func columnsOf(table *record.Table) (columns []string) {
	types := map[limnograph.ColumnType]string{
		limnograph.TextColumn: "text", limnograph.LongColumn: "long", limnograph.DoubleColumn: "double",
		limnograph.BooleanColumn: "boolean", limnograph.TimeColumn: "time",
	}
	for _, c := range table.Schema().Records.Columns {
		required := ""
		if c.Required {
			required = "*"
		}
		columns = append(columns, fmt.Sprintf("`%s`%s %s", c.Name, required, types[c.Type]))
	}
	return columns
}

// example is one of the page.
type example struct {
	Table string
	Lines []json.RawMessage
	Row   map[string]any
}

func examples(t *testing.T) (all []example) {
	t.Helper()
	_, section, _ := strings.Cut(readPage(t), "\n## Examples\n")
	for scanner := bufio.NewScanner(strings.NewReader(section)); scanner.Scan(); {
		if !bytes.HasPrefix(scanner.Bytes(), []byte("{")) {
			continue
		}
		var e example
		decoder := json.NewDecoder(bytes.NewReader(scanner.Bytes()))
		decoder.UseNumber()
		if err := decoder.Decode(&e); err != nil {
			t.Fatalf("%s: %v", scanner.Text(), err)
		}
		all = append(all, e)
	}
	return all
}

// TestExamples merges the lines of the page, forwards and backwards.
func TestExamples(t *testing.T) {
	all := examples(t)
	if len(all) < 4 {
		t.Fatalf("the page has %d examples", len(all))
	}
	for i, e := range all {
		t.Run(fmt.Sprintf("%s %d", e.Table, i), func(t *testing.T) {
			requireExample(t, e)
			slices.Reverse(e.Lines)
			requireExample(t, e)
		})
	}
}

func requireExample(t *testing.T, e example) {
	t.Helper()
	table := record.TableOf(e.Table)
	var row *record.Row
	for _, line := range e.Lines {
		row = table.Merge(row, parsed(t, table, line, positionOf(t, line)))
	}
	got := map[string]string{}
	for i, c := range table.Schema().Records.Columns {
		if value := row.Values()[i]; value != nil {
			got[c.Name] = fmt.Sprint(value)
		}
	}
	want := map[string]string{}
	for name, value := range e.Row {
		want[name] = fmt.Sprint(value)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-page +code)\n%s", diff)
	}
}

func positionOf(t *testing.T, line []byte) int64 {
	t.Helper()
	var landed struct {
		Position *int64 `json:"limno_position"`
	}
	if err := json.Unmarshal(line, &landed); err != nil || landed.Position == nil {
		t.Fatalf("%s has no position: %v", line, err)
	}
	return *landed.Position
}
