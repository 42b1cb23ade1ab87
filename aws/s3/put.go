package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"limnograph"
)

// markName is the metadata that tells whose write an object is.
const markName = "limno-write"

// write is one Put on its way.
type write struct {
	key      string
	mark     string
	ifAbsent bool
	size     int64
	done     time.Time // what the server's clock said
}

// Put implements limnograph.ObjectWriter. It holds one part of the body in memory at a time; bodies of one part are sent
// in one call, longer ones in up to 10,000 parts (CodeTooLarge beyond). Its further errors are CodeUnavailable also where
// nobody can tell whether the object was stored: putting it again is safe.
func (s *Store) Put(ctx context.Context, key string, body io.Reader, opt limnograph.PutOptions) (limnograph.ObjectInfo, error) {
	const op = "put object"
	if err := s.check(ctx, op, key); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	w := &write{key: key, mark: rand.Text(), ifAbsent: opt.IfAbsent}
	if err := s.send(ctx, w, newChunks(body, s.cfg.PartSize)); err != nil {
		return limnograph.ObjectInfo{}, s.wrap(ctx, call{op: op, action: "PutObject", key: key}, err)
	}
	return s.written(ctx, w), nil
}

// send stores the body in one call or in parts.
func (s *Store) send(ctx context.Context, w *write, body *chunks) error {
	first, last, err := body.next()
	if err != nil {
		return err
	}
	if !last {
		return s.sendParts(ctx, w, first, body)
	}
	w.size = int64(len(first))
	in := &s3.PutObjectInput{
		Bucket: &s.location.Bucket, Key: aws.String(s.full(w.key)), Body: bytes.NewReader(first),
		IfNoneMatch: w.condition(), Metadata: w.metadata(),
	}
	in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = s.encryption()
	answer, err := s.client.PutObject(ctx, in)
	if err == nil && answer.ETag == nil {
		err = errOdd
	}
	if err != nil {
		return s.settle(ctx, w, err)
	}
	w.done = serverTime(answer.ResultMetadata)
	return nil
}

// written describes the object as Stat does. The object is stored: if it cannot be looked at, the time that the server told
// with its answer must do.
func (s *Store) written(ctx context.Context, w *write) limnograph.ObjectInfo {
	if head, err := s.head(ctx, w.key); err == nil {
		return describe(w.key, head.ContentLength, head.LastModified)
	}
	return describe(w.key, &w.size, &w.done)
}

func (w *write) condition() *string {
	if !w.ifAbsent {
		return nil
	}
	return aws.String("*")
}

func (w *write) metadata() map[string]string { return map[string]string{markName: w.mark} }

// encryption returns the fields of a request that ask for the key of the settings, and nothing without one. A bucket key
// spares a call to KMS for each object.
func (s *Store) encryption() (types.ServerSideEncryption, *string, *bool) {
	if s.cfg.KMSKeyID == "" {
		return "", nil, nil
	}
	return types.ServerSideEncryptionAwsKms, &s.cfg.KMSKeyID, aws.Bool(true)
}
