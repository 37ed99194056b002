package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

const (
	patience  = 30 * time.Second // for one answer
	maxAnswer = 4 << 20          // of a body; the largest is one page of key columns
)

// Media types to ask for.
const (
	acceptJSON = "application/json"
	acceptADF  = "application/json, application/vnd.oracle.adf.resourcecollection+json, application/vnd.oracle.adf.error+json"
)

// credential is a name and its secret, or the token that they were given.
type credential struct {
	username string
	secret   secret.Value
	token    secret.Value
}

// isLogin says whether a request with this credential is one that a server counts against an account.
func (c credential) isLogin() bool { return c.token.IsZero() && c.username != "" }

func (c credential) header() string {
	switch {
	case !c.token.IsZero():
		return "Bearer " + c.token.Reveal()
	case c.isLogin():
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.username+":"+c.secret.Reveal()))
	}
	return ""
}

// question is one request: a GET, or the POST of a form.
type question struct {
	base, path string
	accept     string
	form       url.Values
	by         credential
}

// exchange is an answer that was read to its end.
type exchange struct {
	question question
	at       time.Time
	status   int
	header   http.Header
	body     []byte
	tls      *tls.ConnectionState
}

// newTransport speaks HTTP/1.1 over TLS 1.2 or later, on a new connection for every request: on one that was used before,
// the standard library may send a request again by itself, and with a password that would be a second login.
func newTransport(roots string) (*http.Transport, error) {
	pool, err := oracle.ParseCACert(roots)
	if err != nil {
		return nil, fmt.Errorf("read the certificates: %w", err)
	}
	return &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool},
		DisableKeepAlives: true,
	}, nil
}

// errUnsent is a request of which not a byte left.
var errUnsent = errors.New("not sent")

// send asks once. It follows no redirect, because the password would go where it points.
func (q question) send(ctx context.Context, transport http.RoundTripper, now func() time.Time) (*exchange, error) {
	method, body := http.MethodGet, ""
	if q.form != nil {
		method, body = http.MethodPost, q.form.Encode()
	}
	sent := false // from when there is a connection, TLS included, it may have arrived
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent = true }})
	request, err := http.NewRequestWithContext(ctx, method, q.base+q.path, strings.NewReader(body))
	if err != nil {
		return nil, errors.New("the address is not a URL")
	}
	request.Header.Set("Accept", q.accept)
	request.Header.Set("User-Agent", "vault-plugin-secrets-oracle-financials-podtest")
	if q.form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if header := q.by.header(); header != "" {
		request.Header.Set("Authorization", header)
	}
	client := &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	switch {
	case err != nil && !sent:
		return nil, fmt.Errorf("%w: %w", errUnsent, withoutURL(err))
	case err != nil:
		return nil, withoutURL(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		text = nil // the status stands, and is what counts for a login
	}
	return &exchange{question: q, at: now(), status: response.StatusCode, header: response.Header, body: text, tls: response.TLS}, nil
}

// withoutURL leaves out what http.Client writes before every error.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// media is the media type of an answer, without parameters.
func (e *exchange) media() string {
	media, _, err := mime.ParseMediaType(e.header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

// object is the JSON object of an answer; without members when it is none.
func (e *exchange) object() map[string]any {
	var object map[string]any
	if json.Unmarshal(e.body, &object) != nil {
		return nil
	}
	return object
}

func (e *exchange) isJSON() bool { return e.object() != nil && strings.HasSuffix(e.media(), "json") }
