package rotation_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

var start = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)

// spent is a ledger after logins that ended so, an hour apart, the last at start. A directory has shown that it
// sees them.
func spent(logins ...rotation.Charge) rotation.Ledger {
	l := rotation.Ledger{Counts: true}
	for i, c := range logins {
		at := start.Add(time.Duration(i-len(logins)+1) * time.Hour)
		state := c.State
		c.ID, c.Time, c.Deadline = string(rune('a'+i)), at, at.Add(30*time.Second)
		l = l.Charged(c)
		if state != rotation.ChargePending {
			l = l.Kept(c, state, at)
		}
	}
	return l
}

func TestAllow(t *testing.T) {
	t.Parallel()
	var (
		engineRefused    = rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeRefused}
		engineUnanswered = rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeUnanswered}
		enginePending    = rotation.Charge{By: rotation.ByEngine, State: rotation.ChargePending}
		personRefused    = rotation.Charge{By: rotation.ByPerson, State: rotation.ChargeRefused}
	)
	oneTry := rotation.DefaultPolicy()
	oneTry.LoginFailureBudget = 1
	noSecondTry := rotation.DefaultPolicy()
	noSecondTry.HoldPeriod = 0
	longWindow := rotation.DefaultPolicy()
	longWindow.OperatorLoginWindow = 3 * time.Hour
	byDefault := rotation.DefaultPolicy()

	tests := map[string]struct {
		ledger rotation.Ledger
		policy rotation.Policy
		by     rotation.Initiator
		after  time.Duration // since the last login
		want   rotation.Decision
	}{
		"a clean ledger lets the engine log in": {
			policy: byDefault, by: rotation.ByEngine, want: rotation.Decision{By: rotation.ByEngine},
		},
		"one refusal starts the hold": {
			ledger: spent(engineRefused), policy: byDefault, by: rotation.ByEngine, after: time.Minute,
			want: rotation.Decision{Denial: rotation.DenyHeld, Until: start.Add(24 * time.Hour)},
		},
		"the hold ends with one second try": {
			ledger: spent(engineRefused), policy: byDefault, by: rotation.ByEngine, after: 24 * time.Hour,
			want: rotation.Decision{By: rotation.ByEngine},
		},
		"a hold period of 0 has no second try": {
			ledger: spent(engineRefused), policy: noSecondTry, by: rotation.ByEngine, after: 1000 * time.Hour,
			want: rotation.Decision{Denial: rotation.DenyWaits},
		},
		"two refusals spend the engine's budget for ever": {
			ledger: spent(engineRefused, engineRefused), policy: byDefault, by: rotation.ByEngine, after: 10000 * time.Hour,
			want: rotation.Decision{Denial: rotation.DenyWaits},
		},
		"a budget of one is spent by one refusal": {
			ledger: spent(engineRefused), policy: oneTry, by: rotation.ByEngine, after: 10000 * time.Hour,
			want: rotation.Decision{Denial: rotation.DenyWaits},
		},
		"a person may go past the hold": {
			ledger: spent(engineRefused), policy: byDefault, by: rotation.ByPerson, after: time.Minute,
			want: rotation.Decision{By: rotation.ByPerson},
		},
		"a person's refusal holds the engine too": {
			ledger: spent(personRefused), policy: byDefault, by: rotation.ByEngine, after: time.Minute,
			want: rotation.Decision{Denial: rotation.DenyHeld, Until: start.Add(24 * time.Hour)},
		},
		"people have a budget too": {
			ledger: spent(personRefused, personRefused), policy: longWindow, by: rotation.ByPerson, after: time.Minute,
			want: rotation.Decision{Denial: rotation.DenyPeopleBudget, Until: start.Add(-time.Hour).Add(3 * time.Hour)},
		},
		"the window slides: the oldest leaves first": {
			ledger: spent(personRefused, personRefused), policy: longWindow, by: rotation.ByPerson, after: 2 * time.Hour,
			want: rotation.Decision{By: rotation.ByPerson},
		},
		"an unanswered login is followed by a knock": {
			ledger: spent(engineUnanswered), policy: byDefault, by: rotation.ByEngine, after: time.Minute,
			want: rotation.Decision{By: rotation.ByEngine, Knock: true},
		},
		"unanswered logins spend the budget and wait for a person": {
			ledger: spent(engineUnanswered, engineUnanswered), policy: byDefault, by: rotation.ByEngine, after: 10000 * time.Hour,
			want: rotation.Decision{Denial: rotation.DenyUnanswered},
		},
		"one refused and one unanswered spend it as well": {
			ledger: spent(engineRefused, engineUnanswered), policy: byDefault, by: rotation.ByEngine, after: 10000 * time.Hour,
			want: rotation.Decision{Denial: rotation.DenyUnanswered},
		},
		"a login under way lets no other begin": {
			ledger: spent(enginePending), policy: byDefault, by: rotation.ByPerson, after: 34 * time.Second,
			want: rotation.Decision{Denial: rotation.DenyInFlight, Until: start.Add(35 * time.Second)},
		},
		"a login whose process died counts as unanswered": {
			ledger: spent(enginePending), policy: byDefault, by: rotation.ByEngine, after: 35 * time.Second,
			want: rotation.Decision{By: rotation.ByEngine, Knock: true},
		},
		"two crashes close the guard": {
			ledger: spent(enginePending, enginePending), policy: byDefault, by: rotation.ByEngine, after: time.Hour,
			want: rotation.Decision{Denial: rotation.DenyUnanswered},
		},
		"a new password may be tried once, on a person's budget": {
			ledger: spent(engineRefused, engineRefused).PasswordWritten("", byDefault, start), policy: byDefault, by: rotation.ByEngine, after: time.Minute,
			want: rotation.Decision{By: rotation.ByPerson},
		},
		"a new password is not tried beyond that budget": {
			ledger: spent(engineRefused, personRefused, personRefused).PasswordWritten("", longWindow, start), policy: longWindow, by: rotation.ByEngine, after: time.Minute,
			want: rotation.Decision{Denial: rotation.DenyPeopleBudget, Until: start.Add(-time.Hour).Add(3 * time.Hour)},
		},
		"a charge of a clock that was years ahead bars nobody": {
			ledger: rotation.Ledger{Charges: []rotation.Charge{{
				By: rotation.ByEngine, State: rotation.ChargePending, Time: start.Add(5 * 8760 * time.Hour), Deadline: start.Add(5*8760*time.Hour + time.Minute),
			}}},
			policy: byDefault, by: rotation.ByPerson, want: rotation.Decision{By: rotation.ByPerson, Knock: true},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := rotation.Allow(tt.ledger, tt.policy, tt.by, start.Add(tt.after)); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestTheNewPasswordIsTriedOnlyOnce(t *testing.T) {
	t.Parallel()
	refused := rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeRefused}
	l := spent(refused, refused).PasswordWritten("", rotation.DefaultPolicy(), start)
	now := start.Add(time.Minute)
	c := rotation.Charge{ID: "x", By: rotation.ByPerson, Time: now, Deadline: now.Add(time.Second)}
	l = l.Charged(c).Kept(c, rotation.ChargeRefused, now)
	if got := rotation.Allow(l, rotation.DefaultPolicy(), rotation.ByEngine, now.Add(time.Minute)); got.Denial != rotation.DenyWaits {
		t.Errorf("after its refusal the guard says %+v", got)
	}
}

func TestAnAcceptedLoginClearsAndTimeDoesNot(t *testing.T) {
	t.Parallel()
	refused := rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeRefused}
	l := spent(refused, refused)
	if hold := rotation.HoldOf(l, rotation.DefaultPolicy(), start.Add(100000*time.Hour)); !hold.Held || hold.Refused != 2 || !hold.Until.IsZero() {
		t.Errorf("years later the hold is %+v", hold)
	}
	if hold := rotation.HoldOf(l.Accepted(), rotation.DefaultPolicy(), start); hold != (rotation.Hold{}) {
		t.Errorf("after an accepted login the hold is %+v", hold)
	}
	if got := l.Accepted(); len(got.Charges) != 0 || got.Knock || got.NewPassword {
		t.Errorf("an accepted login leaves %+v", got)
	}
}

