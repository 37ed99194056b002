package rotation_test

import (
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// What a clock wrote that was years ahead neither holds for years nor lets anybody in at once.
func TestRebased(t *testing.T) {
	t.Parallel()
	p, ahead := rotation.DefaultPolicy(), start.Add(5*8760*time.Hour)
	at := func(state rotation.ChargeState, by rotation.Initiator, when time.Time) rotation.Ledger {
		return rotation.Ledger{Charges: []rotation.Charge{{ID: "x", By: by, State: state, Time: when, Deadline: when.Add(30 * time.Second)}}}
	}
	tests := map[string]struct {
		ledger rotation.Ledger
		by     rotation.Initiator
		want   rotation.Decision // at start
	}{
		"a refusal: the hold begins anew": {
			at(rotation.ChargeRefused, rotation.ByEngine, ahead), rotation.ByEngine, rotation.Decision{Denial: rotation.DenyHeld, Until: start.Add(24 * time.Hour)},
		},
		"a refusal of a person's: the window begins anew": {
			rotation.Ledger{Charges: append(at(rotation.ChargeRefused, rotation.ByPerson, ahead).Charges, at(rotation.ChargeRefused, rotation.ByPerson, ahead).Charges...)},
			rotation.ByPerson,
			rotation.Decision{Denial: rotation.DenyPeopleBudget, Until: start.Add(time.Hour)},
		},
		"no answer: the margin begins anew": {
			at(rotation.ChargeUnanswered, rotation.ByEngine, ahead), rotation.ByEngine, rotation.Decision{Denial: rotation.DenyInFlight, Until: start.Add(5 * time.Second)},
		},
		"a pending one bars nobody": {at(rotation.ChargePending, rotation.ByEngine, ahead), rotation.ByEngine, rotation.Decision{By: rotation.ByEngine, Knock: true}},
		"an unlock: the wait begins anew": {
			rotation.Ledger{Lifted: ahead}, rotation.ByEngine, rotation.Decision{Denial: rotation.DenyUnlocked, Until: start.Add(time.Hour)},
		},
		"a clock that differs by minutes is believed": {
			at(rotation.ChargeRefused, rotation.ByEngine, start.Add(5*time.Minute)), rotation.ByEngine, rotation.Decision{Denial: rotation.DenyHeld, Until: start.Add(24*time.Hour + 5*time.Minute)},
		},
		"one that differs by more is not": {
			at(rotation.ChargeRefused, rotation.ByEngine, start.Add(5*time.Minute+1)), rotation.ByEngine, rotation.Decision{Denial: rotation.DenyHeld, Until: start.Add(24 * time.Hour)},
		},
	}
	for name, tt := range tests {
		before := len(tt.ledger.Charges) > 0 && tt.ledger.Charges[0].Time.Equal(ahead)
		if got := rotation.Allow(tt.ledger.Rebased(start), p, tt.by, start); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
		if before && !tt.ledger.Charges[0].Time.Equal(ahead) {
			t.Errorf("%s: the ledger before was changed", name)
		}
	}
	l := rotation.Ledger{}.Rejected("p", ahead).Rejected("q", start)
	if until, known := l.Rebased(start).KnowsRejected("p", p, start); !known || !until.Equal(start.Add(time.Hour)) {
		t.Errorf("a password that was refused in the future is known until %v", until)
	}
	if !l.Rejections[0].Time.Equal(ahead) {
		t.Error("the ledger before was changed")
	}
}

// A correction that is not stored would begin the hold anew with each look.
func TestACorrectedClockIsStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := recent("gl")
		ahead := time.Now().Add(5 * 8760 * time.Hour)
		one.Ledger = rotation.Ledger{Charges: []rotation.Charge{{ID: "x", By: rotation.ByEngine, State: rotation.ChargeRefused, Time: ahead, Deadline: ahead}}}
		store, pod := newStore(one), &fakePod{}
		if due := one.DueAt(time.Now()); !due.Equal(time.Now()) {
			t.Errorf("to be corrected at %v", due)
		}
		first, err := checkOnce(t, store, pod, "gl", rotation.ByEngine)
		if err != nil || first.Denial != rotation.DenyHeld || !first.Until.Equal(time.Now().Add(24*time.Hour)) {
			t.Fatalf("%+v, %v", first, err)
		}
		if due := store.snapshot("gl").DueAt(time.Now()); !due.Equal(first.Until) {
			t.Errorf("once corrected it is due at %v", due)
		}
		time.Sleep(23 * time.Hour)
		if again, err := checkOnce(t, store, pod, "gl", rotation.ByEngine); err != nil || !again.Until.Equal(first.Until) {
			t.Errorf("a day later: %+v, %v", again, err)
		}
		time.Sleep(time.Hour)
		if _, err := checkOnce(t, store, pod, "gl", rotation.ByEngine); err != nil || pod.surveys != 1 {
			t.Errorf("after the hold: %d logins, %v", pod.surveys, err)
		}
	})
}

func TestDueAtSeesAnyClockThatWasAhead(t *testing.T) {
	t.Parallel()
	ahead := start.Add(8760 * time.Hour)
	for name, l := range map[string]rotation.Ledger{
		"a charge":   {Charges: []rotation.Charge{{By: rotation.ByEngine, State: rotation.ChargeRefused, Time: ahead, Deadline: ahead}}},
		"a password": rotation.Ledger{}.Rejected("p", ahead),
		"an unlock":  {Lifted: ahead},
	} {
		s := snapshot()
		s.Ledger = l
		if due := s.DueAt(start); !due.Equal(start) {
			t.Errorf("%s: due at %v", name, due)
		}
	}
}
