//go:build peers

package fast_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"limnograph"
	"limnograph/aws/sqs"
	"limnograph/conformance"
	"limnograph/peers/fixtures"
)

func openQueue(t *testing.T, cfg aws.Config, name string) limnograph.Queue {
	t.Helper()
	url, err := sqs.URL(t.Context(), cfg, name)
	if err != nil {
		t.Fatal(err)
	}
	return sqs.New(cfg, url, sqs.Config{})
}

func TestQueueOnMoto(t *testing.T) {
	conformance.Queue(t, fixtures.Queues(pool.Moto(t), openQueue))
}
