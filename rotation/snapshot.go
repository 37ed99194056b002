package rotation

import (
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Snapshot is everything a decision about an integration needs.
type Snapshot struct {
	Integration Integration
	Policy      Policy
	Record      Record
	Ledger      Ledger
	// Standby is the other account of a pair; nil: there is none.
	Standby     *Snapshot
	HostAllowed bool
	// ConfigModified is when the mount's settings last changed.
	ConfigModified time.Time
}

// Current gives the record as far as it speaks of what is stored. A process that died between two writes
// leaves a record of the password before, of which only the events' count and the schedule still hold; or
// a refusal that the guard has counted and the record does not know.
func (s Snapshot) Current() Record {
	r := s.Record
	if r.Of != s.Integration.Subject() {
		r = Record{Of: s.Integration.Subject()}
		if s.Record.Of.IntegrationID == s.Integration.ID {
			r.Slot, r.SlotBase, r.SlotKey, r.Shown = s.Record.Slot, s.Record.SlotBase, s.Record.SlotKey, s.Record.Shown
		}
		if at := s.Integration.BecameCurrent; s.Integration.Rotation.LoggedIn && !at.IsZero() {
			r.Slot, r.SlotBase, r.SlotKey = at, at, s.Policy.ScheduleKey() // it was proved; what the modules answer is due
		}
	}
	// An accepted login clears the ledger, so that a refusal in it is later than any: no clock is asked.
	if at, refused := s.Ledger.refusalOf(s.Integration.Subject()); refused && r.Login != LoginRefused {
		r.Login, r.LastCheck, r.Modules, r.Failures, r.Cause = LoginRefused, at, nil, 0, ""
	}
	return r
}

// maxClockStep is how far a clock may go back before what it stored is no longer believed.
const maxClockStep = 5 * time.Minute

// NextSlot is the stored next check, or, when the policy's schedule is another one by now, the one that
// the new schedule gives. What a clock stored that was ahead is due at once.
func (s Snapshot) NextSlot(now time.Time) time.Time {
	r := s.Current()
	base := r.SlotBase
	if base.IsZero() {
		base = s.Integration.Modified
	}
	if base.After(now.Add(maxClockStep)) {
		return now
	}
	if r.SlotKey == s.Policy.ScheduleKey() && !r.Slot.IsZero() {
		return r.Slot
	}
	return s.Policy.NextSlot(s.Integration.Name, base)
}

// DueAt is when the next scheduled check runs: at its slot, but not while it is paused. While the guard
// holds back, a check only asks the directory; without one it waits. Zero: not before a person acts.
func (s Snapshot) DueAt(now time.Time) time.Time {
	if s.Ledger.ahead(now) {
		return now // it has to be corrected before anything of it is believed
	}
	due := s.NextSlot(now)
	decision := Allow(s.Ledger, s.Policy, ByEngine, now)
	if decision.Denial == Allowed || decision.Denial == DenyInFlight {
		due = s.soonAfterProof(due) // a look-up alone would not end it
	}
	switch {
	case decision.Denial == DenyInFlight || decision.Denial != Allowed && s.Integration.Directory == "":
		if decision.Until.IsZero() {
			return time.Time{}
		}
		due = later(due, decision.Until)
	case (decision.Denial == Allowed || decision.Denial == DenyUnlocked) && !s.Ledger.Lifted.IsZero():
		// Its next try, at once; one that learned nothing is followed by the schedule again.
		if try := s.Ledger.Lifted.Add(s.Policy.UnlockDelay); s.Current().LastCheck.Before(try) {
			due = earlier(due, try)
		}
	}
	return later(due, s.Integration.PausedUntil)
}

// soonAfterProof brings the next check forward where the stored password was proved and no check has got through since: to
// a minute after the first that did not, then to twice as long. Until one does, less is shown than is known.
func (s Snapshot) soonAfterProof(slot time.Time) time.Time {
	r := s.Current()
	if !s.Integration.Rotation.LoggedIn || r.Login != LoginNever || r.Failures == 0 {
		return slot
	}
	const doublings = 10 // by then it is later than any slot, or at the limit
	return earlier(slot, r.LastCheck.Add(min(firstRetryDelay<<min(r.Failures-1, doublings), maxRetryDelay)))
}

// View is what the directory last said of the user, whether or not it still is evidence.
func (s Snapshot) View() (view oracle.View, observed time.Time, found bool) {
	if s.Ledger.Sighting == nil {
		return oracle.View{}, time.Time{}, false
	}
	return s.Ledger.Sighting.View, s.Ledger.Sighting.Observed, true
}

// AttemptsLeft is how many refused logins remain before the directory locks the account; not known where it
// does not count, or never locks.
func (s Snapshot) AttemptsLeft() (left int, known bool) { return s.Ledger.attemptsLeft() }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
