package notify

import (
	"errors"
	"maps"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

const (
	// firstWait and maxWait bound how long a receiver that does not take a message is left alone: long enough not to be a
	// part of its trouble, and short enough that who was down for an hour hears of everything minutes later. A receiver that
	// refuses one for good is there, and left alone for the first of them.
	firstWait = 5 * time.Second
	maxWait   = 5 * time.Minute
	// refusedWait is after how long a message is tried again that was refused for good: somebody may have mended the address
	// or the secret.
	refusedWait = time.Hour
	// refusalsSaid is of how many refused messages at a time the log tells one by one: an address that is wrong refuses all.
	refusalsSaid = 10
	// maxAsked bounds what a receiver may ask for with Retry-After.
	maxAsked = time.Hour
	// spread is the part of a wait that is drawn, so that agents do not come back together.
	spread = 0.25
)

// line is what waits for one receiver, and how it goes with it. It is a value. It is not stored: a new start is a good
// reason to try again.
type line struct {
	failures int                // in a row, of the receiver; that it refuses a message for good is the message's
	rest     time.Time          // until then nothing is sent
	refused  map[string]refusal // by id
}

// refusal is that a message was refused for good.
type refusal struct {
	until time.Time // when it may be tried again
	// spared: its wait was given up once because another message was taken. Refused even so, it waits to the end.
	spared bool
}

// next is the message to send now, or how long to wait until there may be one; zero: until something comes. The messages of
// one key stay in their order: an end that overtakes its trouble would leave it open for ever. What was never refused goes
// first, and then what has waited longest since it was: so that none keeps another from its turn.
func (l line) next(pending []receiver.Message, now time.Time) (m receiver.Message, found bool, wait time.Duration) {
	var soonest, longest time.Time
	seen := map[string]bool{}
	for _, waits := range pending {
		if seen[waits.Key] {
			continue
		}
		seen[waits.Key] = true
		again, known := l.refused[waits.ID]
		at := l.rest
		if again.until.After(at) {
			at = again.until
		}
		switch {
		case at.After(now):
			if soonest.IsZero() || at.Before(soonest) {
				soonest = at
			}
		case !known:
			return waits, true, 0
		case !found || again.until.Before(longest):
			m, found, longest = waits, true, again.until
		}
	}
	if found || soonest.IsZero() {
		return m, found, 0
	}
	return receiver.Message{}, false, soonest.Sub(now)
}

// after is the line after a message was sent, and whether what came of it is worth a line in the log. Draw is from 0 to 1.
func (l line) after(id string, err error, now time.Time, draw float64) (next line, news bool) {
	next = line{failures: l.failures, refused: maps.Clone(l.refused)}
	if next.refused == nil {
		next.refused = map[string]refusal{}
	}
	before, known := l.refused[id]
	if err == nil {
		return next.taken(id), l.failures > 0 || known
	}
	var refused *receiver.Refused
	if errors.As(err, &refused) && refused.Permanent {
		next.refused[id] = refusal{until: now.Add(refusedWait), spared: before.spared}
		next.rest = now.Add(max(backoff(1, draw), min(refused.RetryAfter, maxAsked)))
		return next, !known && len(l.refused) < refusalsSaid
	}
	next.failures++
	wait := backoff(next.failures, draw)
	if refused != nil {
		wait = max(wait, min(refused.RetryAfter, maxAsked))
	}
	next.rest = now.Add(wait)
	return next, l.failures == 0 && !known
}

// taken is the line after a message was taken: somebody may have mended what others were refused for.
func (l line) taken(id string) line {
	l.failures = 0
	delete(l.refused, id)
	for other, was := range l.refused {
		if !was.spared {
			l.refused[other] = refusal{spared: true}
		}
	}
	return l
}

// of forgets what does not wait any more.
func (l line) of(pending []receiver.Message) line {
	if len(l.refused) == 0 {
		return l
	}
	waits := map[string]bool{}
	for _, m := range pending {
		waits[m.ID] = true
	}
	l.refused = maps.Clone(l.refused)
	maps.DeleteFunc(l.refused, func(id string, _ refusal) bool { return !waits[id] })
	return l
}

func backoff(failures int, draw float64) time.Duration {
	delay := firstWait
	for n := 1; n < failures && delay < maxWait; n++ { // no shift: the failures of a week would overflow it
		delay *= 2
	}
	return time.Duration(float64(min(delay, maxWait)) * (1 - spread*draw))
}
