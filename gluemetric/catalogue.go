package gluemetric

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"

	"limnograph"
)

//go:embed catalogue.csv
var catalogueCSV string

// Catalogue holds every metric of the namespace Glue that is known. It is immutable and safe for concurrent use.
type Catalogue struct {
	metrics []Metric
	byName  map[string]int
}

// Load reads the catalogue that is built in. Load once and pass it on. Errors: CodeInternal (a damaged catalogue).
func Load() (*Catalogue, error) {
	rows, err := csv.NewReader(strings.NewReader(catalogueCSV)).ReadAll()
	if err != nil {
		return nil, &limnograph.Error{Code: limnograph.CodeInternal, Op: "load metric catalogue", Err: err}
	}
	c := &Catalogue{byName: make(map[string]int, len(rows))}
	for i, row := range rows[1:] {
		m, err := parse(row)
		if err != nil {
			return nil, &limnograph.Error{
				Code: limnograph.CodeInternal, Op: "load metric catalogue", Message: fmt.Sprintf("line %d", i+2), Err: err,
			}
		}
		c.byName[m.Name] = len(c.metrics)
		c.metrics = append(c.metrics, m)
	}
	return c, nil
}

// parse reads name, pattern, unit, type, kind, statistic, family, group, location.
func parse(row []string) (Metric, error) {
	m := Metric{
		Name: row[0], Pattern: row[1], Unit: row[2], Type: row[3], Kind: Kind(row[4]), Family: Family(row[6]), Group: row[7],
		RollUp: RollUp{Metric: whole(row[0]), Statistic: Statistic(row[5]), Dimension: row[8]},
	}
	if m.Kind != Delta && m.Kind != Gauge {
		return Metric{}, fmt.Errorf("%s: kind %q", m.Name, m.Kind)
	}
	switch m.RollUp.Statistic {
	case Sum, Average, Maximum:
		return m, nil
	}
	return Metric{}, fmt.Errorf("%s: statistic %q", m.Name, m.RollUp.Statistic)
}

const (
	executorName = "{executorId}"
	errorPrefix  = "glue.error."
)

// whole names the metric that is the total over the siblings of name, or name itself.
func whole(name string) string {
	switch {
	case strings.Contains(name, executorName):
		return strings.Replace(name, executorName, All, 1)
	case strings.HasPrefix(name, errorPrefix):
		return errorPrefix + All
	}
	return name
}

// Metrics lists the catalogue in its own order.
func (c *Catalogue) Metrics() []Metric { return append([]Metric(nil), c.metrics...) }

// Lookup returns the metric that goes by a delivered name. An unknown name gives a Metric of kind Unknown, which
// enters no roll-up, and false.
func (c *Catalogue) Lookup(name string) (Metric, bool) {
	if i, ok := c.byName[canonical(name)]; ok {
		return c.metrics[i], true
	}
	return Metric{Name: name, Kind: Unknown}, false
}

// canonical maps the number of an executor and the known second spelling to the name in the catalogue.
func canonical(name string) string {
	if name == "glue.driver.bytesWrittten" {
		return "glue.driver.bytesWritten"
	}
	rest, ok := strings.CutPrefix(name, "glue.")
	if !ok {
		return name
	}
	if id, tail, ok := strings.Cut(rest, "."); ok && number(id) {
		return "glue." + executorName + "." + tail
	}
	return name
}

func number(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
