package oracle

import (
	"context"
	"net/http"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// acceptADF asks for ADF's structured errors besides plain JSON (ADF REST guide: without the error type the
// error body may be unstructured).
const acceptADF = "application/json, application/vnd.oracle.adf.resourcecollection+json, application/vnd.oracle.adf.error+json"

// Endpoint is a pod as an integration describes it, or a directory as its administrator does.
type Endpoint struct {
	ServerURL     string        // as ParseServerURL returns it
	CACert        string        // PEM, added to the system's roots; may be empty
	AllowedHosts  []string      // patterns as ParseHostPattern returns them
	Timeout       time.Duration // per attempt, name look-up to last byte
	RetryAttempts int           // further attempts after a transient failure
}

// Login is a user name and its password, or an OAuth client's id and secret.
type Login struct {
	Username string
	Password secret.Value
}

// Client sends requests to pods and directories. It is safe for concurrent use.
type Client struct {
	transports transports
	tokens     tokens
}

// NewClient gives a client without any state of earlier requests.
func NewClient() *Client { return &Client{} }

// Close ends what is left of connections, and forgets the tokens.
func (c *Client) Close() {
	c.transports.close()
	c.tokens.forget()
}

// Knock asks whether the pod answers at all, without a password: any HTTP answer will do.
func (c *Client) Knock(ctx context.Context, endpoint Endpoint) Answer {
	return c.do(ctx, endpoint, probe(Login{}, documentedVersion))
}

// probe asks for a REST resource of Financials, given as path and query under /fscmRestApi/resources/.
func probe(login Login, resource string) request {
	return request{
		method: http.MethodGet, place: resourcesPath + resource, accept: acceptADF,
		by: credential{login: login}, understand: understandCollection,
	}
}
