package login_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

// lease is what the fake knows of a token.
type lease struct {
	created, end time.Time
	renewable    bool
	blind        bool // its policies do not let it look at itself
}

// vault is a Vault without a network, for time that passes in a moment. It knows what a session asks of one.
type vault struct {
	mu       sync.Mutex
	down     bool   // nothing listens
	silent   bool   // it takes the request, and never answers
	sealed   bool   // it says so
	refuses  string // what a login is told, when that is no
	denies   bool   // every path of the engine
	blind    bool   // the tokens of logins to come may not look at themselves
	batch    bool   // they cannot be renewed
	echo     bool   // errors repeat all that was sent
	ttl, max time.Duration

	secretID  string
	wrappings map[string]string // wrapping token to secret id, once
	tokens    map[string]*lease
	issued    int
	seen      []request
}

// request is what came in.
type request struct {
	at     time.Time
	path   string
	header http.Header
	body   map[string]any
	raw    string
}

func newVault() *vault {
	return &vault{ttl: time.Hour, max: 4 * time.Hour, secretID: "secret-id-1", wrappings: map[string]string{}, tokens: map[string]*lease{}}
}

// set changes the fake under its lock.
func (v *vault) set(change func(*vault)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(v)
}

// give makes a token that somebody else was given.
func (v *vault) give(token string, ttl time.Duration, renewable bool) {
	v.set(func(v *vault) {
		now := time.Now()
		v.tokens[token] = &lease{created: now, end: now.Add(ttl), renewable: renewable}
	})
}

// count is how many requests went to paths that end so.
func (v *vault) count(suffix string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for _, request := range v.seen {
		if strings.HasSuffix(request.path, suffix) {
			n++
		}
	}
	return n
}

// last is the last request to a path that ends so.
func (v *vault) last(t *testing.T, suffix string) request {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for n := len(v.seen) - 1; n >= 0; n-- {
		if strings.HasSuffix(v.seen[n].path, suffix) {
			return v.seen[n]
		}
	}
	t.Fatalf("nothing was asked at %s", suffix)
	return request{}
}

// RoundTrip implements http.RoundTripper.
func (v *vault) RoundTrip(r *http.Request) (*http.Response, error) {
	came := request{at: time.Now(), path: r.URL.Path, header: r.Header.Clone()}
	if r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		came.raw = string(raw)
		_ = json.Unmarshal(raw, &came.body)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen = append(v.seen, came)
	switch {
	case v.down:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	case v.silent:
		v.mu.Unlock()
		<-r.Context().Done()
		v.mu.Lock()
		return nil, r.Context().Err()
	case v.sealed:
		return v.answer(r, came, 503, "Vault is sealed"), nil
	}
	return v.route(r, came), nil
}

func (v *vault) route(r *http.Request, came request) *http.Response {
	token := r.Header.Get("X-Vault-Token")
	held := v.tokens[token]
	if held != nil && !came.at.Before(held.end) {
		held = nil
	}
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	switch {
	case path == "sys/wrapping/unwrap":
		wrapping, _ := came.body["token"].(string)
		wrapping = cmp.Or(wrapping, token)
		secretID, found := v.wrappings[wrapping]
		if !found {
			return v.answer(r, came, 400, "wrapping token is not valid or does not exist")
		}
		delete(v.wrappings, wrapping)
		return v.answer(r, came, 200, map[string]any{"data": map[string]any{"secret_id": secretID}})
	case strings.HasSuffix(path, "/login"):
		return v.login(r, came)
	case held == nil:
		return v.answer(r, came, 403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
	case path == "auth/token/lookup-self" && !held.blind:
		return v.answer(r, came, 200, map[string]any{"data": map[string]any{
			"id": token, "ttl": seconds(held.end.Sub(came.at)), "renewable": held.renewable,
		}})
	case path == "auth/token/renew-self" && held.renewable:
		held.end = came.at.Add(min(v.ttl, held.created.Add(v.max).Sub(came.at)))
		return v.answer(r, came, 200, map[string]any{"auth": map[string]any{
			"client_token": token, "renewable": true, "lease_duration": seconds(held.end.Sub(came.at)),
		}})
	case path == "auth/token/revoke-self":
		delete(v.tokens, token)
		return v.answer(r, came, 204, map[string]any{})
	case strings.HasPrefix(path, "auth/"), v.denies:
		return v.answer(r, came, 403, "1 error occurred:\n\t* permission denied\n\n")
	}
	return v.answer(r, came, 200, map[string]any{"data": map[string]any{"revision": "A-1"}})
}

func (v *vault) login(r *http.Request, came request) *http.Response {
	if sent, approle := came.body["secret_id"]; approle && sent != v.secretID {
		return v.answer(r, came, 400, "invalid role or secret ID")
	}
	if v.refuses != "" {
		return v.answer(r, came, 400, v.refuses)
	}
	v.issued++
	token := fmt.Sprintf("hvs.canary-%d", v.issued)
	v.tokens[token] = &lease{created: came.at, end: came.at.Add(v.ttl), renewable: !v.batch, blind: v.blind}
	return v.answer(r, came, 200, map[string]any{"auth": map[string]any{
		"client_token": token, "renewable": !v.batch, "lease_duration": seconds(v.ttl),
	}})
}

// answer makes a response of a map, or of an error's words.
func (v *vault) answer(r *http.Request, came request, status int, said any) *http.Response {
	if words, failed := said.(string); failed {
		if v.echo {
			words += " of " + came.raw + fmt.Sprint(came.header)
		}
		said = map[string]any{"errors": []string{words}}
	}
	raw, err := json.Marshal(said)
	if err != nil {
		panic(err)
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(raw)), Request: r,
	}
}

func seconds(d time.Duration) int { return int(d / time.Second) }

// journal collects a log.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// says is how many lines have the words.
func (j *journal) says(words string) int { return strings.Count(j.String(), words) }

func (j *journal) logger() hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: j, DisableTime: true})
}

// open makes a session with the fake.
func open(t *testing.T, v *vault, auth config.Auth) (*login.Session, *journal) {
	t.Helper()
	log := &journal{}
	session, err := login.NewOver(config.Vault{Address: "http://vault.test", Auth: auth}, log.logger(), v)
	if err != nil {
		t.Fatal(err)
	}
	return session, log
}

// agent asks a path of the engine as the daemon does, and tells the session of a 403. It says how that went.
func agent(t *testing.T, session *login.Session) error {
	t.Helper()
	client, err := session.Client()
	if err != nil {
		return err
	}
	_, err = client.Logical().ReadWithContext(t.Context(), "oracle-financials/report")
	if err != nil && strings.Contains(err.Error(), "Code: 403") {
		session.Rejected()
	}
	return err
}
