package athena

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"limnograph/trinosql"
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
		return trinosql.ParseTime(*text)
	case "varbinary":
		return hex.DecodeString(strings.ReplaceAll(*text, " ", ""))
	}
	return *text, nil
}
