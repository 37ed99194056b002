package client_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/client"
)

const (
	server = "https://pod.example.com"
	place  = "oracle-financials/creds/gl"
	canary = "Canary-9Zq!"
)

// vault serves one credential, and counts.
type vault struct {
	mu       sync.Mutex
	data     map[string]any
	err      error
	delay    time.Duration
	reads    int
	together int // at once, now
	most     int // at once, ever
}

// credential is an answer of creds/; each version has a password of its own.
func credential(version int) map[string]any {
	return map[string]any{
		"server_url": server, "rest_api_url": server + "/fscmRestApi/resources/latest/", "username": "API", "password": password(version),
		"timeout": 30, "retry_attempts": 3, "modules": []any{"GL"}, "credential_version": version,
		"last_vault_rotation": time.Date(2026, 1, 1, version, 0, 0, 0, time.UTC).Format(time.RFC3339),
	}
}

func password(version int) string { return canary + strings.Repeat("x", version) }

func serving(version int) *vault { return &vault{data: credential(version)} }

// serve makes it another credential, with other fields.
func (v *vault) serve(version int, other map[string]any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.data, v.err = credential(version), nil
	maps.Copy(v.data, other)
}

func (v *vault) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.err = err
}

func (v *vault) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.reads
}

func (v *vault) ReadWithContext(ctx context.Context, path string) (*api.Secret, error) {
	v.mu.Lock()
	v.reads++
	v.together++
	v.most = max(v.most, v.together)
	data, err, delay := maps.Clone(v.data), v.err, v.delay
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.together--
	}()
	if path != place {
		return nil, errors.New("the path is " + path)
	}
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if err != nil || data == nil {
		return nil, err
	}
	return &api.Secret{Data: data}, nil
}

// oracle takes one password and counts.
type oracle struct {
	mu       sync.Mutex
	live     string // "": every one is refused
	delay    time.Duration
	status   int // of what is accepted; 0 is 200
	seen     []string
	refused  map[string]int
	together int
	most     int
	bodies   []string
	released int // bodies of answers that were closed
}

func taking(version int) *oracle {
	return &oracle{live: password(version), refused: map[string]int{}}
}

func (o *oracle) set(live string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.live = live
}

func (o *oracle) RoundTrip(r *http.Request) (*http.Response, error) {
	_, given, _ := r.BasicAuth()
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	o.mu.Lock()
	o.together++
	o.most = max(o.most, o.together)
	o.seen, o.bodies = append(o.seen, given), append(o.bodies, string(sent))
	status := max(o.status, http.StatusOK)
	if given != o.live {
		status = http.StatusUnauthorized
		o.refused[given]++
	}
	o.mu.Unlock()
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.together--
	}()
	select {
	case <-time.After(o.delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Location": {server + "/login"}}, Request: r,
		Body: &answer{Reader: strings.NewReader("{}"), of: o},
	}, nil
}

// answer notes that it was closed.
type answer struct {
	io.Reader
	of *oracle
}

func (a *answer) Close() error {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	a.of.released++
	return nil
}

// logins are the versions of the passwords that were sent, one after the other.
func (o *oracle) logins() []int {
	o.mu.Lock()
	defer o.mu.Unlock()
	var versions []int
	for _, given := range o.seen {
		versions = append(versions, len(given)-len(canary))
	}
	return versions
}

func newClient(t *testing.T, v client.Vault, o http.RoundTripper, change func(*client.Options)) *client.Client {
	t.Helper()
	options := client.Options{Vault: v, Path: place, Base: o}
	if change != nil {
		change(&options)
	}
	c, err := client.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// get asks for a resource and gives the status; 0 is an error.
func get(t *testing.T, c *client.Client, address string) (int, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.HTTP().Do(request)
	if err != nil {
		return 0, err
	}
	_ = response.Body.Close()
	return response.StatusCode, nil
}

func wantStatus(t *testing.T, c *client.Client, want int) {
	t.Helper()
	if got, err := get(t, c, server+"/x"); got != want {
		t.Errorf("status %d (%v), want %d", got, err, want)
	}
}
