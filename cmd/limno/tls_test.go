package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"limnograph"
)

// tlsFixture is a certificate on disk with a clock and a log of its own.
type tlsFixture struct {
	cert, key string
	clock     time.Time
	log       bytes.Buffer
	loader    *certificateLoader
}

func newTLSFixture(t *testing.T) *tlsFixture {
	t.Helper()
	dir := t.TempDir()
	f := &tlsFixture{cert: filepath.Join(dir, "tls.crt"), key: filepath.Join(dir, "tls.key"), clock: time.Unix(1_800_000_000, 0)}
	f.write(t, 1)
	loader, err := newCertificateLoader(f.cert, f.key, func() time.Time { return f.clock }, slog.New(slog.NewTextHandler(&f.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	f.loader = loader
	return f
}

// write puts a new pair with that serial number in place, marked as changed.
func (f *tlsFixture) write(t *testing.T, serial int64) {
	t.Helper()
	cert, key := selfSigned(t, serial)
	f.put(t, f.cert, cert, serial)
	f.put(t, f.key, key, serial)
}

func (f *tlsFixture) put(t *testing.T, name string, content []byte, version int64) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	stamp := f.clock.Add(time.Duration(version) * time.Minute)
	if err := os.Chtimes(name, stamp, stamp); err != nil {
		t.Fatal(err)
	}
}

// serial asks for the certificate after some time and returns its serial number.
func (f *tlsFixture) serial(t *testing.T, later time.Duration) int64 {
	t.Helper()
	f.clock = f.clock.Add(later)
	pair, err := f.loader.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return leaf.SerialNumber.Int64()
}

func selfSigned(t *testing.T, serial int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// TestCertificate replaces the files of a running loader.
func TestCertificate(t *testing.T) {
	t.Run("NewPairIsTakenUp", func(t *testing.T) {
		f := newTLSFixture(t)
		f.write(t, 2)
		if n := f.serial(t, time.Second); n != 2 {
			t.Errorf("serial %d, want 2", n)
		}
	})
	t.Run("FilesAreLookedAtOnceASecond", func(t *testing.T) {
		f := newTLSFixture(t)
		f.write(t, 2)
		if n := f.serial(t, 999*time.Millisecond); n != 1 {
			t.Errorf("serial %d, want 1", n)
		}
		if n := f.serial(t, time.Millisecond); n != 2 {
			t.Errorf("serial %d, want 2", n)
		}
	})
	t.Run("HalfReplacedPairKeepsTheOldOne", func(t *testing.T) {
		f := newTLSFixture(t)
		cert, key := selfSigned(t, 2)
		f.put(t, f.cert, cert, 2)
		if n := f.serial(t, time.Second); n != 1 {
			t.Errorf("serial %d, want 1", n)
		}
		f.put(t, f.key, key, 2)
		if n := f.serial(t, time.Second); n != 2 {
			t.Errorf("serial %d, want 2", n)
		}
	})
	t.Run("BadPairIsReportedOnce", func(t *testing.T) {
		f := newTLSFixture(t)
		f.put(t, f.cert, []byte("no certificate"), 2)
		for range 3 {
			if n := f.serial(t, time.Second); n != 1 {
				t.Errorf("serial %d, want 1", n)
			}
		}
		if n := strings.Count(f.log.String(), "refused"); n != 1 {
			t.Errorf("%d reports in %s", n, &f.log)
		}
	})
	t.Run("MissingFileKeepsTheOldPair", func(t *testing.T) {
		f := newTLSFixture(t)
		if err := os.Remove(f.key); err != nil {
			t.Fatal(err)
		}
		if n := f.serial(t, time.Second); n != 1 {
			t.Errorf("serial %d, want 1", n)
		}
	})
}

// TestNewCertificateLoader refuses what can't be a pair.
func TestNewCertificateLoader(t *testing.T) {
	f := newTLSFixture(t)
	for name, pair := range map[string][2]string{
		"ErrMissing": {f.cert, filepath.Join(t.TempDir(), "none")},
		"ErrSwapped": {f.key, f.cert},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := newCertificateLoader(pair[0], pair[1], time.Now, slog.Default()); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestCertificateOverTLS shakes hands before and after a renewal on one listener.
func TestCertificateOverTLS(t *testing.T) {
	f := newTLSFixture(t)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: f.loader.GetCertificate}
	srv.StartTLS()
	defer srv.Close()
	for want := int64(1); want <= 2; want++ {
		conn, err := tls.Dial("tcp", srv.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"}) //nolint:gosec // the serial number is what is checked
		if err != nil {
			t.Fatal(err)
		}
		if n := conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64(); n != want {
			t.Errorf("serial %d, want %d", n, want)
		}
		_ = conn.Close()
		f.write(t, 2)
		f.clock = f.clock.Add(time.Second)
	}
}
