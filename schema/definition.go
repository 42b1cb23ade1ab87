package schema

import (
	"encoding/json"
	"time"

	"limnograph"
)

// definition is how catalogues store a schema: the names are part of the format of the SQLite file and of the
// parameters of Glue tables. Two schemas are equal when their texts are.
type definition struct {
	Namespace  string      `json:"namespace"`
	Table      string      `json:"table"`
	Dimensions []dimension `json:"dimensions,omitempty"`
	Totals     []total     `json:"totals,omitempty"`
	Extracts   []extract   `json:"extract,omitempty"`
	Retention  int64       `json:"retention_s,omitempty"`       // 0: for ever
	TableDays  int64       `json:"table_retention_d,omitempty"` // 0: for ever
	Projection *projection `json:"projection,omitempty"`        // nil: partitions are registered
}

type dimension struct {
	Name   string `json:"name"`
	Column string `json:"column"`
}

type total struct {
	Dimension string `json:"dimension"`
	Value     string `json:"value"`
}

type extract struct {
	Column  string `json:"column"`
	Pattern string `json:"pattern"`
}

type projection struct {
	Senders []string `json:"senders"`
	Since   int      `json:"since"`
}

// Encode writes the JSON definition of a schema on one line. Errors: CodeInternal.
func Encode(s limnograph.Schema) (string, error) {
	d := definition{Namespace: s.Namespace, Table: s.Table, Retention: int64(s.Retention / time.Second), TableDays: int64(s.TableRetention / day)}
	for _, one := range s.Dimensions {
		d.Dimensions = append(d.Dimensions, dimension(one))
	}
	for _, one := range s.Totals {
		d.Totals = append(d.Totals, total{Dimension: one.Name, Value: one.Value})
	}
	for _, one := range s.Extracts {
		d.Extracts = append(d.Extracts, extract(one))
	}
	if s.Projection.Enabled() {
		d.Projection = &projection{Senders: s.Projection.Senders, Since: s.Projection.Since}
	}
	text, err := json.Marshal(d)
	if err != nil {
		return "", &limnograph.Error{Code: limnograph.CodeInternal, Op: "encode schema", Message: "table " + s.Table, Err: err}
	}
	return string(text), nil
}

// Decode reads what Encode wrote, also in an older release. It does not check what the schema means (Validate does).
// Errors: CodeInvalid.
func Decode(text string) (limnograph.Schema, error) {
	var d definition
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return limnograph.Schema{}, &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "decode schema", Message: "a stored definition is damaged", Err: err,
		}
	}
	s := limnograph.Schema{Namespace: d.Namespace, Table: d.Table, Retention: time.Duration(d.Retention) * time.Second, TableRetention: time.Duration(d.TableDays) * day}
	for _, one := range d.Dimensions {
		s.Dimensions = append(s.Dimensions, limnograph.PromotedDimension(one))
	}
	for _, one := range d.Totals {
		s.Totals = append(s.Totals, limnograph.Dimension{Name: one.Dimension, Value: one.Value})
	}
	for _, one := range d.Extracts {
		s.Extracts = append(s.Extracts, limnograph.ExtractedColumn(one))
	}
	if d.Projection != nil {
		s.Projection = limnograph.Projection(*d.Projection)
	}
	return s, nil
}
