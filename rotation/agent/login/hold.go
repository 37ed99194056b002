package login

import (
	"context"
	"time"
)

// How often the session looks at things while it has a token.
const (
	// pollEvery is how often a file is read that somebody else replaces. A token that was revoked when its successor was
	// written is used for this long at most.
	pollEvery = 5 * time.Second
	// lookEvery is the least time between two looks at one token: a path that the token may not use is answered with a 403
	// at every turn of the agent, and each asks for a look.
	lookEvery = time.Minute
	// blindEvery is the least time between two logins for a token that may not look at itself: its 403 may mean that it has
	// ended, and far oftener that a policy is missing.
	blindEvery = 15 * time.Minute
)

// holding is one token while it lasts.
//
// The API's own LifetimeWatcher is not used: once Vault cannot be asked, it sends renewals without any pause between them
// from when its back-off has run out until shortly before the token's end (vault/api v1.23.0: its back-off has no Stop).
type holding struct {
	*Session
	step     step
	timer    *time.Timer // of the step
	failures int         // renewals in a row that Vault did not answer
	looked   time.Time   // when the token was last looked at because of a 403
	told     bool        // that it lives, and may not do what was asked
}

// hold renews the token and watches over it until it is of no more use.
func (s *Session) hold(ctx context.Context) ending {
	s.forgetRejection()
	h := &holding{Session: s, timer: time.NewTimer(time.Hour)}
	defer h.timer.Stop()
	h.plan()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for why := ending(""); ; {
		select {
		case <-ctx.Done():
			return endStopped
		case <-h.timer.C:
			why = h.takeStep(ctx)
		case <-poll.C:
			why = h.replaced()
		case <-s.rejected:
			why = h.doubted(ctx)
		}
		if why != "" {
			return why
		}
	}
}

// forgetRejection forgets a 403 of the token before.
func (s *Session) forgetRejection() {
	select {
	case <-s.rejected:
	default:
	}
}

// plan sets the timer by what is known of the token.
func (h *holding) plan() {
	now := time.Now()
	h.timer.Stop()
	todo, at := h.held().next(now, h.method, draw())
	if h.step = todo; todo != stepNone {
		h.timer.Reset(at.Sub(now))
	}
}

// takeStep does what is due by time.
func (h *holding) takeStep(ctx context.Context) ending {
	held := h.held()
	switch {
	case h.step == stepLogIn:
		return endRenewal
	case h.step == stepEnd, h.step == stepRenew && held.over(time.Now()):
		return endTime
	case h.step == stepLook:
		return h.look(ctx)
	case h.step == stepRenew:
		return h.renew(ctx)
	}
	return ""
}

// renew asks Vault for more time. Vault that cannot be asked is asked again until the token ends; any other refusal means
// that the token lasts as long as it does.
func (h *holding) renew(ctx context.Context) ending {
	held := *h.held()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	answer, err := h.door.Auth().Token().RenewTokenAsSelfWithContext(ctx, held.value.Reveal(), 0)
	now := time.Now()
	switch {
	case Unavailable(err) != nil:
		h.failures++
		h.timer.Reset(min(wait(Unreachable, h.failures, draw()), held.end.Sub(now)))
		return ""
	case tokenGone(err):
		return endGone
	case err != nil || answer == nil || answer.Auth == nil:
		held.renewable = false
	default:
		h.failures = 0
		held = held.renewed(now, answer.Auth.LeaseDuration)
	}
	h.keep(held)
	h.plan()
	if !held.renewable && h.method.given {
		h.log.Warn("the Vault token cannot be renewed any longer, and the agent has no other way to log in", "next", h.method.hint)
	}
	return ""
}

// look asks Vault how long a token lasts that somebody else renews. No answer is no end.
func (h *holding) look(ctx context.Context) ending {
	found, err := lookUp(ctx, h.door, h.held().value)
	if tokenGone(err) {
		return endGone
	}
	if err == nil {
		h.keep(h.held().looked(time.Now(), found.TTL))
	}
	h.plan()
	return ""
}

// replaced says whether the file that the token came from holds another.
func (h *holding) replaced() ending {
	if !h.method.given || len(h.method.files) == 0 {
		return ""
	}
	// A file that is missing or empty for a moment is being written.
	if read, err := readFile(h.method.files[0]); err == nil && !read.Equal(h.held().value) {
		return endReplaced
	}
	return ""
}

// doubted follows a 403: is it the token that Vault does not know any more, or a path that a living token may not use? Only
// the first is mended by a login.
func (h *holding) doubted(ctx context.Context) ending {
	if why := h.replaced(); why != "" {
		return why
	}
	now := time.Now()
	if !h.looked.IsZero() && now.Sub(h.looked) < lookEvery {
		return ""
	}
	h.looked = now
	found, err := lookUp(ctx, h.door, h.held().value)
	switch {
	case tokenGone(err):
		return endGone
	case mayNotLook(err):
		return h.doubtedBlindly(now)
	case err == nil && !h.told:
		h.told = true
		h.log.Info("Vault denied a request, but the token lives: it is its policies that do not allow it", "seconds_left", found.TTL)
	}
	return ""
}

// doubtedBlindly is a 403 for a token that may not look at itself. A login is a try, so it is rare.
func (h *holding) doubtedBlindly(now time.Time) ending {
	if h.method.given || now.Sub(h.blind) < blindEvery {
		return ""
	}
	h.blind = now
	return endDoubt
}
