package lakesim_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"limnograph"
	"limnograph/mem"
)

// disk is the store as one life of the process sees it.
type disk struct {
	*gate
	store stores
}

var (
	_ limnograph.ObjectStore     = disk{}
	_ limnograph.RandomReader    = disk{}
	_ limnograph.SegmentStore    = disk{}
	_ limnograph.SegmentFollower = disk{}
)

func (d disk) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := d.enter("open", key); err != nil {
		return nil, err
	}
	r, err := d.store.Open(ctx, key)
	return r, d.watch("open", err)
}

func (d disk) Stat(ctx context.Context, key string) (limnograph.ObjectInfo, error) {
	if err := d.enter("stat", key); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	info, err := d.store.Stat(ctx, key)
	return info, d.watch("stat", err)
}

func (d disk) List(ctx context.Context, prefix, after string) iter.Seq2[limnograph.ObjectInfo, error] {
	return func(yield func(limnograph.ObjectInfo, error) bool) {
		if err := d.enter("list", prefix); err != nil {
			yield(limnograph.ObjectInfo{}, err)
			return
		}
		for info, err := range d.store.List(ctx, prefix, after) {
			if !yield(info, err) {
				return
			}
		}
	}
}

func (d disk) OpenAt(ctx context.Context, key string) (limnograph.ObjectAt, error) {
	if err := d.enter("open at", key); err != nil {
		return nil, err
	}
	o, err := d.store.OpenAt(ctx, key)
	if err != nil {
		return nil, d.watch("open at", err)
	}
	return openObject{o, d.gate, key}, nil
}

type openObject struct {
	limnograph.ObjectAt
	gate *gate
	key  string
}

func (o openObject) ReadAt(p []byte, at int64) (int, error) {
	if err := o.gate.enter("read at", o.key); err != nil {
		return 0, err
	}
	return o.ObjectAt.ReadAt(p, at)
}

func (d disk) Put(ctx context.Context, key string, body io.Reader, opt limnograph.PutOptions) (limnograph.ObjectInfo, error) {
	if err := d.enter("put", key); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	info, err := d.store.Put(ctx, key, body, opt)
	return info, d.leave("put", key, err)
}

func (d disk) Delete(ctx context.Context, key string) error {
	if err := d.enter("delete", key); err != nil {
		return err
	}
	d.trace("    delete %s", key)
	return d.leave("delete", key, d.store.Delete(ctx, key))
}

func (d disk) Create(ctx context.Context, name string) (limnograph.Segment, error) {
	if err := d.enter("create segment", name); err != nil {
		return nil, err
	}
	g, err := d.store.Create(ctx, name)
	if err != nil {
		return nil, d.watch("create segment", err)
	}
	return growing{g, d, name}, nil
}

func (d disk) Recover(ctx context.Context, name string) (limnograph.Segment, io.ReadCloser, error) {
	if err := d.enter("recover segment", name); err != nil {
		return nil, nil, err
	}
	g, r, err := d.store.Recover(ctx, name)
	if err != nil {
		return nil, nil, d.watch("recover segment", err)
	}
	return growing{g, d, name}, r, nil
}

func (d disk) Remove(ctx context.Context, name string) error {
	if err := d.enter("remove segment", name); err != nil {
		return err
	}
	return d.leave("remove segment", name, d.store.Remove(ctx, name))
}

func (d disk) Names(ctx context.Context) ([]string, error) {
	if err := d.enter("list segments", ""); err != nil {
		return nil, err
	}
	names, err := d.store.Names(ctx)
	return names, d.watch("list segments", err)
}

func (d disk) Follow(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := d.enter("follow segment", name); err != nil {
		return nil, err
	}
	r, err := d.store.Follow(ctx, name)
	if err != nil {
		return nil, d.watch("follow segment", err)
	}
	return followed{r, d, name}, nil
}

type followed struct {
	io.ReadCloser
	disk disk
	name string
}

