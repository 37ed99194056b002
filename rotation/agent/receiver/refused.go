package receiver

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Refused is an answer that is not a yes.
type Refused struct { //nolint:errname // the contract of the agent's packages calls it so
	// Permanent: the same message to the same address with the same secret is refused again, so that somebody has to mend
	// something. It is worth another try only now and then.
	Permanent bool
	// RetryAfter is how long the receiver asks to be left alone; zero: it did not say.
	RetryAfter time.Duration
	text       string
}

// Error is a sentence with what to do next.
func (r *Refused) Error() string { return r.text }

// maxRetryAfter bounds what a receiver may ask for: what is told late is told too late.
const maxRetryAfter = time.Hour

// judge says what an answer means; nil for a yes. Words is what the receiver said with it, mend what a person can do.
func judge(status int, header http.Header, words, mend string, now time.Time) error {
	said := strconv.Itoa(status)
	if words != "" {
		said += ": " + words
	}
	switch {
	case status >= 200 && status < 300:
		return nil
	case status >= 300 && status < 400:
		return &Refused{Permanent: true, text: fmt.Sprintf("it answered %s, which points elsewhere, and messages follow no redirect: write the address that it points to into the configuration", said)}
	case passes(status):
		return &Refused{RetryAfter: retryAfter(header, now), text: fmt.Sprintf("it answered %s: the agent tries again by itself", said)}
	}
	return &Refused{Permanent: true, text: fmt.Sprintf("it refused the message (%s): %s", said, mend)}
}

// passes says whether a status speaks of the moment, and not of the message.
func passes(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// retryAfter reads the header of that name, in seconds or as a date (RFC 9110, 10.2.3).
func retryAfter(header http.Header, now time.Time) time.Duration {
	said := strings.TrimSpace(header.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseUint(said, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(said); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
