package landing

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
)

// Config adjusts a Lander. The zero value works.
type Config struct {
	SealAfter       time.Duration         // age at which a segment becomes an object; 0: 60 s; at least 1 s
	SealBytes       int64                 // compressed size at which it does; 0: 64 MiB
	MaxBytes        int64                 // of all objects and segments of landing together; 0: no limit
	MinFree         int64                 // bytes that must stay free on the disk; 0: no limit
	FreeBytes       func() (int64, error) // free bytes of the disk; nil: MinFree is not checked
	MaxWaiting      int64                 // uncompressed bytes of batches that wait to become durable; 0: 256 MiB
	MaxOpen         int                   // open segments; the oldest is sealed to make room; 0: 256
	QuarantineQuota int64                 // compressed bytes below quarantine/; 0: 1 GiB; negative: nothing is accepted
	Logger          *slog.Logger          // nil: silent
	Now             func() time.Time      // nil: time.Now
	Registerer      prometheus.Registerer // nil: metrics are not exposed
}

// withDefaults returns the settings in force. Errors: CodeInvalid.
func (c Config) withDefaults() (Config, error) {
	if c.SealAfter != 0 && c.SealAfter < time.Second {
		return c, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "configure landing", Message: "seal_after is " + c.SealAfter.String(), Hint: "use 1s or more"}
	}
	c.SealAfter = or(c.SealAfter, time.Minute)
	c.SealBytes = or(c.SealBytes, 64<<20)
	c.MaxWaiting = or(c.MaxWaiting, 256<<20)
	c.MaxOpen = or(c.MaxOpen, 256)
	c.QuarantineQuota = or(c.QuarantineQuota, 1<<30)
	c.Logger = or(c.Logger, slog.New(slog.DiscardHandler))
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
