package firehose

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// maxDepth bounds the nesting of values that are skipped; the protocol's own needs 3.
const maxDepth = 32

// scanner reads strict JSON (RFC 8259, valid UTF-8) in place and allocates nothing on good input.
type scanner struct {
	b []byte
	i int
}

// syntaxError is what is wrong with JSON text, and where.
type syntaxError struct {
	at   int
	what string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("byte %d: %s", e.at, e.what) }

func (s *scanner) fail(format string, args ...any) error {
	return &syntaxError{at: s.i, what: fmt.Sprintf(format, args...)}
}

// next skips white space and returns the byte that follows, 0 at the end. A zero byte is valid nowhere.
func (s *scanner) next() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\n', '\r', '\t':
			s.i++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) expect(c byte, where string) error {
	if got := s.next(); got != c {
		return s.fail("expected '%c' %s, found %s", c, where, s.found())
	}
	s.i++
	return nil
}

// found describes the present byte for an error.
func (s *scanner) found() string {
	if s.i >= len(s.b) {
		return "the end"
	}
	if c := s.b[s.i]; c > ' ' && c < utf8.RuneSelf {
		return fmt.Sprintf("'%c'", c)
	}
	return fmt.Sprintf("byte 0x%02x", s.b[s.i])
}

// end fails unless only white space is left.
func (s *scanner) end() error {
	s.next()
	if s.i < len(s.b) {
		return s.fail("expected the end, found %s", s.found())
	}
	return nil
}

// object reads an object and calls member for each key, with the scanner before the value.
func (s *scanner) object(member func(key []byte) error) error {
	if err := s.expect('{', "to open an object"); err != nil {
		return err
	}
	if s.next() == '}' {
		s.i++
		return nil
	}
	for {
		if err := s.pair(member); err != nil {
			return err
		}
		if more, err := s.more('}', "an object"); !more {
			return err
		}
	}
}

func (s *scanner) pair(member func(key []byte) error) error {
	key, err := s.text("a key")
	if err != nil {
		return err
	}
	if err := s.expect(':', "after a key"); err != nil {
		return err
	}
	s.next()
	return member(key)
}

// array reads an array and calls element for each, with the scanner before the value.
func (s *scanner) array(element func(index int) error) error {
	if err := s.expect('[', "to open an array"); err != nil {
		return err
	}
	if s.next() == ']' {
		s.i++
		return nil
	}
	for index := 0; ; index++ {
		if err := element(index); err != nil {
			return err
		}
		if more, err := s.more(']', "an array"); !more {
			return err
		}
	}
}

// more reads what stands between members: a comma before the next one, or the closing byte.
func (s *scanner) more(closing byte, where string) (bool, error) {
	switch s.next() {
	case ',':
		s.i++
		s.next()
		return true, nil
	case closing:
		s.i++
		return false, nil
	}
	return false, s.fail("expected ',' or '%c' in %s, found %s", closing, where, s.found())
}

// skip reads a value of any kind, of which depth levels are open already.
func (s *scanner) skip(depth int) error {
	if depth > maxDepth {
		return s.fail("nested deeper than %d levels", maxDepth)
	}
	switch c := s.next(); {
	case c == '{':
		return s.object(func([]byte) error { return s.skip(depth + 1) })
	case c == '[':
		return s.array(func(int) error { return s.skip(depth + 1) })
	case c == '"':
		_, _, err := s.str("a value")
		return err
	case c == '-' || isDigit(c):
		return s.number()
	}
	return s.literal()
}

func (s *scanner) literal() error {
	for _, word := range [...]string{"true", "false", "null"} {
		if bytes.HasPrefix(s.b[s.i:], []byte(word)) {
			s.i += len(word)
			return nil
		}
	}
	return s.fail("expected a value, found %s", s.found())
}

// number reads a number by JSON's grammar.
func (s *scanner) number() error {
	if s.at() == '-' {
		s.i++
	}
	if s.at() == '0' {
		s.i++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.at() == '.' {
		s.i++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if c := s.at(); c == 'e' || c == 'E' {
		s.i++
		if c := s.at(); c == '+' || c == '-' {
			s.i++
		}
		return s.digits()
	}
	return nil
}

func (s *scanner) digits() error {
	first := s.i
	for isDigit(s.at()) {
		s.i++
	}
	if s.i == first {
		return s.fail("expected a digit, found %s", s.found())
	}
	return nil
}

// at returns the present byte, 0 at the end.
func (s *scanner) at() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// text reads a string and returns its characters; they share the scanner's memory unless some were escaped.
func (s *scanner) text(what string) ([]byte, error) {
	raw, escaped, err := s.str(what)
	if err != nil || !escaped {
		return raw, err
	}
	return unescape(raw), nil
}

// str reads a string and returns what stands between its quotes, and whether some of it is escaped.
func (s *scanner) str(what string) (raw []byte, escaped bool, err error) {
	if s.next() != '"' {
		return nil, false, s.fail("expected a string as %s, found %s", what, s.found())
	}
	s.i++
	first := s.i
	for {
		switch c := s.at(); {
		case c == '"':
			raw = s.b[first:s.i]
			s.i++
			return raw, escaped, s.validUTF8(first, raw)
		case c == '\\':
			escaped = true
			if err := s.escape(); err != nil {
				return nil, false, err
			}
		case c < ' ':
			return nil, false, s.badCharacter(what)
		default:
			s.i++
		}
	}
}

func (s *scanner) badCharacter(what string) error {
	if s.i >= len(s.b) {
		return s.fail("the text ends inside %s", what)
	}
	return s.fail("control character 0x%02x inside %s: it must be escaped", s.b[s.i], what)
}

func (s *scanner) validUTF8(first int, raw []byte) error {
	if utf8.Valid(raw) {
		return nil
	}
	for n := 0; ; {
		r, size := utf8.DecodeRune(raw[n:])
		if r == utf8.RuneError && size <= 1 {
			return &syntaxError{at: first + n, what: "invalid UTF-8"}
		}
		n += size
	}
}

// escape steps over one escape sequence.
func (s *scanner) escape() error {
	s.i++
	switch s.at() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i++
		return nil
	case 'u':
		s.i++
		for range 4 {
			if !isHex(s.at()) {
				return s.fail("expected a hexadecimal digit, found %s", s.found())
			}
			s.i++
		}
		return nil
	}
	return s.fail("unknown escape, found %s", s.found())
}

func isHex(c byte) bool { return isDigit(c) || (c|0x20 >= 'a' && c|0x20 <= 'f') }

// unescape decodes the inside of a string that str has accepted. Escapes are rare, so the standard library will do.
func unescape(raw []byte) []byte {
	var text string
	if err := json.Unmarshal(append(append([]byte{'"'}, raw...), '"'), &text); err != nil {
		panic("unescape: " + err.Error()) // str accepts nothing that encoding/json refuses; the fuzz test says so
	}
	return []byte(text)
}
