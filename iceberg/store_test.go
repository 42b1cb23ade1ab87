package iceberg_test

import (
	"fmt"
	"testing"
	"time"

	"limnograph"
)

const (
	noon = 1_795_521_600_000 // 2026-11-24, 12:00 UTC, milliseconds
	aDay = 24 * 60 * 60 * 1000
)

func ebs() limnograph.Schema {
	return limnograph.Schema{
		Namespace: "AWS/EBS", Table: "ebs_metrics",
		Dimensions: []limnograph.PromotedDimension{{Name: "VolumeId", Column: "volume_id"}},
	}
}

func dataKey(days int64, n int) string {
	day := time.UnixMilli(noon + days*aDay).UTC().Format(time.DateOnly)
	return fmt.Sprintf("lake/ebs_metrics/data/day=%s/12-%016x-%032x.parquet", day, n, n)
}
