package main

import (
	"context"

	"github.com/spf13/cobra"

	"limnograph/aws/config"
	"limnograph/aws/s3"
)

// awsFlags say which AWS a command talks to.
type awsFlags struct{ region, profile, endpoint string }

func addAWSFlags(cmd *cobra.Command) *awsFlags {
	f := &awsFlags{}
	cmd.Flags().StringVar(&f.region, "region", "", "AWS Region (default: AWS_REGION, then the profile)")
	cmd.Flags().StringVar(&f.profile, "profile", "", "profile of the shared AWS files (default: AWS_PROFILE)")
	cmd.Flags().StringVar(&f.endpoint, "endpoint-url", "", "address of all services, for servers other than AWS")
	return f
}

func (f *awsFlags) load(ctx context.Context) (config.Clients, error) {
	return config.Load(ctx, config.Config{Region: f.region, Profile: f.profile, Endpoint: f.endpoint, Version: version})
}

// store opens a bucket, or a folder of it.
func (f *awsFlags) store(clients config.Clients, loc s3.Location) *s3.Store {
	return s3.New(clients.For("s3"), loc, s3.Config{PathStyle: f.endpoint != ""})
}
