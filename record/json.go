package record

import (
	"encoding/json"
	"errors"
	"strings"
)

var errNoObject = errors.New("no JSON object")

// eachMember hands out the members of a JSON object, names decoded and values as they stand.
func eachMember(text string, yield func(name, value string) error) error {
	if !json.Valid([]byte(text)) {
		return errNoObject
	}
	w := walker{text: text}
	if !w.enter('{') {
		return errNoObject
	}
	for !w.leave('}') {
		name, err := unquote(w.value())
		if err != nil {
			return err
		}
		w.past(':')
		if err := yield(name, w.value()); err != nil {
			return err
		}
	}
	return nil
}

// eachElement hands out the elements of a JSON array as they stand.
func eachElement(text string, yield func(value string) error) error {
	if !json.Valid([]byte(text)) {
		return errNoObject
	}
	w := walker{text: text}
	if !w.enter('[') {
		return errNoObject
	}
	for !w.leave(']') {
		if err := yield(w.value()); err != nil {
			return err
		}
	}
	return nil
}

// walker steps through JSON that is known to be valid.
type walker struct {
	text string
	at   int
}

// space skips white space and commas.
func (w *walker) space() {
	for w.at < len(w.text) && strings.IndexByte(" \t\r\n,", w.text[w.at]) >= 0 {
		w.at++
	}
}

func (w *walker) enter(bracket byte) bool {
	w.space()
	if w.at == len(w.text) || w.text[w.at] != bracket {
		return false
	}
	w.at++
	return true
}

// leave reports whether the end is reached; if not, the next value is.
func (w *walker) leave(bracket byte) bool {
	w.space()
	return w.at == len(w.text) || w.text[w.at] == bracket
}

func (w *walker) past(c byte) {
	w.space()
	if w.at < len(w.text) && w.text[w.at] == c {
		w.at++
	}
}

// value steps over the next value and returns its text.
func (w *walker) value() string {
	w.space()
	start, depth := w.at, 0
	for ; w.at < len(w.text); w.at++ {
		switch w.text[w.at] {
		case '"':
			w.quoted()
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return w.text[start:w.at]
			}
			depth--
		case ',', ' ', '\t', '\r', '\n', ':':
			if depth == 0 {
				return w.text[start:w.at]
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			w.at++
			break
		}
	}
	return w.text[start:w.at]
}

// quoted steps to the quote that ends a string.
func (w *walker) quoted() {
	for w.at++; w.at < len(w.text) && w.text[w.at] != '"'; w.at++ {
		if w.text[w.at] == '\\' {
			w.at++
		}
	}
}

// unquote decodes a JSON string. One without escapes is a part of the text that it stands in.
func unquote(value string) (string, error) {
	if len(value) < 2 || value[0] != '"' {
		return "", errors.New("no text")
	}
	if plain(value[1 : len(value)-1]) {
		return value[1 : len(value)-1], nil
	}
	var text string
	err := json.Unmarshal([]byte(value), &text)
	return text, err
}

// plain reports whether a text stands in JSON as it is: printable ASCII without quote and backslash.
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
