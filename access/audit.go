package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"limnograph"
)

// maxSQL bounds the text of a statement in an audit line; its hash covers the whole.
const maxSQL = 4 << 10

// entry is one access until its audit line is written.
type entry struct {
	guard *Guard
	verb  string
	who   limnograph.Principal
	query limnograph.Query
	start time.Time
	rows  int64
	bytes int64
	meter limnograph.Metered // nil: the engine counts nothing
}

func (g *Guard) begin(verb string, p limnograph.Principal, q limnograph.Query) *entry {
	return &entry{guard: g, verb: verb, who: p, query: q, start: g.now()}
}

// finish writes the audit line and returns err.
func (e *entry) finish(ctx context.Context, err error) error {
	attrs := []slog.Attr{
		slog.String("who", e.who.Name),
		slog.String("what", e.verb),
		slog.String("query", e.query.Name),
		slog.String("outcome", outcome(err)),
		slog.String("sql_sha256", hash(e.query.SQL)),
		slog.Int64("rows", e.rows),
		slog.Int64("bytes", e.bytes),
		slog.Int64("ms", e.guard.now().Sub(e.start).Milliseconds()),
	}
	if e.query.Untrusted { // a panel's text is known by its name
		attrs = append(attrs, slog.String("sql", clip(e.query.SQL)))
	}
	attrs = append(attrs, e.metered(err)...)
	if err != nil {
		attrs = append(attrs, slog.String("code", string(limnograph.ErrorCode(err))), slog.String("err", err.Error()))
	}
	e.guard.audit.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "access", attrs...)
	return err
}

// metered tells what the engine has read and charges: of the rows, or of a query that cost something and failed.
func (e *entry) metered(err error) []slog.Attr {
	meter := e.meter
	var failed interface {
		error
		limnograph.Metered
	}
	if meter == nil && errors.As(err, &failed) {
		meter = failed
	}
	if meter == nil {
		return nil
	}
	u := meter.Usage()
	return []slog.Attr{slog.Int64("scanned_bytes", u.BytesScanned), slog.Float64("cost_usd", u.CostUSD)}
}

func outcome(err error) string {
	switch limnograph.ErrorCode(err) {
	case "":
		return "allowed"
	case limnograph.CodeUnauthorized, limnograph.CodeForbidden:
		return "denied"
	}
	return "failed"
}

func hash(sql string) string {
	sum := sha256.Sum256([]byte(sql))
	return hex.EncodeToString(sum[:])
}

// clip cuts at a character border, and keeps the line valid whatever was sent.
func clip(sql string) string {
	if len(sql) > maxSQL {
		cut := maxSQL
		for cut > 0 && !utf8.RuneStart(sql[cut]) {
			cut--
		}
		sql = sql[:cut] + "..."
	}
	return strings.ToValidUTF8(sql, "\uFFFD")
}

var _ limnograph.Metered = (*auditedRows)(nil)

// auditedRows counts what is read and writes the audit line when it is closed.
type auditedRows struct {
	limnograph.Rows
	entry *entry
	ctx   context.Context // of the query whose line is to be written at Close
	once  sync.Once
	err   error // the first error of reading
}

// Usage is that of the engine's rows, zero when the engine counts nothing.
func (r *auditedRows) Usage() limnograph.Usage {
	if r.entry.meter == nil {
		return limnograph.Usage{}
	}
	return r.entry.meter.Usage()
}

// Next counts the row and the bytes of its values.
func (r *auditedRows) Next() ([]any, error) {
	row, err := r.Rows.Next()
	switch {
	case err == nil:
		r.entry.rows++
		for _, v := range row {
			r.entry.bytes += size(v)
		}
	case !errors.Is(err, io.EOF) && r.err == nil:
		r.err = err
	}
	return row, err
}

// Close ends the query; only the first call writes the audit line.
func (r *auditedRows) Close() error {
	err := r.Rows.Close()
	r.once.Do(func() { _ = r.entry.finish(r.ctx, errors.Join(r.err, err)) })
	return err
}

// size estimates the bytes of a value: text by its length, everything else as a machine word.
func size(v any) int64 {
	switch v := v.(type) {
	case nil:
		return 0
	case string:
		return int64(len(v))
	case []byte:
		return int64(len(v))
	case []any:
		return sizes(v)
	case map[string]any:
		var n int64
		for key, value := range v {
			n += int64(len(key)) + size(value)
		}
		return n
	}
	return 8
}

func sizes(list []any) int64 {
	var n int64
	for _, v := range list {
		n += size(v)
	}
	return n
}
