package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"
)

const (
	// unscheduled is how long a credential is good that no schedule rotates: people may rotate it at any time.
	unscheduled = 5 * time.Minute
	// defaultRotationWait is longer than the engine takes from Oracle's change to what creds/ serves, unless it meets
	// trouble.
	defaultRotationWait = 10 * time.Second
	// defaultMaxInFlight leaves two of Oracle's five to the engine.
	defaultMaxInFlight = 3
	// readLimit bounds one reading of Vault.
	readLimit = 30 * time.Second
	// againSoon is the time between two readings while a credential is awaited, and againLater otherwise.
	againSoon  = 500 * time.Millisecond
	againLater = 5 * time.Second
	// remembered is how many refused credentials are known again.
	remembered = 32
)

// ErrRefused is why a request was not sent: Oracle has refused the credential that Vault still serves. It ends when
// Vault serves another one, or with Forgive.
var ErrRefused = errors.New("oracle has refused the credential that Vault serves, and it is not sent again because refused logins " +
	"lock the account: look at its status, rotate it or write its password; if it was the right one, call Forgive or restart")

// Vault is what is asked of Vault; the Logical() of a client of Vault's own api package is one.
type Vault interface {
	// ReadWithContext reads a path. No secret and no error: there is nothing at the path.
	ReadWithContext(ctx context.Context, path string) (*api.Secret, error)
}

// Options are what a Client is made of; Vault and Path are needed.
type Options struct {
	Vault Vault
	// Path is where the credential is read, such as oracle-financials/creds/gl-prod.
	Path string
	// Base sends the requests; nil is a clone of http.DefaultTransport. It is where a certificate authority of one's
	// own or a proxy is named.
	Base http.RoundTripper
	// MaxInFlight is how many requests may be under way with one credential before their answers begin; 0 is 3. It is
	// also how many a rotation may surprise, and be refused at once: Oracle locks at about five. Where several
	// processes use one account they share those five. A pair's rotations refuse nobody, so there it may be
	// higher. A credential that has not been accepted yet goes alone.
	MaxInFlight int
	// MaxAge bounds how long what was read is used, where that is shorter than its ttl; 0 is no bound. A ttl speaks of
	// scheduled rotations and is an hour at most: who has people rotate a pair twice within less needs it.
	MaxAge time.Duration
	// RotationWait is for how long, after the first refusal of a credential, requests wait for the next one: of a
	// single account the password is dead from Oracle's change until the engine has proved it. 0 is 10 seconds,
	// less than 0 is not at all.
	RotationWait time.Duration
}

// Client calls Oracle with one credential. Any number of goroutines may use it.
type Client struct {
	options Options

	mu      sync.Mutex
	held    *holding // nil: nothing was read yet
	reading bool
	readErr error         // of the last reading
	next    time.Time     // no reading before it
	changed chan struct{} // closed, and made anew, when anything here changes
	refused []Credential  // the last of them
}

// holding is a credential and what became of it.
type holding struct {
	Credential
	readAt    time.Time // when Vault last said so
	accepted  bool      // by Oracle
	inFlight  int       // requests under way with it that have no answer yet
	refusedAt time.Time // zero: it was not
}

var _ http.RoundTripper = (*Client)(nil)

// New checks the options. It asks nobody anything.
func New(options Options) (*Client, error) {
	if options.Vault == nil || options.Path == "" {
		return nil, errors.New("make a client: Vault and Path are needed")
	}
	if options.Base == nil {
		base, ok := http.DefaultTransport.(*http.Transport)
		if !ok {
			return nil, errors.New("make a client: http.DefaultTransport was replaced, so Base is needed")
		}
		options.Base = base.Clone()
	}
	if options.MaxInFlight <= 0 {
		options.MaxInFlight = defaultMaxInFlight
	}
	if options.RotationWait == 0 {
		options.RotationWait = defaultRotationWait
	}
	return &Client{options: options, changed: make(chan struct{})}, nil
}

// HTTP gives an http.Client over this one. It follows no redirect: Oracle's REST resources have none, so one leads to
// a login page or elsewhere.
func (c *Client) HTTP() *http.Client {
	return &http.Client{Transport: c, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Credential gives what Vault serves, read again if that is due. It waits for another one while the last was just
// refused, and fails with ErrRefused when none comes.
func (c *Client) Credential(ctx context.Context) (Credential, error) {
	held, err := c.current(ctx)
	if err != nil {
		return Credential{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return held.Credential, nil
}

func (c *Client) current(ctx context.Context) (*holding, error) {
	for {
		held, wait, err := c.look(ctx, time.Now())
		if err != nil || wait == nil {
			return held, err
		}
		if err := wait(ctx); err != nil {
			return nil, fmt.Errorf("wait for the credential at %s: %w", c.options.Path, err)
		}
	}
}

// Forgive lets what was refused be tried again, by one request: for somebody who knows that the password is right, such
// as after an account was unlocked. Oracle's API can go on refusing for an hour after that, and each refusal may count.
func (c *Client) Forgive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = nil
	if c.held != nil {
		c.held.refusedAt, c.held.accepted = time.Time{}, false
	}
	c.announce()
}

// Format implements fmt.Formatter, so that no verb reaches what a Client holds, or the Vault client's token.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "client of %s", c.options.Path) }

// announce wakes who waits for a change. The lock is held.
func (c *Client) announce() {
	close(c.changed)
	c.changed = make(chan struct{})
}
