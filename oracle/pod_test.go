package oracle_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

const (
	user     = "INT_GL"
	password = "Canary-7Zq!" // also what leak tests look for
	ledgers  = "11.13.18.05/ledgersLOV?onlyData=true&limit=1"
	envelope = `{"items":[{"LedgerId":1}],"count":1,"hasMore":true,"limit":1,"offset":0,"links":[]}`
)

// patience is how long a test waits for what has to happen on a busy machine.
const patience = time.Minute

// pod is something at an address, and what a test wants to know of it afterwards.
type pod struct {
	endpoint oracle.Endpoint
	sim      *oraclesim.Server // nil where the simulator cannot do it
	mu       *sync.Mutex
	seen     *[]*http.Request
	accepted chan struct{} // one for each TCP connection; nil where they are not counted
}

// logins counts the requests that reached the pod with a password.
func (p pod) logins() int {
	n := 0
	if p.sim != nil {
		for _, r := range p.sim.Pod().Requests() {
			if r.HadPassword {
				n++
			}
		}
		return n
	}
	for _, r := range p.requests() {
		if r.Header.Get("Authorization") != "" {
			n++
		}
	}
	return n
}

func (p pod) requests() []*http.Request {
	if p.mu == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*http.Request(nil), *p.seen...)
}

// startSim serves a simulated pod with one user, trusted and allowed, until the test ends.
func startSim(t *testing.T, faults ...oraclesim.Fault) pod {
	t.Helper()
	sim, err := oraclesim.Start(oraclesim.Config{Users: []oraclesim.User{{Name: user, Password: password}}})
	must(t, err)
	t.Cleanup(sim.Close)
	for _, fault := range faults {
		must(t, sim.Pod().Inject(fault))
	}
	return pod{sim: sim, endpoint: endpointAt(sim.URL(), string(sim.CACertPEM()))}
}

// startServer serves a handler over TLS for what the simulator cannot do. adjust may change the server before
// it starts.
func startServer(t *testing.T, handler http.HandlerFunc, adjust ...func(*httptest.Server)) pod {
	t.Helper()
	p := pod{mu: new(sync.Mutex), seen: new([]*http.Request)}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		*p.seen = append(*p.seen, r.Clone(context.WithoutCancel(r.Context())))
		p.mu.Unlock()
		handler(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // broken handshakes are part of the play
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	for _, change := range adjust {
		change(server)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	p.endpoint = endpointAt(server.URL, certificateOf(server))
	return p
}

func certificateOf(server *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// endpointAt trusts and allows what the tests start, and tries once more.
func endpointAt(url, caCert string) oracle.Endpoint {
	return oracle.Endpoint{
		ServerURL: url, CACert: caCert, AllowedHosts: []string{"localhost", "127.0.0.1"},
		Timeout: patience, RetryAttempts: 1,
	}
}

// newClient gives a client that is closed when the test ends.
func newClient(t *testing.T) *oracle.Client {
	t.Helper()
	client := oracle.NewClient()
	t.Cleanup(client.Close)
	return client
}

func login() oracle.Login { return oracle.Login{Username: user, Password: secret.New(password)} }

// ask sends one request with a password: a survey of one module with one candidate.
func ask(ctx context.Context, client *oracle.Client, endpoint oracle.Endpoint, login oracle.Login) oracle.Answer {
	plan := oracle.Plan{Module: oracle.GeneralLedger, Candidates: []string{ledgers}}
	return client.Survey(ctx, endpoint, login, []oracle.Plan{plan}).Cause
}

// within bounds a test's request, as the engine bounds its own.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// body answers with a status, a media type and a body.
func body(status int, contentType, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		} else {
			w.Header()["Content-Type"] = nil // or net/http guesses one
		}
		w.WriteHeader(status)
		_, _ = io.Copy(w, bytes.NewReader([]byte(text)))
	}
}

// anything stands for a detail that depends on which side was quicker.
const anything = "*"

// wantAnswer compares all but the detail, of which it looks for some words.
func wantAnswer(t *testing.T, got, want oracle.Answer) {
	t.Helper()
	words := want.Detail
	want.Detail = got.Detail
	if got != want {
		t.Errorf("answer = %+v, want %+v", got, want)
	}
	if words != anything && !strings.Contains(got.Detail, words) || (words == "" && got.Detail != "") {
		t.Errorf("detail = %q, want %q in it", got.Detail, words)
	}
	if strings.Contains(got.Detail, password) {
		t.Errorf("detail %q holds the password", got.Detail)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
