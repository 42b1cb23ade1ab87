package s3

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"limnograph"
	"limnograph/objectkey"
)

var (
	errStands    = errors.New("the listing does not go on")
	errUnordered = errors.New("the listing is not in the order of the key")
)

// List implements limnograph.ObjectReader. It holds one page at a time, and leaves out what is no
// object of a store: names that objectkey.Check refuses, such as those of folders.
func (s *Store) List(ctx context.Context, prefix, after string) iter.Seq2[limnograph.ObjectInfo, error] {
	return func(yield func(limnograph.ObjectInfo, error) bool) {
		l := listing{store: s, prefix: prefix, after: after, yield: yield}
		if !objectkey.CanBegin(prefix) {
			return
		}
		if err := l.run(ctx); err != nil {
			yield(limnograph.ObjectInfo{}, s.wrap(ctx, call{op: "list objects", action: "ListBucket"}, err))
		}
	}
}

// listing is one List on its way.
type listing struct {
	store         *Store
	prefix, after string
	yield         func(limnograph.ObjectInfo, error) bool
	last          string // the newest key of the bucket that was seen
	stopped       bool
}

func (l *listing) run(ctx context.Context) error {
	s := l.store
	in := &s3.ListObjectsV2Input{
		Bucket: &s.location.Bucket, Prefix: aws.String(s.full(l.prefix)), MaxKeys: &s.cfg.PageSize,
		EncodingType: types.EncodingTypeUrl, // XML cannot hold every key that somebody may have put into the bucket
	}
	if l.after != "" {
		in.StartAfter = aws.String(startAfter(s.full(l.after)))
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		page, err := s.client.ListObjectsV2(ctx, in)
		if err != nil {
			return err
		}
		if page.IsTruncated == nil {
			return errOdd
		}
		if err := l.page(ctx, page); err != nil || l.stopped || !*page.IsTruncated {
			return err
		}
		next := aws.ToString(page.NextContinuationToken)
		if next == "" || next == aws.ToString(in.ContinuationToken) {
			return errStands
		}
		in.ContinuationToken = &next
	}
}

// page yields the objects of a page.
func (l *listing) page(ctx context.Context, page *s3.ListObjectsV2Output) error {
	for _, object := range page.Contents {
		full, err := decode(page.EncodingType, aws.ToString(object.Key))
		if err != nil {
			return err
		}
		if full <= l.last {
			return fmt.Errorf("%w: %q after %q", errUnordered, full, l.last)
		}
		l.last = full
		key, own := strings.CutPrefix(full, l.store.location.root())
		if !own || !strings.HasPrefix(key, l.prefix) || key <= l.after || objectkey.Check("", key) != nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !l.yield(describe(key, object.Size, object.LastModified), nil) {
			l.stopped = true
			return nil
		}
	}
	return nil
}

// decode reads a key of a listing. Servers that do not know the encoding send it as it is, and say so.
func decode(encoding types.EncodingType, key string) (string, error) {
	if encoding != types.EncodingTypeUrl {
		return key, nil
	}
	return url.QueryUnescape(key)
}
