package duckdb

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// value turns what the driver returns into what limnograph.Rows promises. Times of day and intervals, which have no
// place there, become text; so do decimals, UUIDs and integers beyond 64 bits.
func value(v any, columnType string) any {
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return v
	case time.Time:
		return timeValue(v, columnType)
	case []byte:
		if columnType == "UUID" {
			return uuidText(v)
		}
		return v
	case float32:
		return float64(v)
	case uint64:
		if v > math.MaxInt64 {
			return strconv.FormatUint(v, 10)
		}
		return int64(v)
	case *big.Int:
		return v.String()
	case duckdb.Interval:
		return intervalText(v)
	case duckdb.OrderedMap:
		return mapValue(v)
	case duckdb.Decimal:
		return decimalText(v)
	case fmt.Stringer: // UUIDs and bits
		return v.String()
	}
	return reflected(reflect.ValueOf(v))
}

func reflected(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32:
		return v.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return int64(v.Uint())
	case reflect.Slice, reflect.Array:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = value(v.Index(i).Interface(), "")
		}
		return list
	case reflect.Map:
		m := make(map[string]any, v.Len())
		for _, key := range v.MapKeys() {
			m[fmt.Sprint(key.Interface())] = value(v.MapIndex(key).Interface(), "")
		}
		return m
	}
	return fmt.Sprint(v.Interface())
}

func mapValue(m duckdb.OrderedMap) map[string]any {
	keys, values := m.Keys(), m.Values()
	result := make(map[string]any, len(keys))
	for i, key := range keys {
		result[fmt.Sprint(value(key, ""))] = value(values[i], "")
	}
	return result
}

func timeValue(t time.Time, columnType string) any {
	switch columnType {
	case "DATE":
		return t.UTC().Format(time.DateOnly)
	case "TIME", "TIME WITH TIME ZONE":
		return t.UTC().Format("15:04:05.999999")
	}
	return t.UTC()
}

// decimalText keeps the digits of the scale, which the driver's own text leaves out: 1.50.
func decimalText(d duckdb.Decimal) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale)), nil)
	return new(big.Rat).SetFrac(d.Value, scale).FloatString(int(d.Scale))
}

func uuidText(b []byte) string {
	if len(b) != 16 {
		return string(b)
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func intervalText(i duckdb.Interval) string {
	return fmt.Sprintf("%d months %d days %s", i.Months, i.Days, time.Duration(i.Micros)*time.Microsecond)
}
