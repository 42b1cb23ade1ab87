package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"limnograph/cataloging"
)

// namespace of the metrics in CloudWatch.
const namespace = "Limnograph"

// metrics writes counters in CloudWatch's embedded metric format: one line of JSON a step, from which CloudWatch Logs
// makes metrics without a call.
type metrics struct {
	to   io.Writer
	mode string // value of the only dimension
}

// metric is one counter.
type metric struct {
	name, unit string
	value      int64
}

// write writes one document.
func (m metrics) write(list []metric, at time.Time) error {
	line, err := json.Marshal(m.document(list, at))
	if err != nil {
		return err
	}
	_, err = m.to.Write(append(line, '\n'))
	return err
}

// values are the counters of a step. Reasons that did not occur are left out, because each name is a metric that is billed.
func values(c cataloging.Counts, took time.Duration) []metric {
	list := []metric{
		{"Messages", "Count", int64(c.Messages)},
		{"Failed", "Count", int64(c.Failed)},
		{"Objects", "Count", int64(c.Objects)},
		{"PartitionsAdded", "Count", int64(c.Partitions)},
		{"TablesChanged", "Count", int64(c.Tables)},
		{"Duration", "Milliseconds", took.Milliseconds()},
	}
	if c.Lists > 0 {
		list = append(list, metric{"ListCalls", "Count", int64(c.Lists)})
	}
	for _, r := range cataloging.Reasons() {
		if n := c.Skipped[r]; n > 0 {
			list = append(list, metric{fmt.Sprintf("LeftOut.%s", r), "Count", int64(n)})
		}
	}
	return list
}

// document puts the counters beside the part that says which members are metrics.
func (m metrics) document(list []metric, at time.Time) map[string]any {
	type definition struct{ Name, Unit string }
	doc := map[string]any{"Mode": m.mode}
	var definitions []definition
	for _, one := range list {
		doc[one.name] = one.value
		definitions = append(definitions, definition{one.name, one.unit})
	}
	doc["_aws"] = map[string]any{
		"Timestamp": at.UnixMilli(),
		"CloudWatchMetrics": []map[string]any{{
			"Namespace": namespace, "Dimensions": [][]string{{"Mode"}}, "Metrics": definitions,
		}},
	}
	return doc
}
