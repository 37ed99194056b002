package rotation

import (
	"slices"
	"time"
)

// The lockout guard. Its rules, in the words of the protocol:
//
//  1. Charge first: before a login leaves, a charge with a deadline is stored. Until the deadline of an
//     unanswered one has passed by a margin, no other login of that user begins.
//  2. Refund or keep: nothing sent, or any HTTP answer but 401, is refunded. 401 or no answer is kept. An
//     accepted login clears all charges; time never does.
//  3. Budget: by itself the engine causes at most LoginFailureBudget refused or unanswered logins in a
//     row. A 401 starts the hold; the engine's next login waits for its end.
//  4. Knock: after no answer, the next attempt first sends a request without the password.
//  6. People may add OperatorLoginBudget logins that were refused or not answered, in any
//     OperatorLoginWindow.
//  8. One ledger for each user and pod in a mount, whatever integration holds them.

// maxInFlight is longer than any login is given. A pending charge whose deadline lies further ahead was
// written by a clock that was wrong.
const maxInFlight = 2 * time.Minute

// loginMargin is added to a charge's deadline before another login may begin: the time for a request that
// left in the last instant to reach Oracle and be counted.
const loginMargin = 5 * time.Second

// Initiator is whose login it is.
type Initiator string

// The initiators of a login.
const (
	ByEngine Initiator = "engine"
	ByPerson Initiator = "person"
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
	Deadline time.Time   `json:"deadline"`
}

// Subject names what a login proved: an integration as it stood.
type Subject struct {
	IntegrationID string `json:"integration_id,omitempty"`
	Basis         int64  `json:"basis,omitempty"`
}

// Ledger is the account of one user's logins on one pod since the last accepted one.
type Ledger struct {
	Charges []Charge `json:"charges,omitempty"`
	// Knock: the pod did not answer a request; ask without the password first.
	Knock bool `json:"knock,omitempty"`
	// NewPassword: a person wrote another password while the account was held; one login of theirs may
	// try it by schedule.
	NewPassword bool `json:"new_password,omitempty"`
}

// Denial is why no login may be spent now. The list is closed.
type Denial string

// The denials.
const (
	Allowed          Denial = ""
	DenyInFlight     Denial = "login_in_flight"      // another login of this user may still arrive
	DenyHeld         Denial = "held"                 // refused, and the hold has not ended
	DenyWaits        Denial = "held_for_person"      // the engine has spent its budget
	DenyPeopleBudget Denial = "operator_budget"      // people have spent theirs in this window
	DenyUnanswered   Denial = "unanswered_too_often" // spent without a second 401
)

// Decision is the guard's answer.
type Decision struct {
	Denial Denial
	Until  time.Time // when to ask again; zero: not before a person acts
	By     Initiator // on whose budget the login goes
	Knock  bool      // ask without the password first
}

// Allow decides whether a login may be spent now.
func Allow(l Ledger, p Policy, by Initiator, now time.Time) Decision {
	if end := l.inFlightUntil(now); now.Before(end) {
		return Decision{Denial: DenyInFlight, Until: end}
	}
	knock := l.Knock || l.anyPending()
	if by == ByPerson {
		return l.allowPerson(p, knock, now)
	}
	decision := l.allowEngine(p, knock, now)
	if decision.Denial == Allowed || !l.NewPassword {
		return decision
	}
	person := l.allowPerson(p, knock, now)
	if person.Denial == Allowed || decision.Until.IsZero() || person.Until.Before(decision.Until) {
		return person // at the latest when the people's window has moved on
	}
	return decision
}

func (l Ledger) allowEngine(p Policy, knock bool, now time.Time) Decision {
	refused, own := l.refusals(), l.countBy(ByEngine, time.Time{})
	if own >= p.LoginFailureBudget {
		if refused < p.LoginFailureBudget {
			return Decision{Denial: DenyUnanswered}
		}
		return Decision{Denial: DenyWaits}
	}
	if refused > 0 {
		if p.HoldPeriod == 0 {
			return Decision{Denial: DenyWaits}
		}
		if end := l.lastRefusal().Add(p.HoldPeriod); now.Before(end) {
			return Decision{Denial: DenyHeld, Until: end}
		}
	}
	return Decision{By: ByEngine, Knock: knock}
}

func (l Ledger) allowPerson(p Policy, knock bool, now time.Time) Decision {
	since := now.Add(-p.OperatorLoginWindow)
	if l.countBy(ByPerson, since) < p.OperatorLoginBudget {
		return Decision{By: ByPerson, Knock: knock}
	}
	return Decision{Denial: DenyPeopleBudget, Until: l.oldestBy(ByPerson, since).Add(p.OperatorLoginWindow)}
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
// charge is there again: Oracle may have counted this login after that one.
func (l Ledger) Kept(charge Charge, state ChargeState, now time.Time) Ledger {
	l = l.Refunded(charge.ID)
	charge.State, charge.Time = state, now
	l.Charges = append(l.Charges, charge)
	l.Knock = l.Knock || state == ChargeUnanswered
	l.NewPassword = false // it has been tried
	return l
}

// Accepted clears the ledger: Oracle's count starts anew with an accepted login.
func (l Ledger) Accepted() Ledger { return Ledger{} }

// PasswordWritten notes that a person wrote another password. Where the engine may not log in by itself,
// one login of that person's budget may try it.
func (l Ledger) PasswordWritten() Ledger {
	l.NewPassword = len(l.Charges) > 0
	return l
}

// inFlightUntil is when the last pending login can no longer arrive.
func (l Ledger) inFlightUntil(now time.Time) time.Time {
	var end time.Time
	for _, c := range l.Charges {
		at := c.Deadline.Add(loginMargin)
		if c.State == ChargePending && at.After(end) && !c.Deadline.After(now.Add(maxInFlight)) {
			end = at
		}
	}
	return end
}

// refusedSince is when Oracle last refused this very credential, if that was after the given time.
func (l Ledger) refusedSince(what Subject, after time.Time) (time.Time, bool) {
	for _, c := range slices.Backward(l.Charges) {
		if c.State == ChargeRefused && c.For == what && c.Time.After(after) {
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

// Hold is the guard as status shows it.
type Hold struct {
	Held    bool
	Since   time.Time // of the first refusal since the last accepted login, held or not
	Until   time.Time // the engine's next try; zero while it waits for a person
	Refused int       // logins in a row that Oracle refused
}

// HoldOf says what the guard holds back, and until when.
func HoldOf(l Ledger, p Policy, now time.Time) Hold {
	hold := Hold{Refused: l.refusals()}
	for _, c := range l.Charges {
		if c.State == ChargeRefused && (hold.Since.IsZero() || c.Time.Before(hold.Since)) {
			hold.Since = c.Time
		}
	}
	decision := Allow(l, p, ByEngine, now)
	if decision.Denial == Allowed || decision.Denial == DenyInFlight {
		return hold
	}
	hold.Held, hold.Until = true, decision.Until
	if hold.Since.IsZero() && len(l.Charges) > 0 {
		hold.Since = l.Charges[0].Time
	}
	return hold
}
