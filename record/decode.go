package record

import (
	"errors"
	"math"
	"strconv"
	"time"
)

// decode reads a value that stands in valid JSON.
func decode(k kind, value string) (any, error) {
	switch k {
	case text:
		return unquote(value)
	case long:
		return parseLong(value)
	case double:
		return parseDouble(value)
	case boolean:
		return parseBoolean(value)
	case instant:
		return parseTime(value)
	}
	return parseMap(value)
}

var (
	errNoLong    = errors.New("no whole number from 0 to 2^63-1")
	errNoDouble  = errors.New("no finite number from 0")
	errNoBoolean = errors.New("neither true nor false")
	errNoTime    = errors.New("no milliseconds since the epoch, of the years 2010 to 2099")
	errNoMap     = errors.New("no JSON object of texts")
)

func parseLong(value string) (int64, error) {
	v, err := strconv.ParseInt(value, 10, 64)
	if err != nil || v < 0 {
		return 0, errNoLong
	}
	return v, nil
}

func parseDouble(value string) (float64, error) {
	if value == "" || value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return 0, errNoDouble
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return 0, errNoDouble
	}
	return math.Abs(v), nil // -0 is 0
}

func parseBoolean(value string) (bool, error) {
	if value != "true" && value != "false" {
		return false, errNoBoolean
	}
	return value == "true", nil
}

// parseTime refuses times that no run of Glue can have: they would make partitions of their own.
func parseTime(value string) (int64, error) {
	v, err := strconv.ParseInt(value, 10, 64)
	if err != nil || v < firstTime || v >= endOfTime {
		return 0, errNoTime
	}
	return v, nil
}

const (
	firstTime int64 = 1262304000000 // 2010-01-01
	endOfTime int64 = 4102444800000 // 2100-01-01
	day             = int64(24 * time.Hour / time.Millisecond)
)

// parseMap returns the object written the one way in which it is stored.
func parseMap(value string) (string, error) {
	m := map[string]string{}
	err := eachMember(value, func(name, value string) (err error) {
		m[name], err = unquote(value)
		return err
	})
	if err != nil {
		return "", errNoMap
	}
	return string(appendMap(nil, m)), nil
}
