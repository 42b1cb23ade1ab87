package landing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"limnograph"
	"limnograph/compression"
	"limnograph/objectkey"
)

// ImportConfig adjusts an Importer. The zero value works.
type ImportConfig struct {
	ChunkBytes  int   // uncompressed bytes decoded at a time; 0: 4 MiB
	MaxInflated int64 // uncompressed size of one object; 0: 8 GiB
}

// Source is an object to import: one that Firehose wrote, or anything else that holds metric-stream JSON.
type Source struct {
	Name     string                        // its key or path; arrival, stream and sender are read from it
	Modified time.Time                     // the arrival when the name holds none
	Sender   string                        // when the name holds no folder sender=; empty: "import"
	Open     func() (io.ReadCloser, error) // called twice: to identify the object, and to read it
}

// Result says what an import did.
type Result struct {
	Skipped  bool  // the same bytes were imported before, perhaps under another name; the figures are of that time
	Lines    int64 // datapoints landed
	Rejected int64 // pieces that went to quarantine
	Format   compression.Format
	Arrival  time.Time
}

// Importer lands objects that already exist. Import is safe for concurrent use.
//
// An import is all or nothing: its segments become objects only when the whole source has been read, so a damaged one
// leaves nothing. A crash at any point, and a second import of the same bytes under any name, change nothing.
type Importer struct {
	objects limnograph.ObjectStore
	lander  *Lander
	tableOf func(namespace string) string
	cfg     ImportConfig

	mu   sync.Mutex
	busy map[string]chan struct{} // by hash; closed when that import ends
}

// NewImporter returns an importer that lands through l. tableOf names the table of a namespace.
func NewImporter(objects limnograph.ObjectStore, l *Lander, tableOf func(string) string, cfg ImportConfig) *Importer {
	cfg.ChunkBytes = min(or(cfg.ChunkBytes, 4<<20), maxChunk)
	cfg.MaxInflated = or(cfg.MaxInflated, 8<<30)
	return &Importer{objects: objects, lander: l, tableOf: tableOf, cfg: cfg, busy: map[string]chan struct{}{}}
}

// Import lands one object. Errors: CodeInvalid (damaged, or of run records: nothing was landed), CodeTooLarge, CodeConflict (it changed
// while it was read), CodeUnavailable (a limit of landing), and those of the source and the stores.
func (im *Importer) Import(ctx context.Context, src Source) (Result, error) {
	if err := refuseRecords(src); err != nil {
		return Result{}, err
	}
	sum, err := hashOf(ctx, src)
	if err != nil {
		return Result{}, importError(src, err)
	}
	release, err := im.claim(ctx, sum)
	if err != nil {
		return Result{}, importError(src, err)
	}
	defer release()
	r, skipped, err := im.once(ctx, src, sum)
	if err != nil {
		return Result{}, importError(src, err)
	}
	return Result{Skipped: skipped, Lines: r.Lines, Rejected: r.Rejected, Format: r.Format, Arrival: r.Arrival}, nil
}

// once imports what no other call is importing now.
func (im *Importer) once(ctx context.Context, src Source, sum string) (r *receipt, skipped bool, err error) {
	r, err = readReceipt(ctx, im.objects, sum)
	if err != nil || r != nil && r.State == stateDone {
		return r, r != nil, err
	}
	if r == nil {
		if r, err = im.plan(ctx, src, sum); err != nil {
			return nil, false, err
		}
	}
	return r, false, im.lander.finishImport(ctx, r)
}

// claim waits until no other call imports the same bytes.
func (im *Importer) claim(ctx context.Context, sum string) (release func(), err error) {
	for {
		im.mu.Lock()
		other, taken := im.busy[sum]
		if !taken {
			mine := make(chan struct{})
			im.busy[sum] = mine
			im.mu.Unlock()
			return func() {
				im.mu.Lock()
				defer im.mu.Unlock()
				delete(im.busy, sum)
				close(mine)
			}, nil
		}
		im.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func hashOf(ctx context.Context, src Source) (sum string, err error) {
	r, err := src.Open()
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, &cancellable{ctx, r}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// cancellable ends a long read with its context.
type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// batchOf is what all batches of a source have in common.
func batchOf(src Source, sum string, now time.Time) limnograph.Batch {
	arrival, ok := objectkey.ArrivalOf(src.Name)
	if !ok {
		arrival = src.Modified
	}
	if arrival.IsZero() {
		arrival = now
	}
	stream := strings.TrimSuffix(path.Base(src.Name), path.Ext(src.Name))
	if f, err := objectkey.ParseFirehose(src.Name); err == nil {
		stream = f.Stream
	}
	return limnograph.Batch{Sender: senderOf(src), Stream: stream, RequestID: "import-" + sum, Arrival: arrival.UTC().Truncate(time.Millisecond)}
}

func senderOf(src Source) string {
	for part := range strings.SplitSeq(src.Name, "/") {
		value, ok := strings.CutPrefix(part, "sender=")
		if sender, err := url.PathUnescape(value); ok && err == nil && sender != "" {
			return sender
		}
	}
	return or(src.Sender, "import")
}

// refuseRecords refuses an object that lay in landing as one of run records: none of its lines is a datapoint.
func refuseRecords(src Source) error {
	_, below, ok := strings.Cut("/"+src.Name, "/"+objectkey.RunsPrefix)
	table, _, _ := strings.Cut(below, "/")
	if !ok || !limnograph.IsRecordTable(table) {
		return nil
	}
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "import", Message: src.Name + " holds run records, which are no datapoints",
		Hint: "while no server runs, copy it to its place below " + objectkey.TablePrefix(table) + " of the data directory, then `limno rebuild --table " + table + "`",
	}
}

func importError(src Source, err error) error {
	e := &limnograph.Error{Code: limnograph.ErrorCode(err), Op: "import", Message: src.Name, Err: err}
	if e.Code == limnograph.CodeInvalid {
		e.Hint = "nothing of this object was landed"
	}
	return e
}
