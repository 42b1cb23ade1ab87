package metricstream

import (
	"strconv"

	"limnograph"
)

// appendLine writes the canonical line of an object that was read into dp.
func (o *object) appendLine(dst []byte, dp *limnograph.Datapoint) []byte {
	dst = append(dst, '{')
	for i := range dp.Unknown {
		dst = append(appendQuoted(dst, dp.Unknown[i].Name), ':')
		dst = append(append(dst, dp.Unknown[i].JSON...), ',')
	}
	dst = appendText(dst, fieldStreamName, dp.StreamName)
	dst = appendText(dst, fieldAccountID, dp.AccountID)
	dst = appendText(dst, fieldRegion, dp.Region)
	dst = appendText(dst, fieldNamespace, dp.Namespace)
	dst = appendText(dst, fieldMetricName, dp.MetricName)
	dst = appendDimensions(dst, dp.Dimensions)
	dst = strconv.AppendInt(append(dst, `,"timestamp":`...), dp.Timestamp, 10)
	dst = o.appendValue(dst)
	if dp.Unit != "" {
		dst = appendText(append(dst, ','), fieldUnit, dp.Unit)
		dst = dst[:len(dst)-1]
	}
	return append(dst, "}\n"...)
}

// appendText writes a text field with a comma behind it, or nothing when the text is empty.
func appendText(dst []byte, f field, s string) []byte {
	if s == "" {
		return dst
	}
	dst = append(append(dst, '"'), f.name()...)
	dst = appendQuoted(append(dst, `":`...), s)
	return append(dst, ',')
}

// appendDimensions writes the dimensions; a datapoint without any gets an empty object, so that readers see no null.
func appendDimensions(dst []byte, dimensions []limnograph.Dimension) []byte {
	dst = append(dst, `"dimensions":{`...)
	for i := range dimensions {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, dimensions[i].Name), ':')
		dst = appendQuoted(dst, dimensions[i].Value)
	}
	return append(dst, '}')
}

func (o *object) appendValue(dst []byte) []byte {
	dst = append(dst, `,"value":`...)
	sep := byte('{')
	for _, m := range o.statistics.list {
		if !isNumber(m.value) {
			continue
		}
		v, _ := parseFloat(m.value) // the syntax check found every number in range
		dst = append(appendQuoted(append(dst, sep), m.name), ':')
		dst = appendNumber(dst, m.value, v)
		sep = ','
	}
	return append(dst, '}')
}

// appendCompact writes a JSON value without white space and with its strings in canonical spelling.
func appendCompact(dst, value []byte) []byte {
	for pos := 0; pos < len(value); {
		c := value[pos]
		if c != '"' {
			if !isSpace(c) {
				dst = append(dst, c)
			}
			pos++
			continue
		}
		end := textEnd(value, pos)
		dst = appendRequoted(dst, value[pos+1:end-1])
		pos = end
	}
	return dst
}

// appendRequoted writes a JSON string anew, given its raw bytes without quotes.
func appendRequoted(dst, raw []byte) []byte {
	if isPlain(raw) {
		dst = append(append(dst, '"'), raw...)
		return append(dst, '"')
	}
	return appendQuoted(dst, string(appendDecoded(nil, raw)))
}
