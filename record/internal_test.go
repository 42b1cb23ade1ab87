package record

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"limnograph"
)

// TestNumbersAreThoseOfThePage keeps the numbers of fields, which stand in stored rows, and that none is given twice.
func TestNumbersAreThoseOfThePage(t *testing.T) {
	page, err := os.ReadFile("../docs/format/runs.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range limnograph.RecordTables() {
		_, section, _ := strings.Cut(string(page), "\n### "+name+"\n")
		section, _, _ = strings.Cut(section, "\n#")
		taken := map[uint8]string{}
		for _, c := range TableOf(name).columns {
			if other := taken[c.number]; c.number > 63 || c.number > 0 && other != "" {
				t.Errorf("%s.%s has number %d, as %q", name, c.name, c.number, other)
			}
			taken[c.number] = c.name
			row := "| " + strconv.Itoa(int(c.number)) + " | `" + c.name + "`"
			hidden := "`" + c.name + "` (number " + strconv.Itoa(int(c.number))
			if c.number > 0 && c.rule != rolled && !strings.Contains(section, row) && !strings.Contains(section, hidden) {
				t.Errorf("%s.%s has number %d, the page says otherwise", name, c.name, c.number)
			}
		}
	}
}
