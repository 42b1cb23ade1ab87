package s3

import (
	"cmp"
	"context"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"limnograph"
	"limnograph/objectkey"
)

var _ limnograph.ObjectStore = (*Store)(nil)

// Sizes of parts, in bytes. S3 refuses smaller and larger ones.
const (
	defaultPart = 8 << 20
	minPart     = 5 << 20
	maxPart     = 5 << 30
)

const defaultPage = 1000

// maxKey is the longest key that S3 takes, the prefix of the store included.
const maxKey = 1024

// Config adjusts a Store.
type Config struct {
	KMSKeyID  string // key id, ARN or alias that encrypts what is written; empty: as the bucket is set
	PartSize  int64  // bytes of one part, held in memory; 0: 8 MiB; brought into what S3 takes: 5 MiB to 5 GiB
	PathStyle bool   // bucket in the path instead of the host name, as most servers other than S3 want it
	PageSize  int32  // objects asked for at once in a listing; 0: 1000, the most that S3 gives
}

func (c Config) withDefaults() Config {
	if c.PartSize == 0 {
		c.PartSize = defaultPart
	}
	c.PartSize = min(max(c.PartSize, minPart), maxPart)
	if c.PageSize == 0 {
		c.PageSize = defaultPage
	}
	return c
}

// Store keeps objects below one prefix of a bucket. It is safe for concurrent use, by any number of processes.
type Store struct {
	client   *s3.Client
	location Location
	region   string
	cfg      Config
}

// New returns the store at a location. It calls nothing: a bucket that does not exist shows with the first operation.
func New(cfg aws.Config, location Location, opt Config) *Store {
	location.Prefix = strings.Trim(location.Prefix, "/")
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = opt.PathStyle
		o.DisableLogOutputChecksumValidationSkipped = true
		o.RequestChecksumCalculation = cmp.Or(o.RequestChecksumCalculation, aws.RequestChecksumCalculationWhenSupported)
		o.ResponseChecksumValidation = cmp.Or(o.ResponseChecksumValidation, aws.ResponseChecksumValidationWhenSupported)
		o.Retryer = retry.AddWithErrorCodes(o.Retryer, codeConflict, codeAborted)
	})
	return &Store{client: client, location: location, region: cfg.Region, cfg: opt.withDefaults()}
}

// URI returns s3://bucket/prefix/key, whether the object exists or not. Nothing in it is escaped.
func (s *Store) URI(key string) string { return scheme + s.location.Bucket + "/" + s.full(key) }

// full returns the key in the bucket of a key in the store.
func (s *Store) full(key string) string { return s.location.root() + key }

// Open implements limnograph.ObjectReader. A read that breaks off in the middle gives CodeUnavailable; a missing bucket
// CodeConflict.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	const op = "open object"
	if err := s.check(ctx, op, key); err != nil {
		return nil, err
	}
	answer, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.location.Bucket, Key: aws.String(s.full(key))})
	if err != nil {
		return nil, s.wrap(ctx, call{op: op, action: "GetObject", key: key}, err)
	}
	if answer.LastModified == nil {
		answer.Body.Close()
		return nil, s.wrap(ctx, call{op: op, key: key}, errOdd)
	}
	return &body{ctx: ctx, store: s, key: key, from: answer.Body, left: lengthOf(answer.ContentLength)}, nil
}

// Stat implements limnograph.ObjectReader. S3 does not tell a missing bucket from a missing object here.
func (s *Store) Stat(ctx context.Context, key string) (limnograph.ObjectInfo, error) {
	const op = "stat object"
	if err := s.check(ctx, op, key); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	head, err := s.head(ctx, key)
	if err != nil {
		return limnograph.ObjectInfo{}, s.wrap(ctx, call{op: op, action: "GetObject", key: key, noBody: true}, err)
	}
	return describe(key, head.ContentLength, head.LastModified), nil
}

// Delete implements limnograph.ObjectWriter. In a bucket with versions the older ones stay.
func (s *Store) Delete(ctx context.Context, key string) error {
	const op = "delete object"
	if err := s.check(ctx, op, key); err != nil {
		return err
	}
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.location.Bucket, Key: aws.String(s.full(key))})
	if err != nil && codeOf(err) == codeNoSuchKey {
		return nil
	}
	return s.wrap(ctx, call{op: op, action: "DeleteObject", key: key}, err)
}

func (s *Store) head(ctx context.Context, key string) (*s3.HeadObjectOutput, error) {
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.location.Bucket, Key: aws.String(s.full(key))})
	if err == nil && head.LastModified == nil {
		err = errOdd
	}
	return head, err
}

func (s *Store) check(ctx context.Context, op, key string) error {
	if err := ctx.Err(); err != nil {
		return ended(op, err)
	}
	if err := objectkey.Check(op, key); err != nil {
		return err
	}
	if len(s.full(key)) > maxKey {
		return &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: op, Message: "with the prefix of the store the key has more than 1024 bytes",
			Hint: "use a shorter prefix",
		}
	}
	return nil
}

// describe cuts the time to the second: a listing tells more of it than the object's own head.
func describe(key string, size *int64, modified *time.Time) limnograph.ObjectInfo {
	return limnograph.ObjectInfo{Key: key, Size: aws.ToInt64(size), Modified: aws.ToTime(modified).UTC().Truncate(time.Second)}
}