func TestRefundLeavesTheOthers(t *testing.T) {
	t.Parallel()
	refused := rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeRefused}
	before := spent(refused)
	after := before.Charged(rotation.Charge{ID: "x", By: rotation.ByEngine, Time: start, Deadline: start.Add(time.Second)}).Refunded("x")
	if len(after.Charges) != 1 || after.Charges[0].ID != "a" || len(before.Charges) != 1 {
		t.Errorf("refunded: %+v, before: %+v", after, before)
	}
}

// Whatever happens in whatever order, the engine by itself never causes more refused or unanswered logins
// in a row than its budget, and people never more than theirs in a window.
func TestBudgetsHoldInEveryOrder(t *testing.T) {
	t.Parallel()
	p := rotation.DefaultPolicy()
	p.HoldPeriod = time.Hour
	steps := []func(rotation.Ledger, rotation.Charge) rotation.Ledger{
		func(l rotation.Ledger, c rotation.Charge) rotation.Ledger {
			return l.Kept(c, rotation.ChargeRefused, c.Time)
		},
		func(l rotation.Ledger, c rotation.Charge) rotation.Ledger {
			return l.Kept(c, rotation.ChargeUnanswered, c.Time)
		},
		func(l rotation.Ledger, _ rotation.Charge) rotation.Ledger { return l }, // the process died
		func(l rotation.Ledger, c rotation.Charge) rotation.Ledger { return l.Refunded(c.ID) },
	}
	var walk func(l rotation.Ledger, now time.Time, depth, engine int, people []time.Time)
	walk = func(l rotation.Ledger, now time.Time, depth, engine int, people []time.Time) {
		if engine > p.LoginFailureBudget {
			t.Fatalf("the engine caused %d: %+v", engine, l)
		}
		recent := 0
		for _, at := range people {
			if at.After(now.Add(-p.OperatorLoginWindow)) {
				recent++
			}
		}
		if recent > p.OperatorLoginBudget {
			t.Fatalf("people caused %d within a window: %+v", recent, l)
		}
		if depth == 0 {
			return
		}
		for _, by := range []rotation.Initiator{rotation.ByEngine, rotation.ByPerson} {
			for _, wait := range []time.Duration{40 * time.Second, 61 * time.Minute} {
				at := now.Add(wait)
				decision := rotation.Allow(l, p, by, at)
				if decision.Denial != rotation.Allowed {
					continue
				}
				for i, outcome := range steps {
					c := rotation.Charge{ID: at.String(), By: decision.By, Time: at, Deadline: at.Add(30 * time.Second)}
					next := outcome(l.Charged(c), c)
					spentByEngine, spentByPeople := engine, people
					if i < 3 && decision.By == rotation.ByEngine {
						spentByEngine++
					}
					if i < 3 && decision.By == rotation.ByPerson {
						spentByPeople = append(append([]time.Time{}, people...), at)
					}
					walk(next, at, depth-1, spentByEngine, spentByPeople)
					if i < 3 {
						walk(next.PasswordWritten("", p, at), at, depth-1, spentByEngine, spentByPeople)
					}
				}
			}
		}
	}
	walk(rotation.Ledger{}, start, 4, 0, nil)
}