func (f followed) Read(p []byte) (int, error) {
	if err := f.disk.enter("read segment", f.name); err != nil {
		return 0, err
	}
	n, err := f.ReadCloser.Read(p)
	return n, f.disk.watch("read segment", err)
}

// growing is an open segment. A failing write leaves half of the bytes.
type growing struct {
	limnograph.Segment
	disk disk
	name string
}

func (g growing) Write(p []byte) (int, error) {
	failed := g.disk.enter("write segment", g.name)
	if errors.Is(failed, mem.ErrPowerLost) {
		return 0, failed
	}
	if failed != nil {
		p = p[:len(p)/2]
	}
	n, err := g.Segment.Write(p)
	if failed != nil && n > 0 {
		g.disk.mu.Lock()
		g.disk.note("torn write", "")
		g.disk.mu.Unlock()
	}
	return n, g.disk.watch("write segment", cmp.Or(failed, err))
}

func (g growing) Sync() error {
	if err := g.disk.enter("sync segment", g.name); err != nil {
		return err
	}
	return g.disk.watch("sync segment", g.Segment.Sync())
}

func (g growing) Truncate(size int64) error {
	if err := g.disk.enter("truncate segment", g.name); err != nil {
		return err
	}
	return g.disk.watch("truncate segment", g.Segment.Truncate(size))
}

func (g growing) Seal(ctx context.Context, key string) (limnograph.ObjectInfo, error) {
	if err := g.disk.enter("seal segment", g.name); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	info, err := g.Segment.Seal(ctx, key)
	return info, g.disk.watch("seal segment", err)
}

// catalog is the snapshot store as one life of the process sees it.
type catalog struct {
	*gate
	snapshots limnograph.SnapshotStore
}

var _ limnograph.SnapshotStore = catalog{}

func (c catalog) Current(ctx context.Context, table string) (limnograph.Snapshot, error) {
	if err := c.enter("current", table); err != nil {
		return limnograph.Snapshot{}, err
	}
	s, err := c.snapshots.Current(ctx, table)
	return s, c.watch("current", err)
}

func (c catalog) History(ctx context.Context, table string) ([]limnograph.Snapshot, error) {
	if err := c.enter("history", table); err != nil {
		return nil, err
	}
	all, err := c.snapshots.History(ctx, table)
	return all, c.watch("history", err)
}

func (c catalog) CreateTable(ctx context.Context, s limnograph.Schema) (map[string]int, error) {
	if err := c.enter("create table", s.Table); err != nil {
		return nil, err
	}
	ids, err := c.snapshots.CreateTable(ctx, s)
	if err = c.leave("create table", s.Table, err); err != nil {
		return nil, err
	}
	return ids, nil
}

func (c catalog) Commit(ctx context.Context, table string, base int64, change limnograph.TableChange) (limnograph.Snapshot, error) {
	if err := c.enter("commit", table); err != nil {
		return limnograph.Snapshot{}, err
	}
	s, err := c.snapshots.Commit(ctx, table, base, change)
	if err = c.leave("commit", table, err); err != nil {
		return limnograph.Snapshot{}, err
	}
	return s, nil
}

func (c catalog) RollBack(ctx context.Context, table string, id int64) error {
	if err := c.enter("roll back", table); err != nil {
		return err
	}
	return c.leave("roll back", table, c.snapshots.RollBack(ctx, table, id))
}

func (c catalog) StepBack(ctx context.Context, table string) (int, error) {
	if err := c.enter("step back", table); err != nil {
		return 0, err
	}
	n, err := c.snapshots.StepBack(ctx, table)
	if err = c.leave("step back", table, err); err != nil {
		return 0, err
	}
	return n, nil
}

func (c catalog) Expire(ctx context.Context, table string, keep int, grace time.Duration) error {
	if err := c.enter("expire", table); err != nil {
		return err
	}
	return c.leave("expire", table, c.snapshots.Expire(ctx, table, keep, grace))
}
