package notify

import (
	"context"
	"errors"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// refreshAtOnce bounds how much of what stands goes in one letter: what is new waits for no more than that.
const refreshAtOnce = 200

// refresh is how it goes with telling one receiver again and again what stands. Its rounds go to the end whatever fails, since
// a trouble that is not told again is taken for over.
type refresh struct {
	to     receiver.Refresher // nil: the receiver does not want that
	name   string
	at     time.Time // of the next round
	round  []string  // the keys that are still to be told in this one
	single int       // so many of them go one by one: together they were refused
	failed bool      // something of this round was not taken
	said   bool      // and that is in the log, with nothing said since
}

func newRefresh(to To, now time.Time) refresh {
	refresher, wants := to.Receiver.(receiver.Refresher)
	if !wants {
		return refresh{}
	}
	return refresh{to: refresher, name: to.Settings.Name, at: now.Add(refresher.Every())}
}

// due says whether there is something to tell again.
func (r *refresh) due(now time.Time) bool {
	return r.to != nil && (len(r.round) > 0 || !r.at.After(now))
}

// soonest is how long to wait if there is no news; zero: for news only.
func (r *refresh) soonest(wait time.Duration, now time.Time) time.Duration {
	if r.to == nil {
		return wait
	}
	if until := r.at.Sub(now); wait == 0 || until < wait {
		return until
	}
	return wait
}

// take is the keys of the next letter.
func (r *refresh) take() []string {
	size := min(len(r.round), refreshAtOnce)
	if r.single > 0 {
		size = 1
		r.single--
	}
	keys := r.round[:size]
	r.round = r.round[size:]
	return keys
}

// refresh sends one letter of what stands, and begins a round where there is none. What waits to be told is told by itself.
func (n *Notifier) refresh(ctx context.Context, r *refresh, pending []receiver.Message) {
	n.mu.Lock()
	open := n.open[r.name] // never changed in place
	n.mu.Unlock()
	if len(r.round) == 0 {
		r.at, r.single, r.failed = time.Now().Add(r.to.Every()), 0, false
		for _, m := range open {
			r.round = append(r.round, m.Key)
		}
	}
	if len(r.round) == 0 {
		return
	}
	keys := r.take()
	standing := standingOf(keys, open, pending)
	var err error
	if len(standing) > 0 {
		err = n.tellAgain(ctx, r.to, standing)
	}
	if ctx.Err() != nil {
		return
	}
	var refused *receiver.Refused
	if errors.As(err, &refused) && refused.Permanent && len(standing) > 1 { // maybe one of them only
		r.round, r.single = append(append([]string(nil), keys...), r.round...), len(keys)
		return
	}
	n.refreshed(r, err)
}

// standingOf is those of the keys that still stand, and of which nothing newer waits.
func standingOf(keys []string, open, pending []receiver.Message) []receiver.Message {
	wanted := map[string]bool{}
	for _, key := range keys {
		wanted[key] = true
	}
	for _, m := range pending {
		delete(wanted, m.Key)
	}
	var standing []receiver.Message
	for _, m := range open {
		if wanted[m.Key] {
			standing = append(standing, m)
		}
	}
	return standing
}

func (n *Notifier) tellAgain(ctx context.Context, to receiver.Refresher, standing []receiver.Message) error {
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	return to.Refresh(ctx, standing)
}

// refreshed takes over what became of a letter. The log has the first failure, and the first round without one.
func (n *Notifier) refreshed(r *refresh, err error) {
	log := n.options.Log.With("receiver", r.name)
	if err != nil {
		n.mu.Lock()
		n.count(r.name, Failed, 1)
		n.mu.Unlock()
		r.failed = true
		if !r.said {
			r.said = true
			log.Warn("what still stands could not be told again, it is tried again: what the receiver does not hear of for a while it takes for over", "error", err)
		}
	}
	if len(r.round) == 0 && r.said && !r.failed {
		r.said = false
		log.Info("all that still stands is told again")
	}
}
