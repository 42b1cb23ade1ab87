package trinosql

import (
	"fmt"
	"strings"

	"limnograph"
)

// kind tells tokens apart as far as the checks need it.
type kind uint8

const (
	word      kind = iota // unquoted name or keyword
	quoted                // "name"
	quotation             // 'text'
	numeral               // 1, 1.5E3, 0x1F
	parameter             // $name or ?
	symbol                // anything else, one character or one of the operators of two
	end                   // behind the last one
)

// token is a piece of a text between its positions. Comments and white space lie between tokens.
type token struct {
	kind     kind
	text     string // a word in upper case, a quoted name and a quotation without quotes, a parameter without $
	from, to int    // bytes
}

func (t token) is(words ...string) bool {
	if t.kind != word {
		return false
	}
	for _, w := range words {
		if t.text == w {
			return true
		}
	}
	return false
}

func (t token) isSymbol(s string) bool { return t.kind == symbol && t.text == s }

// lexer follows Trino's own lexer: what that does not recognize is an error here.
type lexer struct {
	sql string
	at  int
}

// lex splits a text into tokens; the last one is of kind end. Errors: CodeInvalid, with the position.
func lex(sql string) ([]token, error) {
	l := &lexer{sql: sql}
	var tokens []token
	for {
		if err := l.skip(); err != nil {
			return nil, err
		}
		if l.at == len(sql) {
			return append(tokens, token{kind: end, from: l.at, to: l.at}), nil
		}
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
	}
}

// skip passes white space and comments. A carriage return ends a line comment too, and comments do not nest.
func (l *lexer) skip() error {
	for l.at < len(l.sql) {
		rest := l.sql[l.at:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			l.at++
		case strings.HasPrefix(rest, "--"):
			n := strings.IndexAny(rest, "\r\n")
			if n < 0 {
				n = len(rest)
			}
			l.at += n
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return l.fail(l.at, "a comment is not closed", "end it with */")
			}
			l.at += n + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) next() (token, error) {
	c := l.sql[l.at]
	switch {
	case isLetter(c):
		return l.take(word, l.run(l.at, isNameByte)), nil
	case isDigit(c) || c == '.' && l.at+1 < len(l.sql) && isDigit(l.sql[l.at+1]):
		return l.number()
	case c == '\'':
		return l.quotation(quotation, '\'')
	case c == '"':
		return l.quotation(quoted, '"')
	case c == '$':
		return l.parameter()
	case c == '?':
		return l.take(parameter, l.at+1), nil
	}
	return l.symbol()
}

func (l *lexer) take(k kind, to int) token {
	t := token{kind: k, text: l.sql[l.at:to], from: l.at, to: to}
	if k == word {
		t.text = strings.ToUpper(t.text)
	}
	l.at = to
	return t
}

func (l *lexer) run(from int, is func(byte) bool) int {
	for from < len(l.sql) && is(l.sql[from]) {
		from++
	}
	return from
}

// number takes digits and everything that clings to them; what follows must not be part of a name.
func (l *lexer) number() (token, error) {
	to := l.run(l.at, func(c byte) bool { return isNameByte(c) || c == '.' })
	if e := l.sql[to-1]; to < len(l.sql) && (e == 'e' || e == 'E') && (l.sql[to] == '+' || l.sql[to] == '-') {
		to = l.run(to+1, isDigit)
	}
	t := l.take(numeral, to)
	if !isNumber(t.text) {
		return t, l.fail(t.from, fmt.Sprintf("%.40q is no number", t.text), "put a name that begins with a digit into double quotes")
	}
	return t, nil
}

// isNumber knows 12, 1_000, 0x1F, 1.5, .5, 1. and 1.5E-3.
func isNumber(s string) bool {
	lower := strings.ToLower(s)
	if len(lower) > 2 && lower[0] == '0' && strings.IndexByte("xob", lower[1]) >= 0 {
		return strings.Trim(lower[2:], "0123456789abcdef_") == ""
	}
	mantissa, exponent, hasExponent := strings.Cut(lower, "e")
	exponent = strings.TrimLeft(exponent, "+-")
	if hasExponent && (exponent == "" || strings.Trim(exponent, "0123456789") != "") {
		return false
	}
	return strings.Count(mantissa, ".") <= 1 && strings.Trim(mantissa, "0123456789._") == ""
}

// quotation takes text between quotes; a doubled quote stands for one.
func (l *lexer) quotation(k kind, quote byte) (token, error) {
	for to := l.at + 1; to < len(l.sql); to++ {
		if l.sql[to] != quote {
			continue
		}
		if to+1 < len(l.sql) && l.sql[to+1] == quote {
			to++
			continue
		}
		t := l.take(k, to+1)
		t.text = strings.ReplaceAll(t.text[1:len(t.text)-1], string([]byte{quote, quote}), string(quote))
		return t, nil
	}
	return token{}, l.fail(l.at, "a quotation is not closed", fmt.Sprintf("end it with %c; write two of them for one inside", quote))
}

func (l *lexer) parameter() (token, error) {
	to := l.run(l.at+1, isNameByte)
	if to == l.at+1 || isDigit(l.sql[l.at+1]) {
		return token{}, l.fail(l.at, "$ begins no parameter", "write $name, or put a name with $ into double quotes")
	}
	t := l.take(parameter, to)
	t.text = t.text[1:]
	return t, nil
}

const (
	oneCharacter  = "()[],.;+-*/%=<>|:"
	twoCharacters = " <> != <= >= || -> => "
)

func (l *lexer) symbol() (token, error) {
	if l.at+2 <= len(l.sql) && strings.Contains(twoCharacters, " "+l.sql[l.at:l.at+2]+" ") {
		return l.take(symbol, l.at+2), nil
	}
	if strings.IndexByte(oneCharacter, l.sql[l.at]) < 0 {
		r := []rune(l.sql[l.at:min(len(l.sql), l.at+4)])[0]
		return token{}, l.fail(l.at, fmt.Sprintf("the character %q is not understood", r), "other characters belong into quotes")
	}
	return l.take(symbol, l.at+1), nil
}

func (l *lexer) fail(at int, message, hint string) error {
	return syntaxError(l.sql, at, message, hint)
}

// syntaxError says where: line and column, both from 1, in characters.
func syntaxError(sql string, at int, message, hint string) error {
	before := sql[:at]
	line := strings.Count(before, "\n") + 1
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "parse query", Message: fmt.Sprintf("%s (line %d, column %d)", message, line, column), Hint: hint,
	}
}

func isLetter(c byte) bool   { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }
func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isNameByte(c byte) bool { return isLetter(c) || isDigit(c) }
