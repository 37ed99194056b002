package oraclesim

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// maxLogged bounds the request log and each user's log of logins. It holds every request of any test and some
// hours of a demonstration at one check a second, in a few megabytes; a simulator left running for weeks must
// not grow.
const maxLogged = 10_000

// Reason says how a login ended. The pod never tells its clients: they see 200 or 401.
type Reason string

// The closed list of reasons.
const (
	ReasonAccepted      Reason = "accepted"
	ReasonWrongPassword Reason = "wrong_password"
	ReasonLocked        Reason = "locked"
	// ReasonLockLag: the lock was lifted, and the API has not noticed yet.
	ReasonLockLag  Reason = "lock_lag"
	ReasonExpired  Reason = "expired"
	ReasonDisabled Reason = "disabled"
	// ReasonFederated: the user signs in by single sign-on, and has no password.
	ReasonFederated Reason = "federated"
	// ReasonMustChange: the password is right, and has to be changed at the next sign-in.
	ReasonMustChange Reason = "must_change"
)

// Login is one request that carried a Basic header of a known user and was authenticated.
type Login struct {
	// Time on the pod's clock.
	Time     time.Time `json:"time"`
	Accepted bool      `json:"accepted"`
	Reason   Reason    `json:"reason"`
	Path     string    `json:"path"`
	// ClientAgent is the User-Agent header.
	ClientAgent string `json:"client_agent"`
}

// Request is one HTTP request that reached the pod or its identity domain. Connections dropped before TLS leave no request.
type Request struct {
	// Time of arrival, on the pod's clock.
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	// Query as sent, without the question mark.
	Query string `json:"query"`
	// Status sent; 0 while there is none, and for good when the request was left without an answer.
	Status int `json:"status"`
	// User of the Basic header as sent, known or not; empty without one. At the domain's token endpoint it is a client.
	User string `json:"user"`
	// HadPassword is true when a Basic header carried a non-empty password.
	HadPassword bool `json:"had_password"`
	// Domain is true when the request reached the identity domain and not the pod.
	Domain bool `json:"domain,omitempty"`
	// Client is the one whose access token the request carried, known to the domain and good at that instant.
	Client string `json:"client,omitempty"`
}

// ring keeps the newest maxLogged entries.
type ring[T any] struct {
	entries []T
	oldest  int // meaningful once entries is full
}

func (r *ring[T]) add(entry T) {
	if len(r.entries) < maxLogged {
		r.entries = append(r.entries, entry)
		return
	}
	r.entries[r.oldest] = entry
	r.oldest = (r.oldest + 1) % maxLogged
}

// all returns a copy, oldest first; nil when there is nothing.
func (r *ring[T]) all() []T { return slices.Concat(r.entries[r.oldest:], r.entries[:r.oldest]) }

// Logins returns the user's logins, oldest first; none for an unknown user.
func (p *Pod) Logins(user string) []Login {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.accounts[accountKey(user)]
	if !ok {
		return nil
	}
	return a.logins.all()
}

// Requests returns what reached the pod and its identity domain, in the order of arrival.
func (p *Pod) Requests() []Request {
	requests, _ := p.requestsAndChange()
	return requests
}

func (p *Pod) requestsAndChange() ([]Request, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var requests []Request
	for _, r := range p.requests.all() {
		requests = append(requests, *r)
	}
	return requests, p.changed
}

// AwaitRequest waits for a request in the log that satisfies match, and returns the first. It is how a test
// learns that a request has arrived, or has been answered (Status), without sleeping.
func (p *Pod) AwaitRequest(ctx context.Context, match func(Request) bool) (Request, error) {
	for {
		requests, changed := p.requestsAndChange()
		for _, r := range requests {
			if match(r) {
				return r, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Request{}, fmt.Errorf("no such request arrived: %w", ctx.Err())
		}
	}
}

// ResetLogs forgets all requests and logins, and begins State.RefusedInARowMax anew. Counts of failed logins and of
// locks, locks, password changes and faults stay.
func (p *Pod) ResetLogs() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = ring[*Request]{}
	for _, a := range p.accounts {
		a.logins = ring[Login]{}
		a.run = run{}
	}
}

// begin logs the arrival of a request; the entry is later completed by finish.
func (p *Pod) begin(r *http.Request, domain bool) *Request {
	user, password, _ := r.BasicAuth()
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	entry := &Request{
		Time: now, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		User: user, HadPassword: password != "", Domain: domain,
	}
	if domain {
		entry.Client = p.bearer(r, now)
	}
	p.requests.add(entry)
	p.announce()
	return entry
}

func (p *Pod) finish(entry *Request, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry.Status = status
	p.announce()
}

// announce wakes those who wait for the log to change. It needs the lock.
func (p *Pod) announce() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// login authenticates one request. It returns the user's name as the pod spells it.
func (p *Pod) login(r *http.Request) (name string, accepted bool) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return "", false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.accounts[accountKey(user)]
	if !ok {
		return "", false
	}
	now := p.now()
	p.settle(a, now)
	reason := a.login(password, now, p.switches)
	accepted = reason == ReasonAccepted
	a.logins.add(Login{Time: now, Accepted: accepted, Reason: reason, Path: r.URL.Path, ClientAgent: r.UserAgent()})
	return a.name, accepted
}
