//go:build peers

package peers_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"limnograph"
	"limnograph/aws/glue"
	"limnograph/objectkey"
	"limnograph/peers/servers"
)

// lake is a database in a Glue server over a bucket in an S3 server.
type lake struct {
	t        *testing.T
	database string
	bucket   string
	cat      *glue.Catalog
	s3       *s3.Client
	sequence uint64
	schemas  []limnograph.Schema // of the published tables
}

func newLake(t *testing.T, catalog, store *servers.Server) *lake {
	t.Helper()
	l := &lake{
		t: t, database: servers.Database(t), bucket: store.Bucket(t),
		s3: s3.NewFromConfig(store.SDK(t), func(o *s3.Options) { o.UsePathStyle = true }),
	}
	l.cat = glue.New(catalog.SDK(t), glue.Config{Database: l.database, Root: "s3://" + l.bucket})
	if _, err := l.cat.EnsureDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

// publish makes the raw table and the flattening view.
func (l *lake) publish(s limnograph.Schema) {
	l.t.Helper()
	l.schemas = append(l.schemas, s)
	if _, err := l.cat.EnsureTable(l.t.Context(), s); err != nil {
		l.t.Fatal(err)
	}
}

// land writes lines as one object and registers its partition.
func (l *lake) land(table, sender string, arrival time.Time, lines []string) {
	l.t.Helper()
	l.sequence++
	landing := objectkey.Landing{Table: table, Sender: sender, Stream: "s", Arrival: arrival, Sequence: l.sequence}
	_, err := l.s3.PutObject(l.t.Context(), &s3.PutObjectInput{
		Bucket: &l.bucket, Key: aws.String(landing.Key()), Body: bytes.NewReader(zipped(l.t, lines)),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.register(table, limnograph.Partition{Sender: sender, Hour: arrival.Truncate(time.Hour)})
}

func (l *lake) register(table string, p limnograph.Partition) {
	l.t.Helper()
	if _, err := l.cat.AddPartitions(l.t.Context(), table, []limnograph.Partition{p}); err != nil {
		l.t.Fatal(err)
	}
}

func zipped(t *testing.T, lines []string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(strings.Join(lines, "\n") + "\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
