package backend_test

import (
	"strings"
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// slack is what a promise in whole periods does not count: the wait for an unanswered login, and the sweep's nap.
const slack = 3 * time.Minute

// healthy says whether the stored password logs in now.
func (w *world) healthy() bool {
	for _, name := range w.users() {
		password, s := w.storedPassword(name), w.truth(name)
		lastAttempt := w.door == domainDirectory && s.FailedInARow >= w.stage.usual.LockThreshold-1
		if !w.stage.pod.HasPassword(name, password) || w.strange[name] || lastAttempt || s.Locked || s.Disabled || s.Expired || s.MustChange || !s.APILockedUntil.IsZero() {
			return false
		}
	}
	return w.phase() == "idle" && w.stopped == nil
}

// untroubled says whether no trouble of the storage waits; then it can be waited for something.
func (w *world) untroubled() bool {
	_, armed := w.drive.troubles()
	return !armed && !w.drive.isDead()
}

// weather takes the pod away for a while, and wants everything as before within a check period after.
func (w *world) weather(rt *rapid.T) {
	status := w.status()
	if status == nil || !accepted(status) || !w.healthy() || !w.untroubled() || w.charged() || w.isPaused() || w.canRotate() && w.inVain() {
		rt.Skip()
	}
	w.stage.upAgain(rt)
	if w.canRotate() {
		w.welcome(rt)
	}
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

// charged says whether a login stands against one of the accounts.
func (w *world) charged() bool {
	for _, ledger := range w.ledgers() {
		if len(ledger.Charges) > 0 {
			return true
		}
	}
	return false
}

// canRotate says whether the schedule may rotate.
func (w *world) canRotate() bool {
	p := w.policy()
	return w.stage.kind != noDirectory && !p.DisableAutomatedRotation && (p.RotationPeriod > 0 || p.RotateBeforeExpiry > 0)
}

func (w *world) isPaused() bool {
	stored, _ := w.gl()
	return stored.PausedUntil.After(time.Now())
}

// heal makes the account healthy without the engine, but for the lag of a lock.
func (w *world) heal(rt *rapid.T) {
	w.stage.upAgain(rt)
	w.witness.late.Wait() // what is still on its way may lock it again
	w.arriveNow()
	w.welcome(rt)
	for _, name := range w.users() {
		w.healUser(rt, name)
	}
	w.forgiven()
	w.healDomain()
}

// healUser makes an account healthy, for good: by a clock that was set back an expiry may lie ahead. A password that
// the engine has set it leaves alone.
func (w *world) healUser(rt *rapid.T, name string) {
	mustPlay(rt, w.stage.pod.Enable(name))
	mustPlay(rt, w.stage.pod.SetMustChange(name, false))
	mustPlay(rt, w.stage.pod.Unlock(name))
	if w.wrongByHand(name) || !w.truth(name).PasswordExpiry.IsZero() {
		w.restore(rt, name)
	}
}

// lag is how long the API still refuses.
func (w *world) lag() time.Duration {
	longest := time.Duration(0)
	for _, name := range w.users() {
		if until := w.truth(name).APILockedUntil; !until.IsZero() {
			longest = max(longest, until.Sub(w.stage.pod.Now()))
		}
	}
	return longest
}

// recovery heals an account that is held, and wants the engine to notice by itself where it says it will.
func (w *world) recovery(rt *rapid.T) {
	status := w.status()
	if _, exists := w.gl(); status == nil || !exists || accepted(status) || !w.untroubled() || w.phase() != "idle" || w.stopped != nil || w.isPaused() || w.canRotate() && w.inVain() {
		rt.Skip()
	}
	w.heal(rt)
	for _, name := range w.users() {
		if !w.stage.pod.HasPassword(name, w.storedPassword(name)) {
			rt.Skip() // which one is live is known by trying only
		}
	}
	name := w.current()
	if w.others && rapid.Bool().Draw(rt, "others sign in") {
		w.signInRight(name)
	}
	ledger, policy := w.ledgers()[name], w.policy()
	wait, known := w.byEvidence(name, ledger, policy)
	if at, held := w.bySecondTry(name, ledger, policy); held && (!known || rapid.Bool().Draw(rt, "by the second try")) {
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
func (w *world) bySecondTry(name string, l rotation.Ledger, p rotation.Policy) (time.Duration, bool) {
	end, comes := holdEnds(l, p)
	s := w.truth(name)
	blocked := s.FailedInARow >= w.stage.pod.Switches().LockThreshold-1
	if !comes || blocked || w.untriedKept(name) >= p.LoginFailureBudget-ownOf(l) || w.strange[name] || l.SeenLocked || l.SeenInactive || !l.Lifted.IsZero() || l.NewPassword || w.lag() > time.Until(end) {
		return 0, false
	}
	return max(0, time.Until(end)) + p.CheckPeriod, true
}

// byEvidence is when a directory that counts has shown that nothing stands against a login.
func (w *world) byEvidence(name string, l rotation.Ledger, p rotation.Policy) (time.Duration, bool) {
	stored, _ := w.gl()
	if stored.Directory == "" || !l.Counts || !l.Counted && refusedIn(l) > 0 || w.truth(name).FailedInARow > 0 || w.lag() > 0 || !w.directoryAnswers() {
		return 0, false
	}
	if p.HoldPeriod == 0 && refusedIn(l) > 0 || w.untriedKept(name) > 0 && ownOf(l) < p.LoginFailureBudget {
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
	ledgers := w.ledgers()
	charges := len(ledgers[adminUser].Charges) + len(ledgers[strings.ToUpper(clientID)].Charges)
	d, _ := w.d()
	return charges == 0 && d.Rotation.phase() == "idle" && permits(d.Allowed, w.current())
}
