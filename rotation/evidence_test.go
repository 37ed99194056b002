package rotation_test

import (
	"fmt"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// limited is what a directory shows that locks after so many.
func limited(attempts, lockAfter int) oracle.View {
	return with(counted(attempts), func(v *oracle.View) { v.Rules.LockAfter = &lockAfter })
}

func TestAllowByEvidence(t *testing.T) {
	t.Parallel()
	byDefault, noDelay, noSecondTry := rotation.DefaultPolicy(), rotation.DefaultPolicy(), rotation.DefaultPolicy()
	noDelay.UnlockDelay, noSecondTry.HoldPeriod = 0, 0
	soon := start.Add(10 * time.Second) // past the margin of the last login
	after := func(v oracle.View, charges ...rotation.Charge) rotation.Ledger {
		return see(spent(charges...), v, soon)
	}
	inactive := with(counted(0), func(v *oracle.View) { v.Active = oracle.No })
	unlocked := func(charges ...rotation.Charge) rotation.Ledger {
		return see(after(lockedView(), charges...), counted(0), start.Add(time.Hour))
	}
	active := func(charges ...rotation.Charge) rotation.Ledger {
		return see(after(uncounted(oracle.No), charges...), uncounted(oracle.Yes), start.Add(time.Hour))
	}
	written := func(l rotation.Ledger) rotation.Ledger { return l.PasswordWritten("new", byDefault, start) }
	nobody := func(d rotation.Denial) [2]rotation.Decision { return [2]rotation.Decision{{Denial: d}, {Denial: d}} }
	byPerson := rotation.Decision{By: rotation.ByPerson}
	both := [2]rotation.Decision{{By: rotation.ByEngine}, byPerson}
	onlyPeople := func(d rotation.Denial, until time.Duration) [2]rotation.Decision {
		denied := rotation.Decision{Denial: d}
		if until > 0 {
			denied.Until = start.Add(until)
		}
		return [2]rotation.Decision{denied, byPerson}
	}

	tests := map[string]struct {
		ledger rotation.Ledger
		policy rotation.Policy
		after  time.Duration // since start
		want   [2]rotation.Decision
	}{
		"nothing wrong":              {after(counted(0)), byDefault, time.Minute, both},
		"locked":                     {after(lockedView()), byDefault, time.Minute, nobody(rotation.DenyLocked)},
		"locked, whatever it counts": {after(with(lockedView(), func(v *oracle.View) { v.LoginAttempts = nil })), byDefault, time.Minute, nobody(rotation.DenyLocked)},
		"locked, and another password was written": {written(after(lockedView(), engineRefused)), byDefault, time.Minute, [2]rotation.Decision{byPerson, byPerson}},
		"locked, and a login was accepted":         {after(lockedView()).Accepted(), byDefault, time.Minute, both},
		"locked for years":                         {after(lockedView()), byDefault, 50000 * time.Hour, nobody(rotation.DenyLocked)},
		"whether it is locked is not known":        {after(uncounted(oracle.Yes)), byDefault, time.Minute, both},
		"one more refusal would lock":              {after(counted(4)), byDefault, time.Minute, nobody(rotation.DenyLastAttempt)},
		"two more would":                           {after(counted(3)), byDefault, time.Minute, both},
		"more than would lock":                     {after(counted(7)), byDefault, time.Minute, nobody(rotation.DenyLastAttempt)},
		"one more would, and the hold runs":        {after(counted(4), engineRefused), byDefault, time.Minute, nobody(rotation.DenyLastAttempt)},
		"one more would, and a password was written": {
			written(after(counted(4), engineRefused)), byDefault, time.Minute, [2]rotation.Decision{byPerson, byPerson},
		},
		"inactive, and nothing was refused":    {after(inactive), byDefault, time.Minute, onlyPeople(rotation.DenyUnable, 0)},
		"inactive, and a password was written": {see(written(after(inactive, engineRefused)), inactive, soon), byDefault, time.Minute, onlyPeople(rotation.DenyUnable, 0)},
		"expired, and logins are accepted":     {after(expiredView), byDefault, time.Minute, both},
		"expired, and refused":                 {after(expiredView, engineRefused), byDefault, 48 * time.Hour, onlyPeople(rotation.DenyUnable, 0)},
		"must change, and refused":             {after(mustChangeView, engineRefused), byDefault, 48 * time.Hour, onlyPeople(rotation.DenyUnable, 0)},
		"no such user, and refused":            {after(noUserView, engineRefused), byDefault, 48 * time.Hour, onlyPeople(rotation.DenyUnable, 0)},
		"no such user, and nothing refused":    {after(noUserView), byDefault, time.Minute, both},
		"no such user, and not answered":       {after(noUserView, engineUnanswered), byDefault, time.Minute, [2]rotation.Decision{{By: rotation.ByEngine, Knock: true}, {By: rotation.ByPerson, Knock: true}}},
		"unlocked":                             {unlocked(engineRefused, engineRefused), byDefault, 2*time.Hour - 1, onlyPeople(rotation.DenyUnlocked, 2*time.Hour)},
		"unlocked, the delay is over":          {unlocked(engineRefused, engineRefused), byDefault, 2 * time.Hour, both},
		"unlocked, and no delay":               {unlocked(engineRefused), noDelay, time.Hour, both},
		"unlocked, and nothing was charged":    {unlocked(), byDefault, 2*time.Hour - 1, onlyPeople(rotation.DenyUnlocked, 2*time.Hour)},
		"unlocked, and no second try by time":  {unlocked(engineRefused), noSecondTry, 2 * time.Hour, both},
		"active again":                         {active(engineRefused), byDefault, 2*time.Hour - 1, onlyPeople(rotation.DenyUnlocked, 2*time.Hour)},
		"active again, the delay is over":      {active(engineRefused), byDefault, 2 * time.Hour, both},
		"active again, no second try by time":  {active(engineRefused), noSecondTry, 2 * time.Hour, both},
		"active again, the budget is spent":    {active(engineRefused, engineRefused), byDefault, 2 * time.Hour, onlyPeople(rotation.DenyWaits, 0)},
		"active again, spent on no answer": {
			active(engineUnanswered, engineUnanswered), byDefault, 2 * time.Hour,
			[2]rotation.Decision{{Denial: rotation.DenyUnanswered}, {By: rotation.ByPerson, Knock: true}},
		},
		"no evidence: the hold runs": {after(counted(1), engineRefused), byDefault, time.Minute, onlyPeople(rotation.DenyHeld, 24*time.Hour)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, by := range []rotation.Initiator{rotation.ByEngine, rotation.ByPerson} {
				if got := rotation.Allow(tt.ledger, tt.policy, by, start.Add(tt.after)); got != tt.want[i] {
					t.Errorf("%s: got %+v, want %+v", by, got, tt.want[i])
				}
			}
		})
	}
}

