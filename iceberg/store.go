package iceberg

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"limnograph"
)

// Config says where the tables are.
type Config struct {
	Root    string                  // the data directory, absolute
	Objects limnograph.ObjectReader // the data files
	Now     func() time.Time        // nil: the real clock
	Random  io.Reader               // for ids and names; nil: the system's
}

// Store keeps curated tables below lake/ in one data directory, with their catalog in lake/catalog.db. It is safe for
// concurrent use, also by several processes.
type Store struct {
	cfg      Config
	disk     disk
	pointers *pointers

	mu     sync.Mutex
	tables map[string]*handle
}

var _ limnograph.SnapshotStore = (*Store)(nil)

// Open opens the tables of a data directory, which must exist; an empty one has none. Errors: CodeInvalid (the root is not
// absolute, or the catalog is damaged), CodeUnavailable (no space), CodeInternal.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	const op = "open curated tables"
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Random = cmp.Or(cfg.Random, rand.Reader)
	root := filepath.Clean(cfg.Root)
	if !filepath.IsAbs(root) {
		return nil, &limnograph.Error{Code: limnograph.CodeInvalid, Op: op, Message: "the path " + cfg.Root + " is not absolute"}
	}
	d := disk{root: strings.TrimSuffix(root, "/")}
	p, err := openPointers(ctx, d)
	if err != nil {
		return nil, badCatalog(op, filepath.Join(root, "lake"), err)
	}
	return &Store{cfg: cfg, disk: d, pointers: p, tables: make(map[string]*handle)}, nil
}

func badCatalog(op, lake string, err error) error {
	e := &limnograph.Error{Code: codeOf(err), Op: op, Message: "the catalog " + lake + "/catalog.db", Err: err}
	if e.Code == limnograph.CodeInternal {
		e.Code = limnograph.CodeInvalid
		e.Hint = "if it is damaged, move catalog.db, catalog.db-wal and catalog.db-shm away: the next start of limno serve finds the tables by their metadata"
	}
	return e
}

// Close releases the catalog.
func (s *Store) Close() error {
	if err := s.pointers.close(); err != nil {
		return wrap("close curated tables", s.disk.root, err)
	}
	return nil
}

// begin takes hold of a table.
func (s *Store) begin(ctx context.Context, op, table string) (t *handle, release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, wrap(op, "table "+table, err)
	}
	s.mu.Lock()
	t = s.tables[table]
	if t == nil {
		t = &handle{store: s, name: table}
		t.forget()
		s.tables[table] = t
	}
	s.mu.Unlock()
	t.mu.Lock()
	return t, t.mu.Unlock, nil
}

// load takes hold of a table that is there and whose newest metadata is readable.
func (s *Store) load(ctx context.Context, op, table string) (t *handle, release func(), err error) {
	t, release, err = s.begin(ctx, op, table)
	if err != nil {
		return nil, nil, err
	}
	if err := t.load(ctx); err != nil {
		release()
		return nil, nil, wrap(op, "table "+table, err)
	}
	return t, release, nil
}

// newID returns a random positive number.
func (s *Store) newID() (int64, error) {
	var b [8]byte
	if _, err := io.ReadFull(s.cfg.Random, b[:]); err != nil {
		return 0, err
	}
	return int64(binary.LittleEndian.Uint64(b[:])>>1 | 1), nil
}

// newName returns a random UUID (version 4).
func (s *Store) newName() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.cfg.Random, b[:]); err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

func fail(code limnograph.Code, op, message string, err error) error {
	return &limnograph.Error{Code: code, Op: op, Message: message, Err: err}
}

// wrap turns an error of the file system, of SQLite or of iceberg-go into one of the product. It keeps what an inner one
// says.
func wrap(op, what string, err error) error {
	var done *limnograph.Error
	if errors.As(err, &done) {
		if done.Op == "" {
			named := *done
			named.Op = op
			return &named
		}
		return err
	}
	return &limnograph.Error{Code: codeOf(err), Op: op, Message: what, Err: err}
}

func codeOf(err error) limnograph.Code {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return limnograph.CodeTimeout
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return limnograph.CodeUnavailable
	case errors.Is(err, fs.ErrPermission):
		return limnograph.CodeForbidden
	}
	return limnograph.CodeInternal
}
