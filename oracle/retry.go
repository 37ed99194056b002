package oracle

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// retries is the policy of one request: what is tried again, and when.
type retries struct {
	trip     *roundTrip
	isLogin  bool // the request carries a password or a client's secret
	attempts int
	wait     time.Duration
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
	if r.isLogin && r.trip.sent() {
		return false
	}
	return !isTLSFailure(err) && !errors.Is(err, errTooLate)
}

// backoff implements retryablehttp.Backoff with the pause that check made room for: it doubles from
// retryWaitMin, and Retry-After goes before it.
func (r *retries) backoff(time.Duration, time.Duration, int, *http.Response) time.Duration {
	return r.wait
}

// jittered adds up to a fifth, so that integrations on one pod do not come back together. A Retry-After that no
// duration holds comes out of the parser negative: it means much later, like any beyond maxRetryAfter.
func jittered(wait time.Duration) time.Duration {
	if wait < 0 || wait > maxRetryAfter {
		wait = maxRetryAfter
	}
	return wait + rand.N(wait/5+1) //nolint:gosec // G404: spreading load needs no cryptographic randomness
}

func fits(ctx context.Context, wait time.Duration) bool {
	deadline, bounded := ctx.Deadline()
	return !bounded || time.Now().Add(wait).Before(deadline)
}

// failed turns an error of the transport into an answer.
func failed(err error, trip *roundTrip, by credential) Answer {
	answer := Answer{Outcome: NoConnection, Delivery: NotSent}
	switch {
	case trip.status != 0: // the request was called off in the pause before the next attempt
		outcome, _ := classify(trip.status, nil, nil, false, nil)
		answer = Answer{Outcome: outcome, Delivery: Answered, HTTPStatus: trip.status}
	case trip.sent() && !errors.Is(err, errTooLate):
		answer.Delivery = Unanswered
	}
	switch {
	case errors.Is(err, context.Canceled):
		answer.Detail = "the request was called off"
		return answer
	case answer.Delivery == Answered:
	case isTimeout(err):
		answer.Outcome, answer.Detail = Timeout, "no answer in time"
		return answer
	case answer.Delivery == NotSent && isTLSFailure(err):
		answer.Outcome = TLSFailure
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the URL, which people know
	}
	answer.Detail = forPeople(err.Error(), by)
	return answer
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errTooLate) ||
		(errors.As(err, &network) && network.Timeout())
}

// isTLSFailure says whether the two sides agreed on no protocol or certificate. crypto/tls has types for a few of
// its errors only, but begins each of them with its name, the alerts that a server sends included.
func isTLSFailure(err error) bool {
	if errors.Is(err, http.ErrSchemeMismatch) {
		return true
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.HasPrefix(err.Error(), "tls: ") {
			return true
		}
	}
	return false
}
