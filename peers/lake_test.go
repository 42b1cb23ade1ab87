//go:build peers

package peers_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"limnograph"
	"limnograph/objectkey"
	"limnograph/peers/servers"
	"limnograph/trinosql"
)

// lake is a database in a Glue server over a bucket in an S3 server.
type lake struct {
	t        *testing.T
	database string
	bucket   string
	glue     *glue.Client
	s3       *s3.Client
	sequence uint64
	schemas  []limnograph.Schema
}

func newLake(t *testing.T, catalog, store *servers.Server) *lake {
	t.Helper()
	l := &lake{
		t: t, database: servers.Database(t), bucket: store.Bucket(t), glue: glue.NewFromConfig(catalog.SDK(t)),
		s3: s3.NewFromConfig(store.SDK(t), func(o *s3.Options) { o.UsePathStyle = true }),
	}
	_, err := l.glue.CreateDatabase(t.Context(), &glue.CreateDatabaseInput{DatabaseInput: &gluetypes.DatabaseInput{Name: &l.database}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// publish makes the raw table and the flattening view.
func (l *lake) publish(s limnograph.Schema) {
	l.t.Helper()
	l.schemas = append(l.schemas, s)
	l.create(&gluetypes.TableInput{
		Name: aws.String(s.RawTable()), TableType: aws.String("EXTERNAL_TABLE"),
		Parameters:    map[string]string{"classification": "json", "EXTERNAL": "TRUE"},
		PartitionKeys: hive(trinosql.PartitionKeys()), StorageDescriptor: l.descriptor("landing/metrics/" + s.Table + "/"),
	})
	sql, columns := trinosql.FlatView(s, l.database)
	l.create(&gluetypes.TableInput{
		Name: aws.String(s.FlatView()), TableType: aws.String("VIRTUAL_VIEW"), Owner: aws.String("limnograph"),
		Parameters:       map[string]string{"presto_view": "true", "comment": "Presto View"},
		ViewOriginalText: aws.String(trinosql.ViewDocument(sql, "awsdatacatalog", l.database, columns)),
		ViewExpandedText: aws.String(trinosql.ViewExpandedText), PartitionKeys: []gluetypes.Column{},
		StorageDescriptor: &gluetypes.StorageDescriptor{Columns: hive(columns), SerdeInfo: &gluetypes.SerDeInfo{}},
	})
}

func (l *lake) create(in *gluetypes.TableInput) {
	l.t.Helper()
	if _, err := l.glue.CreateTable(l.t.Context(), &glue.CreateTableInput{DatabaseName: &l.database, TableInput: in}); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lake) descriptor(folder string) *gluetypes.StorageDescriptor {
	return &gluetypes.StorageDescriptor{
		Columns: hive(trinosql.RawColumns()), Location: aws.String("s3://" + l.bucket + "/" + folder),
		InputFormat:  aws.String("org.apache.hadoop.mapred.TextInputFormat"),
		OutputFormat: aws.String("org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"),
		SerdeInfo: &gluetypes.SerDeInfo{
			SerializationLibrary: aws.String("org.openx.data.jsonserde.JsonSerDe"), Parameters: map[string]string{"ignore.malformed.json": "true"},
		},
	}
}

func hive(columns []trinosql.Column) (list []gluetypes.Column) {
	for _, c := range columns {
		list = append(list, gluetypes.Column{Name: aws.String(c.Name), Type: aws.String(c.Hive)})
	}
	return list
}

// land writes lines as one object and registers its partition. It returns the size of the object.
func (l *lake) land(table, sender string, arrival time.Time, lines []string) int64 {
	l.t.Helper()
	l.sequence++
	landing := objectkey.Landing{Table: table, Sender: sender, Stream: "s", Arrival: arrival, Sequence: l.sequence}
	body := zipped(l.t, lines)
	_, err := l.s3.PutObject(l.t.Context(), &s3.PutObjectInput{
		Bucket: &l.bucket, Key: aws.String(landing.Key()), Body: bytes.NewReader(body),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.register(table, limnograph.Partition{Sender: sender, Hour: arrival})
	return int64(len(body))
}

func (l *lake) register(table string, p limnograph.Partition) {
	l.t.Helper()
	out, err := l.glue.BatchCreatePartition(l.t.Context(), &glue.BatchCreatePartitionInput{
		DatabaseName: &l.database, TableName: aws.String("raw_" + table), PartitionInputList: []gluetypes.PartitionInput{{
			Values:            []string{p.Sender, p.Hour.Format("2006"), p.Hour.Format("01"), p.Hour.Format("02"), p.Hour.Format("15")},
			StorageDescriptor: l.descriptor(objectkey.Folder(table, p)),
		}},
	})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, e := range out.Errors {
		if aws.ToString(e.ErrorDetail.ErrorCode) != "AlreadyExistsException" {
			l.t.Fatal(aws.ToString(e.ErrorDetail.ErrorMessage))
		}
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
