package config

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"limnograph"
)

// Clients gives each service its configuration. All clients of a service share its rate limit and what its retries have
// learned, so one Clients serves the whole process. It is safe for concurrent use.
type Clients struct {
	config   Config
	base     aws.Config
	services map[string]service
}

// service is what the clients of one service share.
type service struct {
	retryer aws.Retryer
	limit   *bucket // nil: none
}

func newClients(c Config, base aws.Config) Clients {
	c.MaxAttempts = cmp.Or(c.MaxAttempts, base.RetryMaxAttempts, defaultAttempts)
	base.RetryMaxAttempts = 0 // the retryer of each service has it
	base.Credentials = retrieve{from: base.Credentials, explain: explainCredentials}
	return derive(c, base)
}

// derive makes clients of settings and of what was found for them.
func derive(c Config, base aws.Config) Clients {
	clients := Clients{config: c, base: base, services: make(map[string]service)}
	for _, name := range Services() {
		clients.services[name] = newService(c, c.MaxAttempts)
	}
	if c.RoleARN != "" {
		clients.base.Credentials = assumed(c, clients.For("sts"))
	}
	return clients
}

func newService(c Config, attempts int) service {
	retryer := retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = append(o.StandardOptions, func(o *retry.StandardOptions) { o.MaxAttempts = attempts })
	})
	if c.RatePerSecond == 0 {
		return service{retryer: retryer}
	}
	return service{retryer: retryer, limit: newBucket(c)}
}

// assumed returns the credentials of the role, cached until shortly before they end.
func assumed(c Config, base aws.Config) aws.CredentialsProvider {
	role := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(base), c.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = c.SessionName
		if c.ExternalID != "" {
			o.ExternalID = aws.String(c.ExternalID)
		}
	})
	return retrieve{from: aws.NewCredentialsCache(role), explain: explainRole(c.RoleARN)}
}

// For returns the configuration of a service: its endpoint, its retries and its rate limit. A service that Services does
// not list gets the common endpoint and the SDK's own retries.
func (c Clients) For(name string) aws.Config {
	cfg := c.base.Copy()
	if endpoint := cmp.Or(c.config.Endpoints[name], c.config.Endpoint); endpoint != "" {
		pin(&cfg, endpoint)
	}
	s, known := c.services[name]
	if known {
		cfg.Retryer = func() aws.Retryer { return s.retryer }
	}
	if s.limit != nil {
		cfg.APIOptions = append(cfg.APIOptions[:len(cfg.APIOptions):len(cfg.APIOptions)], s.limit.addTo)
	}
	return cfg
}

// Region returns the Region that is asked.
func (c Clients) Region() string { return c.base.Region }

// AccountID asks STS which account the credentials belong to: 12 digits. Errors: CodeUnauthorized, CodeForbidden,
// CodeUnavailable, CodeTimeout.
func (c Clients) AccountID(ctx context.Context) (string, error) {
	answer, err := sts.NewFromConfig(c.For("sts")).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", explainCaller(ctx, err)
	}
	if id := aws.ToString(answer.Account); id != "" {
		return id, nil
	}
	return "", &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: "find the AWS account", Message: "STS names no account", Hint: "check that the endpoint is one of STS",
	}
}
