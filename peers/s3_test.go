//go:build peers

package peers_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"limnograph"
	"limnograph/aws/s3"
	"limnograph/conformance"
	"limnograph/peers/fixtures"
	"limnograph/peers/servers"
)

// openStore makes listings of many pages and uploads of many parts out of little.
func openStore(cfg aws.Config, bucket, prefix, kmsKey string) limnograph.ObjectStore {
	return s3.New(cfg, s3.Location{Bucket: bucket, Prefix: prefix}, s3.Config{PathStyle: true, PageSize: 5, PartSize: 5 << 20, KMSKeyID: kmsKey})
}

func TestStoreOnMiniStack(t *testing.T) {
	server := pool.MiniStack(t, servers.MiniStackOptions{})
	conformance.ObjectStore(t, fixtures.Stores(server, openStore))
	conformance.Run(t, fixtures.BucketChecks(server, openStore),
		conformance.Lack{Outcome: "ErrCredentialsRefused", Instead: "MiniStack takes any credentials unless AUTH=true"},
	)
}
