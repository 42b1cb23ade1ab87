package simulator

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
)

// encoder writes request bodies into its own buffers. The body is valid until the next call.
type encoder struct {
	body   []byte
	zipped bytes.Buffer
	gzip   *gzip.Writer
}

// encode writes {"requestId":..,"timestamp":..,"records":[{"data":base64},..]}.
func (e *encoder) encode(d *Delivery, now time.Time, zip bool) ([]byte, error) {
	b := append(e.body[:0], `{"requestId":"`...)
	b = append(b, d.RequestID...)
	b = strconv.AppendInt(append(b, `","timestamp":`...), now.UnixMilli(), 10)
	b = append(b, `,"records":[`...)
	for i, record := range d.Records {
		if i > 0 {
			b = append(b, ',')
		}
		b = base64.StdEncoding.AppendEncode(append(b, `{"data":"`...), record)
		b = append(b, `"}`...)
	}
	e.body = append(b, `]}`...)
	if !zip {
		return e.body, nil
	}
	return e.compress()
}

func (e *encoder) compress() ([]byte, error) {
	e.zipped.Reset()
	if e.gzip == nil {
		w, err := gzip.NewWriterLevel(&e.zipped, gzip.BestSpeed)
		if err != nil {
			return nil, err
		}
		e.gzip = w
	}
	e.gzip.Reset(&e.zipped)
	if _, err := e.gzip.Write(e.body); err != nil {
		return nil, err
	}
	if err := e.gzip.Close(); err != nil {
		return nil, err
	}
	return e.zipped.Bytes(), nil
}
