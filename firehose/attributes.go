package firehose

import (
	"net/http"
	"unicode/utf8"
)

// The protocol's limits of common attributes, in characters.
const (
	maxAttributes     = 50
	maxAttributeKey   = 256
	maxAttributeValue = 1024
)

// commonAttributes reads the header of that name: {"commonAttributes":{"key":"value"}}. It is nil when the header
// is absent.
func commonAttributes(h http.Header) (map[string]string, error) {
	values := h.Values(headerCommonAttributes)
	switch {
	case len(values) == 0:
		return nil, nil
	case len(values) > 1:
		return nil, refuse(http.StatusBadRequest, "%s stands %d times: once is allowed", headerCommonAttributes, len(values))
	}
	attributes, err := parseAttributes([]byte(values[0]))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s is malformed: %v", headerCommonAttributes, err)
	}
	return attributes, nil
}

func parseAttributes(b []byte) (map[string]string, error) {
	s := scanner{b: b}
	var attributes map[string]string
	err := s.object(func(key []byte) error {
		if string(key) != "commonAttributes" {
			return s.skip(1)
		}
		if attributes != nil {
			return s.fail("commonAttributes stands twice")
		}
		attributes = map[string]string{}
		return s.object(func(key []byte) error { return readAttribute(&s, string(key), attributes) })
	})
	if err == nil {
		err = s.end()
	}
	if err == nil && attributes == nil {
		err = s.fail("commonAttributes is missing")
	}
	return attributes, err
}

func readAttribute(s *scanner, key string, into map[string]string) error {
	value, err := s.text("the value of an attribute")
	if err != nil {
		return err
	}
	_, twice := into[key]
	switch {
	case twice:
		return s.fail("attribute %q stands twice", key)
	case len(into) == maxAttributes:
		return s.fail("more than %d attributes", maxAttributes)
	case key == "" || utf8.RuneCountInString(key) > maxAttributeKey:
		return s.fail("the key of an attribute has 1 to %d characters", maxAttributeKey)
	case utf8.RuneCount(value) > maxAttributeValue:
		return s.fail("the value of an attribute has up to %d characters", maxAttributeValue)
	}
	into[key] = string(value)
	return nil
}
