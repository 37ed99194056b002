package rotation

import "time"

// The lockout guard. Its rules, in the words of the protocol:
//
//  1. Charge first: before a login leaves, a charge with a deadline is stored. Until the deadline of an
//     unanswered one has passed by a margin, no other login of that user begins, and a directory's count
//     is not read.
//  2. Refund or keep: nothing sent, or any HTTP answer but 401, is refunded. 401 or no answer is kept. An
//     accepted login clears all charges; time never does.
//  3. Budget: by itself the engine causes at most LoginFailureBudget refused or unanswered logins in a
//     row. A 401 starts the hold; the engine's next login waits for its end.
//  4. Knock: after no answer, the next attempt first sends a request without the password.
//  5. Evidence: a directory that counts may lower the charges; see sighting.go.
//  6. People may add OperatorLoginBudget logins that were refused or not answered, in any
//     OperatorLoginWindow. Nobody logs in while the directory shows that one more refusal would lock.
//  7. A refused password is known again for a while.
//  8. One ledger for each user and pod in a mount, whatever integration holds them.

// maxInFlight is longer than any login is given. A pending charge whose deadline lies further ahead was
// written by a clock that was wrong.
const maxInFlight = 2 * time.Minute

// loginMargin is added to a charge's deadline before another login may begin: the time for a request that
// left in the last instant to reach Oracle and be counted.
const loginMargin = 5 * time.Second

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
	DenyRejected     Denial = "password_refused"     // Oracle refused this very password lately
	DenyLocked       Denial = "locked"               // the directory shows the user locked
	DenyLastAttempt  Denial = "last_attempt"         // the directory shows that one more refusal would lock
	DenyUnable       Denial = "account_unable"       // the directory shows why a login is refused
	DenyUnlocked     Denial = "unlocked_waiting"     // unlocked or active again, and the API may lag behind
	DenyRotating     Denial = "rotation_under_way"   // the stored password may not be the live one any more
)

// Decision is the guard's answer.
type Decision struct {
	Denial Denial
	Until  time.Time // when to ask again; zero: not before a person acts, or a directory says more
	By     Initiator // on whose budget the login goes
	Knock  bool      // ask without the password first
}

// Allow decides whether a login may be spent now.
func Allow(l Ledger, p Policy, by Initiator, now time.Time) Decision {
	if end := l.inFlightUntil(now); now.Before(end) {
		return Decision{Denial: DenyInFlight, Until: end}
	}
	if denial := l.shown(); denial != Allowed {
		return Decision{Denial: denial}
	}
	knock := l.Knock || l.anyPending()
	if by == ByPerson {
		return l.allowPerson(p, knock, now)
	}
	decision := l.allowEngine(p, by, knock, now)
	if by == BySettling || decision.Denial == Allowed || !l.NewPassword || l.unable() {
		return decision
	}
	if l.waitsAfterUnlock(p, now) { // the right password would be refused, and held for it
		return Decision{Denial: DenyUnlocked, Until: l.Lifted.Add(p.UnlockDelay)}
	}
	person := l.allowPerson(p, knock, now)
	if person.Denial == Allowed || decision.Until.IsZero() || person.Until.Before(decision.Until) {
		return person // at the latest when the people's window has moved on
	}
	return decision
}

func (l Ledger) allowEngine(p Policy, by Initiator, knock bool, now time.Time) Decision {
	if l.unable() {
		return Decision{Denial: DenyUnable}
	}
	switch {
	case l.spentUnanswered(p, now):
		return Decision{Denial: DenyUnanswered}
	case l.budgetSpent(p):
		return Decision{Denial: DenyWaits}
	}
	if l.waitsAfterUnlock(p, now) {
		return Decision{Denial: DenyUnlocked, Until: l.Lifted.Add(p.UnlockDelay)}
	}
	if end, held := l.hold(p, now); held && by != BySettling {
		if end.IsZero() {
			return Decision{Denial: DenyWaits}
		}
		return Decision{Denial: DenyHeld, Until: end}
	}
	return Decision{By: ByEngine, Knock: knock}
}

func (l Ledger) budgetSpent(p Policy) bool {
	return l.countBy(ByEngine, time.Time{}) >= p.LoginFailureBudget
}

// spentUnanswered says whether the engine's budget went without a second 401. A login that may still be
// answered is not counted as one that was not.
func (l Ledger) spentUnanswered(p Policy, now time.Time) bool {
	return l.budgetSpent(p) && l.refusals() < p.LoginFailureBudget && !now.Before(l.inFlightUntil(now))
}

// waitsAfterUnlock says whether the API may still remember a lock that was lifted.
func (l Ledger) waitsAfterUnlock(p Policy, now time.Time) bool {
	return !l.Lifted.IsZero() && now.Before(l.Lifted.Add(p.UnlockDelay))
}

// hold says whether the hold that the last refusal began still runs, and until when; a zero end never
// comes. Unlocked or active again, the account is given its next try without it.
func (l Ledger) hold(p Policy, now time.Time) (end time.Time, held bool) {
	last := l.lastRefusal()
	switch {
	case last.IsZero() || !l.Lifted.IsZero():
		return time.Time{}, false
	case p.HoldPeriod == 0:
		return time.Time{}, true
	}
	end = last.Add(p.HoldPeriod)
	return end, now.Before(end)
}

func (l Ledger) allowPerson(p Policy, knock bool, now time.Time) Decision {
	since := now.Add(-p.OperatorLoginWindow)
	if l.countBy(ByPerson, since) < p.OperatorLoginBudget {
		return Decision{By: ByPerson, Knock: knock}
	}
	return Decision{Denial: DenyPeopleBudget, Until: l.oldestBy(ByPerson, since).Add(p.OperatorLoginWindow)}
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
