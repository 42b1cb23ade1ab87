package glue

import (
	"strconv"
	"strings"

	"limnograph"
	"limnograph/objectkey"
)

const (
	projectionPrefix  = "projection."
	parameterTemplate = "storage.location.template"
)

// projection returns the parameters from which Athena and Trino compute the partitions of a table, none when it
// registers them. The years run to the next one, because Trino takes no "now" for them: the first call of each year moves
// the end, and has a year's time for that.
func (c *Catalog) projection(s limnograph.Schema) map[string]string {
	if !s.Projection.Enabled() {
		return nil
	}
	p := map[string]string{
		"enabled":     "true",
		"sender.type": "enum", "sender.values": strings.Join(s.Projection.Senders, ","),
		"year.type": "integer", "year.digits": "4",
		"year.range": strconv.Itoa(s.Projection.Since) + "," + strconv.Itoa(max(s.Projection.Since, c.cfg.Now().UTC().Year()+1)),
	}
	for key, bounds := range map[string]string{"month": "1,12", "day": "1,31", "hour": "0,23"} {
		p[key+".type"], p[key+".range"], p[key+".digits"] = "integer", bounds, "2"
	}
	all := make(map[string]string, len(p)+1)
	for name, value := range p {
		all[projectionPrefix+name] = value
	}
	all[parameterTemplate] = c.location(objectkey.MetricsPrefix+s.Table) + "/sender=${sender}/year=${year}/month=${month}/day=${day}/hour=${hour}/"
	return all
}

func isProjection(parameter string) bool {
	return strings.HasPrefix(parameter, projectionPrefix) || parameter == parameterTemplate
}
