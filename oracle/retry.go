package oracle

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// retries is the policy of one request: what is tried again, and when.
type retries struct {
	trip            *roundTrip
	carriesPassword bool
	attempts        int
	wait            time.Duration
}

// check implements retryablehttp.CheckRetry. What the deadline leaves no room for is not waited for: the
// answer in hand says more than a timeout would.
func (r *retries) check(ctx context.Context, response *http.Response, err error) (bool, error) {
	r.wait = jittered(retryablehttp.DefaultBackoff(retryWaitMin, retryWaitMax, r.attempts, response))
	r.attempts++
	if ctx.Err() != nil || !fits(ctx, r.wait) {
		return false, nil //nolint:nilerr // the error in hand is reported by the caller; only a retry is denied
	}
	if err != nil {
		return r.worthAnother(err), nil
	}
	return response.StatusCode == http.StatusTooManyRequests ||
		(response.StatusCode >= http.StatusInternalServerError && response.StatusCode != http.StatusNotImplemented), nil
}

func (r *retries) worthAnother(err error) bool {
	if r.carriesPassword && r.trip.sent() {
		return false
	}
	return !isTLSFailure(err) && !errors.Is(err, errTooLate)
}

// backoff implements retryablehttp.Backoff with the pause that check made room for: it doubles from
// retryWaitMin, and Retry-After goes before it.
func (r *retries) backoff(time.Duration, time.Duration, int, *http.Response) time.Duration {
	return r.wait
}

// jittered adds up to a fifth, so that integrations on one pod do not come back together.
func jittered(wait time.Duration) time.Duration {
	return wait + rand.N(wait/5+1) //nolint:gosec // G404: spreading load needs no cryptographic randomness
}

func fits(ctx context.Context, wait time.Duration) bool {
	deadline, bounded := ctx.Deadline()
	return !bounded || time.Now().Add(wait).Before(deadline)
}

// failed turns an error of the transport into an answer.
func failed(err error, sent bool, login Login) Answer {
	answer := Answer{Outcome: NoConnection, Delivery: NotSent}
	if sent && !errors.Is(err, errTooLate) {
		answer.Delivery = Unanswered
	}
	switch {
	case errors.Is(err, context.Canceled):
		answer.Detail = "the request was called off"
		return answer
	case isTimeout(err):
		answer.Outcome, answer.Detail = Timeout, "no answer in time"
		return answer
	case isTLSFailure(err):
		answer.Outcome = TLSFailure
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the URL, which people know
	}
	answer.Detail = forPeople(err.Error(), login)
	return answer
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errTooLate) ||
		(errors.As(err, &network) && network.Timeout())
}

func isTLSFailure(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		invalid      x509.CertificateInvalidError
		record       tls.RecordHeaderError
		alert        tls.AlertError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) ||
		errors.As(err, &invalid) || errors.As(err, &record) || errors.As(err, &alert)
}
