package panel

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"limnograph"
)

//go:embed query/*.sql
var queries embed.FS

// Panel is one named query with its contract.
type Panel struct {
	Name    string // as callers ask for it
	Title   string // what one row is, for a person
	SQL     string // Trino dialect, with $name parameters
	Params  []Param
	Columns []limnograph.Column
	Tables  []string // the published names that it reads, sorted
}

// Param is a parameter of a panel. Type is TIMESTAMP (time.Time), BIGINT (int64) or VARCHAR (string).
type Param struct{ Name, Type, Doc string }

// The names of the panels that every source has.
const (
	Runs      = "runs"       // one row per run: the fleet
	Load      = "load"       // executors and records over time
	RunSeries = "run_series" // one run, minute by minute
)

// The names of the panels that need run records.
const (
	OneRun     = "run"         // one run: columns as Runs
	Jobs       = "jobs"        // one row per job of the inventory
	JobPast    = "job_past"    // one row per job: its runs in all
	OpenRuns   = "open_runs"   // runs that are not known to have ended, or that Glue was not asked about
	RunTouched = "run_touched" // which runs have datapoints in a span
	RunMetrics = "run_metrics" // what the datapoints of these runs add up to
)

// MaxRun is how long before its end a run may have begun, at most. The rows of run records stand at the begin of their
// run: a panel that reads those which overlap a window needs the files of so much time before it.
const MaxRun = 8 * 24 * time.Hour

// Source tells where the panels find what they show. Its text is the published name of the datapoints there.
type Source string

// The sources.
const (
	Curated Source = "glue_metrics"          // each datapoint once; beside it run records, which the fleet's panels read alone
	Flat    Source = "raw_glue_metrics_flat" // where there are no curated tables: all panels read datapoints
)

// Builtin returns the panels of this version by name, for a source. Errors: CodeInternal when an embedded file breaks
// the rules for its header, which is a defect of the build.
func Builtin(from Source) (map[string]Panel, error) {
	out := make(map[string]Panel)
	for name, file := range filesOf(from) {
		text, err := readQuery(file)
		if err != nil {
			return nil, defect(name, err)
		}
		p, err := parse(name, inSource(text, from))
		if err != nil {
			return nil, defect(name, err)
		}
		out[name] = p
	}
	return out, nil
}

// readQuery reads a file, with the parts that it names (-- part: FILE) in their places.
func readQuery(file string) (string, error) {
	text, err := queries.ReadFile("query/" + file + ".sql")
	if err != nil {
		return "", err
	}
	var whole strings.Builder
	for line := range strings.Lines(string(text)) {
		if key, part, ok := headerLine(line); ok && key == "part" {
			if line, err = readQuery(part); err != nil {
				return "", err
			}
		}
		whole.WriteString(line)
	}
	return whole.String(), nil
}

func filesOf(from Source) map[string]string {
	if from == Flat {
		return map[string]string{Runs: "runs_flat", Load: "load_flat", RunSeries: RunSeries}
	}
	files := make(map[string]string)
	for _, name := range []string{Runs, Load, RunSeries, OneRun, Jobs, JobPast, OpenRuns, RunTouched, RunMetrics} {
		files[name] = name
	}
	return files
}

// inSource puts the table of the source into the one text that both sources share.
func inSource(text string, from Source) string {
	if from == Flat {
		return strings.ReplaceAll(text, "FROM "+string(Curated)+"\n", "FROM "+string(Flat)+"\n")
	}
	return text
}

func defect(name string, err error) error {
	return &limnograph.Error{Code: limnograph.CodeInternal, Op: "load panel", Message: name, Err: err}
}

// Query binds params to the panel. Errors: CodeInvalid when a parameter is missing, unknown or of another type.
func (p Panel) Query(params map[string]any, r limnograph.TimeRange) (limnograph.Query, error) {
	for _, want := range p.Params {
		if err := want.check(params); err != nil {
			return limnograph.Query{}, p.invalid(err)
		}
	}
	if len(params) != len(p.Params) {
		return limnograph.Query{}, p.invalid(fmt.Errorf("%d parameters given, %d declared", len(params), len(p.Params)))
	}
	return limnograph.Query{Name: p.Name, SQL: p.SQL, Params: params, Range: r}, nil
}

func (p Panel) invalid(err error) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "bind panel " + p.Name, Message: err.Error()}
}

func (p Param) check(params map[string]any) error {
	v, ok := params[p.Name]
	if !ok {
		return fmt.Errorf("parameter %s is missing", p.Name)
	}
	switch p.Type {
	case "TIMESTAMP":
		_, ok = v.(time.Time)
	case "BIGINT":
		_, ok = v.(int64)
	default:
		_, ok = v.(string)
	}
	if !ok {
		return fmt.Errorf("parameter %s is %T, want %s", p.Name, v, p.Type)
	}
	return nil
}

// parse reads the header comment (-- title:, -- param:, -- column:) and keeps the whole text as the query.
func parse(name, text string) (Panel, error) {
	p := Panel{Name: name, SQL: text, Tables: tablesIn(text)}
	for line := range strings.Lines(text) {
		key, value, ok := headerLine(line)
		if !ok {
			continue
		}
		if err := p.header(key, value); err != nil {
			return Panel{}, err
		}
	}
	if p.Title == "" || len(p.Columns) == 0 || len(p.Tables) == 0 {
		return Panel{}, fmt.Errorf("header lacks a title or its columns, or the text reads no table")
	}
	return p, nil
}

// tablesIn lists the names behind FROM and JOIN. Panels have no table expressions of their own (WITH).
func tablesIn(text string) (names []string) {
	words := strings.Fields(withoutComments(text))
	for i, word := range words[:max(0, len(words)-1)] {
		if name := words[i+1]; (word == "FROM" || word == "JOIN") && !strings.HasPrefix(name, "(") {
			names = append(names, strings.TrimRight(name, ",)"))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func withoutComments(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func headerLine(line string) (key, value string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), "-- ")
	if !ok {
		return "", "", false
	}
	key, value, ok = strings.Cut(rest, ": ")
	return key, value, ok
}

func (p *Panel) header(key, value string) error {
	switch key {
	case "title":
		p.Title = value
	case "param":
		name, rest, _ := strings.Cut(value, " ")
		typ, doc, _ := strings.Cut(rest, ", ")
		p.Params = append(p.Params, Param{Name: name, Type: typ, Doc: doc})
	case "column":
		name, typ, ok := strings.Cut(value, " ")
		if !ok {
			return fmt.Errorf("column %q lacks a type", value)
		}
		p.Columns = append(p.Columns, limnograph.Column{Name: name, Type: typ})
	}
	return nil
}
