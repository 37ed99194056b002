package rotation_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

func pending(l rotation.Ledger) int {
	n := 0
	for _, c := range l.Charges {
		if c.State == rotation.ChargePending {
			n++
		}
	}
	return n
}

// Storage that fails at any one operation of a check with a directory: no login of either leaves without a
// stored charge, and what Oracle counted is never forgotten.
func TestStorageFailsAtEveryOperationWithADirectory(t *testing.T) {
	t.Parallel()
	const most = 24
	for _, doorAnswers := range []oracle.LookUp{doorSays(counted(0)), doorRefuses, doorSilent} {
		reached := 0
		for n := 1; n <= most; n++ {
			t.Run(fmt.Sprint(doorAnswers.Login, n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					one := recentBehind("gl")
					door, pod := newDoor(counted(0)), &fakePod{findings: []oracle.Findings{refusal}}
					b := newBench(door, pod, one)
					b.store.failAt = n
					door.answers = []oracle.LookUp{doorAnswers}
					door.onLogin = func() {
						if pending(b.ownLedger()) != 1 {
							t.Error("a login of the directory left without a stored charge")
						}
					}
					pod.onSurvey = func() {
						if pending(b.store.ledger(one)) != 1 {
							t.Error("a login left without a stored charge")
						}
						door.sees(counted(pod.surveys))
					}
					_, err := b.check(t, "gl", rotation.ByEngine)
					if err != nil && !errors.Is(err, errStorage) {
						t.Fatal(err)
					}
					if b.store.ops >= n {
						reached = n
					}
					b.store.failAt = 0
					time.Sleep(time.Minute)
					own := b.ownLedger()
					if len(b.store.ledger(one).Charges) != pod.surveys {
						t.Errorf("%d refused, counted %+v", pod.surveys, b.store.ledger(one).Charges)
					}
					if doorAnswers.Login != oracle.LoginAccepted && len(own.Charges) < min(door.logins, 1) {
						t.Errorf("%d of the directory's were refused, counted %+v", door.logins, own.Charges)
					}
					time.Sleep(time.Hour)
					if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
						t.Error(err)
					}
					if pod.surveys > 2 || pod.surveys > len(b.store.ledger(one).Charges) {
						t.Errorf("%d logins, counted %+v", pod.surveys, b.store.ledger(one).Charges)
					}
				})
			})
		}
		if reached < 10 || reached == most {
			t.Errorf("a check makes %d operations, of which %d are tested", reached, most)
		}
	}
}

// A backend that may not write any more asks nobody anything.
func TestNoRequestWithoutAWriteJustBefore(t *testing.T) {
	t.Parallel()
	for _, byToken := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			door, pod := newDoor(counted(0)), &fakePod{}
			door.byToken = byToken
			b := newBench(door, pod, recentBehind("gl"))
			b.store.failAt = 3 // load when its turn has come, the ledger, and its write
			if _, err := b.check(t, "gl", rotation.ByEngine); !errors.Is(err, errStorage) {
				t.Fatal(err)
			}
			if door.logins+door.tokens+pod.surveys != 0 {
				t.Errorf("%d logins, %d look-ups, %d checks", door.logins, door.tokens, pod.surveys)
			}
		})
	}
}

// The first view is kept where the second look cannot be stored: what the login said holds on.
func TestALookAfterTheLoginThatFails(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func(*bench){
		"the directory is gone":       func(b *bench) { b.door.loadFails = true },
		"its answer cannot be stored": func(b *bench) { b.store.failAt = b.store.ops + 8 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				one := recentBehind("gl")
				pod := &fakePod{findings: []oracle.Findings{refusal}}
				b := newBench(newDoor(counted(0)), pod, one)
				pod.onSurvey = func() { fails(b) }
				decision, err := b.check(t, "gl", rotation.ByEngine)
				if err != nil || decision.Denial != rotation.Allowed {
					t.Fatalf("%+v, %v", decision, err)
				}
				if v := b.state("gl"); v.State != rotation.StateRejected || len(b.store.ledger(one).Charges) != 1 {
					t.Errorf("shown as %s %s, %+v", v.State, v.Reason, b.store.ledger(one))
				}
			})
		})
	}
}
