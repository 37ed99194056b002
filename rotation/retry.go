package rotation

import (
	"math"
	"time"
)

// How rotations that came to nothing are tried again.
const (
	// firstRetryDelay outlasts what ends by itself: a pod's restart behind its load balancer, a failover of Vault.
	firstRetryDelay = time.Minute
	// maxRetryDelay bounds the doubling: whoever repairs a directory in the morning sees a rotation the same day.
	maxRetryDelay = 6 * time.Hour
	// MaxRotationRetries is how many tries in a row may fail before the engine leaves the rest to a person. With the
	// delays between them they take eight and a half hours: what is still broken then does not end by itself.
	MaxRotationRetries = 10
	// MinRetryJitter and MaxRetryJitter bound the factor of each delay, so that the many integrations that one broken
	// directory failed do not come back to it together.
	MinRetryJitter = 0.75
	MaxRetryJitter = 1.25
)

// Retry is what is stored of tries in a row that failed. Its zero value is that of a rotation that never failed;
// whatever ends the row (a rotation that succeeded, a person's act) stores that.
type Retry struct {
	Failures  int       `json:"failures,omitempty"`  // in a row
	NotBefore time.Time `json:"not_before,omitzero"` // when the next try may begin
	Stopped   bool      `json:"stopped,omitempty"`   // too many failed: by itself the engine tries no more
}

// Failed is the row after one more try that failed. Jitter is a factor that the caller draws, from MinRetryJitter
// to MaxRetryJitter; any other counts as 1.
func (r Retry) Failed(now time.Time, jitter float64) Retry {
	if jitter < MinRetryJitter || jitter > MaxRetryJitter || math.IsNaN(jitter) {
		jitter = 1
	}
	delay := firstRetryDelay
	for n := 0; n < r.Failures && delay < maxRetryDelay; n++ {
		delay *= 2
	}
	r.Failures++
	r.NotBefore = now.Add(time.Duration(float64(min(delay, maxRetryDelay)) * jitter)).UTC()
	r.Stopped = r.Stopped || r.Failures >= MaxRotationRetries
	return r
}

// Due is when the next try may begin, now at the earliest; not ok when the engine has stopped trying. A delay that
// is longer than any was stored by a clock that was ahead, and is over.
func (r Retry) Due(now time.Time) (at time.Time, ok bool) {
	if r.Stopped {
		return time.Time{}, false
	}
	const longest = time.Duration(float64(maxRetryDelay) * MaxRetryJitter)
	if r.NotBefore.After(now.Add(longest + maxClockStep)) {
		return now, true
	}
	return later(now, r.NotBefore), true
}
