package panel

import (
	"embed"
	"fmt"
	"strings"
	"time"

	"limnograph"
)

//go:embed query/*.sql
var queries embed.FS

// Panel is one named query with its contract.
type Panel struct {
	Name    string // the file's name without .sql
	Title   string // what one row is, for a person
	SQL     string // Trino dialect, with $name parameters
	Params  []Param
	Columns []limnograph.Column
}

// Param is a parameter of a panel. Type is TIMESTAMP (time.Time), BIGINT (int64) or VARCHAR (string).
type Param struct{ Name, Type, Doc string }

// The names of the panels.
const (
	Runs      = "runs"       // one row per run: the fleet
	Load      = "load"       // executors and records over time
	RunSeries = "run_series" // one run, minute by minute
)

// Source is the published name that the panels read. Its columns are those of glue_metrics, as far as panels read them.
type Source string

// The sources.
const (
	Curated Source = "glue_metrics"          // each datapoint once
	Flat    Source = "raw_glue_metrics_flat" // where there is no curated table
)

// Builtin returns the panels of this version by name, reading from a source. Errors: CodeInternal when an embedded file
// breaks the rules for header and source, which is a defect of the build.
func Builtin(from Source) (map[string]Panel, error) {
	out := make(map[string]Panel)
	for _, name := range []string{Runs, Load, RunSeries} {
		text, err := queries.ReadFile("query/" + name + ".sql")
		if err != nil {
			return nil, defect(name, err)
		}
		p, err := parse(name, string(text), from)
		if err != nil {
			return nil, defect(name, err)
		}
		out[name] = p
	}
	return out, nil
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

// sourceClause is the one place of a panel's text that names what it reads.
const sourceClause = "FROM " + string(Curated) + "\n"

// parse reads the header comment (-- title:, -- param:, -- column:) and keeps the whole text as the query.
func parse(name, text string, from Source) (Panel, error) {
	if n := strings.Count(text, sourceClause); n != 1 {
		return Panel{}, fmt.Errorf("it reads %s in %d places, want one", Curated, n)
	}
	p := Panel{Name: name, SQL: strings.Replace(text, sourceClause, "FROM "+string(from)+"\n", 1)}
	for line := range strings.Lines(text) {
		key, value, ok := headerLine(line)
		if !ok {
			continue
		}
		if err := p.header(key, value); err != nil {
			return Panel{}, err
		}
	}
	if p.Title == "" || len(p.Columns) == 0 {
		return Panel{}, fmt.Errorf("header lacks a title or its columns")
	}
	return p, nil
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
