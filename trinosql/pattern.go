package trinosql

import (
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
)

// translate writes an RE2 pattern (as Go and DuckDB read it) in the common part of RE2's and Java's syntax, which Trino
// and Athena read, with the same groups. A pattern that is no RE2 stays as it is.
func translate(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return pattern
	}
	var b strings.Builder
	writePattern(&b, re)
	return b.String()
}

func writePattern(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpNoMatch:
		b.WriteString(nothing)
	case syntax.OpLiteral:
		writeLiteral(b, re)
	case syntax.OpCharClass:
		writeClass(b, re.Rune)
	case syntax.OpAnyCharNotNL:
		b.WriteString(`[^\n]`)
	case syntax.OpAnyChar:
		b.WriteString(anything)
	case syntax.OpCapture:
		b.WriteByte('(')
		writePattern(b, re.Sub[0])
		b.WriteByte(')')
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		writeRepeat(b, re)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			writeGroup(b, sub, sub.Op == syntax.OpAlternate)
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			writePattern(b, sub)
		}
	default:
		b.WriteString(anchor(re.Op))
	}
}

func anchor(op syntax.Op) string {
	switch op {
	case syntax.OpBeginLine:
		return `(?:\A|(?<=\n))`
	case syntax.OpEndLine:
		return `(?=\n|\z)`
	case syntax.OpBeginText:
		return `\A`
	case syntax.OpEndText:
		return `\z`
	case syntax.OpWordBoundary:
		return `\b`
	case syntax.OpNoWordBoundary:
		return `\B`
	}
	return "" // the empty match
}

func writeGroup(b *strings.Builder, re *syntax.Regexp, group bool) {
	if group {
		b.WriteString("(?:")
	}
	writePattern(b, re)
	if group {
		b.WriteByte(')')
	}
}

func writeRepeat(b *strings.Builder, re *syntax.Regexp) {
	writeGroup(b, re.Sub[0], !isAtom(re.Sub[0]))
	switch re.Op {
	case syntax.OpStar:
		b.WriteByte('*')
	case syntax.OpPlus:
		b.WriteByte('+')
	case syntax.OpQuest:
		b.WriteByte('?')
	default:
		b.WriteString("{" + strconv.Itoa(re.Min))
		if re.Max != re.Min {
			b.WriteByte(',')
			if re.Max >= 0 {
				b.WriteString(strconv.Itoa(re.Max))
			}
		}
		b.WriteByte('}')
	}
	if re.Flags&syntax.NonGreedy != 0 {
		b.WriteByte('?')
	}
}

// isAtom reports whether a repetition takes the whole of it without a group.
func isAtom(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpCapture, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpLiteral:
		return len(re.Rune) == 1
	}
	return false
}

// writeLiteral folds case by itself: what a flag folds differs between engines.
func writeLiteral(b *strings.Builder, re *syntax.Regexp) {
	for _, r := range re.Rune {
		if re.Flags&syntax.FoldCase == 0 || unicode.SimpleFold(r) == r {
			writeRune(b, r)
			continue
		}
		b.WriteByte('[')
		writeRune(b, r)
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			writeRune(b, f)
		}
		b.WriteByte(']')
	}
}

// writeClass writes ranges, given as pairs of their ends in order.
func writeClass(b *strings.Builder, ranges []rune) {
	open := "["
	if n := len(ranges); n > 0 && ranges[0] == 0 && ranges[n-1] == unicode.MaxRune {
		open, ranges = "[^", between(ranges)
	}
	switch {
	case len(ranges) > 0:
	case open == "[":
		b.WriteString(nothing)
		return
	default:
		b.WriteString(anything)
		return
	}
	b.WriteString(open)
	for i := 0; i < len(ranges); i += 2 {
		writeRune(b, ranges[i])
		if ranges[i+1] > ranges[i] {
			b.WriteByte('-')
			writeRune(b, ranges[i+1])
		}
	}
	b.WriteByte(']')
}

// between returns the gaps of ranges that begin and end with all.
func between(ranges []rune) []rune {
	var gaps []rune
	for i := 1; i+1 < len(ranges); i += 2 {
		gaps = append(gaps, ranges[i]+1, ranges[i+1]-1)
	}
	return gaps
}

const (
	anything = `[\s\S]`
	nothing  = `[^\s\S]`
)

func writeRune(b *strings.Builder, r rune) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r > ' ' && r < 0x7f && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r):
		b.WriteByte('\\')
		b.WriteRune(r)
	default:
		b.WriteRune(r)
	}
}
