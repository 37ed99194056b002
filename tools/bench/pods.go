package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

const (
	// podCount pods serve the estate.
	podCount = 50
	// podAnswers is after how long each of them answers.
	podAnswers = 100 * time.Millisecond
)

// pods are Oracle pods that do as little as pods can, so that what is measured is the engine and not them: each proves a
// login and answers the collection that the engine's probe wants, after podAnswers. What a real pod would make of these
// requests is the simulator's concern, in the tests.
type pods struct {
	all   []*pod
	roots string // the file with the authority that signed their certificates
}

// pod is one of them.
type pod struct {
	listener net.Listener
	server   *http.Server
	answered atomic.Int64 // requests
	last     atomic.Int64 // when the last answer left, in nanoseconds since 1970
	hangs    atomic.Bool
}

// startPods serves pods whose certificates one authority signed, as with real ones.
func startPods(dir string) (*pods, error) {
	certificate, roots, err := podCertificate()
	if err != nil {
		return nil, err
	}
	p := &pods{roots: filepath.Join(dir, "pods-ca.pem")}
	if err := os.WriteFile(p.roots, roots, 0o600); err != nil {
		return nil, fmt.Errorf("write the pods' authority: %w", err)
	}
	// One for all, because all are at one address: what a client remembers of one it tells to the next.
	served := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
	for range podCount {
		listener, err := tls.Listen("tcp", "127.0.0.1:0", served)
		if err != nil {
			p.close()
			return nil, fmt.Errorf("open a pod: %w", err)
		}
		one := &pod{listener: listener}
		one.server = &http.Server{
			Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(one, w, r) }),
			ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0), // broken connections are part of a sweep
		}
		go one.server.Serve(listener) //nolint:errcheck // it ends when it is closed
		p.all = append(p.all, one)
	}
	return p, nil
}

// env makes a process trust the pods.
func (p *pods) env() string { return "SSL_CERT_FILE=" + p.roots }

func (p *pods) close() {
	for _, one := range p.all {
		_ = one.server.Close()
	}
}

// url is the address of the pod that an integration belongs to.
func (p *pods) url(n int) string {
	return "https://" + p.all[n%podCount].listener.Addr().String()
}

func (p *pods) serve(one *pod, w http.ResponseWriter, r *http.Request) {
	if one.hangs.Load() {
		<-r.Context().Done()
		return
	}
	select {
	case <-time.After(podAnswers):
	case <-r.Context().Done():
		return
	}
	user, password, _ := r.BasicAuth()
	var n int
	_, _ = fmt.Sscanf(user, "API_USER_%d", &n) // of another user the password is not this one
	w.Header().Set("Content-Type", "application/vnd.oracle.adf.resourcecollection+json")
	if user != userName(n) || password != passwordOf(n) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = io.WriteString(w, `{"items":[{"LedgerId":300000000000001,"Name":"Ledger 1"}],"count":1,"hasMore":true,"limit":1,"offset":0,"links":[]}`)
	one.answered.Add(1)
	one.last.Store(time.Now().UnixNano())
}

// count is how many logins all pods have accepted.
func (p *pods) count() (accepted int64) {
	for _, one := range p.all {
		accepted += one.answered.Load()
	}
	return accepted
}

// lastOf is when the last of the first so many pods answered last.
func (p *pods) lastOf(first int) time.Time {
	var last int64
	for _, one := range p.all[:first] {
		last = max(last, one.last.Load())
	}
	return time.Unix(0, last)
}

// await waits until the first so many pods have answered so often since.
func (p *pods) await(ctx context.Context, first int, answers, since int64) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if p.countOf(first)-since >= answers {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the pods accepted %d logins, want %d: %w", p.countOf(first)-since, answers, ctx.Err())
		}
	}
}

func (p *pods) countOf(first int) (accepted int64) {
	for _, one := range p.all[:first] {
		accepted += one.answered.Load()
	}
	return accepted
}

// podCertificate is one for all pods, with the authority that signed it.
func podCertificate() (certificate tls.Certificate, roots []byte, err error) {
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench CA"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "pod"}, NotBefore: authority.NotBefore,
		NotAfter: authority.NotAfter, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate, nil, fmt.Errorf("make a key: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate, nil, fmt.Errorf("make a key: %w", err)
	}
	signed, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	if err != nil {
		return certificate, nil, fmt.Errorf("sign a certificate: %w", err)
	}
	served, err := x509.CreateCertificate(rand.Reader, leaf, authority, &key.PublicKey, authorityKey)
	if err != nil {
		return certificate, nil, fmt.Errorf("sign a certificate: %w", err)
	}
	certificate = tls.Certificate{Certificate: [][]byte{served}, PrivateKey: key}
	return certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), nil
}
