package s3

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	maxParts     = 10_000 // of one object, a limit of S3
	abortTimeout = 30 * time.Second
)

// upload is an object that is sent in parts.
type upload struct {
	*write
	id    string
	parts []types.CompletedPart
}

// sendParts stores a body of several parts, or leaves none of them behind.
func (s *Store) sendParts(ctx context.Context, w *write, first []byte, rest *chunks) error {
	u, err := s.begin(ctx, w)
	if err != nil {
		return err
	}
	if err = s.addParts(ctx, u, first, rest); err == nil {
		err = s.complete(ctx, u)
	}
	if err != nil {
		return errors.Join(err, s.abort(ctx, u))
	}
	return nil
}

func (s *Store) begin(ctx context.Context, w *write) (*upload, error) {
	in := &s3.CreateMultipartUploadInput{
		Bucket: &s.location.Bucket, Key: aws.String(s.full(w.key)), Metadata: w.metadata(), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	}
	in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = s.encryption()
	answer, err := s.client.CreateMultipartUpload(ctx, in)
	if err != nil {
		return nil, err
	}
	if aws.ToString(answer.UploadId) == "" {
		return nil, errOdd
	}
	return &upload{write: w, id: *answer.UploadId}, nil
}

// addParts sends the parts one after another, each while the next is not read yet.
func (s *Store) addParts(ctx context.Context, u *upload, part []byte, rest *chunks) error {
	for last := false; ; {
		if err := s.addPart(ctx, u, part); err != nil {
			return err
		}
		if last {
			return nil
		}
		if len(u.parts) == maxParts {
			return errTooLarge
		}
		var err error
		if part, last, err = rest.next(); err != nil {
			return err
		}
	}
}

func (s *Store) addPart(ctx context.Context, u *upload, part []byte) error {
	number := aws.Int32(int32(len(u.parts)) + 1)
	answer, err := s.client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &s.location.Bucket, Key: aws.String(s.full(u.key)), UploadId: &u.id, PartNumber: number,
		Body: bytes.NewReader(part), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	})
	if err == nil && answer.ETag == nil {
		err = errOdd
	}
	if err != nil {
		return err
	}
	u.size += int64(len(part))
	u.parts = append(u.parts, types.CompletedPart{PartNumber: number, ETag: answer.ETag, ChecksumCRC32: answer.ChecksumCRC32})
	return nil
}

// complete makes the parts one object. The condition of IfAbsent is checked here, when the object appears.
func (s *Store) complete(ctx context.Context, u *upload) error {
	answer, err := s.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &s.location.Bucket, Key: aws.String(s.full(u.key)), UploadId: &u.id, IfNoneMatch: u.condition(),
		MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts},
	})
	if err == nil && answer.ETag == nil {
		err = errOdd
	}
	if err != nil {
		return s.settle(ctx, u.write, err)
	}
	u.done = serverTime(answer.ResultMetadata)
	return nil
}

// abort removes the parts. It does so also when the caller has given up, which is why it does not end with ctx.
func (s *Store) abort(ctx context.Context, u *upload) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	_, err := s.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket: &s.location.Bucket, Key: aws.String(s.full(u.key)), UploadId: &u.id,
	})
	if err == nil || codeOf(err) == codeNoSuchUpload {
		return nil
	}
	return &abortError{err}
}

// abortError says that parts stayed behind; why the write failed stands beside it.
type abortError struct{ err error }

func (e *abortError) Error() string {
	return "its parts stay until the bucket's lifecycle removes them: " + e.err.Error()
}
