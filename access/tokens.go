package access

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"

	"limnograph"
)

// AdminName is the name of the principal that the admin token stands for.
const AdminName = "admin"

// CollectorName is the name of the principal that a collector's token stands for, unless it has one of its own.
const CollectorName = "collector"

// CollectorToken lets its holder have runs collected, and nothing else: what an orchestrator or a rule of EventBridge gets.
type CollectorToken struct {
	Name  string // of the principal, for the audit; empty: CollectorName
	Token string // empty: lets nobody in
}

// Tokens tells the principal behind a token. It is immutable and safe for concurrent use.
type Tokens struct{ known []known }

type known struct {
	hash [sha256.Size]byte
	who  limnograph.Principal
}

// NewTokens returns the tokens: the one of the admin, and those of collectors. An empty one lets nobody in.
func NewTokens(admin string, collectors ...CollectorToken) *Tokens {
	t := &Tokens{}
	t.add(admin, limnograph.Principal{Name: AdminName, Admin: true})
	for _, c := range collectors {
		t.add(c.Token, limnograph.Principal{Name: cmp.Or(c.Name, CollectorName), Collects: true})
	}
	return t
}

func (t *Tokens) add(token string, who limnograph.Principal) {
	if token != "" {
		t.known = append(t.known, known{sha256.Sum256([]byte(token)), who})
	}
}

// Authenticate returns the principal of token, and whether there is one; a token that stands for two is the first one's.
// The time taken does not tell how much of a wrong token was right, nor the length of the right one: hashes are compared,
// and all of them each time.
func (t *Tokens) Authenticate(token string) (who limnograph.Principal, ok bool) {
	sum := sha256.Sum256([]byte(token))
	for _, k := range t.known {
		if subtle.ConstantTimeCompare(sum[:], k.hash[:]) == 1 && !ok {
			who, ok = k.who, true
		}
	}
	return who, ok
}
