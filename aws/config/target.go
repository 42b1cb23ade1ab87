package config

import "cmp"

// Target is an account and Region beside the one that was loaded.
type Target struct {
	Region     string // empty: the same
	RoleARN    string // a role there, assumed with the credentials that were loaded; empty: these credentials
	ExternalID string // what the role's trust policy may ask for; empty: none
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
