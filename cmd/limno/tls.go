package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"limnograph"
)

// certificateCheck is how often the files of a certificate are looked at, at most.
const certificateCheck = time.Second

// certificateLoader serves the pair in two PEM files through tls.Config.GetCertificate and takes up a new pair when the
// files change, so that a renewal needs no restart. A pair that can't be loaded is reported once, and the old one
// stays.
type certificateLoader struct {
	certFile, keyFile string
	logger            *slog.Logger
	now               func() time.Time

	mu      sync.Mutex
	pair    *tls.Certificate
	loaded  [2]fileStamp // of the last attempt, good or bad
	checked time.Time
}

// fileStamp tells one version of a file from another; zero for a file that can't be read.
type fileStamp struct {
	modified time.Time
	size     int64
}

// newCertificateLoader reads the pair. Errors: CodeInvalid.
func newCertificateLoader(certFile, keyFile string, now func() time.Time, logger *slog.Logger) (*certificateLoader, error) {
	c := &certificateLoader{certFile: certFile, keyFile: keyFile, logger: logger, now: now, checked: now()}
	c.loaded = c.stamps()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "load TLS certificate", Message: fmt.Sprintf("%s with %s", certFile, keyFile), Err: err,
			Hint: "both files must be PEM, the certificate with its chain, and belong together",
		}
	}
	c.pair = &pair
	return c, nil
}

// GetCertificate returns the present pair, whatever the client asks for.
func (c *certificateLoader) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= certificateCheck {
		c.checked = now
		c.reload()
	}
	return c.pair, nil
}

// reload tries the files again if they are not those of the last attempt. The two may be written one after the
// other: the first try then fails, and the second file's change brings the next.
func (c *certificateLoader) reload() {
	stamps := c.stamps()
	if stamps == c.loaded {
		return
	}
	c.loaded = stamps
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.logger.Warn("new TLS certificate refused, the old one stays", "file", c.certFile, "err", err)
		return
	}
	c.pair = &pair
	c.logger.Info("TLS certificate reloaded", "file", c.certFile)
}

func (c *certificateLoader) stamps() (s [2]fileStamp) {
	for i, name := range [...]string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			s[i] = fileStamp{info.ModTime(), info.Size()}
		}
	}
	return s
}
