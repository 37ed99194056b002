package login

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// requestTimeout bounds a request of the session itself: logins, renewals and look-ups are small, and Vault's own limit for
// what stands behind them (a Kubernetes API server) is 30 seconds.
const requestTimeout = 40 * time.Second

// leaveTimeout bounds giving a token back: whoever waits for the command's answer has it by then.
const leaveTimeout = 5 * time.Second

// newClient is a client as the configuration and the environment say: the whole VAULT_* family counts, and the
// configuration wins. It has no token, whatever the environment holds, sends no request twice, and takes no answer of
// unbounded size. HangUp closes its idle
// connections. The wrap goes around its transport; nil means none.
func newClient(cfg config.Vault, wrap func(http.RoundTripper) http.RoundTripper) (client *api.Client, hangUp func(), err error) {
	settings := api.DefaultConfig()
	if settings.Error != nil {
		return nil, nil, fmt.Errorf("read Vault's environment variables: %w", settings.Error)
	}
	settings.MaxRetries = 0
	if cfg.Address != "" {
		settings.Address, settings.AgentAddress = cfg.Address, "" // VAULT_AGENT_ADDR would win over the address
	}
	if cfg.CACert != "" {
		if err := settings.ConfigureTLS(&api.TLSConfig{CACert: cfg.CACert}); err != nil {
			return nil, nil, fmt.Errorf("vault.ca_cert: %w", err)
		}
	}
	transport, ok := settings.HttpClient.Transport.(*http.Transport)
	if !ok {
		return nil, nil, errors.New("the client of Vault has no transport that could be configured")
	}
	if cfg.Auth.Method == config.MethodCert {
		transport.TLSClientConfig.GetClientCertificate = fromFiles(cfg.Auth.ClientCert, cfg.Auth.ClientKey)
	}
	client, err = api.NewClient(settings)
	if err != nil {
		return nil, nil, fmt.Errorf("build the client of Vault: %w", err)
	}
	// Only now: the API's client insists on a plain transport while it is built.
	settings.HttpClient.Transport = bounded{next: wrapped(transport, wrap), limit: maxAnswer}
	client.ClearToken()
	client.SetWrappingLookupFunc(func(string, string) string { return "" }) // VAULT_WRAP_TTL would wrap every answer
	if cfg.Namespace != "" {
		client.SetNamespace(cfg.Namespace)
	}
	return client, settings.HttpClient.CloseIdleConnections, nil
}

func wrapped(transport http.RoundTripper, wrap func(http.RoundTripper) http.RoundTripper) http.RoundTripper {
	if wrap == nil {
		return transport
	}
	return wrap(transport)
}

// fromFiles reads the client's certificate at every handshake, because short-lived ones are replaced in their files.
func fromFiles(certificate, key string) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return nil, fmt.Errorf("load the client's certificate: %w", err)
		}
		return &pair, nil
	}
}
