package objectcache

import "cmp"

// Config holds what is optional; the zero value works.
type Config struct {
	Of        string // names the store, such as s3://bucket/prefix; copies of another one are removed by Open
	MaxBytes  int64  // of all copies together; 0: 10 GiB
	Downloads int    // objects that are fetched or checked at a time; 0: 8
}

func (c Config) withDefaults() Config {
	c.MaxBytes = cmp.Or(c.MaxBytes, 10<<30)
	c.Downloads = cmp.Or(c.Downloads, 8)
	return c
}

// Stats tell what the cache did since it was opened, and what it holds now.
type Stats struct {
	Hits      int64 // objects that were wanted and there
	Misses    int64 // objects that were fetched
	Damaged   int64 // copies that were not what had been fetched, and were fetched again
	Evictions int64 // copies that made room for others
	Fetched   int64 // bytes of the objects that were fetched
	Bytes     int64 // of the copies that are there or on their way
	Objects   int   // number of these
}
