package rotation

import (
	"slices"
	"time"
)

// Initiator is whose login it is.
type Initiator string

// The initiators of a login.
const (
	ByEngine Initiator = "engine"
	ByPerson Initiator = "person"
	// BySettling is the engine's own login that settles a rotation, or tries a kept candidate: on the engine's
	// budget, and without waiting for the hold.
	BySettling Initiator = "settling"
)

// ChargeState is what is known of a charged login.
type ChargeState string

// The states of a charge.
const (
	ChargePending    ChargeState = "pending"    // no outcome stored yet
	ChargeRefused    ChargeState = "refused"    // Oracle answered 401
	ChargeUnanswered ChargeState = "unanswered" // it may have arrived, and no answer came
)

// Charge is one login that has not been refunded.
type Charge struct {
	ID       string      `json:"id"`
	For      Subject     `json:"for,omitzero"` // what was tried; zero for a password that is not stored
	By       Initiator   `json:"by"`
	State    ChargeState `json:"state"`
	Time     time.Time   `json:"time"`
	Deadline time.Time   `json:"deadline"` // nothing of this login leaves after it
	// Change: it set a password, and the password that it carried had logged in right before. Its lost answer is
	// settled as a rotation, and is no refused login.
	Change bool `json:"change,omitempty"`
}

// Subject names what a login proved: an integration as it stood.
type Subject struct {
	IntegrationID string `json:"integration_id,omitempty"`
	Basis         int64  `json:"basis,omitempty"`
}

// Fingerprint stands for a password in the ledger: a keyed hash that nobody without the mount's key can
// compare a guess with. Empty: no password.
type Fingerprint string

// Rejection is a password that Oracle refused.
type Rejection struct {
	Fingerprint Fingerprint `json:"fingerprint"`
	Time        time.Time   `json:"time"`
}

// maxRejections is more passwords than people and engine can have refused within the longest useful window.
const maxRejections = 8

// Ledger is the account of one user's logins on one pod since the last accepted one, and what a directory
// said about the user.
type Ledger struct {
	Charges []Charge `json:"charges,omitempty"`
	// Knock: the pod did not answer a request; ask without the password first.
	Knock bool `json:"knock,omitempty"`
	// NewPassword: a person wrote another password while the account was held; one login of theirs may
	// try it by schedule.
	NewPassword bool `json:"new_password,omitempty"`
	// Rejections are the passwords that were refused since the last accepted login or unlock.
	Rejections []Rejection `json:"rejections,omitempty"`

	// Generation counts accepted logins and written passwords: what a directory said before the last of
	// them is no evidence. A count and not a time, because clocks are set.
	Generation int64     `json:"generation,omitempty"`
	Sighting   *Sighting `json:"sighting,omitempty"`
	// Counts: two looks around one login showed that the directory saw it. The count of one that has not shown
	// that is no evidence: a domain that is not where the pod checks passwords shows 0 for ever.
	Counts bool `json:"counts,omitempty"`
	// Counted: it was seen to count one of the refused logins that are charged. Where it did not, its 0 says
	// nothing of them: Oracle may count that kind of refusal elsewhere.
	Counted bool `json:"counted,omitempty"`
	// SeenLocked and SeenInactive: a directory showed the user so, and has not shown the contrary since.
	SeenLocked   bool `json:"seen_locked,omitempty"`
	SeenInactive bool `json:"seen_inactive,omitempty"`
	// Lifted is when a directory first showed the user unlocked or active again; zero once a login tried it.
	Lifted time.Time `json:"lifted,omitzero"`
}

// Charged adds a login that is about to leave. A pending one whose time is over is from now on one that
// was not answered.
func (l Ledger) Charged(charge Charge) Ledger {
	l.Charges = slices.Clone(l.Charges)
	for i, c := range l.Charges {
		if c.State == ChargePending {
			l.Charges[i].State, l.Knock = ChargeUnanswered, true
		}
	}
	charge.State = ChargePending
	l.Charges = append(l.Charges, charge)
	return l
}

