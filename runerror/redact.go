package runerror

import (
	"strings"
	"unicode/utf8"
)

const (
	// MaxText is how many bytes of an error text are kept at most.
	MaxText = 2 << 10
	// read is how much of a text is looked at.
	read = 64 << 10
	// hidden stands for what was struck out. Words that say what it was stand in angle brackets.
	hidden = "***"
	cut    = "…"
)

// Redact returns what may be kept of an error text: at most MaxText bytes of UTF-8, in which secrets (passwords, tokens, keys
// of AWS and others), addresses of people and machines, long numbers and quoted values are struck out. What names a thing
// stays readable: exceptions, columns, modules, paths. What it has returned it returns again unchanged.
//
// It works by shape: a secret that looks like a word of the sentence that it stands in is not found.
func Redact(text string) string {
	text = readable(text)
	for range 8 {
		next := shortened(strike(text))
		if next == text {
			return text
		}
		text = next
	}
	return hidden // never seen; what does not come to rest is not kept
}

// strike runs all passes over a text. The order matters: what has a name goes first, so that its whole value goes.
func strike(text string) string {
	for _, pass := range []func(string) string{
		strikePEM, strikeUserInfo, strikeNamed, strikeCredentials, strikeBracketed, strikeQuoted, strikeTokens, strikeNumbers,
	} {
		text = pass(text)
	}
	return text
}

// readable returns valid UTF-8 without control characters. Of a very long text it returns the beginning, up to a space.
func readable(text string) string {
	if len(text) > read {
		text = text[:read]
		text = text[:max(strings.LastIndexAny(text, " \t\n"), 0)]
	}
	return strings.Map(func(r rune) rune { // which makes U+FFFD of what is no UTF-8
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return '\n'
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			return ' '
		}
		return r
	}, text)
}

// shortened cuts a text between two characters.
func shortened(text string) string {
	if len(text) <= MaxText {
		return text
	}
	end := MaxText - len(cut)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + cut
}

// strikePEM strikes out what stands between the lines of a PEM block.
func strikePEM(text string) string {
	const begin, end = "-----BEGIN ", "-----END "
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, begin)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		out.WriteString(begin)
		label, body, _ := strings.Cut(rest, "-----")
		_, text, ok = strings.Cut(body, end)
		out.WriteString(label + "-----" + hidden)
		if !ok {
			return out.String()
		}
		out.WriteString(end)
	}
}

// strikeUserInfo strikes out who logs in where in addresses: scheme://user:password@host, and Oracle's thin:user/password@host.
func strikeUserInfo(text string) string {
	for _, mark := range []string{"://", ":thin:"} {
		var out strings.Builder
		for {
			before, rest, ok := strings.Cut(text, mark)
			out.WriteString(before)
			if !ok {
				break
			}
			out.WriteString(mark)
			text = rest
			if at := userInfo(rest); at > 0 {
				out.WriteString(hidden)
				text = rest[at:]
			}
		}
		text = out.String()
	}
	return text
}

const longestUserInfo = 1 << 10

// userInfo returns where the @ stands that ends what identifies a user; 0: there is none. A password may hold any sign.
func userInfo(rest string) int {
	rest = rest[:min(len(rest), longestUserInfo)]
	end := strings.IndexAny(rest, " \t\n\"'<>,;")
	if end < 0 {
		end = len(rest)
	}
	return max(strings.LastIndexByte(rest[:end], '@'), 0)
}
