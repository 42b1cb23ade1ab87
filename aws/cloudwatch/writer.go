package cloudwatch

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"

	"limnograph"
)

// Protocol is how requests are written. AWS takes all of them, emulators don't.
type Protocol string

// The protocols.
const (
	CBOR Protocol = ""     // the SDK's own choice
	JSON Protocol = "json" // what emulators understand; without compression
)

// Config says how metrics are published. The zero value is right on AWS.
type Config struct {
	Protocol Protocol
	Now      func() time.Time // to judge the age of datapoints; nil: time.Now
}

// Writer publishes into one account and Region. It is safe for concurrent use.
type Writer struct {
	client *cloudwatch.Client
	now    func() time.Time
}

var _ limnograph.MetricWriter = (*Writer)(nil)

// New returns a writer. It makes no call.
func New(cfg aws.Config, opt Config) *Writer {
	w := &Writer{now: opt.Now}
	if w.now == nil {
		w.now = time.Now
	}
	w.client = cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) {
		if opt.Protocol == JSON {
			o.Protocol = awsjson.New11(schemas.GraniteServiceVersion20100801)
			o.DisableRequestCompression = true
		}
	})
	return w
}

// Put publishes datapoints: as few requests as the API's limits allow, in the order of the points within a namespace. A
// point needs all four statistics; account, Region and stream name that it may have are not looked at. Errors: CodeInvalid
// (a point that CloudWatch would refuse, with its name; nothing was published), CodeForbidden, CodeUnauthorized,
// CodeUnavailable, CodeTimeout (some may have been published: putting all of them again is safe for who reads with max).
func (w *Writer) Put(ctx context.Context, points []limnograph.Datapoint) error {
	now := w.now()
	for i := range points {
		if err := check(&points[i], now); err != nil {
			return err
		}
	}
	for _, in := range requests(points) {
		if _, err := w.client.PutMetricData(ctx, in); err != nil {
			return explain(ctx, *in.Namespace, err)
		}
	}
	return nil
}