// Refunded takes a charge back: nothing was sent, or Oracle answered something else than 401.
func (l Ledger) Refunded(id string) Ledger {
	l.Charges = slices.DeleteFunc(slices.Clone(l.Charges), func(c Charge) bool { return c.ID == id })
	return l
}

// Kept settles a charge as refused or unanswered. Where somebody else cleared the ledger meanwhile, the
// charge is there again: Oracle may have counted this login after that one. Whoever settles knows that
// nothing of this login leaves any more.
func (l Ledger) Kept(charge Charge, state ChargeState, now time.Time) Ledger {
	l = l.Refunded(charge.ID)
	charge.State, charge.Time, charge.Deadline = state, now, earlier(charge.Deadline, now)
	l.Charges = append(l.Charges, charge)
	l.Knock = l.Knock || state == ChargeUnanswered
	l.NewPassword, l.Lifted = false, time.Time{} // it has been tried
	return l
}

// Rejected notes a password that Oracle refused.
func (l Ledger) Rejected(fingerprint Fingerprint, now time.Time) Ledger {
	if fingerprint == "" {
		return l
	}
	l.Rejections = slices.DeleteFunc(slices.Clone(l.Rejections), func(r Rejection) bool { return r.Fingerprint == fingerprint })
	l.Rejections = append(l.Rejections, Rejection{fingerprint, now})
	if extra := len(l.Rejections) - maxRejections; extra > 0 {
		l.Rejections = l.Rejections[extra:]
	}
	return l
}

// Accepted clears the ledger: Oracle's count starts anew with an accepted login.
func (l Ledger) Accepted() Ledger {
	return Ledger{Generation: l.Generation + 1, Sighting: l.afterAcceptance(), Counts: l.Counts}
}

// acceptedAt is Accepted by the login of a charge, which its process may settle long after it left. Where another
// process has logged in since, that login came later, for none begins while one may still arrive: what it brought
// stands.
func (l Ledger) acceptedAt(id string) Ledger {
	at := slices.IndexFunc(l.Charges, func(c Charge) bool { return c.ID == id })
	switch {
	case at < 0: // cleared by a later one
		return l
	case at < len(l.Charges)-1:
		l.Charges = slices.Clone(l.Charges[at+1:])
		return l
	}
	return l.Accepted()
}

// PasswordWritten notes that a person wrote another password. Where the engine may not log in by itself,
// one login of that person's budget may try it, unless Oracle has refused this very password.
func (l Ledger) PasswordWritten(fingerprint Fingerprint, p Policy, now time.Time) Ledger {
	_, known := l.KnowsRejected(fingerprint, p, now)
	l.NewPassword = len(l.Charges) > 0 && !known
	l.Generation++
	return l
}

// minRejection is the least time for which a refused password is known again.
const minRejection = time.Hour

// RejectedSince says whether Oracle refused this password since then, and accepted none after it.
func (l Ledger) RejectedSince(fingerprint Fingerprint, since time.Time) bool {
	return slices.ContainsFunc(l.Rejections, func(r Rejection) bool {
		return fingerprint != "" && r.Fingerprint == fingerprint && !r.Time.Before(since)
	})
}

// PasswordSet is the ledger when the engine may have set another password: what a directory said before is no
// evidence of that one.
func (l Ledger) PasswordSet() Ledger {
	l.Generation++
	return l
}

// ChangeSettled drops the charge of a change whose time is over: whether Oracle refused it or not, the password it
// carried had logged in right before.
func (l Ledger) ChangeSettled() Ledger {
	l.Knock = l.Knock || slices.ContainsFunc(l.Charges, func(c Charge) bool { return c.Change && c.State == ChargePending })
	l.Charges = slices.DeleteFunc(slices.Clone(l.Charges), func(c Charge) bool { return c.Change && c.State != ChargeRefused })
	return l
}

