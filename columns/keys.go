package columns

import (
	"io"

	"github.com/apache/arrow-go/v18/parquet/file"
)

// ReadKeys yields the keys of a file in its order, reading two columns only: sids and times, in milliseconds since the
// epoch. The slices are valid until yield returns. Errors: as NewReader, those of yield.
func ReadKeys(r io.ReaderAt, size int64, l *Layout, yield func(sids, times []int64) error) error {
	in, err := openInput(r, size, l.Columns())
	if err != nil {
		return err
	}
	k := keyReader{in: in, sids: make([]int64, min(in.rows, batchRows)), times: make([]int64, min(in.rows, batchRows))}
	for i := range in.file.NumRowGroups() {
		if err := k.openGroup(l, i); err != nil {
			return err
		}
		for k.left > 0 {
			n, err := k.next()
			if err != nil {
				return err
			}
			if err := yield(k.sids[:n], k.times[:n]); err != nil {
				return err
			}
		}
	}
	return nil
}

type keyReader struct {
	in          *input
	left        int64 // rows of the row group
	sid, ts     file.ColumnChunkReader
	sids, times []int64
}

func (k *keyReader) openGroup(l *Layout, index int) (err error) {
	defer guard(k.in.source, &err)
	rowGroup := k.in.file.RowGroup(index)
	k.left = rowGroup.NumRows()
	if k.sid, err = k.in.openColumn(rowGroup, k.in.columns[l.index(fromSID)]); err != nil {
		return err
	}
	k.ts, err = k.in.openColumn(rowGroup, k.in.columns[l.index(fromTS)])
	return err
}

func (k *keyReader) next() (n int64, err error) {
	defer guard(k.in.source, &err)
	n = min(k.left, batchRows)
	k.left -= n
	if err := k.in.longs(k.sid, k.sids[:n]); err != nil {
		return 0, err
	}
	if err := k.in.longs(k.ts, k.times[:n]); err != nil {
		return 0, err
	}
	for i, v := range k.times[:n] {
		k.times[i] = toMillis(v)
	}
	return n, nil
}
