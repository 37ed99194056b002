package rotation_test

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// fakePlace is a place at the pod, or none.
type fakePlace struct {
	none        error
	leaves      func()
	taken, left int
}

func (p *fakePlace) Take(context.Context) error {
	p.taken++
	return p.none
}

func (p *fakePlace) Leave() {
	p.left++
	p.leaves()
}

// Whoever gets no place asks nothing, keeps nothing charged, and has learned nothing.
func TestACheckWithoutAPlaceAsksNothing(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]func(string) rotation.Snapshot{"a pod": recent, "behind a directory": recentBehind} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				one := one("gl")
				door := newDoor(loggedInAt(0, 0))
				door.byToken = true
				b := newBench(door, &fakePod{findings: []oracle.Findings{acceptedAnswered}}, one)
				before := b.store.snapshot("gl").Record
				ctx, cancel := context.WithTimeout(t.Context(), 36*time.Second)
				defer cancel()
				place := &fakePlace{none: rotation.ErrNoPlace}
				decision, err := b.checker.Check(ctx, "gl", rotation.CheckOptions{By: rotation.ByEngine, Place: place})
				if err != nil || decision.Denial != rotation.DenyInFlight || place.taken != 1 {
					t.Errorf("%+v, %v, asked for a place %d times", decision, err, place.taken)
				}
				if b.pod.surveys != 0 || door.tokens+door.logins != 0 || len(b.store.ledger(one).Charges) != 0 {
					t.Errorf("%d logins, %d looks, left %+v", b.pod.surveys, door.tokens+door.logins, b.store.ledger(one))
				}
				if after := b.store.snapshot("gl").Record; !reflect.DeepEqual(after, before) {
					t.Errorf("recorded %+v", after)
				}
			})
		})
	}
}

// A check gives its place at the pod away as soon as nothing more is asked: before what it found is stored, and where its
// directory is asked after the login, not early at all.
func TestACheckGivesItsPlaceAwayWhenNothingMoreIsAsked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		one   func(string) rotation.Snapshot
		found oracle.Findings
		early int
	}{
		"accepted, and there is no directory": {recent, acceptedAnswered, 1},
		"refused":                             {recent, refusal, 0},
		"not answered":                        {recent, unanswered, 0},
		"accepted, and a directory is asked":  {recentBehind, acceptedAnswered, 0},
		"refused, and a directory is asked":   {recentBehind, refusal, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				one := tt.one("gl")
				door := newDoor(loggedInAt(0, 0))
				door.byToken = true
				b := newBench(door, &fakePod{findings: []oracle.Findings{tt.found}}, one)
				place := &fakePlace{leaves: func() {
					if len(b.store.ledger(one).Charges) != 1 {
						t.Error("its outcome was stored first")
					}
				}}
				ctx, cancel := context.WithTimeout(t.Context(), 36*time.Second)
				defer cancel()
				_, err := b.checker.Check(ctx, "gl", rotation.CheckOptions{By: rotation.ByEngine, Place: place})
				if err != nil || b.pod.surveys != 1 {
					t.Fatalf("after %d logins: %v", b.pod.surveys, err)
				}
				if place.left != tt.early {
					t.Errorf("it gave its place away early %d times, want %d", place.left, tt.early)
				}
			})
		})
	}
}
