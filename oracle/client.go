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
	// maxAnswer is how much of a body is read: a probe asks for one row, whose JSON stays far below.
	maxAnswer = 1 << 20
	// retryWaitMin and retryWaitMax bound the pause between two attempts when Oracle names none.
	retryWaitMin = 500 * time.Millisecond
	retryWaitMax = 8 * time.Second
	// maxRetryAfter is longer than anybody waits for an answer, and far from where a duration overflows.
	maxRetryAfter = time.Hour
)

// accept asks for ADF's structured errors besides plain JSON (ADF REST guide: without the error type the
// error body may be unstructured).
const accept = "application/json, application/vnd.oracle.adf.resourcecollection+json, application/vnd.oracle.adf.error+json"

// userAgent names us in Oracle's and in proxies' logs.
const userAgent = "vault-plugin-secrets-oracle-financials"

// Endpoint is a pod as an integration describes it.
type Endpoint struct {
	ServerURL     string        // as ParseServerURL returns it
	CACert        string        // PEM, added to the system's roots; may be empty
	AllowedHosts  []string      // patterns as ParseHostPattern returns them
	Timeout       time.Duration // per attempt, name look-up to last byte
	RetryAttempts int           // further attempts after a transient failure
}

// Login is a user name and its password.
type Login struct {
	Username string
	Password secret.Value
}

// Client sends requests to pods. It is safe for concurrent use.
type Client struct {
	transports transports
}

// NewClient gives a client without any state of earlier requests.
func NewClient() *Client { return &Client{} }

// Close ends what is left of connections.
func (c *Client) Close() { c.transports.close() }

// Knock asks whether the pod answers at all, without a password: any HTTP answer will do.
func (c *Client) Knock(ctx context.Context, endpoint Endpoint) Answer {
	return c.do(ctx, endpoint, Login{}, documentedVersion)
}

// do sends one GET below /fscmRestApi/resources/ and classifies the answer. It is the only place from
// which a request leaves.
//
// Transient failures are tried again, at most endpoint.RetryAttempts times and within the deadline of ctx,
// but never a request that carried a password and may have arrived without being answered: it may have
// been a refused login already.
func (c *Client) do(ctx context.Context, endpoint Endpoint, login Login, resource string) Answer {
	if !HostAllowed(endpoint.AllowedHosts, endpoint.ServerURL) {
		return Answer{Outcome: HostNotAllowed, Delivery: NotSent, Detail: "allowed_hosts does not permit this host"}
	}
	transport, err := c.transports.forRoots(endpoint.CACert)
	if err != nil {
		return Answer{Outcome: TLSFailure, Delivery: NotSent, Detail: err.Error()}
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, endpoint.ServerURL+resourcesPath+resource, nil)
	if err != nil {
		return Answer{Outcome: UnexpectedContent, Delivery: NotSent, Detail: "the address of the probe is not a URL"}
	}
	request.Header.Set("Accept", accept)
	request.Header.Set("User-Agent", userAgent)
	if !login.Password.IsZero() {
		request.Header.Set("Authorization", basic(login))
	}
	trip := &roundTrip{next: transport}
	retry := &retries{trip: trip, carriesPassword: !login.Password.IsZero()}
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
	response, err := sender.Do(request)
	if response == nil {
		return failed(err, trip, login)
	}
	return read(response, login)
}

// basic encodes the header by hand because the encoder must not wrap lines: a wrapped header of a long
// password is answered with 401.
func basic(login Login) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(login.Username+":"+login.Password.Reveal()))
}

// read turns an HTTP answer into ours.
func read(response *http.Response, login Login) Answer {
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	whole := err == nil && len(body) <= maxAnswer
	answer := Answer{
		Outcome:    classify(response.StatusCode, response.Header, body, whole),
		Delivery:   Answered,
		HTTPStatus: response.StatusCode,
	}
	switch {
	case answer.Outcome == Rows || answer.Outcome == NoRows:
		return answer
	case response.StatusCode >= 300 && response.StatusCode < 400:
		answer.Detail = forPeople("a redirect, which is not followed", login)
	case err != nil && isTimeout(err):
		answer.Detail = "the answer did not end in time"
		if answer.Outcome == UnexpectedContent { // the other outcomes need no body: above all, a 401 stays one
			answer.Outcome = Timeout
		}
	case err != nil:
		answer.Detail = "the answer broke off"
	case !whole:
		answer.Detail = "the answer was larger than 1 MiB"
	default:
		answer.Detail = forPeople(detail(response.Header, body), login)
	}
	return answer
}
