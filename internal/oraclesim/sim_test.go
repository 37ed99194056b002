package oraclesim_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	user     = "INT_GL"
	password = "Canary-7Zq!" // also what the leak test looks for
	root     = "/fscmRestApi/resources/11.13.18.05"
	ledgers  = root + "/ledgersLOV"
)

// start serves a pod with one user until the test ends.
func start(t *testing.T, c oraclesim.Config) *oraclesim.Server {
	t.Helper()
	if c.Users == nil {
		c.Users = []oraclesim.User{{Name: user, Password: password}}
	}
	sim, err := oraclesim.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	return sim
}

// must is for calls that have to succeed for the test to mean anything.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fakeClock stands still until it is moved.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// newClient trusts the simulator's authority and no other, follows no redirect, and makes a connection per request
// unless keep is true.
func newClient(t *testing.T, sim *oraclesim.Server, keep bool) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(sim.CACertPEM()) {
		t.Fatal("CACertPEM holds no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: !keep}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// call is one request to the pod.
type call struct {
	method, path, user, password string
	body                         string // sent as application/json unless the header says otherwise
	header                       map[string]string
	ctx                          context.Context
	domain                       bool   // to the identity domain
	token                        string // access token of the domain
}

// get is a GET of the test's user with the right password.
func get(path string) call { return call{path: path, user: user, password: password} }

// reply is an answer that was read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

func (c call) send(t *testing.T, client *http.Client, base string) (reply, error) {
	t.Helper()
	ctx := c.ctx
	if ctx == nil {
		ctx = t.Context()
	}
	method := c.method
	if method == "" {
		method = http.MethodGet
	}
	request, err := http.NewRequestWithContext(ctx, method, base+c.path, strings.NewReader(c.body))
	must(t, err)
	if c.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.user != "" {
		request.SetBasicAuth(c.user, c.password)
	}
	for name, value := range c.header {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return reply{status: response.StatusCode, header: response.Header, body: string(body)}, err
}

// do sends a request that has to be answered.
func (c call) do(t *testing.T, sim *oraclesim.Server) reply {
	t.Helper()
	got, err := c.try(t, sim)
	must(t, err)
	return got
}

// try sends a request that may get no answer.
func (c call) try(t *testing.T, sim *oraclesim.Server) (reply, error) {
	t.Helper()
	base := sim.URL()
	if c.domain {
		base = sim.DomainURL()
	}
	return c.send(t, newClient(t, sim, false), base)
}

func wantStatus(t *testing.T, got reply, want int) {
	t.Helper()
	if got.status != want {
		t.Fatalf("status = %d, want %d; body %q", got.status, want, got.body)
	}
}

func decodeJSON(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return v
}

// reasons are those of the user's logins, in order.
func reasons(sim *oraclesim.Server) []oraclesim.Reason {
	var list []oraclesim.Reason
	for _, l := range sim.Pod().Logins(user) {
		list = append(list, l.Reason)
	}
	return list
}
