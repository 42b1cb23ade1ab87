package localdir

import (
	"errors"
	"io/fs"
	"strconv"
	"syscall"

	"limnograph"
)

func quote(s string) string { return strconv.Quote(s) }

// wrap turns an error of the file system into one of the product. It keeps an error that is one already.
func wrap(op, name string, err error) error {
	if err == nil {
		return nil
	}
	var done *limnograph.Error
	if errors.As(err, &done) {
		return err
	}
	e := &limnograph.Error{Code: codeOf(err), Op: op, Message: quote(name), Err: err}
	if e.Code == limnograph.CodeUnavailable {
		e.Hint = "free space on the disk that holds the data directory"
	}
	return e
}

func codeOf(err error) limnograph.Code {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return limnograph.CodeUnavailable
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return limnograph.CodeNotFound
	case errors.Is(err, fs.ErrExist):
		return limnograph.CodeExists
	case errors.Is(err, syscall.ENAMETOOLONG):
		return limnograph.CodeInvalid
	default:
		return limnograph.CodeInternal
	}
}
