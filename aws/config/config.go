package config

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	smithytime "github.com/aws/smithy-go/time"
)

// Config says how AWS is reached. The zero value takes everything from the SDK's own sources.
type Config struct {
	Region  string // empty: AWS_REGION, then the profile
	Profile string // of the shared files; empty: AWS_PROFILE, then "default"

	// Endpoint is the http or https address for all services; Endpoints are those of single ones, by the names of
	// Services. Empty: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, then AWS itself.
	Endpoint  string
	Endpoints map[string]string

	RoleARN     string // a role to assume with the credentials that are found; empty: none
	ExternalID  string // what the role's trust policy may ask for; empty: none
	SessionName string // how the role's calls are signed in CloudTrail; empty: "limno"

	// AccessKey and SecretKey are credentials to use instead of those that the SDK finds, for servers other than AWS; empty:
	// none.
	AccessKey, SecretKey string

	// Later lets Load make no call: credentials are asked for with the first call of a client, and what is wrong with them shows
	// there; false: at once, so that a start fails rather than what comes after it.
	Later bool

	MaxAttempts   int     // of each call; 0: AWS_MAX_ATTEMPTS, then 5
	RatePerSecond float64 // most calls per second to each service, attempts counted; 0: no limit

	Version    string         // of the product, for the user agent; empty: "dev"
	HTTPClient aws.HTTPClient // nil: the SDK's

	Now  func() time.Time                           // clock of the rate limit; nil: the real one
	Wait func(context.Context, time.Duration) error // waits, or returns the context's error; nil: the real clock's
}

// Services lists the services that Endpoints may name, sorted.
func Services() []string {
	return []string{
		"athena", "cloudformation", "cloudwatch", "events", "firehose", "glue", "iam", "kms", "lambda", "logs", "s3", "sns", "sqs", "sts",
	}
}

const (
	defaultAttempts = 5
	defaultSession  = "limno"
	product         = "limno"
)

func (c Config) withDefaults() Config {
	if c.SessionName == "" {
		c.SessionName = defaultSession
	}
	if c.Version == "" {
		c.Version = "dev"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait == nil {
		c.Wait = smithytime.SleepWithContext
	}
	return c
}
