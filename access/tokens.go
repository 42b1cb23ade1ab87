package access

import (
	"crypto/sha256"
	"crypto/subtle"

	"limnograph"
)

// AdminName is the name of the principal that the admin token stands for.
const AdminName = "admin"

// Tokens tells the principal behind a token. It is immutable and safe for concurrent use.
type Tokens struct {
	admin    [sha256.Size]byte
	hasAdmin bool
}

// NewTokens returns the tokens with the given admin token; an empty one lets nobody in.
func NewTokens(admin string) *Tokens {
	return &Tokens{admin: sha256.Sum256([]byte(admin)), hasAdmin: admin != ""}
}

// Authenticate returns the principal of token, and whether there is one. The time taken does not tell how much of a
// wrong token was right, nor the length of the right one: hashes are compared.
func (t *Tokens) Authenticate(token string) (limnograph.Principal, bool) {
	sum := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(sum[:], t.admin[:]) != 1 || !t.hasAdmin {
		return limnograph.Principal{}, false
	}
	return limnograph.Principal{Name: AdminName, Admin: true}, true
}
