package backend_test

import (
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// slack is what a promise in whole periods does not count: the wait for an unanswered login, and the sweep's nap.
const slack = 3 * time.Minute

// healthy says whether the stored password logs in now.
func (w *world) healthy() bool {
	password, _, exists := w.integration()
	s := w.truth(user)
	lastAttempt := w.stage.kind == domainDirectory && s.FailedInARow >= w.stage.usual.LockThreshold-1
	return exists && password == w.oracleHas && !w.strangeDomain && !lastAttempt && !s.Locked && !s.Disabled && !s.Expired && !s.MustChange && s.APILockedUntil.IsZero()
}

// untroubled says whether no trouble of the storage waits; then it can be waited for something.
func (w *world) untroubled() bool {
	_, armed := w.drive.troubles()
	return !armed && !w.drive.isDead()
}

// weather takes the pod away for a while, and wants everything as before within a check period after.
func (w *world) weather(rt *rapid.T) {
	status := w.status()
	if status == nil || !accepted(status) || !w.healthy() || !w.untroubled() || len(w.ledgers()[user].Charges) > 0 {
		rt.Skip()
	}
	w.stage.upAgain(rt)
	kinds := []string{"down", "unavailable"}
	if w.policy().LoginFailureBudget > 1 {
		kinds = append(kinds, "resets", "replies are lost")
	}
	kind := rapid.SampledFrom(kinds).Draw(rt, "weather")
	long := time.Duration(rapid.IntRange(1, 600).Draw(rt, "minutes")) * time.Minute
	w.log("  %s for %v", kind, long)
	switch kind {
	case "down":
		w.stage.outside(func() { mustPlay(rt, w.stage.pod.SetDown(true)) })
	case "unavailable":
		mustPlay(rt, w.stage.pod.Inject(oraclesim.Fault{Kind: oraclesim.FaultStatus, Status: 503}))
	case "resets":
		mustPlay(rt, w.stage.pod.Inject(oraclesim.Fault{Kind: oraclesim.FaultReset}))
	case "replies are lost":
		mustPlay(rt, w.stage.pod.Inject(oraclesim.Fault{Kind: oraclesim.FaultLostReply}))
	}
	w.sleep(long)
	if !w.healthy() { // a lock that nobody lifted cannot come, but an expiry can
		rt.Skip()
	}
	w.stage.upAgain(rt)
	w.sleep(w.policy().CheckPeriod + slack)
	if w.healthy() {
		w.mustBeOK(5, "a check period after the pod was back")
	}
}

func (w *world) mustBeOK(promise int, when string) {
	status := w.status()
	if status == nil || !accepted(status) {
		w.book.fault("promise %d: %s it is %v (%v): %v", promise, when, status["state"], status["reason"], status["message"])
		return
	}
	w.stage.tally.add(map[int]string{5: "outages ended in ok", 6: "recoveries by itself"}[promise], 1)
}

// heal makes the account healthy without the engine, but for the lag of a lock.
func (w *world) heal(rt *rapid.T) {
	w.stage.upAgain(rt)
	w.witness.late.Wait() // what is still on its way may lock it again
	mustPlay(rt, w.stage.pod.Enable(user))
	mustPlay(rt, w.stage.pod.SetMustChange(user, false))
	w.adminUnlocks(rt)
	w.passwordRestored(rt)
	w.healDomain()
}

// lag is how long the API still refuses.
func (w *world) lag() time.Duration {
	until := w.truth(user).APILockedUntil
	if until.IsZero() {
		return 0
	}
	return until.Sub(w.stage.pod.Now())
}

// recovery heals an account that is held, and wants the engine to notice by itself where it says it will.
func (w *world) recovery(rt *rapid.T) {
	status := w.status()
	if _, _, exists := w.integration(); status == nil || !exists || accepted(status) || !w.untroubled() {
		rt.Skip()
	}
	w.heal(rt)
	if w.others && rapid.Bool().Draw(rt, "others sign in") {
		w.signInRight()
	}
	ledger, policy := w.ledgers()[user], w.policy()
	wait, known := w.byEvidence(ledger, policy)
	if at, held := w.bySecondTry(ledger, policy); held && (!known || rapid.Bool().Draw(rt, "by the second try")) {
		wait, known = at, true
	}
	if !known {
		w.log("  not promised")
		return
	}
	w.log("  promised within %v", wait)
	w.sleep(wait + slack)
	w.mustBeOK(6, "after the time in which it recovers by itself")
}

// bySecondTry is when the second try has proved an account that is healthy when it comes.
func (w *world) bySecondTry(l rotation.Ledger, p rotation.Policy) (time.Duration, bool) {
	end, comes := holdEnds(l, p)
	s := w.truth(user)
	blocked := s.FailedInARow >= w.stage.pod.Switches().LockThreshold-1
	if !comes || blocked || w.strangeDomain || l.SeenLocked || l.SeenInactive || !l.Lifted.IsZero() || l.NewPassword || w.lag() > time.Until(end) {
		return 0, false
	}
	return max(0, time.Until(end)) + p.CheckPeriod, true
}

// byEvidence is when a directory that counts has shown that nothing stands against a login.
func (w *world) byEvidence(l rotation.Ledger, p rotation.Policy) (time.Duration, bool) {
	_, directory, _ := w.integration()
	if directory == "" || !l.Counts || !l.Counted && refusedIn(l) > 0 || w.truth(user).FailedInARow > 0 || w.lag() > 0 || !w.directoryAnswers() {
		return 0, false
	}
	if p.HoldPeriod == 0 && refusedIn(l) > 0 {
		return 0, false
	}
	end := time.Duration(0)
	for _, charge := range l.Charges {
		end = max(end, time.Until(charge.Time.Add(p.HoldPeriod)))
	}
	return end + p.UnlockDelay + 2*p.CheckPeriod, true
}

func refusedIn(l rotation.Ledger) int {
	n := 0
	for _, charge := range l.Charges {
		if charge.State == rotation.ChargeRefused {
			n++
		}
	}
	return n
}

// directoryAnswers says whether the guard lets the directory itself be asked.
func (w *world) directoryAnswers() bool {
	ledger := w.ledgers()[clientID]
	for name, l := range w.ledgers() {
		if name != user {
			ledger = l
		}
	}
	return len(ledger.Charges) == 0
}
