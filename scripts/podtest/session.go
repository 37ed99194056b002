package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// session is one run: what was given, what was learned, and whether anything may still be asked.
type session struct {
	settings
	transport *http.Transport
	engine    *oracle.Client // the engine's own way of asking
	now       func() time.Time
	hidden    hidden

	over    string // why nothing is asked any more; empty while something is
	spent   string // why no password leaves any more; empty while one may
	refused int    // logins that were refused or not answered
	journal []*exchange

	// What one check learned and another goes on from.
	opening   *exchange // the first answer
	bare      *exchange // of ledgerBalances without a finder
	forbidden *exchange // the first 403 of a resource
	token     credential
	sighting  sighting
	rules     *exchange // the password policy
}

func newSession(set settings, now func() time.Time) (*session, error) {
	transport, err := newTransport(set.roots)
	if err != nil {
		return nil, err
	}
	return &session{
		settings: set, transport: transport, engine: oracle.NewClient(), now: now,
		hidden: hide(set.pod, set.domain, set.user, set.admin, set.client),
	}, nil
}

func (s *session) close() { s.engine.Close() }

// notAskedError is why a check has no answer, for people.
type notAskedError struct{ because string }

func (e notAskedError) Error() string { return e.because }

// underWay stands in spent from before a login leaves until it is answered.
const underWay = "a login got no answer, so it may count as refused"

// mayAsk says why a request must not leave, and charges a login before it does: whatever happens to it, no second one
// follows until it has an answer other than 401.
func (s *session) mayAsk(isLogin bool) error {
	switch {
	case s.over != "":
		return notAskedError{s.over}
	case isLogin && s.spent != "":
		return notAskedError{s.spent}
	case isLogin:
		s.spent = underWay
	}
	return nil
}

// send asks one thing. An answer that is a reason to stop ends the run, and is returned all the same.
func (s *session) send(ctx context.Context, q question) (*exchange, error) {
	if err := s.mayAsk(q.by.isLogin()); err != nil {
		return nil, err
	}
	answer, err := q.send(ctx, s.transport, s.now)
	if err != nil {
		if q.by.isLogin() && !errors.Is(err, errUnsent) {
			s.refused++
		}
		s.over = "no answer: " + s.hidden.foreign(err.Error())
		return nil, notAskedError{s.over}
	}
	s.journal = append(s.journal, answer)
	if q.by.isLogin() {
		s.settle(answer.status == http.StatusUnauthorized)
	}
	switch answer.status {
	case http.StatusTooManyRequests:
		s.over = "the pod answered 429, too many requests"
	case http.StatusServiceUnavailable:
		s.over = "the pod answered 503, unavailable"
	}
	return answer, nil
}

// settle ends a login that was answered.
func (s *session) settle(refused bool) {
	s.spent = ""
	if refused {
		s.refused++
		s.spent = "a login was refused, and a run spends no second one"
	}
}

// get asks for a resource of Financials, given below the context root, as the integration user with the right password.
// When that is refused the run ends at once.
func (s *session) get(ctx context.Context, resource, accept string) (*exchange, error) {
	return s.rightLogin(ctx, question{base: s.pod, path: resourcesPath + resource, accept: accept, by: s.user})
}

func (s *session) rightLogin(ctx context.Context, q question) (*exchange, error) {
	answer, err := s.send(ctx, q)
	if err == nil && answer.status == http.StatusUnauthorized {
		s.over = refusedRight
	}
	return answer, err
}

const refusedRight = "a login with the secret that was given as the right one was refused: wrong, locked, expired, disabled, " +
	"or not from this address; find out before another run"

// anonymous asks for a resource without credentials, which is a login of nobody.
func (s *session) anonymous(ctx context.Context, resource string) (*exchange, error) {
	return s.send(ctx, question{base: s.pod, path: resourcesPath + resource, accept: acceptADF})
}

// because gives an error's reason.
func because(err error) string {
	if err == nil {
		return ""
	}
	var not notAskedError
	if errors.As(err, &not) {
		return not.because
	}
	return err.Error()
}
