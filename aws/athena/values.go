package athena

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/athena/types"
)

// typeName names a type as the embedded engine does. Athena tells nothing about what is in an array, a map or a row.
func typeName(kind string, c types.ColumnInfo) string {
	switch kind {
	case "decimal":
		return fmt.Sprintf("DECIMAL(%d,%d)", c.Precision, c.Scale)
	case "string", "char", "varchar":
		return "VARCHAR"
	case "int", "integer":
		return "INTEGER"
	case "float", "real":
		return "FLOAT"
	case "varbinary":
		return "BLOB"
	case "interval day to second", "interval year to month":
		return "INTERVAL"
	case "unknown":
		return "NULL"
	}
	return strings.ToUpper(kind)
}

// value reads Athena's text of a value; no text is NULL. What has no place in limnograph.Rows stays text.
func value(kind string, text *string) (any, error) {
	if text == nil {
		return nil, nil
	}
	switch kind {
	case "boolean":
		return strconv.ParseBool(*text)
	case "tinyint", "smallint", "int", "integer", "bigint":
		return strconv.ParseInt(*text, 10, 64)
	case "double":
		return strconv.ParseFloat(*text, 64)
	case "float", "real":
		return strconv.ParseFloat(*text, 32)
	case "timestamp", "timestamp with time zone":
		return timeValue(*text)
	case "varbinary":
		return hex.DecodeString(strings.ReplaceAll(*text, " ", ""))
	}
	return *text, nil
}

// timeValue reads 2026-11-24 12:00:00.000, with a zone's name or offset, or none (UTC).
func timeValue(text string) (any, error) {
	const layout = "2006-01-02 15:04:05.999999999"
	parts := strings.SplitN(text, " ", 3)
	if len(parts) < 3 {
		return time.ParseInLocation(layout, text, time.UTC)
	}
	if t, err := time.Parse(layout+" -07:00", text); err == nil {
		return t.UTC(), nil
	}
	zone, err := time.LoadLocation(parts[2])
	if err != nil {
		return nil, err
	}
	t, err := time.ParseInLocation(layout, parts[0]+" "+parts[1], zone)
	return t.UTC(), err
}
