package vaultdev

import (
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/vault/api"
)

// NewClient returns a client of this Vault with another token, for tests that ask as somebody else.
func (s *Server) NewClient(token string) (*api.Client, error) {
	return newClient(s.Address(), token, s.transport)
}

// newClient builds a client that owes nothing to the caller's environment: the API package reads VAULT_TOKEN,
// VAULT_NAMESPACE, VAULT_HEADERS and VAULT_WRAP_TTL by itself, and each of them is overridden here.
func newClient(address, token string, transport *http.Transport) (*api.Client, error) {
	client, err := api.NewClient(&api.Config{
		Address: address,
		// Without this the client would resend writes behind the caller's back, and a test could not tell.
		MaxRetries: 0,
		Timeout:    2 * time.Minute,
		HttpClient: &http.Client{
			Transport: transport,
			// The API package follows Vault's redirects itself.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	})
	if err != nil {
		return nil, fmt.Errorf("build a vault client (is a VAULT_ variable in your environment malformed?): %w", err)
	}
	client.SetMaxRetries(0)
	client.SetHeaders(http.Header{api.RequestHeaderName: {"true"}})
	client.ClearNamespace()
	client.SetWrappingLookupFunc(func(string, string) string { return "" })
	client.SetToken(token)
	return client, nil
}
