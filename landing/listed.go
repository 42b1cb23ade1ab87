package landing

import (
	"context"
	"iter"

	"limnograph"
	"limnograph/objectkey"
)

// listLanded lists all landed objects: datapoints, then run records.
func listLanded(ctx context.Context, objects limnograph.ObjectReader) iter.Seq2[limnograph.ObjectInfo, error] {
	return func(yield func(limnograph.ObjectInfo, error) bool) {
		for _, prefix := range objectkey.LandedPrefixes() {
			for info, err := range objects.List(ctx, prefix, "") {
				if !yield(info, err) || err != nil {
					return
				}
			}
		}
	}
}
