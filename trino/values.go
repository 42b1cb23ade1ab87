package trino

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	client "github.com/trinodb/trino-go-client/trino"

	"limnograph/trinosql"
)

// value turns what the client returns into what limnograph.Rows promises. The client reads plain columns and rows, but
// hands through what stands in the JSON of arrays and maps.
func (k kind) value(v any) (any, error) {
	switch v := v.(type) {
	case time.Time:
		return k.timeValue(v), nil
	case float64:
		return k.float(v), nil
	case string:
		return k.text(v)
	case json.Number:
		return k.number(v)
	case []any:
		return k.list(v)
	case map[string]any:
		return k.mapValue(v)
	case client.Row:
		return k.row(v)
	case nil, bool, int64, []byte:
		return v, nil
	case fmt.Stringer: // a variant
		return v.String(), nil
	}
	return nil, fmt.Errorf("the client returned %T", v)
}

// float gives a real the precision that it has.
func (k kind) float(f float64) float64 {
	if k.name == "real" {
		return float64(float32(f))
	}
	return f
}

func (k kind) timeValue(t time.Time) any {
	switch k.name {
	case "date":
		return t.Format(time.DateOnly)
	case "time", "time with time zone":
		return t.UTC().Format("15:04:05.999999")
	}
	return t.UTC()
}

// text reads a JSON text: itself, or a value for which JSON has no form.
func (k kind) text(s string) (any, error) {
	switch k.name {
	case "double", "real": // NaN, Infinity
		f, err := strconv.ParseFloat(s, 64)
		return k.float(f), err
	case "varbinary":
		return base64.StdEncoding.DecodeString(s)
	case "timestamp", "timestamp with time zone":
		return trinosql.ParseTime(s)
	}
	return s, nil
}

func (k kind) number(n json.Number) (any, error) {
	switch k.name {
	case "double", "real":
		f, err := n.Float64()
		return k.float(f), err
	case "tinyint", "smallint", "integer", "bigint":
		return n.Int64()
	}
	return n.String(), nil
}

func (k kind) list(list []any) (any, error) {
	out := make([]any, len(list))
	for i, v := range list {
		var err error
		if out[i], err = k.at(0).value(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (k kind) mapValue(m map[string]any) (any, error) {
	out := make(map[string]any, len(m))
	for key, v := range m {
		value, err := k.at(1).value(v)
		if err != nil {
			return nil, err
		}
		out[key] = value
	}
	return out, nil
}

func (k kind) row(r client.Row) (any, error) {
	if !r.Valid {
		return nil, nil
	}
	out := make(map[string]any, r.Len())
	for i := range r.Len() {
		v, err := k.at(i).value(r.Value(i))
		if err != nil {
			return nil, err
		}
		out[r.Name(i)] = v
	}
	return out, nil
}

func (k kind) at(i int) kind {
	if i >= len(k.inside) {
		return kind{}
	}
	return k.inside[i]
}
