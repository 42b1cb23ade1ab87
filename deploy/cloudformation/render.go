package cloudformation

import (
	"bytes"
	"embed"
	"fmt"
	"text/template"

	"limnograph"
)

//go:embed template/*.yaml.tmpl
var parts embed.FS

// order is the order of the parts in the template.
func order() []string {
	return []string{
		"header", "parameters", "conditions", "bucket", "queue", "catalog", "roles", "functions", "collect", "streams", "athena", "alarms",
		"alarms_streams", "outputs",
	}
}

// Render writes the template: YAML with comments, the same text for the same options. Errors: CodeInvalid (what AWS
// would refuse, all of it).
func Render(o Options) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	t, err := template.New("").Funcs(functions()).ParseFS(parts, "template/*.yaml.tmpl")
	if err != nil {
		return nil, internal(err)
	}
	var out bytes.Buffer
	v := newView(o)
	for _, part := range order() {
		if err := t.ExecuteTemplate(&out, part+".yaml.tmpl", v); err != nil {
			return nil, internal(err)
		}
	}
	return out.Bytes(), nil
}

// view is what the parts see.
type view struct {
	Options
	Streams  []streamView
	Roles    []Role
	Deletion string // policy for what holds data
	Forever  bool   // a stream's schema definition leaves retention to the parameter
}

type streamView struct {
	Stream
	ID, Table string
	Days      int // retention of the schema definition; 0: the parameter decides
}

func newView(o Options) view {
	v := view{Options: o, Roles: Roles(o), Deletion: "RetainExceptOnCreate"}
	if o.DeleteData {
		v.Deletion = "Delete"
	}
	for _, s := range o.Streams {
		v.Forever = v.Forever || s.retentionDays() == 0
		v.Streams = append(v.Streams, streamView{Stream: s, ID: s.id(), Table: s.Schema.Table, Days: s.retentionDays()})
	}
	return v
}

func internal(err error) error {
	return &limnograph.Error{Code: limnograph.CodeInternal, Op: "render template", Err: fmt.Errorf("execute part: %w", err)}
}
