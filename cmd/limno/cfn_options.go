package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"limnograph"
	"limnograph/deploy/cloudformation"
	"limnograph/gluemetric"
	"limnograph/schema"
)

// templateFlags shape the template where its parameters can't.
type templateFlags struct {
	schemas    []string
	metrics    []string
	statistics []string
	without    []string
	deleteData bool
}

func addTemplateFlags(cmd *cobra.Command) *templateFlags {
	f := &templateFlags{}
	cmd.Flags().StringArrayVar(&f.schemas, "schema", nil, "file of a further schema definition; gets a stream of its own (repeat)")
	cmd.Flags().StringArrayVar(&f.metrics, "metrics", nil,
		"TABLE=FILE with one exact metric name a line, or TABLE=all (repeat; default: for Glue all names but those of single executors, else all)")
	cmd.Flags().StringArrayVar(&f.statistics, "statistics", nil,
		"TABLE:STATISTICS=METRICS to stream besides minimum, maximum, sum and count, such as glue_metrics:p90,p99=glue.driver.jvm.heap.usage (repeat)")
	cmd.Flags().StringSliceVar(&f.without, "without", nil, "leave out metric-stream: something else puts records into the delivery streams")
	cmd.Flags().BoolVar(&f.deleteData, "delete-data", false, "removing the stack removes bucket and database too (they must be empty by then)")
	return f
}

// options reads the files that the flags name; schema definitions are returned with their texts too.
func (f *templateFlags) options() (o cloudformation.Options, files []definitionFile, err error) {
	o = cloudformation.Options{DeleteData: f.deleteData, Version: version}
	for _, name := range f.without {
		if name != "metric-stream" {
			return o, nil, usageError{fmt.Errorf("--without %q: only metric-stream can be left out", name)}
		}
		o.WithoutMetricStream = true
	}
	if files, err = readDefinitions(f.schemas); err != nil {
		return o, nil, err
	}
	for _, s := range definitions(files) {
		o.Streams = append(o.Streams, cloudformation.Stream{Schema: s})
	}
	if err := f.chooseMetrics(o.Streams); err != nil {
		return o, nil, err
	}
	return o, files, f.chooseStatistics(o.Streams)
}

// definitionFile is a schema definition and the text that it was read from.
type definitionFile struct {
	schema limnograph.Schema
	text   []byte
}

func readDefinitions(paths []string) ([]definitionFile, error) {
	files := make([]definitionFile, 0, len(paths))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read schema definition: %w", err)
		}
		s, err := schema.Parse(filepath.Base(path), text)
		if err == nil {
			_, err = schema.ParseTable(s.Table, filepath.Base(path), text) // as the functions will read it
		}
		if err != nil {
			return nil, err
		}
		files = append(files, definitionFile{s, text})
	}
	_, err := schema.NewSet(definitions(files))
	return files, err
}

// definitions are those that come with the product, unless a file replaces them, and those of the files.
func definitions(files []definitionFile) []limnograph.Schema {
	var all []limnograph.Schema
	for _, f := range files {
		all = append(all, f.schema)
	}
	for _, b := range schema.Builtin() {
		if !slices.ContainsFunc(all, func(s limnograph.Schema) bool { return s.Namespace == b.Namespace }) {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b limnograph.Schema) int { return cmp.Compare(a.Table, b.Table) })
	return all
}

// chooseMetrics sets which metrics are streamed.
func (f *templateFlags) chooseMetrics(streams []cloudformation.Stream) error {
	for i := range streams {
		if streams[i].Schema.Namespace == glueNamespace {
			names, err := glueNames()
			if err != nil {
				return err
			}
			streams[i].Metrics = names
		}
	}
	for _, flag := range f.metrics {
		table, source, ok := strings.Cut(flag, "=")
		if !ok || source == "" {
			return usageError{fmt.Errorf("--metrics %q: write TABLE=FILE or TABLE=all", flag)}
		}
		s, err := streamOf(streams, table, "--metrics")
		if err != nil {
			return err
		}
		if s.Metrics = nil; source == "all" {
			continue
		}
		if s.Metrics, err = readNames(source); err != nil {
			return err
		}
	}
	return nil
}

const glueNamespace = "Glue"

// glueNames are the metrics of Glue that a filter can name: those of single executors hold the executor's number, and
// there are as many as there are workers. The second spelling of bytesWritten has been seen in AWS's own documents.
func glueNames() ([]string, error) {
	catalogue, err := gluemetric.Load()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range catalogue.Metrics() {
		if !strings.Contains(m.Name, "{") {
			names = append(names, m.Name)
		}
	}
	return append(names, "glue.driver.bytesWrittten"), nil
}

func readNames(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read metric names: %w", err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			names = append(names, line)
		}
	}
	if len(names) == 0 {
		return nil, usageError{fmt.Errorf("%s names no metric: write TABLE=all to stream the whole namespace", path)}
	}
	return names, nil
}

func (f *templateFlags) chooseStatistics(streams []cloudformation.Stream) error {
	for _, flag := range f.statistics {
		table, rest, ok := strings.Cut(flag, ":")
		names, metrics, both := strings.Cut(rest, "=")
		if !ok || !both {
			return usageError{fmt.Errorf("--statistics %q: write TABLE:STATISTICS=METRICS, with commas between several", flag)}
		}
		s, err := streamOf(streams, table, "--statistics")
		if err != nil {
			return err
		}
		s.Statistics = append(s.Statistics, cloudformation.Statistics{Names: strings.Split(names, ","), Metrics: strings.Split(metrics, ",")})
	}
	return nil
}

func streamOf(streams []cloudformation.Stream, table, flag string) (*cloudformation.Stream, error) {
	var tables []string
	for i := range streams {
		if streams[i].Schema.Table == table {
			return &streams[i], nil
		}
		tables = append(tables, streams[i].Schema.Table)
	}
	return nil, usageError{fmt.Errorf("%s: there is no table %q; there are: %s", flag, table, strings.Join(tables, ", "))}
}
