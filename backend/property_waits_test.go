package backend_test

import (
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// waits is for what the engine's next login has to wait, as far as the test knows for certain. Its times are
// those of the engine's clock.
type waits struct {
	refused time.Time // the last refusal since the last accepted login
	locked  bool      // a directory showed the user locked
	lifted  time.Time // and then unlocked, when no login has tried it
}

// looked notes what a directory said.
func (w *waits) looked(view oracle.View, now time.Time) {
	switch {
	case view.Locked == oracle.Yes:
		w.locked, w.lifted = true, time.Time{}
	case view.Locked == oracle.No && w.locked:
		w.locked, w.lifted = false, now
	}
	if view.Active == oracle.No { // KNOWN: when the directory then falls silent, the unlock is forgotten
		w.lifted = time.Time{}
	}
}

// settled notes what came of a login.
func (w *world) settled(name string, login oracle.LoginResult) {
	w.Lock()
	defer w.Unlock()
	a := w.of(name)
	switch login {
	case oracle.LoginAccepted:
		a.waits = waits{}
	case oracle.LoginRefused:
		a.waits.refused, a.waits.lifted = w.engineTime(), time.Time{}
	case oracle.LoginUnanswered:
		a.waits.lifted = time.Time{}
	case oracle.LoginUnproved:
	}
}

// mayTryNow holds a login of the engine against the hold and the delay after an unlock. What ends a hold early is
// known to directories alone; a rotation that is settled does not wait for it.
func (w *world) mayTryNow(p *process, name, password string, by party) {
	if struck, _ := p.drive.troubles(); by != engine || struck > p.struck {
		return // what it could not store it does not know
	}
	now, policy, settling := w.engineTime(), w.policy(), w.settles(name, password)
	watched := w.door != noDirectory && name != adminUser
	w.Lock()
	defer w.Unlock()
	a := w.of(name)
	if held := a.waits.refused; !watched && !settling && !held.IsZero() && (policy.HoldPeriod == 0 || now.Before(held.Add(policy.HoldPeriod))) {
		w.book.fault("promise 2: the engine logged in %v after a refusal, hold_period is %v", now.Sub(held), policy.HoldPeriod)
	}
	if lifted := a.waits.lifted; !lifted.IsZero() && now.Before(lifted.Add(policy.UnlockDelay)) {
		w.book.fault("promise 2: the engine logged in %v after it saw the account unlocked, unlock_delay is %v", now.Sub(lifted), policy.UnlockDelay)
	}
}

// forgetWaits: something happened after which the engine may know less, or otherwise, than the test.
func (w *world) forgetWaits() { w.all(func(a *account) { a.waits = waits{} }) }

// holdEnds is when the second try comes by what is stored; false when none comes.
func holdEnds(l rotation.Ledger, p rotation.Policy) (time.Time, bool) {
	last := time.Time{}
	for _, charge := range l.Charges {
		if charge.State == rotation.ChargeRefused && charge.Time.After(last) {
			last = charge.Time
		}
	}
	return last.Add(p.HoldPeriod), !last.IsZero() && ownOf(l) < p.LoginFailureBudget && p.HoldPeriod > 0
}

// untriedKept counts the other passwords that Oracle may have set late: where the stored one was refused they are tried
// next, without waiting for the hold, and each may be refused and spend of the budget (protocol A3, B6).
func (w *world) untriedKept(name string) int {
	stored, kept := w.storedPassword(name), w.candidates(name)
	w.Lock()
	defer w.Unlock()
	a, n := w.of(name), 0
	for _, password := range kept {
		if _, refused := a.refused[password]; password != stored && !refused {
			n++
		}
	}
	return n
}

// ownOf counts the logins that the engine is charged with.
func ownOf(l rotation.Ledger) int {
	n := 0
	for _, charge := range l.Charges {
		if charge.By == rotation.ByEngine {
			n++
		}
	}
	return n
}
