package notify

import (
	"errors"
	"maps"
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

const (
	// firstWait and maxWait bound how long a receiver that does not take a message is left alone: long enough not to be a
	// part of its trouble, and short enough that who was down for an hour hears of everything minutes later.
	firstWait = 5 * time.Second
	maxWait   = 5 * time.Minute
	// refusedWait is after how long a message is tried again that was refused for good: somebody may have mended the address
	// or the secret.
	refusedWait = time.Hour
	// maxAsked bounds what a receiver may ask for with Retry-After.
	maxAsked = time.Hour
	// spread is the part of a wait that is drawn, so that agents do not come back together.
	spread = 0.25
)

// line is what waits for one receiver, and how it goes with it. It is a value. It is not stored: a new start is a good
// reason to try again.
type line struct {
	failures int
	rest     time.Time            // until then nothing is sent
	refused  map[string]time.Time // by id: when it may be tried again
}

// next is the message to send now, or how long to wait until there may be one; zero: until something comes. The messages of
// one key stay in their order: an end that overtakes its trouble would leave it open for ever.
func (l line) next(pending []receiver.Message, now time.Time) (m receiver.Message, found bool, wait time.Duration) {
	var soonest time.Time
	held := map[string]bool{}
	for _, m := range pending {
		at := l.rest
		if again := l.refused[m.ID]; again.After(at) {
			at = again
		}
		switch {
		case held[m.Key]:
		case !at.After(now):
			return m, true, 0
		default:
			held[m.Key] = true
			if soonest.IsZero() || at.Before(soonest) {
				soonest = at
			}
		}
	}
	if soonest.IsZero() {
		return receiver.Message{}, false, 0
	}
	return receiver.Message{}, false, soonest.Sub(now)
}

// after is the line after a message was sent, and whether what came of it is worth a line in the log. Draw is from 0 to 1.
func (l line) after(id string, err error, now time.Time, draw float64) (next line, news bool) {
	next = line{refused: maps.Clone(l.refused)}
	if next.refused == nil {
		next.refused = map[string]time.Time{}
	}
	if err == nil {
		delete(next.refused, id)
		return next, l.failures > 0
	}
	_, known := l.refused[id]
	news = l.failures == 0 && !known
	next.failures = l.failures + 1
	wait := backoff(next.failures, draw)
	var refused *receiver.Refused
	if errors.As(err, &refused) {
		wait = max(wait, min(refused.RetryAfter, maxAsked))
		if refused.Permanent {
			next.refused[id] = now.Add(refusedWait)
			news = !known
		}
	}
	next.rest = now.Add(wait)
	return next, news
}

// of forgets what does not wait any more.
func (l line) of(pending []receiver.Message) line {
	l.refused = maps.Clone(l.refused)
	maps.DeleteFunc(l.refused, func(id string, _ time.Time) bool {
		return !slices.ContainsFunc(pending, func(m receiver.Message) bool { return m.ID == id })
	})
	return l
}

func backoff(failures int, draw float64) time.Duration {
	delay := firstWait
	for n := 1; n < failures && delay < maxWait; n++ { // no shift: the failures of a week would overflow it
		delay *= 2
	}
	return time.Duration(float64(min(delay, maxWait)) * (1 - spread*draw))
}
