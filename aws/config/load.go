package config

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	sdk "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"

	"limnograph"
)

// Load finds region and credentials, assumes the role if one is named, and so fails at the start rather than in the
// middle. Errors: CodeInvalid (settings, no region, no such profile), CodeUnauthorized (no credentials, or refused ones),
// CodeForbidden (the role may not be assumed), CodeUnavailable (who gives credentials does not answer).
func Load(ctx context.Context, c Config) (Clients, error) {
	if err := c.check(); err != nil {
		return Clients{}, err
	}
	c = c.withDefaults()
	base, err := sdk.LoadDefaultConfig(ctx, c.options()...)
	if err != nil {
		return Clients{}, wrapLoad(ctx, err)
	}
	if c.HTTPClient != nil {
		base.HTTPClient = c.HTTPClient
	}
	if base.Region == "" {
		return Clients{}, invalid("no AWS Region is known", "set region, or AWS_REGION, or a region in the profile of ~/.aws/config")
	}
	clients := newClients(c, base)
	if c.Later {
		return clients, nil
	}
	return clients, clients.authenticate(ctx)
}

// options say what the SDK shall not look up itself.
func (c Config) options() []func(*sdk.LoadOptions) error {
	options := []func(*sdk.LoadOptions) error{
		sdk.WithAPIOptions([]func(*middleware.Stack) error{awsmiddleware.AddUserAgentKeyValue(product, c.Version)}),
	}
	if c.Region != "" {
		options = append(options, sdk.WithRegion(c.Region))
	}
	if c.Profile != "" {
		options = append(options, sdk.WithSharedConfigProfile(c.Profile))
	}
	if c.AccessKey != "" {
		options = append(options, sdk.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, "")))
	}
	if c.HTTPClient != nil && !hasOwnTrust() {
		options = append(options, sdk.WithHTTPClient(c.HTTPClient))
	}
	return options
}

// hasOwnTrust reports whether AWS_CA_BUNDLE is set. The SDK then refuses any client but its own, also one that brings its
// own trust: it is put in its place afterwards, when the sources of credentials have theirs.
func hasOwnTrust() bool {
	env, err := sdk.NewEnvConfig()
	return err == nil && env.CustomCABundle != ""
}

// wrapLoad explains why the SDK's sources cannot be read.
func wrapLoad(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &limnograph.Error{Code: limnograph.CodeTimeout, Op: "configure AWS", Err: ctx.Err()}
	}
	e := &limnograph.Error{Code: limnograph.CodeInvalid, Op: "configure AWS", Message: "the AWS settings cannot be read", Err: err}
	var missing sdk.SharedConfigProfileNotExistError
	if errors.As(err, &missing) {
		e.Message, e.Hint = "there is no profile "+missing.Profile, "name one that stands in ~/.aws/config or ~/.aws/credentials"
	}
	return e
}

// authenticate gets credentials for the first time, so that what is wrong with them is told now.
func (c Clients) authenticate(ctx context.Context) error {
	_, err := c.base.Credentials.Retrieve(ctx)
	return err
}

// retrieve is a credentials provider whose errors say what to do.
type retrieve struct {
	from    aws.CredentialsProvider
	explain func(ctx context.Context, err error) error
}

// Retrieve implements aws.CredentialsProvider.
func (r retrieve) Retrieve(ctx context.Context) (aws.Credentials, error) {
	got, err := r.from.Retrieve(ctx)
	if err != nil {
		return got, r.explain(ctx, err)
	}
	return got, nil
}
