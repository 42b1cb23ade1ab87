package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// With a certificate the server speaks TLS alone, takes a new certificate without a restart, and the command line
// finds it as before.
func TestTLSWithReload(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeCertificate(t, cert, key, 1)
	p := start(t, append(serverEnv(dir), "LIMNO_TLS_CERT_FILE="+cert, "LIMNO_TLS_KEY_FILE="+key), "serve")
	s := &server{process: p, dir: dir, url: strings.TrimRight(strings.Fields(p.line(t, "page ", time.Minute))[1], "/")}
	address := strings.TrimPrefix(s.url, "https://")
	s.await(t, "serving the first certificate", 20*time.Second, func() bool { return serial(address) == 1 })
	if got := s.query(t, "SELECT 1"); got[0][0] != "1" {
		t.Errorf("query over TLS: %v", got)
	}
	if resp, err := http.Get("http://" + address + "/healthz"); err == nil && resp.StatusCode == http.StatusOK {
		t.Error("plain HTTP is answered beside TLS")
	}
	writeCertificate(t, cert, key, 2)
	s.await(t, "serving the new certificate", 20*time.Second, func() bool { return serial(address) == 2 })
}

// serial returns the serial number of the certificate that a server shows; 0 when it shows none.
func serial(address string) int64 {
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Second}, "tcp", address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a certificate made for the test
	if err != nil {
		return 0
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func writeCertificate(t *testing.T, certFile, keyFile string, number int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(number), Subject: pkix.Name{CommonName: "limno.test"}, DNSNames: []string{"limno.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, certFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})))
}
