package lambdaevent

import (
	"net/url"
	"strings"
)

// decodeKey undoes the form encoding that S3 gives the keys of its notifications: a space comes as +, and = as %3D.
// Some stores send the key as it is. Such a key shows by what no encoder leaves: a character that it would have written
// as %XX (a landing key always has =), or a % that begins no escape. A plain key without any of these would decode to
// something else only if it held a +.
func decodeKey(key string) string {
	if strings.ContainsAny(key, "=&#?\" <>") || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return key
	}
	decoded, err := url.QueryUnescape(key)
	if err != nil {
		return key
	}
	return decoded
}
