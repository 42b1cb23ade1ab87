package simulator

import (
	"io"

	"limnograph"
)

// WriteLedgerFile writes the ledger of the delivered intervals to a file, which is replaced atomically.
func (f *Fleet) WriteLedgerFile(path string, delivered []limnograph.TimeRange) error {
	err := replaceFile(path, func(w io.Writer) error { return f.WriteLedger(w, delivered) })
	if err != nil {
		return &limnograph.Error{Code: limnograph.CodeInternal, Op: "write ledger", Message: path, Err: err}
	}
	return nil
}
