//go:build peers

package servers_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"limnograph/peers/servers"
)

// moto refuses an update of a table that somebody else has updated.
func TestMotoKeepsVersions(t *testing.T) {
	client := glue.NewFromConfig(servers.Moto(t).SDK(t))
	database, ctx := servers.Database(t), t.Context()
	input := &gluetypes.TableInput{Name: aws.String("lines")}
	must(t)(client.CreateDatabase(ctx, &glue.CreateDatabaseInput{DatabaseInput: &gluetypes.DatabaseInput{Name: &database}}))
	must(t)(client.CreateTable(ctx, &glue.CreateTableInput{DatabaseName: &database, TableInput: input}))
	update := func(version string) error {
		_, err := client.UpdateTable(ctx, &glue.UpdateTableInput{DatabaseName: &database, TableInput: input, VersionId: &version})
		return err
	}
	if err := update("1"); err != nil {
		t.Errorf("the version is 1: %v", err)
	}
	var refused smithy.APIError
	if err := update("1"); !errors.As(err, &refused) || refused.ErrorCode() != "ConcurrentModificationException" {
		t.Errorf("a stale version gives %v", err)
	}
}

// moto's events carry keys as those of S3 do.
func TestMotoKeepsSlashesInEventKeys(t *testing.T) {
	s := servers.Moto(t)
	bucket, ctx := s.Bucket(t), t.Context()
	queues := sqs.NewFromConfig(s.SDK(t))
	store := s3.NewFromConfig(s.SDK(t), func(o *s3.Options) { o.UsePathStyle = true })
	queue, err := queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &bucket})
	if err != nil {
		t.Fatal(err)
	}
	must(t)(store.PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{
		Bucket: &bucket, NotificationConfiguration: &s3types.NotificationConfiguration{
			QueueConfigurations: []s3types.QueueConfiguration{{
				QueueArn: aws.String("arn:aws:sqs:" + s.Region + ":" + s.AccountID + ":" + bucket),
				Events:   []s3types.Event{s3types.EventS3ObjectCreated},
			}},
		},
	}))
	must(t)(store.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: aws.String("landing/year=2026/a+b c.gz"), Body: strings.NewReader("x"),
	}))
	var bodies []string
	for len(bodies) < 2 { // the event that tests the configuration, and the object's
		got, err := queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, WaitTimeSeconds: 5})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range got.Messages {
			bodies = append(bodies, *m.Body)
		}
	}
	if want := `"landing/year%3D2026/a%2Bb+c.gz"`; !strings.Contains(strings.Join(bodies, "\n"), want) {
		t.Errorf("no event has the key %s:\n%s", want, strings.Join(bodies, "\n"))
	}
}

// must fails the test when a call did not do what the test needs.
func must(t *testing.T) func(_ any, err error) {
	return func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}
