package runerror

import (
	"net/netip"
	"strings"
)

// strikeTokens strikes out words that are secrets or addresses by their own shape.
func strikeTokens(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && tokenByte(text[end]) {
			end++
		}
		if end == i {
			out.WriteByte(text[i])
			i++
			continue
		}
		token := strings.TrimRight(text[i:end], ".:")
		out.WriteString(strikeToken(token))
		out.WriteString(text[i+len(token) : end])
		i = end
	}
	return out.String()
}

// tokenByte reports whether a byte can be of a key, an address or a path.
func tokenByte(c byte) bool { return nameByte(c) || strings.IndexByte("+/=@%~:", c) >= 0 }

func strikeToken(token string) string {
	if at := strings.IndexByte(token, '@'); at > 0 && at < len(token)-1 {
		return "<email>"
	}
	if secretKey(token) {
		return "<secret>"
	}
	var out strings.Builder
	for len(token) > 0 {
		end := strings.IndexAny(token, "/=:@%~")
		if end < 0 {
			end = len(token)
		}
		out.WriteString(strikePart(token[:end]))
		if end < len(token) {
			out.WriteByte(token[end])
			end++
		}
		token = token[end:]
	}
	return out.String()
}

// secretKey reports whether a word looks like a secret key of AWS: 40 signs of base64.
func secretKey(token string) bool {
	return len(token) == 40 && !strings.ContainsAny(token, ".:@%~_-") && mixed(token)
}

// strikePart strikes out a part of a word that has no slash.
func strikePart(part string) string {
	if addr, err := netip.ParseAddr(part); err == nil && addr.Is4() {
		return "<ip>"
	}
	if looksRandom(part) {
		return "<secret>"
	}
	words := strings.Split(part, ".")
	for i, word := range words {
		if looksRandom(word) {
			words[i] = "<secret>"
		}
	}
	return strings.Join(words, ".")
}

// looksRandom reports whether a word was made by a machine to be unguessable, or to be unique.
func looksRandom(word string) bool {
	switch {
	case strings.HasPrefix(word, "AKIA") || strings.HasPrefix(word, "ASIA"):
		return len(word) >= 16 && strings.ToUpper(word) == word
	case strings.HasPrefix(word, "eyJ"):
		return len(word) >= 16
	case len(word) < 20 || strings.Contains(word, "."):
		return false
	}
	digits, changes := 0, 0
	for i := range len(word) {
		if isDigit(word[i]) {
			digits++
		}
		if i > 0 && isDigit(word[i]) != isDigit(word[i-1]) {
			changes++
		}
	}
	return digits >= 3 && (changes >= 6 || mixed(word)) || isHex(word)
}

// mixed reports whether a word has small and great letters and digits.
func mixed(word string) bool {
	return strings.ContainsAny(word, "0123456789") && strings.ToUpper(word) != word && strings.ToLower(word) != word
}

func isHex(word string) bool {
	return len(word) >= 32 && strings.Trim(strings.ToLower(word), "0123456789abcdef-") == ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// longNumber is how many digits a number has that may be of an account, a card, a person or a telephone.
const longNumber = 9

// strikeNumbers strikes out long numbers, also those in groups, and leaves dates and times.
func strikeNumbers(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		end, digits := numberEnd(text, i)
		switch {
		case end == i:
			out.WriteByte(text[i])
			end++
		case digits >= longNumber && !isDate(text[i:end]):
			out.WriteString("<number>")
		default:
			out.WriteString(text[i:end])
		}
		i = end
	}
	return out.String()
}

// numberEnd returns where the digits end that begin at i, with single hyphens and spaces between groups of two to four,
// and how many there are.
func numberEnd(text string, i int) (end, digits int) {
	end, group := i, 0
	for end < len(text) {
		switch c := text[end]; {
		case isDigit(c):
			digits, group = digits+1, group+1
		case (c == '-' || c == ' ') && group >= 2 && group <= 4 && end+2 < len(text) && isDigit(text[end+1]) && isDigit(text[end+2]):
			group = 0
		default:
			return end, digits
		}
		end++
	}
	return end, digits
}

// isDate reports whether a number begins as a day: 2026-11-24.
func isDate(number string) bool {
	return len(number) >= 10 && number[4] == '-' && number[7] == '-' && (number[:2] == "20" || number[:2] == "19") && (len(number) == 10 || len(number) == 13 && number[10] == ' ')
}
