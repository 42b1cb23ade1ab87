package runerror

import "strings"

// strikeNamed strikes out the values of names that tell of a secret: password=x, "token": "x", --api-key x.
func strikeNamed(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		if !nameByte(text[i]) {
			out.WriteByte(text[i])
			i++
			continue
		}
		end := i
		for end < len(text) && nameByte(text[end]) {
			end++
		}
		name := text[i:end]
		from, to := end, end
		if tellsSecret(name) {
			from, to = valueOf(text, end, strings.HasPrefix(name, "-"))
		}
		out.WriteString(text[i:from])
		if to > from {
			out.WriteString(hidden)
		}
		i = to
	}
	return out.String()
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}

// tellsSecret reports whether a name is that of a secret. Exceptions about secrets are not.
func tellsSecret(name string) bool {
	name = strings.Map(letter, strings.TrimRight(name, "0123456789_-."))
	if name == "key" || name == "auth" || name == "sig" || name == "pw" || name == "pass" {
		return true
	}
	for _, word := range []string{
		"password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "credential", "credentials", "apikey", "accesskey", "accesskeyid",
		"privatekey", "secretkey", "signingkey", "encryptionkey", "accountkey", "sharedkey", "masterkey", "authorization", "signature", "sessionid",
		"cookie", "passwords", "secrets", "tokens", "secretstring", "clientsecretvalue",
	} {
		if strings.HasSuffix(name, word) {
			return true
		}
	}
	return false
}

// letter makes letters small and drops the signs between words.
func letter(r rune) rune {
	switch {
	case r == '_' || r == '-' || r == '.':
		return -1
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	}
	return r
}

// valueOf returns where the value stands of a name that ends at i; an empty one: it has none. An option's value may follow
// after a space.
func valueOf(text string, i int, option bool) (from, to int) {
	i = skip(text, i, `\"'`)
	i = skip(text, i, " \t")
	sign := skip(text, i, ":=")
	if sign == i && !option {
		return i, i
	}
	i = skip(text, skip(text, sign, ">"), " \t")
	i = skip(text, i, `\`)
	if i < len(text) && strings.IndexByte("\"'", text[i]) >= 0 {
		return i + 1, closing(text, i)
	}
	for _, scheme := range []string{"Bearer ", "Basic ", "bearer ", "basic ", "Digest ", "AWS4-HMAC-SHA256 "} {
		if strings.HasPrefix(text[i:], scheme) {
			i += len(scheme)
		}
	}
	return i, bareEnd(text, i)
}

func skip(text string, i int, set string) int {
	for i < len(text) && strings.IndexByte(set, text[i]) >= 0 {
		i++
	}
	return i
}

// closing returns where the quoted value ends that begins at i, without its quote: at the same quote, or with the text.
func closing(text string, i int) int {
	for end := i + 1; end < len(text); end++ {
		if text[end] != text[i] {
			continue
		}
		if text[end-1] != '\\' || i > 0 && text[i-1] == '\\' {
			return end - (end - len(strings.TrimRight(text[:end], `\`)))
		}
	}
	return len(text)
}

// bareEnd returns where a value without quotes ends: at a space, or at a sign that something else follows.
func bareEnd(text string, i int) int {
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case strings.IndexByte(" \t\n\"", c) >= 0:
			return i
		case strings.IndexByte(",;&", c) >= 0 && endsValue(text[i+1:]):
			return i
		case strings.IndexByte(")}]", c) >= 0 && (i+1 == len(text) || strings.IndexByte(" \t\n,;.)}]\"'", text[i+1]) >= 0):
			return i
		}
	}
	return i
}

// endsValue reports whether after a comma something new begins: nothing, a space, or another name with its value.
func endsValue(rest string) bool {
	if rest == "" || strings.IndexByte(" \t\n", rest[0]) >= 0 {
		return true
	}
	i := 0
	for i < len(rest) && nameByte(rest[i]) {
		i++
	}
	return i > 0 && i < len(rest) && strings.IndexByte("=:", rest[i]) >= 0
}

// strikeCredentials strikes out what follows the name of a way to log in.
func strikeCredentials(text string) string {
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER "} {
		var out strings.Builder
		for {
			before, rest, ok := strings.Cut(text, scheme)
			out.WriteString(before)
			if !ok {
				break
			}
			out.WriteString(scheme)
			end := bareEnd(rest, 0)
			if end >= 8 || strings.ContainsAny(rest[:end], "0123456789") {
				out.WriteString(hidden)
			} else {
				out.WriteString(rest[:end]) // a word: "Bearer token is missing"
			}
			text = rest[end:]
		}
		text = out.String()
	}
	return text
}

// strikeBracketed strikes out values as databases tell them: Key (email)=(a@b.c) already exists.
func strikeBracketed(text string) string {
	const mark = ")=("
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, mark)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		_, text, ok = strings.Cut(rest, ")")
		out.WriteString(mark + hidden)
		if !ok {
			return out.String()
		}
		out.WriteByte(')')
	}
}
