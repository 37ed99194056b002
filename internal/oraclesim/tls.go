package oraclesim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// certificateLife is longer than any simulator runs, so that no demonstration ends with its certificate. It is
// counted on the real clock, as clients do, and not on the pod's.
const certificateLife = 365 * 24 * time.Hour

// clockSkew is how far behind a client's clock may be.
const clockSkew = time.Hour

// identity is the pod's certificate, and the authority that signed it.
type identity struct {
	caPEM       []byte
	certificate tls.Certificate
}

// newIdentity makes a certificate authority of its own and a server certificate for this machine's loopback
// names.
func newIdentity(now time.Time) (identity, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, fmt.Errorf("make the key of the authority: %w", err)
	}
	ca := certificateTemplate(now, 1, "oracle-financials-sim CA")
	ca.IsCA = true
	ca.KeyUsage = x509.KeyUsageCertSign
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return identity{}, fmt.Errorf("sign the certificate of the authority: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, fmt.Errorf("make the key of the server: %w", err)
	}
	leaf := certificateTemplate(now, 2, "localhost")
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leaf.DNSNames = []string{"localhost"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return identity{}, fmt.Errorf("sign the certificate of the server: %w", err)
	}
	return identity{
		caPEM:       pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}),
		certificate: tls.Certificate{Certificate: [][]byte{leafDER, caDER}, PrivateKey: key},
	}, nil
}

func certificateTemplate(now time.Time, serial int64, name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          big.NewInt(serial),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(certificateLife),
		BasicConstraintsValid: true,
	}
}

func (i identity) serverConfig() *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{i.certificate},
		MinVersion:   tls.VersionTLS12,
		// HTTP/1.1 alone: a reset of one HTTP/2 stream would not be the broken connection that faults promise.
		NextProtos: []string{"http/1.1"},
	}
}
