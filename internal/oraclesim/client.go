package oraclesim

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Right is what a client of the identity domain may do, as the application roles granted to it say.
type Right string

// The closed list of rights. An application role such as User Administrator holds all of them.
const (
	// RightReadUsers opens Users and PasswordPolicies.
	RightReadUsers Right = "read_users"
	// RightChangePasswords opens UserPasswordChanger and UserPasswordResetter.
	RightChangePasswords Right = "change_passwords"
	// RightChangeState opens UserLockedStateChanger and UserStatusChanger.
	RightChangeState Right = "change_state"
)

// Rights lists every right.
func Rights() []Right { return []Right{RightReadUsers, RightChangePasswords, RightChangeState} }

func (r Right) validate() error {
	if slices.Contains(Rights(), r) {
		return nil
	}
	return fmt.Errorf("right %q is unknown: use read_users, change_passwords or change_state", r)
}

// Client is a confidential application of the identity domain.
type Client struct {
	// ID and Secret are what it asks for tokens with; neither may be empty, and the ID holds no colon (RFC 7617).
	ID     string
	Secret string
	// Rights; nil = all of them.
	Rights []Right
}

// ClientState is what is shown of a client; never its secret.
type ClientState struct {
	ID     string  `json:"id"`
	Rights []Right `json:"rights"`
	// Tokens is how many of its access tokens are good.
	Tokens int `json:"tokens"`
}

type client struct {
	secret digest
	rights []Right
}

// token is an access token; the map's key is its digest.
type token struct {
	client string
	expiry time.Time
}

// AddClient makes a client of the identity domain.
func (p *Pod) AddClient(c Client) error {
	switch {
	case c.ID == "" || strings.Contains(c.ID, ":"):
		return fmt.Errorf("client id %q must be non-empty and hold no colon", c.ID)
	case c.Secret == "":
		return fmt.Errorf("client %q needs a secret", c.ID)
	}
	for _, right := range c.Rights {
		if err := right.validate(); err != nil {
			return fmt.Errorf("client %q: %w", c.ID, err)
		}
	}
	if c.Rights == nil {
		c.Rights = Rights()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, exists := p.clients[c.ID]; exists {
		return fmt.Errorf("client %q exists already", c.ID)
	}
	p.clients[c.ID] = &client{secret: digestOf(c.Secret), rights: slices.Clone(c.Rights)}
	return nil
}

// errUnknownClient is wrapped by what names a client the domain does not have.
var errUnknownClient = errors.New("the domain has no such client")

// SetClientSecret replaces a client's secret. Its tokens stay good until they expire or are revoked.
func (p *Pod) SetClientSecret(id, secret string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.clients[id]
	if !ok {
		return fmt.Errorf("client %q: %w", id, errUnknownClient)
	}
	if secret == "" {
		return fmt.Errorf("client %q needs a secret", id)
	}
	c.secret = digestOf(secret)
	return nil
}

// RemoveClient takes a client off the domain, with its tokens.
func (p *Pod) RemoveClient(id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.clients[id]; !ok {
		return fmt.Errorf("client %q: %w", id, errUnknownClient)
	}
	delete(p.clients, id)
	for key, t := range p.tokens {
		if t.client == id {
			delete(p.tokens, key)
		}
	}
	return nil
}

// Clients lists the clients in the order of their ids.
func (p *Pod) Clients() []ClientState {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgetExpiredTokens()
	tokens := make(map[string]int)
	for _, t := range p.tokens {
		tokens[t.client]++
	}
	var states []ClientState
	for id, c := range p.clients {
		states = append(states, ClientState{ID: id, Rights: slices.Clone(c.rights), Tokens: tokens[id]})
	}
	slices.SortFunc(states, func(a, b ClientState) int { return strings.Compare(a.ID, b.ID) })
	return states
}

// RevokeTokens makes every access token invalid, and returns how many were good.
func (p *Pod) RevokeTokens() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgetExpiredTokens()
	revoked := len(p.tokens)
	clear(p.tokens)
	return revoked
}

// forgetExpiredTokens needs the lock.
func (p *Pod) forgetExpiredTokens() {
	now := p.now()
	for key, t := range p.tokens {
		if !now.Before(t.expiry) {
			delete(p.tokens, key)
		}
	}
}

// authenticates says whether a secret is a client's.
func (p *Pod) authenticates(id, secret string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	given := digestOf(secret)
	c, ok := p.clients[id]
	return ok && subtle.ConstantTimeCompare(given[:], c.secret[:]) == 1
}

// issueToken makes an access token; only its digest stays.
func (p *Pod) issueToken(id string) (value string, lifetime time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgetExpiredTokens()
	value = rand.Text() + rand.Text()
	p.tokens[digestOf(value)] = token{client: id, expiry: p.now().Add(p.switches.TokenLifetime)}
	return value, p.switches.TokenLifetime
}

// bearer returns the client of a request's access token, or "". It needs the lock.
func (p *Pod) bearer(r *http.Request, now time.Time) string {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	t, ok := p.tokens[digestOf(strings.TrimSpace(value))]
	if !strings.EqualFold(scheme, "Bearer") || !ok || !now.Before(t.expiry) {
		return ""
	}
	return t.client
}

func (p *Pod) clientHas(id string, right Right) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.clients[id]
	return ok && slices.Contains(c.rights, right)
}
