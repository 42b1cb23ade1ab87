//go:build peers

package peers_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkglue "github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"

	"limnograph/peers/servers"
)

func TestAdhocMini(t *testing.T) {
	mini := pool.MiniStack(t, servers.MiniStackOptions{})
	h := simulate(t, 12, firstDay, firstDay.AddDate(0, 0, 2))
	h.redeliver(t, 10)
	r := newRoad(t, mini, mini)
	h.store(t, r.client, r.bucket)
	r.catalogue(t, notifications(h, 10))
	g := sdkglue.NewFromConfig(mini.SDK(t))
	out, err := g.GetTable(t.Context(), &sdkglue.GetTableInput{DatabaseName: &r.database, Name: aws.String("raw_glue_metrics_flat")})
	if err != nil { t.Fatal(err) }
	x := out.Table
	_, err = g.UpdateTable(t.Context(), &sdkglue.UpdateTableInput{DatabaseName: &r.database, TableInput: &gluetypes.TableInput{
		Name: x.Name, Description: aws.String("Presto View"), Owner: x.Owner, Parameters: x.Parameters, PartitionKeys: x.PartitionKeys, StorageDescriptor: x.StorageDescriptor, TableType: x.TableType, ViewOriginalText: x.ViewOriginalText, ViewExpandedText: x.ViewExpandedText,
	}})
	if err != nil { t.Fatal(err) }
	e := r.trino(t)
	b := time.Now()
	expectLedgerOf(t, h, "Trino", e)
	r.expectPruned(t, h, e)
	t.Log(time.Since(b))
}