// KnowsRejected says whether Oracle refused this password lately, and until when it is known. Not for ever:
// the right password is refused too while the API remembers a lock that was lifted.
func (l Ledger) KnowsRejected(fingerprint Fingerprint, p Policy, now time.Time) (until time.Time, known bool) {
	for _, r := range l.Rejections {
		end := r.Time.Add(max(p.OperatorLoginWindow, minRejection))
		if fingerprint != "" && r.Fingerprint == fingerprint && now.Before(end) {
			return end, true
		}
	}
	return time.Time{}, false
}

// Rebased corrects what a clock wrote that was ahead: it happened at the latest now. The hold and people's
// window then begin anew, which is the safe side; dates years ahead would otherwise bind for years.
func (l Ledger) Rebased(now time.Time) Ledger {
	latest := now.Add(maxClockStep)
	l.Charges, l.Rejections = slices.Clone(l.Charges), slices.Clone(l.Rejections)
	for i, c := range l.Charges {
		if c.Time.After(latest) {
			l.Charges[i].Time = now
			if c.State != ChargePending {
				l.Charges[i].Deadline = earlier(c.Deadline, now)
			}
		}
	}
	for i, r := range l.Rejections {
		if r.Time.After(latest) {
			l.Rejections[i].Time = now
		}
	}
	if l.Lifted.After(latest) {
		l.Lifted = now
	}
	return l
}

// ahead says whether a clock that was ahead wrote anything here.
func (l Ledger) ahead(now time.Time) bool {
	latest := now.Add(maxClockStep)
	return l.Lifted.After(latest) ||
		slices.ContainsFunc(l.Charges, func(c Charge) bool { return c.Time.After(latest) }) ||
		slices.ContainsFunc(l.Rejections, func(r Rejection) bool { return r.Time.After(latest) })
}

// Empty says whether forgetting the ledger would lose nothing that protects the account.
func (l Ledger) Empty() bool {
	return len(l.Charges) == 0 && len(l.Rejections) == 0 && !l.Knock &&
		!l.SeenLocked && !l.SeenInactive && l.Lifted.IsZero() // after an unlock the next login waits
}

// inFlightUntil is when the last login that was not answered can no longer arrive.
func (l Ledger) inFlightUntil(now time.Time) time.Time {
	var end time.Time
	for _, c := range l.Charges {
		at := c.Deadline.Add(loginMargin)
		if c.State != ChargeRefused && at.After(end) && !c.Deadline.After(now.Add(maxInFlight)) {
			end = at
		}
	}
	return end
}

// refusalOf is when Oracle last refused this very credential, if it did since the last accepted login.
func (l Ledger) refusalOf(what Subject) (time.Time, bool) {
	for _, c := range slices.Backward(l.Charges) {
		if c.State == ChargeRefused && c.For == what {
			return c.Time, true
		}
	}
	return time.Time{}, false
}

func (l Ledger) anyPending() bool {
	return slices.ContainsFunc(l.Charges, func(c Charge) bool { return c.State == ChargePending })
}

func (l Ledger) countBy(by Initiator, since time.Time) int {
	n := 0
	for _, c := range l.Charges {
		if c.By == by && c.Time.After(since) {
			n++
		}
	}
	return n
}

func (l Ledger) oldestBy(by Initiator, since time.Time) time.Time {
	var oldest time.Time
	for _, c := range l.Charges {
		if c.By == by && c.Time.After(since) && (oldest.IsZero() || c.Time.Before(oldest)) {
			oldest = c.Time
		}
	}
	return oldest
}

func (l Ledger) refusals() int {
	n := 0
	for _, c := range l.Charges {
		if c.State == ChargeRefused {
			n++
		}
	}
	return n
}

func (l Ledger) lastRefusal() time.Time {
	var last time.Time
	for _, c := range l.Charges {
		if c.State == ChargeRefused && c.Time.After(last) {
			last = c.Time
		}
	}
	return last
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
