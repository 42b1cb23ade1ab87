package runerror

import (
	"slices"
	"strings"
)

// strikeQuoted strikes out quoted values. A quoted name stays where the word before it says that it is one: column 'id'.
func strikeQuoted(text string) string {
	var out strings.Builder
	unclosed := "" // quotes that nothing closes any more
	for i := 0; i < len(text); {
		end := -1
		if opens(text, i) && strings.IndexByte(unclosed, text[i]) < 0 {
			if end = quotedEnd(text, i); end < 0 {
				unclosed += text[i : i+1]
			}
		}
		if end < 0 {
			out.WriteByte(text[i])
			i++
			continue
		}
		inside := text[i+1 : end]
		if !isName(inside) || !namesThing(text[:i]) && !isLabel(text[end+1:]) && text[i] != '`' {
			inside = hidden
		}
		out.WriteByte(text[i])
		out.WriteString(inside)
		out.WriteByte(text[i])
		i = end + 1
	}
	return out.String()
}

// opens reports whether the sign at i is a quote and no apostrophe.
func opens(text string, i int) bool {
	return strings.IndexByte("'\"`", text[i]) >= 0 && (text[i] != '\'' || i == 0 || !wordByte(text[i-1]))
}

// quotedEnd returns where the quote stands that closes the one at i; -1: none does.
func quotedEnd(text string, i int) int {
	quote := text[i]
	for end := i + 1; end < len(text); end++ {
		switch {
		case text[end] == '\\':
			end++
		case text[end] == quote && (quote != '\'' || end+1 == len(text) || !wordByte(text[end+1])):
			return end
		}
	}
	return -1
}

func wordByte(c byte) bool { return nameByte(c) && c != '-' && c != '.' || c >= 0x80 }

// isName reports whether a quoted text can name a thing: a short identifier that is not mostly digits.
func isName(text string) bool {
	digits := 0
	for i := range len(text) {
		if !nameByte(text[i]) {
			return false
		}
		if text[i] >= '0' && text[i] <= '9' {
			digits++
		}
	}
	return text != "" && len(text) <= 64 && 2*digits < len(text)
}

// namesThing reports whether the last word of a text says that the name of a thing follows.
func namesThing(before string) bool {
	before = strings.TrimRight(before, " :([")
	start := len(before)
	for start > 0 && wordByte(before[start-1]) {
		start--
	}
	return slices.Contains([]string{
		"attribute", "bucket", "class", "column", "columns", "database", "field", "from", "function", "keyerror", "method", "module", "named", "name",
		"nameerror", "object", "operation", "option", "parameter", "relation", "resolve", "schema", "table", "type", "view",
	}, strings.ToLower(before[start:]))
}

// isLabel reports whether a quoted text is a name in JSON: a colon follows it.
func isLabel(rest string) bool { return strings.HasPrefix(strings.TrimLeft(rest, " "), ":") }
