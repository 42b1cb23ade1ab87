package config

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// pinned is an endpoint of the settings. The SDK asks the sources in order, so it stands first: AWS_ENDPOINT_URL_S3 must not
// overrule what was set for this program alone.
type pinned string

// GetServiceBaseEndpoint is what the SDK looks for in a source.
func (p pinned) GetServiceBaseEndpoint(context.Context, string) (string, bool, error) {
	return string(p), true, nil
}

func pin(cfg *aws.Config, endpoint string) {
	cfg.BaseEndpoint = aws.String(endpoint)
	cfg.ConfigSources = append([]any{pinned(endpoint)}, cfg.ConfigSources...)
}
