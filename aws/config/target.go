package config

import (
	"cmp"
	"strings"
)

// Target is an account and Region beside the one that was loaded.
type Target struct {
	Region     string // empty: the same
	RoleARN    string // a role there, assumed with the credentials that were loaded; empty: these credentials
	ExternalID string // what the role's trust policy may ask for; empty: none
}

// Account returns the account that the role's ARN names, such as 111122223333 of arn:aws:iam::111122223333:role/reader; "":
// there is no role.
func (t Target) Account() string {
	const field = 4
	if parts := strings.Split(t.RoleARN, ":"); len(parts) > field {
		return parts[field]
	}
	return ""
}

// Of returns the clients of a target: the settings of these, with rate limits and retries of their own, because AWS counts
// by account and Region. It makes no call, so that one target that can't be reached keeps no other from its work: a role
// that may not be assumed shows with the first call. Errors: CodeInvalid.
func (c Clients) Of(t Target) (Clients, error) {
	cfg := c.config
	cfg.Region, cfg.RoleARN, cfg.ExternalID = cmp.Or(t.Region, c.base.Region), t.RoleARN, t.ExternalID
	if err := cfg.check(); err != nil {
		return Clients{}, err
	}
	base := c.base.Copy()
	base.Region = cfg.Region
	return derive(cfg, base), nil
}
