package trinosql

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"limnograph"
)

// Bind replaces each parameter $name outside of quotes and comments by its value as a literal. A value is a string, int64
// (BIGINT), float64, bool, time.Time (in UTC, cut to microseconds) or nil; a string stays one string whatever it holds.
// Errors: CodeInvalid for a parameter without a value, a value without a parameter, and a value that has no literal.
func Bind(sql string, params map[string]any) (string, error) {
	tokens, err := lex(sql)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	used := make(map[string]bool, len(params))
	last := 0
	for _, t := range tokens {
		if t.kind != parameter {
			continue
		}
		value, known := params[t.text]
		if !known {
			return "", syntaxError(sql, t.from, fmt.Sprintf("the parameter %s has no value", sql[t.from:t.to]), "give it a value or write the value itself")
		}
		text, err := literalOf(value)
		if err != nil {
			return "", invalidValue(t.text, err)
		}
		used[t.text] = true
		// The spaces keep a literal apart from its neighbours: two strings side by side would be one.
		b.WriteString(sql[last:t.from] + " " + text + " ")
		last = t.to
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if !used[name] {
			return "", &limnograph.Error{
				Code: limnograph.CodeInvalid, Op: "bind parameters", Message: "the statement has no parameter $" + name,
				Hint: "leave the value out, or name the parameter in the statement",
			}
		}
	}
	return b.String() + sql[last:], nil
}

func invalidValue(name string, err error) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "bind parameters", Message: "the value of $" + name, Err: err}
}

func literalOf(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "NULL", nil
	case string:
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			return "", fmt.Errorf("%.40q is not UTF-8 text, or holds a NUL", v)
		}
		return literal(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return "BIGINT '" + strconv.FormatInt(v, 10) + "'", nil
	case float64:
		return floatLiteral(v), nil
	case time.Time:
		return timeLiteral(v)
	}
	return "", fmt.Errorf("type %T has no literal; string, int64, float64, bool, time.Time and nil have one", value)
}

func floatLiteral(v float64) string {
	switch {
	case math.IsNaN(v):
		return "nan()"
	case math.IsInf(v, 1):
		return "infinity()"
	case math.IsInf(v, -1):
		return "(-infinity())"
	}
	text := strconv.FormatFloat(v, 'E', -1, 64)
	if strings.HasPrefix(text, "-") {
		return "(" + text + ")" // two minus signs would begin a comment
	}
	return text
}

func timeLiteral(v time.Time) (string, error) {
	v = v.UTC()
	if v.Year() < 1 || v.Year() > 9999 {
		return "", fmt.Errorf("the year %d is outside 1 to 9999", v.Year())
	}
	layout := "2006-01-02 15:04:05.000"
	if v.Nanosecond()/1000%1000 != 0 {
		layout += "000"
	}
	return "TIMESTAMP '" + v.Format(layout) + " UTC'", nil
}
