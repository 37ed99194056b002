package oracle

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// Limits of one request.
const (
	// maxAnswer is how much of a body is read: a probe asks for one row and a look-up for one user, whose JSON stays
	// far below.
	maxAnswer = 1 << 20
	// retryWaitMin and retryWaitMax bound the pause between two attempts when Oracle names none.
	retryWaitMin = 500 * time.Millisecond
	retryWaitMax = 8 * time.Second
	// maxRetryAfter is longer than anybody waits for an answer, and far from where a duration overflows.
	maxRetryAfter = time.Hour
)

// userAgent names us in Oracle's and in proxies' logs.
const userAgent = "vault-plugin-secrets-oracle-financials"

// request is one question to a server.
type request struct {
	method string
	place  string // path and query after the endpoint's address
	accept string
	form   string       // the body of a POST, as an HTML form; none when empty
	json   secret.Value // the body of a PUT or PATCH, which holds a password; none when zero
	by     credential
	// understand says what a whole JSON answer with a status that has no meaning of its own (200, 400 and the like)
	// came to, and, when the answer's own words would mislead, what to tell people instead.
	understand func(status int, body []byte) (Outcome, string)
	// judge, where there is one, sees every answer as it came and has the last word on the outcome.
	judge func(came reply, outcome Outcome) Outcome
	// yieldsSecret: a good answer holds a secret, so that nothing of a 2xx that was not understood is shown.
	yieldsSecret bool
}

// reply is an HTTP answer as it came.
type reply struct {
	status int
	header http.Header
	body   []byte
	whole  bool // false when the body broke off or was cut at maxAnswer
}

// credential is what a request proves itself with: a bearer token, else a name and password, else nothing.
type credential struct {
	login Login // with a token: what the token was got with, so that no answer shows that either
	token secret.Value
	fresh secret.Value // the password that the request sets, which proves nothing; so that no answer shows it
}

// isLogin says whether a request with this credential is a login, which a server counts against an account.
func (c credential) isLogin() bool { return c.token.IsZero() && !c.login.Password.IsZero() }

// header gives the value of Authorization, empty when there is none to send. It encodes by hand because the encoder
// must not wrap lines: a wrapped header of a long password is answered with 401.
func (c credential) header() string {
	switch {
	case !c.token.IsZero():
		return "Bearer " + c.token.Reveal()
	case c.isLogin():
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.login.Username+":"+c.login.Password.Reveal()))
	}
	return ""
}

// do sends one request and classifies the answer. It is the only place from which a request leaves.
//
// Transient failures are tried again, at most endpoint.RetryAttempts times and within the deadline of ctx,
// but never a login that may have arrived without being answered: it may have been a refused one already.
func (c *Client) do(ctx context.Context, endpoint Endpoint, ask request) Answer {
	if !HostAllowed(endpoint.AllowedHosts, endpoint.ServerURL) {
		return Answer{Outcome: HostNotAllowed, Delivery: NotSent, Detail: "allowed_hosts does not permit this host"}
	}
	transport, err := c.transports.forRoots(endpoint.CACert)
	if err != nil {
		return Answer{Outcome: TLSFailure, Delivery: NotSent, Detail: err.Error()}
	}
	outgoing, err := ask.outgoing(ctx, endpoint.ServerURL)
	if err != nil {
		return unsent("the address of the request is not a URL")
	}
	trip := &roundTrip{next: transport}
	retry := &retries{trip: trip, isLogin: ask.by.isLogin()}
	sender := &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: trip,
			Timeout:   endpoint.Timeout,
			// A redirect would carry the password to a place that nobody allowed.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     endpoint.RetryAttempts,
		RetryWaitMin: retryWaitMin,
		RetryWaitMax: retryWaitMax,
		CheckRetry:   retry.check,
		Backoff:      retry.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	response, err := sender.Do(outgoing)
	if response == nil {
		return failed(err, trip, ask.by)
	}
	return ask.read(response)
}

// outgoing writes the request down as it will be sent, the same at each attempt.
func (r request) outgoing(ctx context.Context, serverURL string) (*retryablehttp.Request, error) {
	body, mediaType := r.body()
	outgoing, err := retryablehttp.NewRequestWithContext(ctx, r.method, serverURL+r.place, body)
	if err != nil {
		return nil, err //nolint:wrapcheck // do says what is wrong, in words that repeat no address
	}
	outgoing.Header.Set("Accept", r.accept)
	outgoing.Header.Set("User-Agent", userAgent)
	if mediaType != "" {
		outgoing.Header.Set("Content-Type", mediaType)
	}
	if header := r.by.header(); header != "" {
		outgoing.Header.Set("Authorization", header)
	}
	return outgoing, nil
}

// body gives what is sent after the header, and its media type.
func (r request) body() (content any, mediaType string) {
	switch {
	case r.form != "":
		return []byte(r.form), "application/x-www-form-urlencoded"
	case !r.json.IsZero():
		return []byte(r.json.Reveal()), "application/json"
	}
	return nil, "" // no typed nil, which would be a body of no bytes
}

// unsent is the answer to what cannot be asked: nothing left, and detail says why.
func unsent(detail string) Answer {
	return Answer{Outcome: UnexpectedContent, Delivery: NotSent, Detail: detail}
}

// read turns an HTTP answer into ours.
func (r request) read(response *http.Response) Answer {
	defer response.Body.Close()
	status, header := response.StatusCode, response.Header
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	whole := err == nil && len(body) <= maxAnswer
	outcome, words := classify(status, header, body, whole, r.understand)
	if r.judge != nil {
		outcome = r.judge(reply{status, header, body, whole}, outcome)
	}
	answer := Answer{Outcome: outcome, Delivery: Answered, HTTPStatus: status}
	switch {
	case outcome == Rows || outcome == NoRows:
	case status >= 300 && status < 400:
		answer.Detail = "a redirect, which is not followed"
	case err != nil && isTimeout(err):
		answer.Detail = "the answer did not end in time"
		if outcome == UnexpectedContent { // the other outcomes need no body: above all, a 401 stays one
			answer.Outcome = Timeout
		}
	case err != nil:
		answer.Detail = "the answer broke off"
	case !whole:
		answer.Detail = "the answer was larger than 1 MiB"
	case words != "":
		answer.Detail = words
	case r.yieldsSecret && status < 300 && !looksLikeHTML(header, body):
		answer.Detail = "an answer of another form (not shown: it may hold a secret)"
	default:
		answer.Detail = forPeople(detail(header, body), r.by)
	}
	return answer
}