// For every threshold and count: nobody logs in where one more refusal would lock, and everybody else may.
func TestNobodySpendsTheLastAttempt(t *testing.T) {
	t.Parallel()
	for _, lockAfter := range []int{0, 1, 2, 3, 5, 10} {
		for attempts := range 12 {
			for own := range 3 { // refused or not answered since the directory was asked
				l := see(rotation.Ledger{}, limited(attempts, lockAfter), start)
				for i := range own {
					l = l.Charged(rotation.Charge{ID: fmt.Sprint(i), By: rotation.ByEngine, Time: start, Deadline: start})
				}
				bars := lockAfter > 0 && attempts+own+1 >= lockAfter
				for _, by := range []rotation.Initiator{rotation.ByEngine, rotation.ByPerson} {
					got := rotation.Allow(l, rotation.DefaultPolicy(), by, start.Add(time.Hour))
					if (got.Denial == rotation.DenyLastAttempt) != bars {
						t.Errorf("%d of %d and %d own: the guard tells the %s %q", attempts, lockAfter, own, by, got.Denial)
					}
				}
				one := rotation.Snapshot{Ledger: l}
				left, known := one.AttemptsLeft()
				if known != (lockAfter > 0) || known && left != max(0, lockAfter-attempts-own) {
					t.Errorf("%d of %d and %d own: %d left, known: %v", attempts, lockAfter, own, left, known)
				}
			}
		}
	}
}

// What the directory counted includes what was charged by then: only later logins are taken off.
func TestOwnChargesAreTakenOffOnce(t *testing.T) {
	t.Parallel()
	l := see(spent(engineRefused, personRefused), counted(2), start)
	if left, _ := (rotation.Snapshot{Ledger: l}).AttemptsLeft(); left != 3 {
		t.Errorf("2 of 5, both the engine's own: %d left", left)
	}
	now := start.Add(time.Minute)
	c := rotation.Charge{ID: "x", By: rotation.ByPerson, Time: now, Deadline: now.Add(time.Second)}
	l = l.Charged(c)
	if left, _ := (rotation.Snapshot{Ledger: l}).AttemptsLeft(); left != 2 {
		t.Errorf("with one under way: %d left", left)
	}
	if left, _ := (rotation.Snapshot{Ledger: l.Refunded("x")}).AttemptsLeft(); left != 3 {
		t.Errorf("with that refunded: %d left", left)
	}
	if left, _ := (rotation.Snapshot{Ledger: l.Kept(c, rotation.ChargeRefused, now)}).AttemptsLeft(); left != 2 {
		t.Errorf("with that refused: %d left", left)
	}
}

func TestAHoldBroughtAboutByADirectory(t *testing.T) {
	t.Parallel()
	p, now := rotation.DefaultPolicy(), start.Add(time.Minute)
	if hold := rotation.HoldOf(see(spent(), lockedView(), start), p, now); !hold.Held || !hold.Until.IsZero() || !hold.Since.IsZero() {
		t.Errorf("locked: %+v", hold)
	}
	l := see(see(spent(engineRefused), lockedView(), start), counted(1), now)
	if hold := rotation.HoldOf(l, p, now); !hold.Held || !hold.Until.Equal(now.Add(p.UnlockDelay)) || !hold.Since.Equal(start) || hold.Refused != 1 {
		t.Errorf("unlocked: %+v", hold)
	}
	if hold := rotation.HoldOf(spent(enginePending), p, start); hold.Held {
		t.Errorf("with a login under way: %+v", hold)
	}
}

// Once a login tried it, an unlock is used up, however that ended.
func TestAnUnlockIsTriedOnce(t *testing.T) {
	t.Parallel()
	p, now := rotation.DefaultPolicy(), start.Add(3*time.Hour)
	active := see(see(spent(engineRefused), uncounted(oracle.No), start), uncounted(oracle.Yes), start.Add(time.Hour))
	c := rotation.Charge{ID: "x", By: rotation.ByEngine, Time: now, Deadline: now.Add(time.Second)}
	for _, state := range []rotation.ChargeState{rotation.ChargeRefused, rotation.ChargeUnanswered} {
		if l := active.Charged(c).Kept(c, state, now); !l.Lifted.IsZero() || rotation.Allow(l, p, rotation.ByEngine, now.Add(time.Hour)).Denial == rotation.Allowed {
			t.Errorf("%s: %+v", state, l)
		}
	}
	if l := active.Charged(c).Refunded("x"); l.Lifted.IsZero() {
		t.Error("a login that was never sent uses the unlock up")
	}
}
