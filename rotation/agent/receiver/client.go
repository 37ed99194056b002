package receiver

import (
	"crypto/tls"
	"net/http"
	"time"
)

const (
	// timeout bounds one message, from the look-up of the name to the end of the answer.
	timeout = 10 * time.Second
	// idleTimeout is how long a connection waits for the next message. Most come alone.
	idleTimeout = 30 * time.Second
	// idleConnections is per receiver, and one speaks to each.
	idleConnections = 1
	// maxHeader bounds the headers of an answer, in bytes.
	maxHeader = 64 << 10
)

// NewClient is what receivers are reached with: by the proxy of the environment, with the authorities of the machine.
func NewClient() *http.Client {
	return prepared(&http.Client{Transport: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    idleConnections,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}})
}

// prepared is the client as messages need it: bounded in time, and following no redirect, which would carry a message and
// its secrets to whoever is named.
func prepared(client *http.Client) *http.Client {
	own := *client
	own.Jar = nil
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if own.Timeout == 0 || own.Timeout > timeout {
		own.Timeout = timeout
	}
	return &own
}
