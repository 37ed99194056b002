package rotation

import (
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// Phase is where a rotation stands. The list is closed.
type Phase string

// The phases. What is not said here, nothing is stored for.
const (
	PhaseIdle       Phase = "idle"       // no rotation is under way
	PhasePrepared   Phase = "prepared"   // the new password is stored, and nothing was sent
	PhaseSent       Phase = "sent"       // Oracle was, or is about to be, asked to set it; whether it did is not known
	PhaseUnverified Phase = "unverified" // Oracle said that it set it, and no login has proved it yet
	PhaseUnresolved Phase = "unresolved" // not known, and the engine may spend no more logins on it
)

// Phases lists every phase.
func Phases() []Phase {
	return []Phase{PhaseIdle, PhasePrepared, PhaseSent, PhaseUnverified, PhaseUnresolved}
}

// setMargin is added to the deadline of a request that sets a password before anybody settles what it came to:
// the time for a request that left in the last instant to be carried out.
const setMargin = 5 * time.Second

// Turn is a rotation under way; its zero value is none.
type Turn struct {
	Phase    Phase
	Password secret.Value // the new one; zero once Served
	Served   bool         // unverified, and the stored one already, on Oracle's word
	Deadline time.Time    // of the last request that sets it: nothing of that leaves later
	// UserID and SetBefore are what the directory said right before: its own name of the user, and when the
	// password was last set; zero: it does not say.
	UserID    string
	SetBefore time.Time
	Sends     int  // requests that set this password
	Lost      bool // one of them was not answered, so that it may still be carried out
	Drawn     int  // passwords drawn so far, this one included
	// Refusals counts refused proofs of a password that Oracle said it set, and RefusedAt dates the last.
	Refusals  int
	RefusedAt time.Time
	Begun     time.Time
	// Wait is what is stored of looks that could not settle it.
	Wait  Retry
	By    Initiator
	Actor string
}

// InPhase is where the rotation stands.
func (t Turn) InPhase() Phase {
	if t.Phase == "" {
		return PhaseIdle
	}
	return t.Phase
}

// open says whether the stored password may no longer be the live one, so that no check logs in with it.
func (t Turn) open() bool {
	switch t.InPhase() {
	case PhaseSent, PhaseUnverified, PhaseUnresolved:
		return true
	case PhaseIdle, PhasePrepared:
	}
	return false
}

// settlesAt is from when on what was sent may be settled.
func (t Turn) settlesAt() time.Time { return t.Deadline.Add(setMargin) }

// ahead says whether a clock that was ahead wrote any of the times.
func (t Turn) ahead(now time.Time) bool {
	latest := now.Add(maxClockStep)
	return t.Begun.After(latest) || t.RefusedAt.After(latest) || t.Deadline.After(latest.Add(setTime))
}

// rebased corrects what a clock wrote that was ahead: it happened at the latest now. A request may just have been sent.
func (t Turn) rebased(now time.Time) Turn {
	t.Begun, t.RefusedAt = earlier(t.Begun, now), earlier(t.RefusedAt, now)
	t.Deadline = earlier(t.Deadline, now.Add(setTime))
	return t
}
