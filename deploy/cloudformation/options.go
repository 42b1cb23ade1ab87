package cloudformation

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"limnograph"
)

// Options shape the template where parameters can't. The zero value is a stack that takes objects but has no stream of
// its own. What an operator may want to change later is a parameter of the template instead.
type Options struct {
	Streams             []Stream // one delivery stream and metric stream each; their order is that of the template
	WithoutMetricStream bool     // leaves out the metric streams and their roles; something else feeds the delivery streams
	DeleteData          bool     // removing the stack removes bucket and database too; false: they stay
	Version             string   // of limno, for the template's metadata; empty: left out
}

// Stream is the road of one schema definition: CloudWatch namespace, metric stream, Firehose, prefix in the bucket.
type Stream struct {
	Schema     limnograph.Schema
	Metrics    []string     // exact metric names to stream; empty: all of the namespace
	Statistics []Statistics // streamed beside minimum, maximum, sum and sample count; empty: none
}

// Statistics asks for additional statistics of some metrics. One to five of them bill like one more update.
type Statistics struct {
	Names   []string // such as p99 or TM(10%:90%)
	Metrics []string // exact metric names
}

// Limits of CloudWatch and of names.
const (
	maxFilterNames       = 1000 // namespaces and metric names of one metric stream
	maxStatisticsEntries = 100
	maxStatisticsMetrics = 100 // in one entry
	maxStatisticsNames   = 20  // in one entry
	maxMetricName        = 255
	maxTableName         = 39 // so that <Name>-<table> is a name that Firehose takes: 64 characters, 24 of them Name
)

// check finds what AWS would refuse, in words.
func (o Options) check() error {
	var errs []error
	tables, ids := map[string]bool{}, map[string]string{}
	for _, s := range o.Streams {
		errs = append(errs, s.check())
		if tables[s.Schema.Table] {
			errs = append(errs, invalid(fmt.Sprintf("table %s has two streams", s.Schema.Table), "give each schema definition once"))
		} else if other, taken := ids[s.id()]; taken {
			errs = append(errs, invalid(fmt.Sprintf("tables %s and %s would share the resource names %s...", other, s.Schema.Table, s.id()),
				"rename one of the tables"))
		}
		tables[s.Schema.Table], ids[s.id()] = true, s.Schema.Table
	}
	return errors.Join(errs...)
}

func (s Stream) check() error {
	table := s.Schema.Table
	switch {
	case s.Schema.Namespace == "":
		return invalid(fmt.Sprintf("table %s has no CloudWatch namespace to stream", table), "write namespace: into its schema definition")
	case len(table) > maxTableName:
		return invalid(fmt.Sprintf("table name %s is longer than %d characters", table, maxTableName), "choose a shorter table: delivery streams carry its name")
	case len(s.Metrics)+len(s.RunMetrics())+1 > maxFilterNames:
		return invalid(fmt.Sprintf("table %s asks for %d metric names; a metric stream takes %d with its namespace", table, len(s.Metrics)+len(s.RunMetrics()), maxFilterNames),
			"list fewer names, or none to stream the whole namespace")
	case len(s.Statistics) > maxStatisticsEntries:
		return invalid(fmt.Sprintf("table %s has %d groups of statistics; a metric stream takes %d", table, len(s.Statistics), maxStatisticsEntries), "join groups")
	}
	for _, st := range s.Statistics {
		if err := st.check(table); err != nil {
			return err
		}
	}
	return checkNames(table, s.Metrics)
}

func (s Statistics) check(table string) error {
	switch {
	case len(s.Names) == 0 || len(s.Names) > maxStatisticsNames:
		return invalid(fmt.Sprintf("table %s: a group names %d statistics, not 1 to %d", table, len(s.Names), maxStatisticsNames), "split the group")
	case len(s.Metrics) == 0 || len(s.Metrics) > maxStatisticsMetrics:
		return invalid(fmt.Sprintf("table %s: a group of statistics names %d metrics, not 1 to %d", table, len(s.Metrics), maxStatisticsMetrics), "split the group")
	}
	return checkNames(table, s.Metrics)
}

func checkNames(table string, names []string) error {
	seen := map[string]bool{}
	for _, name := range names {
		switch {
		case name == "" || len(name) > maxMetricName:
			return invalid(fmt.Sprintf("table %s: metric name %.40q has %d characters, not 1 to %d", table, name, len(name), maxMetricName), "")
		case strings.ContainsAny(name, "*{}"):
			return invalid(fmt.Sprintf("table %s: metric name %q is a pattern", table, name), "a metric stream takes exact names only")
		case seen[name]:
			return invalid(fmt.Sprintf("table %s: metric name %s stands twice", table, name), "")
		}
		seen[name] = true
	}
	return nil
}

// id begins the logical names of the stream's resources: glue_metrics becomes GlueMetrics.
func (s Stream) id() string {
	var b strings.Builder
	for part := range strings.SplitSeq(s.Schema.Table, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// retentionDays is the retention of the schema definition, rounded up; 0: the stack's parameter decides.
func (s Stream) retentionDays() int {
	const day = 24 * time.Hour
	return int((s.Schema.Retention + day - 1) / day)
}

func invalid(message, hint string) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "render template", Message: message, Hint: hint}
}
