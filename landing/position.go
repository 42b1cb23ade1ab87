package landing

import (
	"encoding/json"
	"errors"
	"strconv"

	"limnograph/metricstream"
)

const attributesName = `,"limno_common_attributes":`

var errLine = errors.New("a line is no object with a field, or does not end in }\\n")

// attributeField is the field for the attributes of a batch: its first line in each table carries them, so that they
// are kept as durably as the lines and cost nothing on the others.
func attributeField(attributes map[string]string) ([]byte, error) {
	if len(attributes) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(attributes)
	return append([]byte(attributesName), text...), err
}

// appendPositioned appends a canonical line, which ends in "}\n", with extra fields and its position to dst.
func appendPositioned(dst, line []byte, position int64, extra []byte) ([]byte, error) {
	body := len(line) - 2
	if body < 2 || line[body] != '}' {
		return dst, errLine
	}
	dst = append(dst, line[:body]...)
	dst = append(dst, extra...)
	dst = append(dst, metricstream.PositionName...)
	dst = strconv.AppendInt(dst, position, 10)
	return append(dst, '}', '\n'), nil
}
