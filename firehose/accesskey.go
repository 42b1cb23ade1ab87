package firehose

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
)

// AccessKey is who may deliver.
type AccessKey struct {
	Name     string   // the sender's name; becomes limnograph.Batch.Sender
	Keys     []string // one valid key, or two while they are being rotated; empty ones never match
	Accounts []string // source accounts whose lines the key may deliver; empty: all
}

// allow returns the account filter of the key, nil for all accounts.
func (k AccessKey) allow() func(accountID string) bool {
	if len(k.Accounts) == 0 {
		return nil
	}
	return func(accountID string) bool { return slices.Contains(k.Accounts, accountID) }
}

// authenticate finds the key that the request presents.
func authenticate(h http.Header, keys []AccessKey) (AccessKey, error) {
	if !configured(keys) {
		return AccessKey{}, refuse(http.StatusServiceUnavailable,
			"no access key is configured on this server, so nobody may deliver: set LIMNO_FIREHOSE_ACCESS_KEY or firehose.access_keys there")
	}
	presented := h.Values(headerAccessKey)
	if len(presented) != 1 || presented[0] == "" {
		return AccessKey{}, refuse(http.StatusUnauthorized, "exactly one %s header is needed: set the access key of the delivery stream's HTTP endpoint", headerAccessKey)
	}
	i := match(keys, presented[0])
	if i < 0 {
		return AccessKey{}, refuse(http.StatusUnauthorized, "the access key is not known to this server: compare it with the server's firehose.access_keys")
	}
	return keys[i], nil
}

func configured(keys []AccessKey) bool {
	return slices.ContainsFunc(keys, func(k AccessKey) bool {
		return slices.ContainsFunc(k.Keys, func(key string) bool { return key != "" })
	})
}

// match returns the index of the first name that has the key, or -1. It compares digests and looks at every key, so
// that its time tells neither how much of a key was right nor whose it was.
func match(keys []AccessKey, presented string) int {
	want := sha256.Sum256([]byte(presented))
	found, none := -1, 1
	for i, k := range keys {
		for _, key := range k.Keys {
			sum := sha256.Sum256([]byte(key))
			hit := subtle.ConstantTimeCompare(sum[:], want[:]) & none
			found = subtle.ConstantTimeSelect(hit, i, found)
			none &^= hit
		}
	}
	return found
}
