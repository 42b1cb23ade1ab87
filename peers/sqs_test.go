//go:build peers

package peers_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"limnograph"
	"limnograph/aws/sqs"
	"limnograph/conformance"
	"limnograph/peers/fixtures"
	"limnograph/peers/servers"
)

func openQueue(t *testing.T, cfg aws.Config, name string) limnograph.Queue {
	t.Helper()
	url, err := sqs.URL(t.Context(), cfg, name)
	if err != nil {
		t.Fatal(err)
	}
	return sqs.New(cfg, url, sqs.Config{})
}

func TestQueueOnMiniStack(t *testing.T) {
	conformance.Queue(t, fixtures.Queues(pool.MiniStack(t, servers.MiniStackOptions{}), openQueue))
}
