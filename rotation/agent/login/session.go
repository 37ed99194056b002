package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// Session is the agent's standing with Vault. Its methods may be called from several goroutines, Login and Run from one.
//
// It has two clients. The one that Client gives carries the token. The door carries none: it logs in, renews and looks
// tokens up, over connections of its own, so that a certificate that was replaced is shown at the next login and a renewal
// shows the one that the login did.
type Session struct {
	log      hclog.Logger
	method   method
	client   *api.Client
	door     *api.Client
	hangUp   func()        // closes the door's connections
	rejected chan struct{} // holds one: more than one 403 asks for nothing more
	blind    time.Time     // the last login that was made on a doubt only

	mu      sync.Mutex
	token   *token
	failure error // why there is no token that works
}

// token is what Vault gave at a login.
type token struct {
	value     secret.Value
	renewable bool
	lifetime  int // in seconds, at the login; 0: it never ends, or did not say
	end       time.Time
	ends      bool
}

// errNoLogin is that nobody has logged in yet.
var errNoLogin = &Failure{Reason: Unready, Text: "the agent has not logged in to Vault yet: wait, or look into its log"}

// New builds the session; it asks nobody yet.
func New(cfg config.Vault, logger hclog.Logger) (*Session, error) {
	return newSession(cfg, logger, nil)
}

// newSession is New, with something around the transport to Vault.
func newSession(cfg config.Vault, logger hclog.Logger, wrap func(http.RoundTripper) http.RoundTripper) (*Session, error) {
	chosen, err := newMethod(cfg.Auth)
	if err != nil {
		return nil, err
	}
	chosen.name = cfg.Auth.Method
	client, _, err := newClient(cfg, wrap)
	if err != nil {
		return nil, err
	}
	door, hangUp, err := newClient(cfg, wrap)
	if err != nil {
		return nil, err
	}
	return &Session{
		log: logger, method: chosen, client: client, door: door, hangUp: hangUp,
		rejected: make(chan struct{}, 1), failure: errNoLogin,
	}, nil
}

// Client is a client with the present token, or why there is none that works.
func (s *Session) Client() (*api.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == nil || s.failure != nil && s.token.over(time.Now()) {
		return nil, s.failure
	}
	return s.client, nil
}

// over says whether a token has ended by its own clock.
func (t *token) over(now time.Time) bool { return t.ends && !now.Before(t.end) }

// Expiry is when the present token ends, where that is known.
func (s *Session) Expiry() (at time.Time, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == nil {
		return time.Time{}, false
	}
	return s.token.end, s.token.ends
}

// Rejected hears that Vault answered 403 with the present token. Run then looks whether the token still lives.
func (s *Session) Rejected() {
	select {
	case s.rejected <- struct{}{}:
	default:
	}
}

// Login logs in once. Its error is a *Failure.
func (s *Session) Login(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	s.hangUp()
	answer, err := s.method.Login(ctx, s.door)
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.failure = s.failed(err)
		return s.failure
	case answer == nil || answer.Auth == nil || answer.Auth.ClientToken == "" && !s.method.kept:
		s.failure = &Failure{Reason: Refused, Text: "Vault answered the login without a token: look whether the mount is one of the auth method " +
			string(s.method.name) + ", and whether it asks for MFA, which an agent cannot give"}
		return s.failure
	}
	held := &token{value: secret.New(answer.Auth.ClientToken), renewable: answer.Auth.Renewable, lifetime: answer.Auth.LeaseDuration}
	held.end, held.ends = end(now, held.lifetime)
	s.token, s.failure = held, nil
	s.client.SetToken(held.value.Reveal())
	return nil
}

// Leave gives back the token of a login, so that a command that runs every minute leaves none behind. A token that somebody
// else made stays. That Vault does not take it back, as it never does from a batch token, is no fault: it ends by itself.
func (s *Session) Leave(ctx context.Context) {
	held := s.held()
	if held == nil || s.method.given {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	if err := s.client.Auth().Token().RevokeSelfWithContext(ctx, ""); err != nil {
		s.log.Debug("the token was not given back", "error", s.failed(err))
	}
}

// failed says in one sentence why a login came to nothing.
func (s *Session) failed(err error) *Failure {
	var known *Failure
	if errors.As(err, &known) {
		return known
	}
	if unavailable := Unavailable(err); unavailable != nil {
		return unavailable
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &Failure{Reason: Unreachable, Text: NotVault, cause: err}
	}
	if errors.Is(err, ErrTooLarge) {
		return &Failure{Reason: Unreachable, Text: ErrTooLarge.Error(), cause: err}
	}
	words := oneLine(err.Error())
	var answer *api.ResponseError
	if errors.As(err, &answer) {
		words = strings.TrimSpace(fmt.Sprintf("%d %s", answer.StatusCode, Words(answer)))
	}
	refused := "Vault refused the login by " + string(s.method.name)
	if s.method.given {
		refused = "Vault does not take the token"
	}
	return &Failure{Reason: Refused, Text: fmt.Sprintf("%s (%s): %s", refused, words, s.method.hint), cause: err}
}

// keep takes over what a renewal or a look said of the token.
func (s *Session) keep(known token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = &known
}

// held is the present token. It is never changed, only replaced.
func (s *Session) held() *token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// drop forgets a token that Vault does not know any more.
func (s *Session) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.failure = nil, &Failure{Reason: Refused, Text: "Vault does not know the agent's token any more: the agent logs in again"}
	s.client.ClearToken()
}
