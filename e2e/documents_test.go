package e2e_test

import (
	"os"
	"strings"
	"testing"
)

// The page of settings names every setting with its environment variable and, where the default is one value, that
// value.
func TestConfigurationPageListsEverySetting(t *testing.T) {
	page, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := settingRows(string(page))
	for line := range strings.Lines(limno(t, nil, "config", "keys")) {
		path, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		variable, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		row, ok := rows[path]
		if !ok {
			t.Errorf("docs/configuration.md has no row for %s", path)
			continue
		}
		if row != variable {
			t.Errorf("docs/configuration.md: %s has the variable %s, the program says %s", path, row, variable)
		}
		delete(rows, path)
	}
	for path := range rows {
		t.Errorf("docs/configuration.md has a setting that the program does not know: %s", path)
	}
}

// settingRows reads the table: setting to environment variable.
func settingRows(page string) map[string]string {
	rows := map[string]string{}
	for line := range strings.Lines(page) {
		cells := strings.Split(line, "|")
		if len(cells) > 3 && strings.Contains(cells[2], "`LIMNO_") {
			rows[strings.Trim(cells[1], " `")] = strings.Trim(cells[2], " `")
		}
	}
	return rows
}
