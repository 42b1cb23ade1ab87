package sqlite

import (
	"encoding/json"
	"fmt"
	"time"

	"limnograph"
)

// definition is how a schema is stored: the names are part of the file format.
type definition struct {
	Namespace  string      `json:"namespace"`
	Table      string      `json:"table"`
	Dimensions []dimension `json:"dimensions,omitempty"`
	Totals     []total     `json:"totals,omitempty"`
	Extracts   []extract   `json:"extract,omitempty"`
	Retention  int64       `json:"retention_s,omitempty"` // 0: for ever
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

func encodeSchema(s limnograph.Schema) (string, error) {
	d := definition{Namespace: s.Namespace, Table: s.Table, Retention: int64(s.Retention / time.Second)}
	for _, one := range s.Dimensions {
		d.Dimensions = append(d.Dimensions, dimension(one))
	}
	for _, one := range s.Totals {
		d.Totals = append(d.Totals, total{Dimension: one.Name, Value: one.Value})
	}
	for _, one := range s.Extracts {
		d.Extracts = append(d.Extracts, extract(one))
	}
	text, err := json.Marshal(d)
	return string(text), err
}

func decodeSchema(text string) (limnograph.Schema, error) {
	var d definition
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return limnograph.Schema{}, fmt.Errorf("decode schema: %w", err)
	}
	s := limnograph.Schema{Namespace: d.Namespace, Table: d.Table, Retention: time.Duration(d.Retention) * time.Second}
	for _, one := range d.Dimensions {
		s.Dimensions = append(s.Dimensions, limnograph.PromotedDimension(one))
	}
	for _, one := range d.Totals {
		s.Totals = append(s.Totals, limnograph.Dimension{Name: one.Dimension, Value: one.Value})
	}
	for _, one := range d.Extracts {
		s.Extracts = append(s.Extracts, limnograph.ExtractedColumn(one))
	}
	return s, nil
}
