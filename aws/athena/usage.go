package athena

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"limnograph"
)

const (
	megabyte = 1 << 20
	terabyte = 1 << 40
	// minCharged is the least that a query is charged for.
	minCharged = 10 * megabyte
)

// usage is what an execution has read and costs by AWS's rules: DDL and failed executions nothing, a cancelled one what
// it had read, all rounded up to whole megabytes, ten at least. A reused result is free.
func (e *Engine) usage(x *types.QueryExecution) limnograph.Usage {
	if x.Statistics == nil {
		return limnograph.Usage{}
	}
	u := limnograph.Usage{BytesScanned: aws.ToInt64(x.Statistics.DataScannedInBytes)}
	if e.cfg.PricePerTB > 0 && isCharged(x) {
		u.CostUSD = float64(chargedBytes(u.BytesScanned)) / terabyte * e.cfg.PricePerTB
	}
	return u
}

func isCharged(x *types.QueryExecution) bool {
	if x.StatementType == types.StatementTypeDdl || x.StatementType == types.StatementTypeUtility {
		return false
	}
	if r := x.Statistics.ResultReuseInformation; r != nil && r.ReusedPreviousResult {
		return false
	}
	switch x.Status.State {
	case types.QueryExecutionStateSucceeded:
		return true
	case types.QueryExecutionStateCancelled:
		return aws.ToInt64(x.Statistics.DataScannedInBytes) > 0
	}
	return false
}

func chargedBytes(scanned int64) int64 {
	return max(minCharged, (scanned+megabyte-1)/megabyte*megabyte)
}

// chargedError is the error of an execution that was charged.
type chargedError struct {
	error
	usage limnograph.Usage
}

var _ limnograph.Metered = (*chargedError)(nil)

func charged(err error, u limnograph.Usage) error {
	if u == (limnograph.Usage{}) {
		return err
	}
	return &chargedError{err, u}
}

// Usage is what the execution has read and costs.
func (c *chargedError) Usage() limnograph.Usage { return c.usage }

// Unwrap returns the error itself.
func (c *chargedError) Unwrap() error { return c.error }
