package login

import "time"

// step is what time asks to be done about a token.
type step string

const (
	stepNone  step = "none"  // it has no end that is known
	stepRenew step = "renew" // it is ours to renew
	stepLogIn step = "login" // it cannot be renewed, and there is a way to another
	stepLook  step = "look"  // somebody else renews it: ask how long it lasts now
	stepEnd   step = "end"   // all that is left is to use it up
)

// When these come, in parts of the time that is left.
const (
	// Half to two thirds of the time are over when a token is renewed: what is left is for a Vault that is away meanwhile.
	renewFrom, renewTo = 0.5, 2.0 / 3
	// A token that cannot be renewed is used for longer, for a login costs more than a renewal.
	logInFrom, logInTo = 0.8, 0.9
	// lookAt follows a renewal by Vault Agent, which does it at two thirds, before its old end could raise an alarm.
	lookAt = 0.5
)

// spent is the part of its first lifetime below which a renewal no longer gives what it gave: the token has reached the
// most that Vault allows.
const spent = 0.5

// next is what is to be done about a token, and when. Draw is from 0 to 1 and spreads what many agents do.
func (t token) next(now time.Time, m method, draw float64) (step, time.Time) {
	left := t.end.Sub(now)
	part := func(from, to float64) time.Time {
		return now.Add(time.Duration(float64(left) * (from + (to-from)*draw)))
	}
	switch {
	case !t.ends:
		return stepNone, time.Time{}
	case m.kept:
		return stepLook, now.Add(max(time.Duration(float64(left)*lookAt), lookEvery))
	case t.renewable:
		return stepRenew, part(renewFrom, renewTo)
	case m.given:
		return stepEnd, t.end
	}
	return stepLogIn, part(logInFrom, logInTo)
}

// renewed is the token after a renewal that gave it so many seconds.
func (t token) renewed(now time.Time, seconds int) token {
	if seconds > 0 {
		t.end = now.Add(time.Duration(seconds) * time.Second)
	}
	if float64(seconds) < spent*float64(t.lifetime) {
		t.renewable = false
	}
	return t
}

// looked is the token after a look at it: some other's renewals show there. Less than a second left reads as no end; it is
// none for a token that had one.
func (t token) looked(now time.Time, seconds int) token {
	if seconds > 0 {
		t.end, t.ends = end(now, seconds)
	}
	return t
}
