//go:build peers

package fast_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"limnograph"
	"limnograph/aws/s3"
	"limnograph/conformance"
	"limnograph/peers/fixtures"
)

// openStore makes listings of many pages and uploads of many parts out of little.
func openStore(cfg aws.Config, bucket, prefix, kmsKey string) limnograph.ObjectStore {
	return s3.New(cfg, s3.Location{Bucket: bucket, Prefix: prefix}, s3.Config{PathStyle: true, PageSize: 5, PartSize: 5 << 20, KMSKeyID: kmsKey})
}

func TestStoreOnMoto(t *testing.T) {
	conformance.ObjectStore(t, fixtures.Stores(pool.Moto(t), openStore))
	conformance.Run(t, fixtures.BucketChecks(pool.Moto(t), openStore),
		conformance.Lack{Outcome: "ErrCredentialsRefused", Instead: "moto takes any credentials"},
	)
}

func TestStoreOnVersityGW(t *testing.T) {
	conformance.ObjectStore(t, fixtures.Stores(pool.VersityGW(t), openStore), conformance.Lack{
		Outcome: "ListingsSeeNoObjectThatIsBeingWritten", Instead: "versitygw lists its temporary file for a moment when an object is replaced", Sometimes: true,
	})
	conformance.Run(t, fixtures.BucketChecks(pool.VersityGW(t), openStore),
		conformance.Lack{Outcome: "ObjectsAreEncryptedWithTheKey", Instead: "versitygw takes the headers of SSE-KMS and forgets them"},
		conformance.Lack{Outcome: "KeysOfOthersAreLeftOut", Instead: "versitygw does not encode the keys of a listing, so those with control characters come out as others"},
	)
}
